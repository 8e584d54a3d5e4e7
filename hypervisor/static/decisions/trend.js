// A small line of what was reckoned by schedule: gaps stay gaps, intervals are a band, another formula breaks the line.
import { element, shape } from "../shell/dom.js";
import { text } from "../shell/text.js";
import { number } from "./parts.js";

const W = 240;
const H = 44;
const DAY_MS = 86400000;

/** Points in runs: a run ends where a period is missing, has no value, or was reckoned by another formula. */
function runs(points, every) {
  const found = [];
  let last = null;
  for (const one of points) {
    const at = Date.parse(one.first);
    if (one.value === null) last = null;
    else {
      if (last && at - last.at <= every && last.definition === one.definition) found.at(-1).push(one);
      else found.push([one]);
      last = { at, definition: one.definition };
    }
  }
  return found;
}

export function trend(name, series, step) {
  const known = series.points.filter((one) => one.value !== null);
  if (known.length < 2) return null;
  const begins = series.points.map((one) => Date.parse(one.first));
  const ends = known.flatMap((one) => [one.value, one.low ?? one.value, one.high ?? one.value]);
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const x = (one) => (4 + ((Date.parse(one.first) - begins[0]) / (begins.at(-1) - begins[0] || 1)) * (W - 8)).toFixed(1);
  const y = (value) => (H - 4 - ((value - low) / (high - low || 1)) * (H - 8)).toFixed(1);
  const values = known.map((one) => one.value);
  const label = text("trend_label", { name, n: known.length, low: number(Math.min(...values)), high: number(Math.max(...values)), last: number(known.at(-1).value) });
  const svg = shape("svg", { class: "trend", viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": label });
  for (const run of runs(series.points, DAY_MS * { day: 1.1, week: 7.1, month: 31.1 }[step])) {
    const path = (some, of) => some.map((one) => `${x(one)} ${y(of(one))}`).join("L");
    if (run.length > 1 && run.every((one) => one.low !== null)) svg.append(shape("path", { class: "band", d: `M${path(run, (one) => one.high)}L${path([...run].reverse(), (one) => one.low)}Z` }));
    svg.append(run.length > 1 ? shape("path", { class: "line", d: `M${path(run, (one) => one.value)}` }) : shape("circle", { class: "point", cx: x(run[0]), cy: y(run[0].value), r: 2 }));
  }
  svg.append(shape("circle", { class: "last", cx: x(known.at(-1)), cy: y(known.at(-1).value), r: 3.5 }));
  return svg;
}

export function change(series) {
  const one = series.change;
  if (!one) return null;
  return element("p", { class: "soft change", "data-verdict": one.verdict }, text(`change_${one.verdict}`, { value: number(one.value), before: number(one.before) }));
}
