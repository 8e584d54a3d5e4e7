// Periods in a camera's time zone. A wall time is what its clocks show, in ms as if it were UTC; days there always have 24 hours.
import { language } from "../shell/text.js";

export const DAY = 86_400_000;
export const STEP = { "1m": 60_000, "15m": 900_000, "1h": 3_600_000, "1d": DAY };
const DAYS = { today: 1, yesterday: 1, "7d": 7, "30d": 30, "365d": 365 };
const BACK = { day: 1, week: 7, year: 364 };
const clocks = new Map();

function clockOf(zone) {
  if (!clocks.has(zone))
    clocks.set(zone, new Intl.DateTimeFormat("en", { timeZone: zone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" }));
  return clocks.get(zone);
}

export function wall(at, zone) {
  const found = {};
  for (const { type, value } of clockOf(zone).formatToParts(at)) found[type] = Number(value);
  return Date.UTC(found.year, found.month - 1, found.day, found.hour, found.minute, found.second);
}

/** Return the moment at which the clocks of a zone show a wall time. */
export function instant(shown, zone) {
  const near = shown - (wall(shown, zone) - shown);
  return shown - (wall(near, zone) - near);
}

export const dateOf = (at, zone) => new Date(wall(at, zone)).toISOString().slice(0, 10);
const midnight = (at, zone, days = 0) => instant(Math.floor(wall(at, zone) / DAY) * DAY + days * DAY, zone);
const dayOf = (text, zone, days = 0) => instant(Date.parse(`${text}T00:00:00Z`) + days * DAY, zone);
const isDay = (text) => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text));

/** Return {now, then} of {from, to}: what is asked for, and what it is compared with (or null). Null if the dates are no period. */
export function periods(asked, zone, at = Date.now()) {
  const now = periodOf(asked, zone, at);
  if (!now || now.from >= now.to) return null;
  if (asked.compare === "none") return { now, then: null };
  if (asked.compare !== "since") return { now, then: moved(now, -BACK[asked.compare], zone) };
  if (!isDay(asked.since)) return null;
  const days = Math.max(1, Math.round((wall(now.to, zone) - wall(now.from, zone)) / DAY));
  const length = days > 6 ? Math.ceil(days / 7) * 7 : days; // whole weeks, so that weekdays lie over each other
  const then = { from: dayOf(asked.since, zone, -length), to: dayOf(asked.since, zone) };
  const after = { from: then.to, to: Math.min(dayOf(asked.since, zone, length), at) };
  return after.from < after.to ? { now: after, then } : null;
}

function periodOf(asked, zone, at) {
  if (asked.period === "own")
    return isDay(asked.from) && isDay(asked.to) ? { from: dayOf(asked.from, zone), to: Math.min(dayOf(asked.to, zone, 1), at) } : null;
  if (asked.period === "yesterday") return { from: midnight(at, zone, -1), to: midnight(at, zone) };
  return { from: midnight(at, zone, 1 - DAYS[asked.period]), to: at };
}

const moved = (period, days, zone) => ({ from: instant(wall(period.from, zone) + days * DAY, zone), to: instant(wall(period.to, zone) + days * DAY, zone) });

/** Return the step to read a period in: as asked, or so that a curve has some hundreds of points, not finer than allowed. */
export function stepOf(asked, period, leastS) {
  if (asked.bucket !== "auto") return asked.bucket;
  const days = (period.to - period.from) / DAY;
  const fitting = days <= 2.1 ? "15m" : days <= 45 ? "1h" : "1d";
  return Object.keys(STEP).find((step) => STEP[step] >= Math.max(STEP[fitting], leastS * 1000)) ?? "1d";
}

/** Return a writer of slots: their day and, where a slot is shorter than a day, their hour. */
export function slotWriter(zone, step, short = false) {
  const day = new Intl.DateTimeFormat(language, { timeZone: zone, weekday: "short", day: "numeric", month: "short", ...(short ? {} : { year: "numeric" }), ...(step === "1d" ? {} : { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }) });
  return (at) => day.format(at);
}

export function rangeWriter(zone) {
  const day = new Intl.DateTimeFormat(language, { timeZone: zone, dateStyle: "medium" });
  return ({ from, to }) => day.formatRange(from, to - 1);
}
