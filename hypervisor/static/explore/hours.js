// A typical week: the mean of each hour of each weekday, over the hours that were fully watched.
import { element, shape } from "../shell/dom.js";
import { language, text } from "../shell/text.js";
import { how } from "./figures.js";
import * as names from "./names.js";
import { table } from "./tables.js";
import { wall } from "./times.js";

const [CELL, HIGH, LEFT] = [26, 30, 44];
const day = new Intl.DateTimeFormat(language, { weekday: "short", timeZone: "UTC" });
const called = [...Array(7)].map((_, n) => day.format(Date.UTC(2024, 0, 1 + n))); // a Monday first

/** Return the choices of curves: all of a card together where they add up, then each. */
export const choices = (cards, asked) => cards.flatMap((card) => [
  ...(how(asked) === "sum" && card.curves.length > 1 ? [[card.id, `${names.card(card)} : ${text("all_together")}`]] : []),
  ...names.curves(card).map((name, n) => [card.curves[n].key, `${names.card(card)} : ${name}`])]);

function week(card, curves, zone) {
  const cells = [...Array(7)].map(() => [...Array(24)].map(() => ({ sum: 0, n: 0 })));
  card.starts.forEach((start, slot) => {
    const values = curves.map((curve) => curve.points[slot]).filter((point) => point.status === "observed" && point.value !== null);
    if (values.length < curves.length) return;
    const shown = new Date(wall(start, zone));
    const cell = cells[(shown.getUTCDay() + 6) % 7][shown.getUTCHours()];
    cell.sum += values.reduce((sum, point) => sum + point.value, 0);
    cell.n += 1;
  });
  return cells.map((hours) => hours.map(({ sum, n }) => ({ n, value: n ? Math.round((sum / n) * 100) / 100 : null })));
}

export function draw(cards, chosen, { asked, zone }) {
  const card = cards.find((one) => one.id === chosen || one.curves.some((curve) => curve.key === chosen)) ?? cards[0];
  const curves = card.id === chosen ? card.curves : card.curves.filter((curve) => curve.key === chosen);
  const cells = week(card, curves.length ? curves : card.curves.slice(0, 1), zone);
  const most = Math.max(...cells.flat().map((cell) => cell.value ?? 0)) || 1;
  const title = text("hours_title", { curve: choices(cards, asked).find(([key]) => key === chosen)?.[1] ?? names.card(card) });
  const svg = shape("svg", { class: "week", viewBox: `0 0 ${LEFT + 24 * CELL} ${7 * HIGH + 22}`, role: "img", "aria-label": title });
  cells.forEach((hours, d) => {
    svg.append(shape("text", { x: LEFT - 8, y: d * HIGH + 20, "text-anchor": "end" }, called[d]));
    hours.forEach(({ n, value }, h) => {
      const said = text(value === null ? "hours_none" : "hours_cell", { day: called[d], hour: h, value: names.figure(value), n });
      svg.append(shape("rect", { x: LEFT + h * CELL, y: d * HIGH, width: CELL - 2, height: HIGH - 2, rx: 3, class: value === null ? "unseen-time" : `heat h${Math.ceil((value / most) * 8)}` }, shape("title", {}, said)));
    });
  });
  for (let h = 0; h < 24; h += 3) svg.append(shape("text", { x: LEFT + h * CELL, y: 7 * HIGH + 16 }, `${h} h`));
  const heads = [text("weekday"), ...[...Array(24).keys()].map(String)];
  return element("section", { class: "card" }, element("h2", {}, title), svg, element("p", { class: "soft" }, text("hours_note"), ` 0 – ${names.figure(most)} ${names.unit(asked)}.`),
    element("details", {}, element("summary", {}, text("table")), table(title, heads, cells.map((hours, d) => [called[d], ...hours.map((cell) => names.figure(cell.value))]))));
}
