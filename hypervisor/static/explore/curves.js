// Curves of one card, drawn by uPlot; below them a strip of how much of each slot was watched. Gaps stay gaps.
import { element, shape } from "../shell/dom.js";
import { percent, text } from "../shell/text.js";
import { how, whole } from "./figures.js";
import * as names from "./names.js";
import { slotWriter } from "./times.js";

const MOST = 12; // curves in one picture
const STRIP = 12; // px
const HEIGHT = 300;
const DASHES = [[], [7, 4], [2, 3], [9, 3, 2, 3]];

/** Say how much was watched, and which slots are not what they seem. */
export function coverage(card) {
  const slots = ["not_observed", "partial", "suppressed"].map((status) => [status, card.status.filter((one) => one === status).length]).filter(([, n]) => n);
  return text("coverage_of", { part: percent(card.watched) }) + (slots.length ? text("coverage_slots", { what: slots.map(([status, n]) => text(`slots_${status}`, { n })).join(", ") }) : "");
}

/** Draw a card into a section. about: {asked, zone, bucket, then (aligned card or null), range, highest (or 0)}. */
export function picture(card, about) {
  const called = names.curves(card);
  const order = card.curves.map((curve, n) => [n, whole(curve, how(about.asked) === "sum" ? "sum" : "max") ?? -1]).sort((a, b) => b[1] - a[1]).slice(0, MOST).map(([n]) => n).sort((a, b) => a - b);
  const room = element("div", { class: "plot", role: "img", "aria-label": text("chart", { what: `${names.card(card)}, ${names.measure(about.asked)}`, range: about.range, coverage: coverage(card) }) });
  const lines = order.map((n, k) => line(card, n, k, called[n], about));
  const legend = element("ul", { class: "curves" }, ...lines.map((one) => one.entry));
  const clock = element("span", { class: "soft at", "aria-hidden": "true" });
  const section = element("section", { class: "card plotted", "data-card": card.id }, element("h2", {}, names.card(card), " ", clock), room,
    element("p", { class: "watched soft" }, coverage(card), about.then ? ` · ${text("compared", { range: about.thenRange })} · ${coverage(about.then)}` : ""),
    order.length < card.curves.length && element("p", { class: "soft" }, text("largest", { n: order.length, of: card.curves.length })), legend);
  section.draw = () => draw(section, room, card, lines, about, clock);
  section.picture = () => ({ title: names.card(card), canvas: room.querySelector("canvas"), notes: [coverage(card), ...(about.then ? [`${text("compared", { range: about.thenRange })} · ${coverage(about.then)}`] : [])], lines: lines.filter((one) => one.box.checked) });
  return section;
}

function line(card, n, k, name, about) {
  const box = element("input", { type: "checkbox", checked: true });
  const dash = DASHES[Math.floor(k / 6) + (card.curves[n].names.direction === "backward" ? 1 : 0)] ?? [];
  const ink = element("span", { class: `ink k${k % 6}` }, shape("svg", { width: 26, height: 10, "aria-hidden": "true" }, shape("line", { x1: 0, x2: 26, y1: 5, y2: 5, "stroke-dasharray": dash.join(" ") })));
  const at = element("span", { class: "at", "aria-hidden": "true" });
  const sum = whole(card.curves[n], how(about.asked));
  const said = sum === null ? "" : `${text(`whole_${how(about.asked)}`)} ${names.figure(sum)} ${names.unit(about.asked)}`;
  return { n, box, ink, dash, at, name, said, entry: element("li", {}, element("label", {}, box, ink, name), element("span", { class: "soft" }, said), at) };
}

/** Return the path of steps: each figure holds for its slot, and nothing is drawn where there is none. */
const steps = (ends) => (u, s, first, last) => {
  const path = new Path2D();
  let on = false;
  for (let n = first; n <= last; n++) {
    const value = u.data[s][n];
    if (value === null || value === undefined) {
      on = false;
      continue;
    }
    const y = u.valToPos(value, "y", true);
    const x = u.valToPos(u.data[0][n], "x", true);
    on ? path.lineTo(x, y) : path.moveTo(x, y);
    path.lineTo(u.valToPos(ends[n], "x", true), y);
    on = true;
  }
  return { stroke: path, fill: null, clip: null, band: null, gaps: null, flags: 0 };
};

function draw(section, room, card, lines, about, clock) {
  section.plot?.destroy();
  const ink = (of, name) => getComputedStyle(of).getPropertyValue(name);
  const [soft, edge, good, gap] = ["color", "border-top-color", "outline-color", "caret-color"].map((name) => ink(room, name));
  const ends = card.ends.map((end) => end / 1000);
  const rows = about.then ? [card, about.then] : [card];
  const both = lines.flatMap((one) => {
    const stroke = ink(one.ink, "color");
    const own = { label: one.name, stroke, dash: one.dash, width: 2, show: one.box.checked, paths: steps(ends), points: { show: false } };
    return about.then ? [{ ...own, drawn: card.curves[one.n].values }, { ...own, stroke: stroke.replace("rgb(", "rgba(").replace(")", ", 0.65)"), width: 1.5, dash: [2, 3], drawn: then(card, about, one) }] : [{ ...own, drawn: card.curves[one.n].values }];
  });
  const write = slotWriter(about.zone, about.bucket, true);
  const axis = { stroke: soft, grid: { stroke: edge, width: 1 }, ticks: { show: false }, font: "12px system-ui, sans-serif" };
  section.plot = new uPlot({
    width: room.clientWidth, height: HEIGHT, tzDate: (at) => uPlot.tzDate(new Date(at * 1000), about.zone), legend: { show: false }, padding: [8, 48, 0, 0],
    cursor: { sync: { key: "explore" }, drag: { x: false, y: false }, points: { show: false } },
    scales: { x: { range: () => [card.starts[0] / 1000, ends.at(-1)] }, y: { range: (_, low, high) => [Math.min(0, low ?? 0), (about.highest || high || 1) * 1.05] } },
    series: [{}, ...both],
    axes: [{ ...axis, gap: 6 + (STRIP + 3) * rows.length, size: 34 + (STRIP + 3) * rows.length, space: 90, values: (_, splits) => axisWords(splits, about) }, { ...axis, size: 60, values: (_, splits) => splits.map(names.figure) }],
    hooks: {
      drawClear: [(u) => gaps(u, card, ends, gap)],
      draw: [(u) => rows.forEach((one, n) => strip(u, one, card.starts, ends, n, { good, gap, edge, soft }))],
      setCursor: [({ cursor: { idx } }) => {
        clock.textContent = idx === null || idx === undefined ? "" : `${write(card.starts[idx])} · ${text(card.status[idx])}`;
        for (const one of lines) one.at.textContent = clock.textContent && [card.curves[one.n].values[idx], ...(about.then ? [then(card, about, one)[idx]] : [])].map(names.figure).join(" / ");
      }],
    },
  }, [card.starts.map((start) => start / 1000), ...both.map((one) => one.drawn)], room);
  lines.forEach((one, k) => (one.box.onchange = () => rows.forEach((_, n) => section.plot.setSeries(1 + k * rows.length + n, { show: one.box.checked }))));
}

const then = (card, about, one) => about.then.curves.find((curve) => curve.key === card.curves[one.n].key)?.values ?? card.starts.map(() => null);

function axisWords(splits, { zone, bucket }) {
  const day = slotWriter(zone, "1d", true);
  const hour = slotWriter(zone, bucket, true);
  const days = splits.map((at) => day(at * 1000));
  return days.map((name, n) => (new Set(days).size === days.length ? name : n && days[n - 1] === name ? hour(splits[n] * 1000).split(/[ ,]+/).at(-1) : name));
}

function runs(card, seen) {
  for (let n = 0, from = 0; n < card.status.length; n++)
    if (card.status[n + 1] !== card.status[n] || card.coverage[n + 1] !== card.coverage[n]) {
      seen(from, n, card.status[n], card.coverage[n]);
      from = n + 1;
    }
}

/** Shade the slots that have no figure behind the curves: hatched, so that they never look like zero. */
function gaps(u, card, ends, colour) {
  runs(card, (first, last, status) => {
    if (status !== "observed") hatched(u.ctx, u.valToPos(card.starts[first] / 1000, "x", true), u.bbox.top, u.valToPos(ends[last], "x", true), u.bbox.height, colour, status);
  });
}

function strip(u, card, starts, ends, row, { good, gap, edge, soft }) {
  const ratio = devicePixelRatio;
  const top = u.bbox.top + u.bbox.height + (4 + row * (STRIP + 3)) * ratio;
  runs(card, (first, last, status, part) => {
    const [x, end] = [u.valToPos(starts[first] / 1000, "x", true), u.valToPos(ends[last], "x", true)];
    u.ctx.fillStyle = edge;
    u.ctx.fillRect(x, top, end - x, STRIP * ratio);
    if (status === "not_observed" || status === "suppressed") return hatched(u.ctx, x, top, end, STRIP * ratio, status === "suppressed" ? soft : gap, status);
    u.ctx.fillStyle = good;
    u.ctx.fillRect(x, top + STRIP * ratio * (1 - part), end - x, STRIP * ratio * part);
  });
}

function hatched(ctx, x, y, end, height, colour, status) {
  ctx.save();
  ctx.beginPath();
  ctx.rect(x, y, end - x, height);
  ctx.clip();
  ctx.globalAlpha = status === "partial" ? 0.4 : 1;
  ctx.fillStyle = ctx.strokeStyle = colour;
  if (status === "suppressed") ctx.globalAlpha = 0.35, ctx.fillRect(x, y, end - x, height);
  ctx.beginPath();
  const far = 8 * devicePixelRatio;
  for (let at = Math.floor((x - height) / far) * far; status !== "suppressed" && at < end; at += far) ctx.moveTo(at, y + height), ctx.lineTo(at + height, y);
  ctx.stroke();
  ctx.restore();
}
