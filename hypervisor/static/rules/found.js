// What a rule would have found: a strip of the week, and its alerts.
import { element, shape } from "../shell/dom.js";
import { clock, count, language, spoken, text } from "../shell/text.js";

const W = 1000;
const H = 120;

function strip(data) {
  const [from, to] = [Date.parse(data.from), Date.parse(data.to)];
  const x = (moment) => (W * (Date.parse(moment) - from)) / (to - from);
  const most = Math.max(1, ...data.slots.flatMap((one) => [one.value ?? 0, one.threshold ?? 0])) * 1.1;
  const y = (value) => H - (H * value) / most;
  const width = W / Math.max(1, data.slots.length);
  const hatch = shape("pattern", { id: "unseen", width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" }, shape("rect", { width: 2, height: 6 }));
  const drawn = shape("svg", { class: "strip", viewBox: `0 0 ${W} ${H}`, preserveAspectRatio: "none", role: "img", "aria-label": text("strip", { n: count(data.found) }) }, shape("defs", {}, hatch));
  for (const one of data.alerts)
    drawn.append(shape("rect", { class: one.health ? "blind" : "alerted", x: x(one.began), width: Math.max(2, x(one.closed_at ?? data.to) - x(one.began)), y: 0, height: H }));
  for (const one of data.slots) {
    if (one.coverage < 0.5) drawn.append(shape("rect", { class: "unseen", x: x(one.start), width, y: 0, height: H, fill: "url(#unseen)" }));
    if (one.value !== null) drawn.append(shape("rect", { class: "bar", x: x(one.start), width: width * 0.8, y: y(one.value), height: H - y(one.value) }));
    if (one.threshold !== null) drawn.append(shape("path", { class: "limit", d: `M${x(one.start)} ${y(one.threshold)}h${width}` }));
  }
  return drawn;
}

function days(data, timeZone) {
  const name = new Intl.DateTimeFormat(language, { weekday: "short", day: "numeric", timeZone });
  const [from, to] = [Date.parse(data.from), Date.parse(data.to)];
  const shown = element("p", { class: "days", "aria-hidden": "true" });
  for (let at = from; at < to; at += 3_600_000) {
    if (name.format(at) === name.format(at - 3_600_000)) continue;
    const label = element("span", {}, name.format(at));
    label.style.insetInlineStart = `${(100 * (at - from)) / (to - from)}%`;
    shown.append(label);
  }
  return shown;
}

/** Return what to show of a preview. */
export function found(data, timeZone) {
  const when = clock(timeZone);
  const head = text({ 0: "would_none", 1: "would_one" }[data.found] ?? "would", { n: count(data.found) });
  return [element("h2", {}, head), strip(data), days(data, timeZone),
    element("p", { class: "soft" }, [text("judged", { n: count(data.judged) }), data.slots.length ? text("legend") : "", ...data.notes.map(spoken)].filter(Boolean).join(" ")),
    element("ol", { class: "alerts" }, ...data.alerts.slice(0, 20).map((one) => element("li", {},
      element("strong", {}, when(one.opened_at), one.closed_at ? ` – ${when(one.closed_at)}` : ""), " ", spoken(one.text), one.health ? ` (${text("unseen_alert")})` : "")))];
}
