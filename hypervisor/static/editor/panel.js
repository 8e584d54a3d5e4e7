// Beside the picture: the list of shapes with their faults, and the members of the selected one.
import { byId, element } from "../shell/dom.js";
import { said } from "../shell/said.js";
import { kind as classWord, page, text } from "../shell/text.js";
import { KINDS } from "./drawing.js";
import { forward } from "./geometry.js";

const SIGNS = { lines: "╱", zones: "▱", masks: "▨" };
const form = byId("members");
let listed = "";
const at = (body, path) => path.split(".").reduce((inner, name) => inner?.[name], body);
const fallback = (kind, path) => page.defaults[kind]?.[path] ?? "";
export const label = (one) => one.body.name || one.body.id;

/** Say a fault: one of ours by its word, one of the server's in the page's language, with the member that it is about. */
export const say = (fault) => (fault.name ? text(fault.name, fault.values) : [member(fault.field), said(fault.text)].filter(Boolean).join(text("colon")));

/** Of a field such as `lines.0.crowding.release`, return what people call it; a shape's own points need no name. */
function member(field) {
  const [, path = ""] = /(?:lines|zones|masks)\.\d+\.?(.*)$/.exec(field ?? "") ?? [null, field];
  const control = form.elements[path.replace(/\.\d+$/, "")];
  const named = control?.labels?.[0] ?? control?.[0]?.closest?.("fieldset")?.querySelector("legend");
  return /^(points|from|to)?(\.\d+)?$/.test(path) ? "" : (named?.textContent.trim() ?? path);
}

/** List the shapes; choose(key) when one is pressed. */
export function list(shapes, selected, faults, choose) {
  const now = JSON.stringify([selected, shapes.map((one) => [one.key, label(one)]), faults]);
  if (now === listed) return; // a press is not lost because its button was made anew meanwhile
  listed = now;
  const before = document.activeElement?.dataset?.pick;
  byId("shapes").replaceChildren(...KINDS.flatMap((kind) => shapes.filter((one) => one.kind === kind)).map((one) => {
    const own = faults.filter((fault) => fault.key === one.key);
    const pick = element("button", { type: "button", class: "plain", "data-pick": one.key, "aria-current": one.key === selected ? "true" : null, onclick: () => choose(one.key) },
      element("span", { class: `sign ${one.kind}`, "aria-hidden": "true" }, SIGNS[one.kind]), element("span", { class: "unseen" }, `${text(one.kind)} `), label(one));
    return element("li", {}, pick, ...own.map((fault) => element("small", { class: fault.level }, say(fault))));
  }));
  byId("no-shapes").hidden = shapes.length > 0;
  if (before) document.querySelector(`[data-pick="${before}"]`)?.focus();
}

/** Fill the form in with a shape; hide it where none is selected. */
export function fill(one, calibrated) {
  form.hidden = !one;
  if (!one) return;
  for (const part of form.querySelectorAll("[data-kinds]")) {
    part.hidden = !part.dataset.kinds.includes(one.kind);
    if (part.tagName === "FIELDSET") part.disabled = part.hidden;
  }
  byId("kind").textContent = text(one.kind);
  const classes = one.body.classes ?? [];
  const boxes = byId("classes");
  for (const old of boxes.querySelectorAll("[data-more]")) old.remove();
  for (const name of classes.filter((given) => !boxes.querySelector(`[value="${CSS.escape(given)}"]`)))
    boxes.append(element("label", { "data-more": true }, element("input", { type: "checkbox", name: "classes", value: name }), classWord(name)));
  for (const control of form.elements) {
    const { name, type, value } = control;
    if (!name) continue;
    const said = at(one.body, name) ?? fallback(one.kind, name);
    if (type !== "checkbox") control.value = said;
    else control.checked = said.includes(value) || (value === "deposits" && !!one.body.deposits);
    if (type === "checkbox" && control.dataset.ground) control.disabled = !calibrated && !control.checked;
  }
  byId("shape-id").readOnly = !one.fresh;
  byId("no-ground").hidden = calibrated;
}

/** What depends on other members: shown, hidden, said. */
export function settle(one, size) {
  if (!one) return;
  const measures = one.body.measures ?? fallback(one.kind, "measures");
  byId("stopped").hidden = one.kind !== "zones" || !measures.includes("stopped");
  byId("surface").hidden = one.kind !== "zones" || !(measures.includes("deposits") || one.body.deposits);
  if (one.kind !== "lines") return;
  const { sector } = forward(one.points, size);
  const name = (way) => one.body.directions?.[way] ?? text(way);
  byId("way-said").replaceChildren(...["forward", "backward"].map((way, i) =>
    element("span", { class: way }, text("way_said", { way: text(`to_${(sector + 4 * i) % 8}`), name: name(way) }))));
}

/** Return the member that a control stands for, as the configuration writes it: {name: value, …}. */
export function given(control, one) {
  const [name, inner] = control.name.split(".");
  const { body, kind } = one;
  const boxes = control.type === "checkbox";
  const value = boxes ? [...form.querySelectorAll(`fieldset:enabled [name="${name}"]:checked`)].map((box) => box.value)
    : control.type === "number" ? control.valueAsNumber : control.value.trim();
  const usual = fallback(kind, control.name);
  const left = (value === "" && name !== "id") || Number.isNaN(value) || (JSON.stringify(value) === JSON.stringify(usual) && at(body, control.name) === undefined);
  const members = { [name]: left ? undefined : value };
  if (inner) {
    const { [inner]: _, ...rest } = body[name] ?? {};
    const all = left ? rest : { ...rest, [inner]: value };
    members[name] = Object.keys(all).length ? all : undefined;
  }
  if (name === "measures" && !value.includes("deposits")) members.deposits = undefined;
  return members;
}
export { form };
