// What the tabs of administration share: sections, tables, facts, and a secret that is shown once.
import { failed, notice } from "../shell/dialog.js";
import { byId, element, field } from "../shell/dom.js";
import { on } from "../shell/live.js";
import { clock, text } from "../shell/text.js";

export { all, ask } from "../shell/api.js";
export { dialog, failed, notice, sure } from "../shell/dialog.js";
export { element, field, select } from "../shell/dom.js";
export * from "../shell/text.js";
export const ID = "[a-z0-9][a-z0-9_\\-]{0,62}";
export const moment = clock();
on("open", () => {}); // the header says whether the connection stands

/** Fill the page with what `make` returns; the function that is returned does it again. */
export function shown(make) {
  const content = byId("content");
  const again = async () => {
    try {
      content.replaceChildren(...(await make()).filter(Boolean));
    } catch (error) {
      failed(error);
    }
    content.setAttribute("aria-busy", "false");
  };
  again();
  return again;
}

export const section = (title, buttons, ...children) =>
  element("section", {}, element("header", { class: "head" }, element("h2", {}, title), ...buttons.filter(Boolean)), ...children);

/** A table; heads are names of words, cells are texts, elements or lists of them. */
export function table(label, heads, rows, none) {
  if (!rows.length) return element("p", { class: "soft none" }, text(none));
  const head = heads.split(" ").map((name) => element("th", { scope: "col" }, text(name)));
  const line = (row) => element("tr", {}, ...row.map((cell, n) => element(n ? "td" : "th", { scope: n ? null : "row" }, cell)));
  return element("div", { class: "scroll card", tabindex: "0", role: "region", "aria-label": label },
    element("table", {}, element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...rows.map(line))));
}

/** [[label, value, look], …] */
export const facts = (rows) =>
  element("dl", { class: "facts" }, ...rows.flatMap(([label, value, look]) => [element("dt", {}, text(label)), element("dd", { class: look }, value)]));
export const button = (name, onclick, look) => element("button", { type: "button", class: look, onclick }, text(name));
export const badge = (said, look = "rest") => element("span", { class: `badge ${look}` }, said);
export const row = (...buttons) => element("div", { class: "row" }, ...buttons);
export const small = (said) => element("small", { class: "soft" }, said);
export const two = (said, below) => [said, element("br"), small(below)];
export const about = (name, look = "soft about") => element("p", { class: look }, text(name));
export const input = (label, name, attributes = {}, help = null) => field(text(label), element("input", { name, ...attributes }), help && text(help));
export const idInput = (label, name = "id", value = "") => input(label, name, { required: true, pattern: ID, autocapitalize: "none", value }, "id_help");

/** A button that does something and shows the page again, unless it was cancelled. */
export const deed = (again, name, act, look) => button(name, async () => {
  try {
    if (await act()) await again();
  } catch (error) {
    failed(error);
  }
}, look);

/** Show a secret this once; resolves when it is put away. */
export function once(title, value) {
  const secret = element("input", { readonly: true, value, "aria-label": title, class: "secret" });
  const copy = async () => {
    secret.select();
    await navigator.clipboard?.writeText(value).then(() => notice(text("copied")), () => notice(text("copy_hand")));
  };
  const box = element("dialog", { "aria-labelledby": "once" }, element("h2", { id: "once" }, title), about("shown_once", ""),
    row(secret, button("copy", copy)), element("p", { class: "buttons" }, button("noted", () => box.close(), "main")));
  document.body.append(box);
  box.showModal();
  return new Promise((resolve) => box.addEventListener("close", () => {
    box.remove();
    resolve(true);
  }));
}
