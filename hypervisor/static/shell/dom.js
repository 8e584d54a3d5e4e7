// Making elements: strings become text, never markup; what begins with "on" listens.
const SVG = "http://www.w3.org/2000/svg";

function filled(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

/** Make an HTML element: tag, attributes (null leaves one out), children. */
export const element = (tag, attributes = {}, ...children) => filled(document.createElement(tag), attributes, children);
/** Make an SVG element. */
export const shape = (tag, attributes = {}, ...children) => filled(document.createElementNS(SVG, tag), attributes, children);
export const byId = (id) => document.getElementById(id);

let fields = 0;
/** A labelled field: control is an input, select or textarea; help is read with it. */
export function field(label, control, help = "") {
  const id = control.id || `field-${++fields}`;
  control.id = id;
  const hint = help ? element("small", { id: `${id}-help` }, help) : null;
  if (hint) control.setAttribute("aria-describedby", hint.id);
  return element("p", { class: "field" }, element("label", { for: id }, label), control, hint);
}

/** A select of [[value, name], …]. */
export function select(name, options, chosen) {
  const made = element("select", { name }, ...options.map(([value, called]) => element("option", { value }, called)));
  made.value = chosen ?? options[0]?.[0] ?? "";
  return made;
}
