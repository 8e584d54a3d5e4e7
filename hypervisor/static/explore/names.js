// What is called how: measures, units, and curves by their lines and directions.
import { ask } from "../shell/api.js";
import { kind, language, page, text } from "../shell/text.js";

const known = new Map(); // camera → {lines, zones}
export const cameras = new Map();
export const places = new Map();
export const sensors = new Map();

/** Read what a camera's lines and zones are called, once. */
export async function camera(id) {
  if (!known.has(id)) {
    const [lines, zones] = await Promise.all(["lines", "zones"].map(async (what) => (await ask(`/v1/cameras/${id}/${what}`)).data.items));
    known.set(id, { lines, zones });
  }
  return known.get(id);
}

export const measure = (asked) => page.measures[asked.measure].name;
export const unit = (asked) => page.measures[asked.measure].unit;
export const card = ({ id, of }) => (of === "camera" ? cameras : of === "place" ? places : sensors).get(id)?.name || id;

/** Name the curves of a card: where, whose, which way; what is the same for all is left out, but for the place. */
export function curves(one) {
  const several = (name) => new Set(one.curves.map((curve) => curve.names[name])).size > 1;
  const about = known.get(one.id);
  return one.curves.map(({ names }) => {
    const line = about?.lines.find((other) => other.id === names.line);
    const zone = (id) => about?.zones.find((other) => other.id === id)?.name || id;
    const where = names.line ? line?.name || names.line : names.zone ? zone(names.zone) : names.channel;
    const way = names.direction && `${names.direction === "forward" ? "▲" : "▼"} ${line?.directions[names.direction] || text(names.direction)}`;
    const trip = names.to && (names.from ? `${names.from} → ${names.to}` : `→ ${zone(names.to)}`);
    return [where, names.class && (several("class") || !where) && kind(names.class), way, trip].filter(Boolean).join(" · ") || card(one);
  });
}

const fine = new Intl.NumberFormat(language, { maximumSignificantDigits: 4 });
const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
/** Write a figure: whole numbers in full, others with four digits; nothing known is a dash, never a zero. */
export const figure = (value) => (value === null || value === undefined ? "–" : Math.abs(value) >= 1000 || Number.isInteger(value) ? whole.format(value) : fine.format(value));
