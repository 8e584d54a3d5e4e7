// How a camera is, in a sign and in words: the same on the wall, on the map and on the camera's page.
import { clock, count, language, percent, text } from "../shell/text.js";

const SIGNS = { running: "●", starting: "◔", reconnecting: "↻", stalled: "▲", failed: "✕", paused: "‖", ended: "■" };
const TROUBLE = ["stalled", "failed", "reconnecting", "paused"];
export const suspended = (camera) => camera.state === "running" && camera.condition !== "ok";
export const inTrouble = (camera) => TROUBLE.includes(camera.state) || suspended(camera);
export const sign = (camera) => (suspended(camera) ? "⊘" : SIGNS[camera.state]);
/** How it is drawn: good, warn, bad or rest. */
export const look = (camera) =>
  inTrouble(camera) ? (camera.state === "reconnecting" ? "warn" : "bad") : { running: "good", starting: "warn", ended: "rest" }[camera.state];
/** The state in words. */
export const words = (camera) => text(suspended(camera) ? "suspended_short" : camera.state);

/** Why figures are missing; empty while nothing is wrong. */
export function alarm(camera) {
  const time = clock(camera.timezone);
  if (suspended(camera)) return text("suspended", { time: time(camera.condition_since), what: text(`condition_${camera.condition}`) });
  return inTrouble(camera) ? text("no_counting", { time: time(camera.since) }) : "";
}

/** What else is to be known of one that runs: [word of its badge, why]. */
export function badges(camera) {
  return [
    camera.shed ? ["shed", [text(`shed_${camera.shed}`), shedWhy(camera)].filter(Boolean).join(" ")] : null,
    camera.fallback_reason ? ["fallback_short", text("fallback", { wanted: camera.device_wanted, reason: camera.fallback_reason })] : null,
    camera.events_lost ? ["lost_short", text("lost", { n: camera.events_lost })] : null,
  ].filter(Boolean);
}

/** Why a camera is reduced, in figures; an older pipeline says it in English only. */
function shedWhy({ shed_why: why, shed_reason: reason }) {
  if (!why) return reason ?? "";
  return text(`why_${why.code}`, { missed: percent(why.missed), window: count(why.window_s), cpu: percent(why.cpu), cores: why.cores.toLocaleString(language) });
}

/** How long ago a moment was, in words. */
export function ago(moment, now) {
  const seconds = Math.max(0, Math.round((now - Date.parse(moment)) / 1000));
  if (seconds < 120) return text("seconds", { n: seconds });
  if (seconds < 7200) return text("minutes", { n: Math.round(seconds / 60) });
  return seconds < 172800 ? text("hours_long", { n: Math.round(seconds / 3600) }) : text("days", { n: Math.round(seconds / 86400) });
}
