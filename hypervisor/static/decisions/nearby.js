// Sensors beside a camera or place: how far they are is known or asked, never guessed.
import { ask } from "../shell/api.js";
import { count, decimal, text } from "../shell/text.js";

export const WEATHER = ["precipitation", "temperature", "wind_speed"];

/** How far a sensor is, in words. */
export function far(metres) {
  if (metres === null) return text("far_unknown");
  if (metres < 10) return text("far_here");
  return metres < 950 ? text("far_m", { n: count(Math.round(metres / 10) * 10) }) : text("far_km", { n: decimal(metres / 1000) });
}

/** Sensors around: of = {camera} or {place}. The nearest first, those of unknown position last. */
export const around = async (of) => (await ask("/v1/cross/nearby", { query: of })).data;

/** Sensors of weather for the places of a trial: [[id, name and distance, is it near], …]. spots: "camera|id" or "sensor|id". */
export async function covariates(spots) {
  const cameras = spots.filter((one) => one.startsWith("camera|")).map((one) => one.split("|")[1]);
  const found = await around(cameras.length ? { camera: cameras } : {});
  return found.items.filter((one) => one.measures.some((name) => WEATHER.includes(name))).map((one) => [one.sensor, `${one.name} (${far(one.distance_m)})`, one.near.some((name) => WEATHER.includes(name))]);
}
