// Rights in words, shown and chosen: of members and of keys.
import { badge, element, input, page, text } from "./kit.js";

export const WORKING = ["flows:read", "evidence:read", "alerts:read", "cases:read", "cases:write", "sensors:read", "exports:read"];
const named = (scope) => text(`scope_${scope.replace(":", "_")}`);
const box = (name, value, checked, label, type = "checkbox") => element("label", { class: "check" }, element("input", { type, name, value, checked }), label);
const boxes = (legend, ...inside) => element("fieldset", { class: "checks" }, element("legend", {}, text(legend)), ...inside);

/** Rights as badges; a bound to some cameras or kinds is said too. */
export function inWords({ scopes, cameras, kinds }) {
  const said = page.allScopes.filter((one) => scopes.includes(one)).map((one) => badge(named(one), one === "admin" ? "warn" : "rest"));
  if (cameras) said.push(badge(text("rights_only", { n: cameras.join(", ") }), "warn"));
  if (kinds) said.push(badge(kinds.join(" "), "warn"));
  return element("div", { class: "rights" }, ...said);
}

/** The fields of a form that choose rights. */
export const rightsFields = ({ scopes, cameras, kinds }, known) => [
  boxes("rights", ...page.allScopes.map((one) => box("scope", one, scopes.includes(one), named(one)))),
  boxes("rights_cameras", box("some", "", !cameras, text("rights_all_cameras"), "radio"), box("some", "yes", !!cameras, text("rights_some_cameras"), "radio"),
    ...known.map((one) => box("camera", one.id, cameras?.includes(one.id), one.name || one.id))),
  input("rights_kinds", "kinds", { value: (kinds ?? []).join(" ") }, "rights_kinds_help"),
];

/** What was chosen. */
export function rightsOf(form) {
  const scopes = form.getAll("scope");
  if (!scopes.length) throw new Error(text("rights_none"));
  const kinds = form.get("kinds").split(/[\s,]+/).filter(Boolean);
  return { scopes, cameras: form.get("some") ? form.getAll("camera") : null, kinds: kinds.length ? kinds : null };
}
