// What the four tabs share: reading with a readable end, names of series, and pictures of our own.
import { ask, Problem } from "../shell/api.js";
import { byId, element, shape } from "../shell/dom.js";
import { noted, on } from "../shell/live.js";
import { hasText, kind, language, text } from "../shell/text.js";

on("stream.gap", () => {}); // keeps the link, so that the page says when it is lost
const room = byId("room");

/** Show what `build` returns; where a route is missing or nobody answers, say so instead. */
export async function shown(build) {
  try {
    room.replaceChildren(...[await build()].flat());
    noted(null);
  } catch (error) {
    if (!(error instanceof Problem)) console.warn(error);
    noted(error);
    const isMissing = error.status === 404 || error.status === 405;
    room.replaceChildren(element("p", { class: "empty", role: "alert" }, isMissing ? text("missing") : text("failed_request", { why: error.message })));
  }
  room.setAttribute("aria-busy", "false");
}

/** Ask, and return null where the route is missing. */
export async function maybe(path, how) {
  try {
    return (await ask(path, how)).data;
  } catch (error) {
    if (error.status === 404) return null;
    throw error;
  }
}

const figures = new Intl.NumberFormat(language, { maximumSignificantDigits: 3 });
const shares = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 0, signDisplay: "exceptZero" });
export const number = (n) => (n === null ? "–" : figures.format(n));
export const unitOf = (unit) => ({ "ug/m3": "µg/m³", crossing: text("m_crossings"), share: "" })[unit] ?? unit;
export const shareOf = (n) => shares.format(n);
const dates = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeZone: "UTC" });
export const day = (iso) => dates.format(new Date(`${iso.slice(0, 10)}T00:00:00Z`));
export const badge = (name, look) => element("span", { class: `badge ${look}` }, text(name));
export const measure = (name) => (hasText(`m_${name}`) ? text(`m_${name}`) : name.replaceAll("_", " "));

/** How a series is called: what, of whom, where. */
export const called = ({ named, where }) =>
  [measure(named.measure), named.class ? kind(named.class) : "", where, named.subject].filter(Boolean).join(" · ");

const W = 460;
const H = 260;
const LEFT = 48;
const BOTTOM = 40;
const TOP = 12;
const scale = (low, high, from, to) => (value) => from + ((value - low) / (high - low || 1)) * (to - from);
const words = (x, y, anchor, said) => shape("text", { x, y, "text-anchor": anchor }, said);
const plot = (label) => shape("svg", { class: "plot", viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": label });
const line = (look, x1, y1, x2, y2) => shape("line", { class: look, x1, y1, x2, y2 });

function extent(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (part) => sorted[Math.round(part * (sorted.length - 1))];
  return [at(0.005), at(0.995)]; // one outlier must not press all others into a corner
}

/** Correlation at every lag with its interval; the strongest stands out. */
export function lagPlot(curve, label, axis) {
  const svg = plot(label);
  const lags = curve.lags.filter((one) => one.value !== null);
  const x = scale(curve.lags[0].lag, curve.lags.at(-1).lag || 1, LEFT + 12, W - 12);
  const y = scale(-1, 1, H - BOTTOM, TOP);
  for (const at of [-1, -0.5, 0, 0.5, 1]) svg.append(line(at ? "axis" : "zero", LEFT, y(at), W, y(at)), words(LEFT - 6, y(at) + 4, "end", number(at)));
  for (const one of lags) {
    const best = one.lag === curve.strongest?.lag;
    svg.append(shape("g", { class: best ? "best" : null }, line("reach", x(one.lag), y(one.low), x(one.lag), y(one.high)), shape("circle", { class: "dot", cx: x(one.lag), cy: y(one.value), r: best ? 6 : 3.5 })));
  }
  for (const one of [curve.lags[0], curve.lags[Math.floor(curve.lags.length / 2)], curve.lags.at(-1)]) svg.append(words(x(one.lag), H - BOTTOM + 16, "middle", String(one.lag)));
  svg.append(words((LEFT + W) / 2, H - 4, "middle", axis));
  return svg;
}

/** A dot a step. names: of both axes; write: how each axis writes numbers. */
export function scatter(points, label, names, write) {
  const svg = plot(label);
  const [xs, ys] = [0, 1].map((n) => extent(points.map((one) => one[n])));
  const x = scale(...xs, LEFT + 8, W - 8);
  const y = scale(...ys, H - BOTTOM, TOP + 8);
  svg.append(line("zero", LEFT, H - BOTTOM, W, H - BOTTOM), line("zero", LEFT, TOP, LEFT, H - BOTTOM));
  for (const [a, b] of points) if (a >= xs[0] && a <= xs[1] && b >= ys[0] && b <= ys[1]) svg.append(shape("circle", { class: "point", cx: x(a).toFixed(1), cy: y(b).toFixed(1), r: 3 }));
  xs.forEach((at, n) => svg.append(words(n ? W - 4 : LEFT + 4, H - BOTTOM + 16, n ? "end" : "start", write[0](at))));
  ys.forEach((at, n) => svg.append(words(LEFT - 6, n ? TOP + 12 : H - BOTTOM, "end", write[1](at))));
  svg.append(words((LEFT + W) / 2, H - 4, "middle", names[0]), words(LEFT + 6, TOP + 2, "start", names[1]));
  return svg;
}

/** The usual week: median and band; phases never seen are gaps. */
export function week(usual, label) {
  const svg = plot(label);
  const most = Math.max(...usual.map((one) => one.high ?? 0)) || 1;
  const least = Math.min(0, ...usual.map((one) => one.low ?? 0));
  const x = scale(0, usual.length - 1, LEFT, W);
  const y = scale(least, most, H - BOTTOM, TOP);
  const stretches = [];
  for (const one of usual) {
    if (one.value === null) continue;
    if (stretches.at(-1)?.at(-1).phase === one.phase - 1) stretches.at(-1).push(one);
    else stretches.push([one]);
  }
  const path = (some, of) => some.map((one) => `${x(one.phase).toFixed(1)} ${y(one[of]).toFixed(1)}`).join("L");
  for (const some of stretches) svg.append(shape("path", { class: "band", d: `M${path(some, "high")}L${path([...some].reverse(), "low")}Z` }), shape("path", { class: "line", d: `M${path(some, "value")}` }));
  for (const at of [least, most]) svg.append(line("axis", LEFT, y(at), W, y(at)), words(LEFT - 6, y(at) + 4, "end", number(at)));
  text("weekdays").split(" ").forEach((name, n) => svg.append(words(LEFT + ((n + 0.5) / 7) * (W - LEFT), H - BOTTOM + 18, "middle", name)));
  return svg;
}

export const pictured = (caption, drawn) => element("figure", {}, element("figcaption", {}, caption), drawn);

const DRAWN = new Set(["svg", "g", "path", "rect", "circle", "line", "polyline", "polygon", "text", "tspan", "title"]);
/** Rebuild a picture that the API gives as SVG, shape by shape: nothing of it can run or load. */
export function redrawn(source, label) {
  const from = new DOMParser().parseFromString(source, "image/svg+xml").documentElement;
  const copy = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return node.textContent;
    if (node.nodeType !== Node.ELEMENT_NODE || !DRAWN.has(node.localName)) return null;
    const kept = [...node.attributes].filter((one) => !/^(on|style$|href$|xmlns|class$|id$)/.test(one.name) && !one.name.includes(":") && !one.value.includes("url("));
    return shape(node.localName, Object.fromEntries(kept.map((one) => [one.name, one.value])), ...[...node.childNodes].map(copy));
  };
  const made = copy(from) ?? shape("svg");
  for (const [name, value] of [["class", "sheet"], ["role", "img"], ["aria-label", label]]) made.setAttribute(name, value);
  return made;
}
