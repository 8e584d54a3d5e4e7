// One camera on the wall. Only what has changed is written: a wall of many is drawn every few seconds.
import { alarm, ago, badges, inTrouble, look, sign, words } from "./state.js";
import { element, shape } from "../shell/dom.js";
import { clock, count, decimal, hours, root, text } from "../shell/text.js";

const MOST_LINES = 3;
const WIDTH = 120;
const HEIGHT = 28;
const WAYS = { forward: "▲", backward: "▼" };

export class Tile {
  constructor(camera) {
    this.link = element("a", { href: `${root}/cameras/${camera.id}` });
    this.state = element("p", { class: "state" });
    this.badges = element("p", { class: "badges" });
    this.alarm = element("p", { class: "alarm" });
    this.lines = element("div", { class: "lines" });
    this.spark = element("div", { class: "spark" });
    this.age = element("p", { class: "age" });
    this.node = element("li", { class: "tile", "data-camera": camera.id },
      element("h3", {}, this.link), this.state, this.badges, this.alarm, this.lines, this.spark, this.age);
    this.written = {};
  }

  /** Show how the camera is. */
  show(camera, now) {
    this.camera = camera;
    this.#write("name", camera.name || camera.id, (name) => (this.link.textContent = name));
    this.#write("state", `${sign(camera)} ${words(camera)}`, () => {
      this.state.textContent = words(camera);
      this.state.dataset.sign = sign(camera);
      this.state.dataset.look = look(camera);
      this.node.dataset.look = look(camera);
      this.node.toggleAttribute("data-trouble", inTrouble(camera));
    });
    this.#write("badges", JSON.stringify(badges(camera)), () =>
      this.badges.replaceChildren(...badges(camera).map(([word, why]) => element("span", { class: "badge warn", title: why }, text(word)))));
    this.#write("alarm", alarm(camera) + (camera.error ?? ""), () =>
      this.alarm.replaceChildren(alarm(camera), ...(alarm(camera) && camera.error ? [element("small", {}, camera.error)] : [])));
    const age = camera.last_frame_at ? text("last_frame", { ago: ago(camera.last_frame_at, now) }) : text("no_frame");
    this.#write("age", age, () => (this.age.textContent = age));
  }

  /** Show its day and its last hour. */
  glance(row) {
    this.row = row;
    if (!this.inSight) return; // drawn when somebody scrolls there
    this.#write("row", JSON.stringify([row.day, row.lines, row.recent.map((point) => [point.value, point.status]), row.recent[0].start]), () => {
      this.#fillLines(row);
      this.spark.replaceChildren(spark(row, this.camera.timezone));
    });
  }

  /** Note whether it is in sight. */
  seen(inSight) {
    this.inSight = inSight;
    if (this.row) this.glance(this.row);
  }

  #fillLines(row) {
    const number = (n) => (n === null ? "–" : count(n));
    const many = row.lines.length > 1; // then the names of the two ways have no room, but are heard
    const shown = row.lines.slice(0, MOST_LINES).map((line) => element("p", { class: many ? "one-of" : "one" },
      many ? element("span", { class: "of" }, line.name || line.line) : null,
      ...Object.keys(WAYS).map((way) => element("span", { class: `way ${way}` },
        element("span", { class: "sign", "aria-hidden": "true" }, WAYS[way]), element("b", {}, number(line[way])),
        element("small", { class: many ? "unseen" : null }, line.directions[way] === way ? text(way) : line.directions[way])))));
    if (row.lines.length > MOST_LINES) shown.push(element("p", { class: "soft" }, text("more_lines", { n: row.lines.length - MOST_LINES })));
    if (!row.lines.length) {
      const last = row.recent.findLast((point) => point.value !== null);
      shown.push(element("p", {}, row.measure === "crossings" ? text("nothing_measured")
        : element("span", { class: "way" }, element("b", {}, last ? decimal(last.value) : "–"), element("small", {}, text("mean")))));
    }
    if (!isToday(row, this.camera.timezone)) shown.unshift(element("p", { class: "other-day" }, text("of_day", { day: clock(this.camera.timezone)(row.day).replace(/ \d\d:\d\d$/, "") })));
    this.lines.replaceChildren(...shown);
  }

  #write(what, value, how) {
    if (this.written[what] === value) return;
    this.written[what] = value;
    how(value);
  }
}

/** Tell whether a row is of the day that it is now, at the camera. */
export function isToday(row, timeZone) {
  const day = new Intl.DateTimeFormat("en", { dateStyle: "short", timeZone });
  return day.format(Date.parse(row.day)) === day.format(Date.now());
}

/** Draw the last hour: bars; what was not observed is hatched, and what is withheld grey. */
function spark({ recent, step_s: step, measure }, timeZone) {
  const hour = hours(timeZone);
  const most = Math.max(1, ...recent.map((point) => point.value ?? 0));
  const width = WIDTH / recent.length;
  const bars = recent.map((point, n) => {
    const full = point.value === null;
    const height = full ? HEIGHT : (point.value / most) * HEIGHT;
    return shape("rect", { x: n * width + (full ? 0 : width * 0.12), width: width * (full ? 1 : 0.76), y: HEIGHT - height, height,
      class: full ? (point.status === "suppressed" ? "withheld" : "unseen-time") : point.status === "partial" ? "forward partly" : "forward" });
  });
  const seen = recent.filter((point) => point.value !== null);
  const sum = seen.reduce((total, point) => total + point.value, 0);
  const said = { from: hour(recent[0].start), to: hour(Date.parse(recent.at(-1).start) + step * 1000), gaps: recent.filter((point) => point.status === "not_observed").length };
  const told = !seen.length ? text("not_observed") : measure === "crossings" ? text("crossings", { n: count(sum) }) : `${decimal(sum / seen.length)} ${text("mean")}`;
  return shape("svg", { class: "chart", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img",
    "aria-label": text(said.gaps ? "spark_gaps" : "spark", { ...said, told }) }, ...bars, shape("path", { class: "axis", d: `M0 ${HEIGHT}H${WIDTH}` }));
}
