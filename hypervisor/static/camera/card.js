// One camera on the page: its state, and for each line and zone the big counts and the chart.
import { chart, sample } from "./chart.js";
import { Figures } from "./figures.js";
import { alarm, badges, inTrouble, look, sign, words } from "../overview/state.js";
import { all } from "../shell/api.js";
import { element } from "../shell/dom.js";
import { clock, count, decimal, hours, kind, percent, text } from "../shell/text.js";

export class CameraCard {
  constructor(camera) {
    this.id = camera.id;
    this.statistics = camera.purpose === "statistics";
    const bucket = !this.statistics ? "1m" : camera.min_step_s > 900 ? "1h" : "15m";
    const figures = (measure) => new Figures(camera.id, measure, bucket);
    this.measures = { crossings: figures("crossings"), occupancy: figures("occupancy"), occupancy_max: figures("occupancy_max") };
    this.title = element("h1", { id: `camera-${camera.id}` });
    this.state = element("p", { class: "state" });
    this.alarm = element("div", { class: "alarm" });
    this.note = element("p", { class: "note" });
    this.beside = element("div", { class: "beside" });
    this.places = element("div", { class: "places" });
    const labelled = { class: "camera", "aria-labelledby": `camera-${camera.id}`, "data-camera": camera.id };
    this.node = element("article", labelled, element("header", {}, this.title, this.state), this.note, this.alarm, this.beside, this.places);
    this.show(camera);
  }

  /** Show the camera's state. */
  show(camera) {
    this.camera = camera;
    this.title.textContent = camera.name || camera.id;
    this.state.textContent = words(camera);
    this.state.dataset.look = look(camera);
    this.state.dataset.sign = sign(camera);
    this.note.textContent = [camera.state === "ended" ? text("over") : null, ...badges(camera).map(([, why]) => why)].filter(Boolean).join(" ");
    this.node.toggleAttribute("data-trouble", inTrouble(camera));
    const why = alarm(camera);
    this.alarm.replaceChildren(why, why && camera.error ? element("small", {}, camera.error) : "");
  }

  /** Read lines and zones again when the configuration has changed. */
  async configure() {
    if (this.revision === this.camera.revision) return;
    const revision = this.camera.revision;
    [this.lines, this.drawn] = await Promise.all(["lines", "zones"].map((what) => all(`/v1/cameras/${this.id}/${what}`)));
    this.zones = this.drawn.filter((zone) => zone.measures.includes("occupancy"));
    this.revision = revision;
  }

  /** Read figures, all or only the last ones, and show them. */
  async refresh(all) {
    await this.configure();
    const wanted = [
      ...(this.lines.length ? [this.measures.crossings] : []),
      ...(this.zones.length ? [this.measures.occupancy, this.measures.occupancy_max] : []),
    ];
    await Promise.all(wanted.map((figures) => (all ? figures.all() : figures.last())));
    this.#draw();
  }

  #draw() {
    const open = new Set([...this.places.querySelectorAll("details[open]")].map((one) => one.dataset.place));
    const focused = document.activeElement?.parentElement?.dataset?.place; // a summary that is replaced
    const sections = [
      ...this.lines.map((line) => this.#line(line)),
      ...this.zones.map((zone) => this.#zone(zone)),
    ];
    for (const details of sections.flatMap((one) => [...one.querySelectorAll("details")])) {
      if (!open.has(details.dataset.place)) continue;
      details.fill(); // at once: the event of opening comes later, and the table must not flicker
      details.open = true;
    }
    this.node.classList.toggle("wide", sections.length > 1);
    const inside = focused && this.places.contains(document.activeElement);
    this.places.replaceChildren(...(sections.length ? sections : [element("p", { class: "place" }, text("nothing_measured"))]));
    if (inside) this.places.querySelector(`details[data-place="${focused}"] summary`)?.focus();
  }

  #line(line) {
    const points = this.measures.crossings.of(line.id);
    const name = (way) => (line.directions[way] === way ? text(way) : line.directions[way]);
    const known = points.some((point) => Object.keys(point.values).length);
    const sum = (way) => points.reduce((total, point) => total + (point.values[way] ?? 0), 0);
    const sums = { forward: sum("forward"), backward: sum("backward") };
    const counts = ["forward", "backward"].map((way) =>
      figure(way, known ? count(sums[way]) : "–", name(way), { forward: "▲", backward: "▼" }[way]));
    const classes = this.measures.crossings.classes(line.id).filter(([, n]) => n);
    const slots = points.map((point) => ({
      ...point,
      up: point.values.forward ?? null,
      down: point.values.backward ?? null,
      about: this.#about(point, (p) => `▲ ${count(p.values.forward)} ${name("forward")}, ▼ ${count(p.values.backward)} ${name("backward")}`),
    }));
    const label = { what: text("line", { id: line.name || line.id }), a: count(sums.forward), a_name: name("forward"), b: count(sums.backward), b_name: name("backward") };
    return this.#place(`line-${line.id}`, text("line", { id: line.name || line.id }), counts,
      classes.length > 1 ? classes.map(([c, n]) => `${kind(c)} ${count(n)}`).join(" · ") : line.classes.map(kind).join(", "),
      slots, { twoWays: true, label, columns: [name("forward"), name("backward")], number: count });
  }

  #zone(zone) {
    const most = new Map(this.measures.occupancy_max.of(zone.id).map((point) => [point.start, point.values[""]]));
    const points = this.measures.occupancy.of(zone.id);
    const last = points.findLast((point) => point.values[""] !== undefined);
    const peak = Math.max(0, ...[...most.values()].filter((value) => value !== undefined));
    const counts = [
      figure("forward", last ? decimal(last.values[""]) : "–", text("mean"), "▲"),
      figure("plain", last ? count(peak) : "–", text("max"), ""),
    ];
    const slots = points.map((point) => ({
      ...point,
      up: point.values[""] ?? null,
      down: most.get(point.start) ?? null,
      about: this.#about(point, (p) => `${decimal(p.values[""])} ${text("mean")}, ${count(most.get(p.start) ?? 0)} ${text("max")}`),
    }));
    const label = { what: text("zone", { id: zone.name || zone.id }), a: last ? decimal(last.values[""]) : "–", a_name: text("mean"), b: count(peak), b_name: text("max") };
    return this.#place(`zone-${zone.id}`, text("zone", { id: zone.name || zone.id }), counts, zone.classes.map(kind).join(", "),
      slots, { twoWays: false, label, columns: [text("mean"), text("max")], number: decimal });
  }

  #about(point, say) {
    const time = hours(this.camera.timezone)(point.start);
    if (!Object.keys(point.values).length) return `${time}: ${text(point.status)}`;
    return `${time}: ${say(point)}${point.status === "partial" ? ` (${text("partial")} ${percent(point.coverage)})` : ""}`;
  }

  #place(id, title, counts, classes, slots, how) {
    const parts = [element("h2", {}, title), element("div", { class: "counts" }, ...counts), element("p", { class: "classes" }, classes)];
    if (!slots.length) return element("section", { class: "place" }, ...parts, element("p", {}, text("no_figures")));
    const hour = hours(this.camera.timezone);
    const range = { from: clock(this.camera.timezone)(slots[0].start), to: hour(slots.at(-1).start) };
    const part = slots.reduce((total, slot) => total + slot.coverage, 0) / slots.length;
    parts.push(
      chart(slots, { ...how, hour, label: text("chart", { ...how.label, ...range }) }),
      legend(slots),
      element("p", { class: "watched" }, text("watched", { ...range, part: percent(part) })),
      table(`${this.id}-${id}`, slots, how, hour),
    );
    return element("section", { class: "place", "data-place": id }, ...parts);
  }
}

function figure(look, value, name, sign) {
  return element("p", { class: `count ${look}` }, element("b", {}, value),
    element("span", {}, element("span", { class: "sign", "aria-hidden": "true" }, sign), ` ${name}`));
}

function legend(slots) {
  const seen = new Set(slots.filter((slot) => slot.up === null).map((slot) => slot.status));
  const looks = [["not_observed", "unseen-time"], ["suppressed", "withheld"]].filter(([status]) => seen.has(status));
  return element("ul", { class: "legend" }, ...looks.map(([status, look]) => element("li", {}, sample(look), text(status))));
}

function table(id, slots, how, hour) {
  const rows = element("tbody");
  const fill = () => rows.replaceChildren(...slots.toReversed().map((slot) =>
    element("tr", {}, element("th", { scope: "row" }, hour(slot.start)),
      element("td", {}, slot.up === null ? "–" : how.number(slot.up)),
      element("td", {}, slot.down === null ? "–" : count(slot.down)),
      element("td", {}, text(slot.status)))));
  const heads = [text("time"), ...how.columns, text("state")].map((name) => element("th", { scope: "col" }, name));
  const whole = element("table", {}, element("thead", {}, element("tr", {}, ...heads)), rows);
  const details = element("details", { "data-place": id }, element("summary", {}, text("table")),
    element("div", { class: "table", tabindex: "0", role: "region", "aria-label": text("table") }, whole));
  details.fill = fill;
  details.addEventListener("toggle", () => details.open && fill());
  return details;
}
