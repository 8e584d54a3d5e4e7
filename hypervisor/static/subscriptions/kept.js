// What a filter holds that the form has no fields for: an area on a plan with the cameras, the rest in words; each can go.
import { element, shape } from "../shell/dom.js";
import { count, hasText, text } from "../shell/text.js";
import { button } from "../cases/parts.js";

const [WIDE, EDGE, METRES] = [320, 16, 111_320]; // px; px; metres in a degree of latitude

/** Return what is shown of a filter's members; gone(name) when one is to go. cameras: those of /v1/cameras. */
export function shownOf(members, cameras, gone) {
  const named = Object.entries(members).filter(([, value]) => (Array.isArray(value) ? value.length : value));
  return named.map(([name, value]) => element("div", { class: "kept", "data-kept": name }, element("strong", {}, word(name)),
    name === "polygon" || name === "radius" ? plan(name, value, cameras) : element("p", {}, [value].flat().map(String).join(", ")),
    button(text("filter_drop"), () => gone(name))));
}

const word = (name) => (hasText(`filter_${name}`) ? text(`filter_${name}`) : name);

/** Draw an area with the cameras around it; north is up, and metres are as long both ways. */
function plan(name, value, cameras) {
  const placed = cameras.filter((one) => one.location);
  const middle = name === "radius" ? value.latitude : value[0].latitude;
  const flat = (latitude, longitude) => [longitude * Math.cos((middle * Math.PI) / 180), -latitude];
  const reach = name === "radius" ? value.metres / METRES : 0;
  const corners = name === "radius" ? [[-1, -1], [1, 1]].map(([x, y]) => flat(value.latitude, value.longitude).map((at, axis) => at + [x, y][axis] * reach))
    : value.map((one) => flat(one.latitude, one.longitude));
  const [low, high] = [Math.min, Math.max].map((most) => [0, 1].map((axis) => most(...corners.map((one) => one[axis]))));
  const room = Math.max(high[0] - low[0], high[1] - low[1]) || 1e-4;
  const at = (point) => point.map((one, axis) => EDGE + ((one - (low[axis] + high[axis] - room) / 2) / room) * (WIDE - 2 * EDGE));
  const area = name === "radius" ? (([cx, cy]) => shape("circle", { class: "area", cx, cy, r: WIDE / 2 - EDGE }))(at(flat(value.latitude, value.longitude)))
    : shape("polygon", { class: "area", points: corners.map(at).join(" ") });
  const dots = placed.map((one) => [one, at(flat(...one.location))]).filter(([, [x, y]]) => x > 0 && x < WIDE && y > 0 && y < WIDE);
  const said = name === "radius" ? text("filter_circle", { n: count(value.metres) }) : text("filter_corners", { n: count(value.length) });
  const near = dots.map(([one]) => one.name || one.id).join(", ");
  return element("figure", {}, shape("svg", { viewBox: `0 0 ${WIDE} ${WIDE}`, class: "plan", role: "img", "aria-label": near ? `${said}. ${text("filter_near", { names: near })}` : said }, area,
    ...dots.map(([one, [cx, cy]]) => shape("circle", { class: "dot", cx, cy, r: 5 }, shape("title", {}, one.name || one.id)))),
  element("figcaption", {}, said, near ? element("small", {}, text("filter_near", { names: near })) : ""));
}
