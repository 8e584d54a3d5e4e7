// The question: what the address says, and the address that says it again.
import { page } from "../shell/text.js";

export const PERIODS = ["today", "yesterday", "7d", "30d", "365d", "own"];
export const BUCKETS = ["auto", "1m", "15m", "1h", "1d"];
export const COMPARED = ["none", "day", "week", "year", "since"];
export const VIEWS = ["curves", "table", "hours", "ground", "flows"];
const CHOICES = { measure: Object.keys(page.measures), period: PERIODS, bucket: BUCKETS, compare: COMPARED, view: VIEWS };
const PLAIN = {
  measure: "crossings", place: "", sensor: "", line: "", zone: "", class: "", direction: "",
  period: "7d", from: "", to: "", bucket: "auto", compare: "none", since: "", view: "curves", curve: "",
};

/** Return the question that the address holds; what it does not know is as usual. */
export function read() {
  const said = new URLSearchParams(location.search);
  const asked = { camera: said.getAll("camera") };
  for (const [name, plain] of Object.entries(PLAIN)) {
    const value = said.get(name) ?? plain;
    asked[name] = CHOICES[name] && !CHOICES[name].includes(value) ? plain : value;
  }
  return asked;
}

/** Put a question into the address bar. */
export function write(asked) {
  const said = new URLSearchParams(asked.camera.map((camera) => ["camera", camera]));
  for (const [name, plain] of Object.entries(PLAIN)) if (asked[name] !== plain) said.set(name, asked[name]);
  const rest = said.toString();
  history.replaceState(history.state, "", location.pathname + (rest ? `?${rest}` : ""));
}

/** What is known of the measure that is asked for: unit, of, directed, pairs, whole. */
export const measured = (asked) => page.measures[asked.measure];
