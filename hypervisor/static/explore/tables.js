// The same figures as tables: slot by slot, and two periods side by side.
import { element } from "../shell/dom.js";
import { percent, text } from "../shell/text.js";
import { how, whole } from "./figures.js";
import * as names from "./names.js";
import { slotWriter } from "./times.js";

const MOST = 500; // rows
const DIFFER = 0.02; // of coverage

/** Return a table that scrolls by itself. */
export function table(label, heads, rows) {
  const head = element("thead", {}, element("tr", {}, ...heads.map((name) => element("th", { scope: "col" }, name))));
  const body = element("tbody", {}, ...rows.map(([first, ...cells]) => element("tr", {}, element("th", { scope: "row" }, first), ...cells.map((cell) => element("td", {}, cell)))));
  return element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": label }, element("table", {}, head, body));
}

/** All slots of a card. */
export function slots(card, { zone, bucket }) {
  const write = slotWriter(zone, bucket);
  const order = card.starts.map((_, n) => n).slice(0, MOST);
  const rows = order.map((n) => [write(card.starts[n]), ...card.curves.map((curve) => names.figure(curve.values[n])), text(card.status[n]), percent(card.coverage[n])]);
  return element("section", { class: "card", "data-card": card.id }, element("h2", {}, names.card(card)),
    order.length < card.starts.length && element("p", { class: "soft" }, text("rows_first", { n: MOST, of: card.starts.length })),
    table(names.card(card), [text("start"), ...names.curves(card), text("state"), text("coverage")], rows));
}

/** Two periods of a card in figures; a warning where they were not watched alike. */
export function comparison(card, about) {
  const { asked, then } = about;
  const words = asked.compare === "since" ? ["after", "before"] : ["now", "compared_short"];
  const shared = card.starts.map((_, n) => card.status[n] === "observed" && then.status[n] === "observed");
  const rows = card.curves.map((curve, k) => {
    const other = then.curves.find((one) => one.key === curve.key) ?? { points: card.starts.map(() => ({ value: null })), all: { points: [] } };
    const [a, b] = [curve, other].map((one) => whole(one, how(asked), (n) => shared[n]));
    const signed = (value, write) => (value > 0 ? "+" : "") + write(value);
    const gone = a === null || b === null ? "–" : signed(a - b, names.figure) + (b ? ` (${signed(Math.round(((a - b) / b) * 100) / 100 || 0, percent)})` : "");
    return [names.curves(card)[k], names.figure(whole(curve, how(asked))), names.figure(whole(other.all, how(asked))), gone];
  });
  const parts = [card.watched, then.watched];
  rows.push([text("coverage"), ...parts.map(percent), ""]);
  return element("div", { class: "comparison" },
    Math.abs(parts[0] - parts[1]) > DIFFER && element("p", { class: "warn" }, text("coverages_differ", { a: percent(parts[0]), b: percent(parts[1]) })),
    table(text("comparison"), [`${text(`whole_${how(asked)}`)}, ${names.unit(asked)}`, `${text(words[0])} · ${about.range}`, `${text(words[1])} · ${about.thenRange}`, text("difference")], rows),
    element("p", { class: "soft" }, text("comparison_note", { n: shared.filter(Boolean).length, of: shared.length })));
}
