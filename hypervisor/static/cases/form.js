// Forms as JSON: the name of a field is its path (`watch.camera`), hidden parts do not count, what is empty is left out.
// data-times: the form shows the value divided by it. data-flag: a check box that is true or false. data-null: empty is
// null. A name with * takes the first part of the value in its place (`place/x` → `place`: `x`).
const SORTS = ["place", "camera"];

function put(into, path, value) {
  const keys = path.split(".");
  keys.slice(0, -1).forEach((key, n) => { into = into[key] ??= /^\d+$/.test(keys[n + 1]) ? [] : {}; });
  into[keys.at(-1)] = value;
}
const at = (from, path) => path.split(".").reduce((one, key) => one?.[key], from);

/** Return what a form says. */
export function read(form) {
  const said = {};
  for (const one of form.elements) {
    if (!one.name || one.closest("[hidden]")) continue;
    const many = one.type === "checkbox" && !("flag" in one.dataset);
    if ((many || one.type === "radio") && !one.checked) continue;
    const value = one.multiple ? [...one.selectedOptions].map((chosen) => chosen.value) : one.value.trim();
    if ("list" in one.dataset) {
      put(said, one.name, value.split(/[\s,]+/).filter(Boolean));
      continue;
    }
    const [sort, ...id] = one.name.includes("*") ? value.split("/") : [];
    if (many) put(said, one.name, [...(at(said, one.name) ?? []), value]);
    else if (one.type === "checkbox") put(said, one.name, one.checked);
    else if (value === "") "null" in one.dataset && put(said, one.name, null);
    else if (sort) put(said, one.name.replace("*", sort), id.join("/"));
    else put(said, one.name, one.type === "number" ? Number(value) * (one.dataset.times ?? 1) : value);
  }
  return said;
}

/** Show what `read` returned. */
export function fill(form, said) {
  for (const one of form.elements) {
    if (!one.name) continue;
    const sort = SORTS.find((name) => at(said, one.name.replace("*", name))) ?? "";
    const value = at(said, one.name.replace("*", sort)) ?? "";
    if ("flag" in one.dataset) one.checked = value === true;
    else if (["checkbox", "radio"].includes(one.type)) one.checked = [value].flat().includes(one.value);
    else if ("list" in one.dataset) one.value = [value].flat().join("\n");
    else if (one.multiple) for (const each of one.options) each.selected = value.includes(each.value);
    else one.value = one.name.includes("*") ? value && `${sort}/${value}` : value !== "" && one.dataset.times ? value / one.dataset.times : value;
  }
}

/** Offer [[value, name], …] in a select, after what it has. */
export const offer = (list, pairs) => list.append(...pairs.map(([value, name]) => new Option(name, value)));

/** Return the elements of a <template>. */
export const copy = (id) => [...document.getElementById(id).content.cloneNode(true).children];

/** Mark the fields that a problem names; errors that start with `prefix.` are meant without it. */
export function mark(form, error, prefix = "") {
  const names = (error?.errors ?? []).map((one) => one.name.replace(prefix, ""));
  for (const one of form.elements) names.some((name) => name && one.name.replace("*", SORTS.find((sort) => name.endsWith(sort)) ?? "*") === name) ? one.setAttribute("aria-invalid", "true") : one.removeAttribute("aria-invalid");
}
