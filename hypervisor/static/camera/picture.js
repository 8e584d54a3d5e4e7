// The picture of a camera: lines and zones as they are drawn, with their figures; under them, where the purpose and the
// right allow it and somebody asks, the blurred picture itself. A picture that has stopped never stays as if it were live.
import { settle } from "./labels.js";
import { parts } from "./parts.js";
import { element, shape } from "../shell/dom.js";
import { clock, count, decimal, hours, may, percent, root, text } from "../shell/text.js";

const WIDTH = 1000; // of the drawing, in its own units
const ARROW = 46;
const MOST_VH = 64; // height of the picture in parts of the window
const STILL_MS = 5000; // without a picture for so long, the live view says so

export class Picture {
  constructor(card) {
    this.card = card;
    this.ratio = 9 / 16; // until a picture says better
    this.canvas = element("canvas", { hidden: true, "aria-hidden": "true" });
    this.drawing = shape("svg", { class: "drawing", role: "img", "aria-label": text("loading") });
    this.about = element("p", { class: "about", role: "status" });
    this.frame = element("div", { class: "frame" }, this.canvas, this.drawing);
    const allowed = !card.statistics && may("evidence:read");
    this.toggle = allowed ? element("button", { type: "button", onclick: () => (this.stopping ? this.stop() : this.live()) }, text("live_start")) : null;
    this.shot = allowed ? element("button", { type: "button", class: "plain", onclick: () => this.snapshot() }, text("snapshot")) : null;
    this.node = element("figure", { class: "picture" }, this.frame, element("figcaption", {}, this.about, element("span", { class: "buttons" }, this.shot, this.toggle)));
    document.addEventListener("visibilitychange", () => document.hidden && this.stop());
  }

  /** Draw lines, zones and figures again. */
  draw() {
    const height = WIDTH * this.ratio;
    this.frame.style.maxInlineSize = `${MOST_VH / this.ratio}vh`; // what starts and stops it stays in sight
    this.drawing.setAttribute("viewBox", `0 0 ${WIDTH} ${height}`);
    const at = ([x, y]) => [x * WIDTH, y * height];
    const { lines = [], drawn = [] } = this.card;
    this.said = [];
    this.drawing.replaceChildren(
      ...drawn.map((zone) => this.#zone(zone, zone.points.map(at))),
      ...lines.map((line, n) => this.#line(line, (line.points.length ? line.points : [line.from, line.to]).map(at), n)),
      ...(this.boxes ?? []).map(([x1, y1, x2, y2]) => shape("rect", { class: "box", x: x1 * WIDTH, y: y1 * height, width: (x2 - x1) * WIDTH, height: (y2 - y1) * height })));
    settle(this.drawing, [...this.drawing.querySelectorAll(".line text"), ...this.drawing.querySelectorAll(".zone text")]);
    this.drawing.setAttribute("aria-label", this.said.length ? this.said.join(". ") : text("nothing_measured"));
    if (!this.canvas.hidden) return;
    this.about.textContent = `${this.card.statistics ? text("no_picture_statistics") : text("schematic")} ${this.#period()}`;
  }

  /** Over which time figures in the drawing go: the last sealed bucket, or what the charts below show. */
  #points(line) {
    const points = this.card.measures.crossings.of(line);
    return this.card.statistics ? points.filter((point) => point.values.forward !== undefined).slice(-1) : points;
  }

  #period() {
    const { camera, lines = [] } = this.card;
    const points = lines.length ? this.#points(lines[0].id) : [];
    if (!points.length) return "";
    const step = this.card.statistics ? camera.min_step_s : 60;
    return text("figures_of", { from: clock(camera.timezone)(points[0].start), to: hours(camera.timezone)(Date.parse(points.at(-1).start) + step * 1000),
      part: percent(points.reduce((sum, point) => sum + point.coverage, 0) / points.length) });
  }

  #line(line, points, n) {
    const [from, to] = [points[0], points.at(-1)];
    const length = Math.hypot(to[0] - from[0], to[1] - from[1]) || 1;
    const part = [0.5, 0.75, 0.25][n % 3]; // words of neighbours keep out of each other's way
    const middle = points.length > 2 ? points[Math.floor(points.length / 2)] : between(from, to, part);
    // Forward leads from the left hand to the right hand of who stands at `from` and looks towards `to` (y points down).
    const way = [(-(to[1] - from[1]) / length) * ARROW, ((to[0] - from[0]) / length) * ARROW];
    const counted = this.#points(line.id);
    const name = line.name || line.id;
    const sums = Object.fromEntries(["forward", "backward"].map((one) => {
      const known = counted.filter((point) => point.values[one] !== undefined);
      return [one, known.length ? count(known.reduce((sum, point) => sum + point.values[one], 0)) : "–"];
    }));
    const called = (one) => (line.directions[one] === one ? text(one) : line.directions[one]);
    this.said.push(`${text("line", { id: name })}: ${sums.forward} ${called("forward")}, ${sums.backward} ${called("backward")}`);
    const arrow = (one, sense) => {
      const tip = [middle[0] + way[0] * sense, middle[1] + way[1] * sense];
      const label = [middle[0] + way[0] * sense * 1.45, middle[1] + way[1] * sense * 1.45];
      const room = label[0] / WIDTH; // words stay inside the picture
      const anchor = room < 0.2 ? "start" : room > 0.8 ? "end" : Math.abs(way[0]) < ARROW / 3 ? "middle" : way[0] * sense > 0 ? "start" : "end";
      const beside = (anchor === "start") === way[0] * sense > 0 && anchor !== "middle";
      const side = [way[1] * 0.22, -way[0] * 0.22];
      const head = `${between(middle, tip, 0.62).map((value, axis) => value + side[axis])} ${tip} ${between(middle, tip, 0.62).map((value, axis) => value - side[axis])}`;
      return [shape("path", { d: `M${middle}L${tip}` }), shape("polyline", { points: head }),
        shape("text", { x: label[0], y: label[1] + (beside ? 9 : way[1] * sense > 0 ? 34 : -18), "text-anchor": anchor },
          shape("tspan", { class: "number" }, sums[one]), shape("tspan", { class: "name" }, ` ${called(one)}`))];
    };
    return shape("g", { class: "line" }, shape("polyline", { class: "path", points: points.join(" ") }),
      ...[from, to].map(([cx, cy]) => shape("circle", { cx, cy, r: 5 })),
      shape("g", { class: "forward" }, ...arrow("forward", 1)), shape("g", { class: "backward" }, ...arrow("backward", -1)));
  }

  #zone(zone, points) {
    const last = this.card.measures.occupancy.of(zone.id).findLast((point) => point.values[""] !== undefined);
    const name = zone.name || zone.id;
    const value = last ? decimal(last.values[""]) : "–";
    this.said.push(`${text("zone", { id: name })}: ${value} ${text("mean")}`);
    const top = Math.min(...points.map(([, y]) => y));
    const middle = (Math.min(...points.map(([x]) => x)) + Math.max(...points.map(([x]) => x))) / 2;
    return shape("g", { class: "zone" }, shape("polygon", { points: points.join(" ") }),
      shape("text", { x: middle, y: top + 38, "text-anchor": "middle" }, shape("tspan", { class: "name" }, `${name} `), shape("tspan", { class: "number" }, `ø ${value}`)));
  }

  /** Show one picture as it is now. */
  async snapshot() {
    this.stop();
    await this.#shown(async (signal) => {
      const answer = await asked(`/v1/cameras/${this.card.id}/snapshot`, signal);
      await this.#paint(await answer.blob(), []);
      this.about.textContent = text("picture_of", { time: clock(this.card.camera.timezone)(answer.headers.get("X-Parvis-Time") ?? Date.now()) });
    });
  }

  /** Show pictures until somebody stops them, looks elsewhere, or they end. */
  async live() {
    this.stop();
    const ended = await this.#shown(async (signal) => {
      const answer = await asked(`/v1/cameras/${this.card.id}/live`, signal);
      let newest = null;
      for await (const { headers, body } of parts(answer)) {
        if (newest && headers["x-parvis-time"] === newest) continue; // the same again, to keep the line open
        newest = headers["x-parvis-time"];
        await this.#paint(new Blob([body], { type: "image/jpeg" }), JSON.parse(headers["x-parvis-boxes"] ?? "[]"));
        this.about.textContent = text("live_at", { time: clock(this.card.camera.timezone)(headers["x-parvis-time"] ?? Date.now()) });
        clearTimeout(this.late);
        this.late = setTimeout(() => this.#clear(text("live_waits")), STILL_MS);
      }
    });
    if (ended) this.#clear(text("live_ended"));
  }

  /** End what is shown. */
  stop() {
    this.stopping?.abort();
    this.stopping = null;
    this.#clear("");
  }

  async #shown(work) {
    const mine = (this.stopping = new AbortController());
    this.#label();
    let why = "";
    try {
      await work(mine.signal);
    } catch (error) {
      if (mine.signal.aborted) return false;
      why = error.message;
    }
    if (this.stopping !== mine) return false;
    this.stopping = null;
    this.#label();
    if (why) this.#clear(text("failed_request", { why }));
    return !why;
  }

  async #paint(blob, boxes) {
    const bitmap = await createImageBitmap(blob);
    Object.assign(this.canvas, { width: bitmap.width, height: bitmap.height, hidden: false });
    this.canvas.getContext("2d").drawImage(bitmap, 0, 0);
    this.ratio = bitmap.height / bitmap.width;
    bitmap.close();
    this.boxes = boxes;
    this.draw();
  }

  #clear(why) {
    clearTimeout(this.late);
    this.canvas.hidden = true;
    this.boxes = [];
    this.#label();
    if (this.card.revision) this.draw();
    if (why) this.about.textContent = why;
  }

  #label() {
    if (this.toggle) this.toggle.textContent = text(this.stopping ? "live_stop" : "live_start");
  }
}

const between = (a, b, part) => [a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part];

async function asked(path, signal) {
  const answer = await fetch(root + path, { signal });
  if (answer.ok) return answer;
  const problem = await answer.json().catch(() => ({}));
  throw new Error(problem.detail ?? `HTTP ${answer.status}`);
}
