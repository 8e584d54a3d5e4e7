// What the page knows of one camera's figures, kept exact by asking /v1/series again rather than by counting events.
import { ask } from "../shell/api.js";

const WINDOW = 60; // buckets shown, at most
const LEAST = 15; // and at least: what lies before the first observed one is left out

/** The figures of one measure of one camera: place → class → direction → start → point. */
export class Figures {
  constructor(camera, measure, bucket) {
    this.asked = { measure, camera, bucket };
    this.series = new Map(); // key → Map(start → point)
    this.named = new Map(); // key → {place, class, direction}
    this.starts = [];
    this.running = null;
  }

  /** Read everything again. */
  all() {
    return this.#once({});
  }

  /** Read the last buckets only: that is cheap enough for every event. */
  last() {
    const from = this.starts.at(-2) ?? this.starts.at(-1);
    return this.#once(from ? { from } : {});
  }

  // One request at a time; whoever asks meanwhile gets one more afterwards.
  async #once(range) {
    if (this.running) {
      this.again = true;
      return this.running;
    }
    this.running = this.#read(range);
    try {
      await this.running;
    } finally {
      this.running = null;
    }
    if (this.again) {
      this.again = false;
      await this.last();
    }
  }

  async #read(range) {
    const page = (await ask("/v1/series", { query: { ...this.asked, ...range } })).data;
    if (!range.from) this.series.clear();
    const starts = new Set(range.from ? this.starts : []);
    for (const one of page.series) {
      const named = { place: one.line ?? one.zone, class: one.class, direction: one.direction ?? "" };
      const key = JSON.stringify(named);
      this.named.set(key, named);
      if (!this.series.has(key)) this.series.set(key, new Map());
      for (const point of one.points) {
        this.series.get(key).set(point.start, point);
        starts.add(point.start);
      }
    }
    this.starts = [...starts].sort().slice(-WINDOW);
  }

  /** Return the points of a place, oldest first: [{start, status, coverage, values: {direction: sum over classes}}]. */
  of(place) {
    const keys = [...this.series.keys()].filter((key) => this.named.get(key).place === place);
    const points = this.starts.map((start) => {
      const values = {};
      let about = { status: "not_observed", coverage: 0 };
      for (const key of keys) {
        const point = this.series.get(key).get(start);
        if (!point) continue;
        about = point;
        const direction = this.named.get(key).direction;
        if (point.value !== null) values[direction] = (values[direction] ?? 0) + point.value;
      }
      return { start, status: about.status, coverage: about.coverage, values };
    });
    const first = points.findIndex((point) => point.status !== "not_observed");
    return points.slice(first < 0 ? -LEAST : Math.min(first, Math.max(0, points.length - LEAST)));
  }

  /** Return the sums per class over the window, biggest first. */
  classes(place) {
    const sums = {};
    for (const [key, points] of this.series) {
      const { place: at, class: name } = this.named.get(key);
      if (at !== place) continue;
      for (const start of this.starts) sums[name] = (sums[name] ?? 0) + (points.get(start)?.value ?? 0);
    }
    return Object.entries(sums).sort((a, b) => b[1] - a[1]);
  }
}
