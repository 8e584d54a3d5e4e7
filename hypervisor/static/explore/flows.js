// From where to where: trips between zones, or turning movements, as bands whose width is their number.
import { element, shape } from "../shell/dom.js";
import { count, percent, text } from "../shell/text.js";
import { whole } from "./figures.js";
import * as names from "./names.js";
import { table } from "./tables.js";

const [WIDE, TALL, BAR, GAP, SIDE] = [800, 300, 14, 14, 190];

function trips(card) {
  const sums = new Map();
  for (const curve of card.curves) {
    const [from, to] = [curve.names.from ?? curve.names.zone, curve.names.to];
    const key = `${from}>${to}`;
    sums.set(key, { from, to, n: (sums.get(key)?.n ?? 0) + (whole(curve, "sum") ?? 0) });
  }
  return [...sums.values()].filter((one) => one.n > 0).sort((a, b) => b.n - a.n);
}

/** Place the ends of one side above each other: name → {y, high, used}. */
function side(flows, end, scale) {
  const ends = new Map();
  for (const one of flows) ends.set(one[end], (ends.get(one[end]) ?? 0) + one.n);
  let y = 4;
  return new Map([...ends].map(([name, n]) => {
    const placed = { y, n, high: n * scale, used: 0 };
    y += placed.high + GAP;
    return [name, placed];
  }));
}

export async function draw(card) {
  const flows = trips(card);
  if (!flows.length) return null;
  const about = await names.camera(card.id);
  const called = (id) => about.zones.find((zone) => zone.id === id)?.name || id;
  const total = flows.reduce((sum, one) => sum + one.n, 0);
  const ends = Math.max(...["from", "to"].map((end) => new Set(flows.map((one) => one[end])).size));
  const [left, right] = ["from", "to"].map((end) => side(flows, end, TALL / total));
  const title = text("flows_title", { camera: names.card(card) });
  const svg = shape("svg", { class: "flows", viewBox: `0 0 ${WIDE} ${TALL + ends * GAP}`, role: "group", "aria-label": title });
  const said = (one) => text("flow", { from: called(one.from), to: called(one.to), n: count(one.n), part: percent(one.n / total) });
  for (const one of flows) {
    const [a, b, high] = [left.get(one.from), right.get(one.to), (one.n * TALL) / total];
    const [y1, y2, x1, x2, middle] = [a.y + a.used + high / 2, b.y + b.used + high / 2, SIDE + BAR, WIDE - SIDE - BAR, WIDE / 2];
    a.used += high;
    b.used += high;
    svg.append(shape("g", { tabindex: "0", role: "img", "aria-label": said(one), class: `flow k${[...left.keys()].indexOf(one.from) % 6}` }, shape("title", {}, said(one)),
      shape("path", { d: `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`, "stroke-width": Math.max(1, high) })));
  }
  for (const [ends, x, text, anchor] of [[left, SIDE, SIDE - 8, "end"], [right, WIDE - SIDE - BAR, WIDE - SIDE + 8, "start"]])
    for (const [name, { y, high, n }] of ends) svg.append(shape("rect", { x, y, width: BAR, height: Math.max(1, high), class: "end" }), shape("text", { x: text, y: y + high / 2 + 5, "text-anchor": anchor }, `${called(name)} · ${count(n)}`));
  return element("section", { class: "card" }, element("h2", {}, title), svg,
    table(title, [text("origin"), text("destination"), text("whole_sum"), text("part")], flows.map((one) => [called(one.from), called(one.to), count(one.n), percent(one.n / total)])));
}
