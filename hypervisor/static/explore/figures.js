// Figures as this page needs them: cards (a camera, a place or a sensor) of curves over one grid of slots.
import { ask } from "../shell/api.js";
import { page } from "../shell/text.js";
import { measured } from "./asked.js";
import { STEP, wall } from "./times.js";

const WORSE = ["observed", "partial", "suppressed", "not_observed"];
const iso = (at) => new Date(at).toISOString();

/** Return the queries of /v1/series that a question makes of a period: one for each camera that is named. */
export function queries(asked, period, bucket) {
  const { of, directed } = measured(asked);
  const same = { measure: asked.measure, bucket, from: iso(period.from), to: iso(period.to), class: asked.class, direction: directed ? asked.direction : "" };
  if (of === "sensor") return [{ ...same, sensor: asked.sensor }];
  if (asked.place) return [{ ...same, place: asked.place }];
  if (!asked.camera.length) return [same];
  return asked.camera.map((camera) => ({ ...same, camera, ...(asked.camera.length === 1 ? { [of]: asked[of] } : {}) }));
}

/** Read a period; return its cards, in the API's order. */
export async function cards(asked, period, bucket, signal) {
  const found = await Promise.all(queries(asked, period, bucket).map((query) => pages(query, signal)));
  const made = new Map();
  for (const one of found.flat()) {
    const of = one.camera ? "camera" : one.place ? "place" : "sensor";
    const id = one[of];
    if (!made.has(id)) made.set(id, { id, of, curves: [], starts: one.points.map((point) => Date.parse(point.start)) });
    const { points, ...names } = one;
    const key = [id, one.line ?? one.zone ?? one.channel ?? "", one.class ?? "", one.direction ?? [one.from, one.to].filter(Boolean).join(">")].join("/");
    made.get(id).curves.push({ key, names, points, values: points.map((point) => point.value) });
  }
  return [...made.values()].map((card) => finished(card, bucket));
}

async function pages(query, signal) {
  const series = [];
  let cursor = null;
  do {
    const { data } = await ask("/v1/series", { query: { ...query, cursor }, signal });
    series.push(...data.series);
    cursor = data.next;
  } while (cursor);
  return series;
}

function finished(card, bucket) {
  const at = (n) => card.curves.map((curve) => curve.points[n]);
  card.ends = card.starts.map((start, n) => card.starts[n + 1] ?? start + STEP[bucket]);
  card.status = card.starts.map((_, n) => WORSE[Math.max(...at(n).map((point) => WORSE.indexOf(point.status)))]);
  card.coverage = card.starts.map((_, n) => Math.min(...at(n).map((point) => point.coverage)));
  const length = card.ends.map((end, n) => end - card.starts[n]);
  card.watched = length.reduce((sum, ms, n) => sum + ms * card.coverage[n], 0) / (length.reduce((sum, ms) => sum + ms, 0) || 1);
  return card;
}

/** Return one figure out of slots, or null: sums of counts, maxima, else the mean over the time watched. `only`: slots that count. */
export function whole(curve, how, only = () => true) {
  const known = curve.points.filter((point, n) => point.value !== null && only(n));
  if (!known.length || how === "none") return null;
  const values = known.map((point) => point.value);
  if (how === "sum") return values.reduce((a, b) => a + b);
  if (how !== "mean") return values.reduce((a, b) => Math[how](a, b));
  const weight = known.reduce((sum, point) => sum + point.coverage, 0);
  return weight ? known.reduce((sum, point) => sum + point.value * point.coverage, 0) / weight : null;
}

/** Lay the slots of another period over a card's: by what the clocks show since each period began. Returns its curves, aligned. */
export function aligned(card, then, zone, periods) {
  const keys = (starts, from) => {
    const seen = new Map();
    return starts.map((start) => {
      const key = wall(start, zone) - wall(from, zone);
      seen.set(key, (seen.get(key) ?? 0) + 1);
      return `${key}#${seen.get(key)}`; // an hour that comes twice when clocks are set back
    });
  };
  const places = new Map(keys(then.starts, periods.then.from).map((key, n) => [key, n]));
  const order = keys(card.starts, periods.now.from).map((key) => places.get(key) ?? -1);
  const nothing = { value: null, status: "not_observed", coverage: 0 };
  return {
    ...then,
    order,
    status: order.map((n) => then.status[n] ?? "not_observed"),
    coverage: order.map((n) => then.coverage[n] ?? 0),
    curves: then.curves.map((curve) => ({ ...curve, all: curve, points: order.map((n) => curve.points[n] ?? nothing), values: order.map((n) => curve.values[n] ?? null) })),
  };
}

/** How slots of the measure become one figure. */
export const how = (asked) => page.measures[asked.measure].whole;
