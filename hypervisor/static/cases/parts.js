// What the pages of cases, rules and subscriptions share: names of things, badges, how long ago.
import { all } from "../shell/api.js";
import { element } from "../shell/dom.js";
import { clock, hasText, language, may, root, text } from "../shell/text.js";

const LOOKS = { critical: "bad", high: "bad", medium: "warn", low: "rest", informational: "rest", open: "warn", acknowledged: "good", resolved: "rest" };
const UNITS = [["day", 86_400], ["hour", 3600], ["minute", 60]];
const relative = new Intl.RelativeTimeFormat(language, { style: "short" });

export const CASE_KINDS = ["opened", "updated", "acknowledged", "assigned", "commented", "shared", "handed_over", "resolved", "reopened"].map((one) => `case.${one}`);
export const badge = (look, said) => element("span", { class: `badge ${look}` }, said);
export const severity = (name) => badge(LOOKS[name], text(`severity_${name}`));
/** How bad a case is, and how far it is. */
export const marks = (one) => [severity(one.severity), " ", badge(LOOKS[one.state], text(`case_${one.state}`))];
export const topicName = (topic) => (hasText(`topic_${topic}`) ? text(`topic_${topic}`) : topic);
export const link = (path, said) => element("a", { href: root + path }, said);
export const button = (said, onclick, look = null) => element("button", { type: "button", class: look, onclick }, said);
export const late = (one) => one.due_at && one.state !== "resolved" && new Date(one.due_at) < Date.now();

/** How long ago, or in how long, in words. */
export function ago(moment) {
  const seconds = (new Date(moment) - Date.now()) / 1000;
  const [unit, size] = UNITS.find(([, one]) => Math.abs(seconds) >= 0.98 * one) ?? UNITS[2];
  return relative.format(Math.round(seconds / size) || Math.sign(seconds), unit);
}

/** A <time> that grows older by itself; said: function(ago) → what is shown. */
export function age(moment, said) {
  const shown = element("time", { datetime: moment, title: clock()(moment) });
  (shown.again = () => { shown.textContent = said(ago(moment)); })();
  return shown;
}
setInterval(() => document.querySelectorAll("time").forEach((one) => one.again?.()), 20_000);

/** The cameras, places and services, as far as they may be seen. */
export async function known() {
  const sees = may("flows:read");
  const [cameras, places, services] = await Promise.all([sees ? all("/v1/cameras") : [], sees ? all("/v1/places") : [], all("/v1/services")]);
  return { cameras, places, services };
}
export const called = (things, id) => things.find((one) => one.id === id)?.name ?? id;
export const pairs = (things, sort = "") => things.map((one) => [sort + one.id, one.name]);

/** The name of a ground (`place/x`, `camera/x/zone`, `sensor/x`). */
export function ground(there, where) {
  const [sort, id, part] = where.split("/");
  const name = called(sort === "place" ? there.places : there.cameras, id);
  return part ? `${name}, ${part}` : name;
}

/** Call `then` once, a little after the last of many calls. */
export function soon(then) {
  let waits = 0;
  return () => {
    clearTimeout(waits);
    waits = setTimeout(then, 300);
  };
}
