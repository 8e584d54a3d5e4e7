// The picture and what is drawn over it: SVG in the picture's own pixels, sized by zoom, scrolled by the browser.
import { closed } from "./drawing.js";
import { forward, middle, pieces } from "./geometry.js";
import { shape } from "../shell/dom.js";
import { text } from "../shell/text.js";

const MOST_ZOOM = 8;

export class View {
  size = [1600, 900];
  #zoom = 1;
  #corners = [];

  constructor(frame, sheet, svg) {
    Object.assign(this, { frame, sheet, svg });
    this.back = shape("g");
    this.shapes = shape("g");
    this.front = shape("g");
    this.handles = shape("g");
    svg.append(this.back, this.shapes, this.front, this.handles);
  }

  /** Take the size of the picture, px. */
  resize(width, height) {
    this.size = [width, height];
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.sheet.style.aspectRatio = `${width} / ${height}`;
    this.fit();
  }

  fit() { this.zoom(1 / this.#zoom); }

  /** Zoom by a factor, and keep a point (fractions) where it is seen. */
  zoom(by, [x, y] = [0.5, 0.5]) {
    this.#zoom = Math.min(MOST_ZOOM, Math.max(1, this.#zoom * by));
    const [before, frame] = [this.sheet.getBoundingClientRect(), this.frame.getBoundingClientRect()];
    const [left, top] = [before.left - frame.left + x * before.width, before.top - frame.top + y * before.height];
    const most = innerHeight * 0.72 * (this.size[0] / this.size[1]);
    this.sheet.style.width = `${Math.min(this.frame.clientWidth, most) * this.#zoom}px`;
    const after = this.sheet.getBoundingClientRect();
    this.frame.scrollLeft = x * after.width - left;
    this.frame.scrollTop = y * after.height - top;
  }

  /** How much of the picture so many pixels of the screen are: [x, y], as fractions. */
  reach(px) {
    const box = this.sheet.getBoundingClientRect();
    return [px / box.width, px / box.height];
  }

  /** Where an event happened, as fractions. */
  at(event) {
    const box = this.sheet.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  }

  /** Bring a point (fractions) into what is seen. */
  reveal([x, y]) {
    const { frame, sheet } = this;
    for (const [side, whole, seen, at] of [["scrollLeft", sheet.clientWidth, frame.clientWidth, x], ["scrollTop", sheet.clientHeight, frame.clientHeight, y]])
      if (at * whole < frame[side] + 24 || at * whole > frame[side] + seen - 24) frame[side] = at * whole - seen / 2;
  }

  /** Draw all anew. state: {shapes, selected, faults, tool, draft, cursor, kind, label(shape), say(fault)} */
  draw(state) {
    this.unit = this.size[0] / (this.sheet.clientWidth || this.size[0]); // picture pixels in one of the screen
    this.svg.style.fontSize = `${13 * this.unit}px`;
    this.svg.dataset.tool = state.tool;
    const order = [...state.shapes].sort((a, b) => (a.key === state.selected) - (b.key === state.selected) || closed(b.kind) - closed(a.kind));
    this.shapes.replaceChildren(...order.map((one) => this.#shape(one, state)));
    this.front.replaceChildren(...this.#draft(state));
    this.#handles(state.shapes.find((one) => one.key === state.selected && state.tool === "select"), state);
  }

  #px([x, y]) { return [x * this.size[0], y * this.size[1]]; }
  #path(points, shut) { return `M${points.map((p) => this.#px(p).map((v) => v.toFixed(1)).join(" ")).join("L")}${shut ? "Z" : ""}`; }

  #text([x, y], said, more = {}) {
    const wide = said.length * 7 * this.unit;
    const anchor = x + wide > this.size[0] ? "end" : "start";
    return shape("text", { x, y: Math.min(this.size[1] - 4 * this.unit, Math.max(14 * this.unit, y)), "text-anchor": anchor, ...more }, said);
  }

  #shape(one, state) {
    const { kind, points, key } = one;
    const wrong = state.faults.filter((fault) => fault.key === key && fault.level !== "note");
    const level = wrong.some((fault) => fault.level === "bad") ? "bad" : wrong.length ? "warn" : null;
    const d = this.#path(points, closed(kind));
    const path = (name) => shape("path", { d, class: name });
    const [x, y] = this.#px(points.reduce((top, p) => (p[1] < top[1] ? p : top)));
    const fault = wrong[0] && this.#text([x + 14 * this.unit, y + 30 * this.unit], `⚠ ${state.say(wrong[0])}`, { class: "wrong" });
    const selected = key === state.selected;
    return shape("g", { class: `shape ${kind}`, "data-key": key, "data-level": level, "data-selected": selected }, path("reach"), path("casing"), path("stroke"),
      kind === "lines" ? this.#ways(one, selected) : null, this.#text([x + 14 * this.unit, y + 14 * this.unit], state.label(one), { class: "name" }), fault);
  }

  /** Two arrows where a line is crossed; their names at the selected one. */
  #ways({ points, body }, named) {
    const { at, way } = forward(points, this.size);
    return ["forward", "backward"].map((name) => {
      const sign = (name === "forward" ? 1 : -1) * this.unit;
      const on = (along, aside) => [at[0] + sign * (way[0] * along - way[1] * aside), at[1] + sign * (way[1] * along + way[0] * aside)];
      const [root, tip, a, b, end] = [on(6, 0), on(40, 0), on(28, 7), on(28, -7), on(58, 0)];
      const said = body.directions?.[name] ?? text(name);
      const anchor = Math.abs(way[0]) < 0.5 ? "middle" : way[0] * sign > 0 ? "start" : "end";
      const label = named ? shape("text", { x: end[0] - (anchor === "middle" ? 0 : way[0] * sign * 12), y: end[1] + 4 * this.unit, "text-anchor": anchor }, said) : null;
      return shape("g", { class: `way ${name}` }, shape("path", { class: "casing", d: `M${root}L${tip}M${a}L${tip}L${b}` }), shape("path", { class: "stroke", d: `M${root}L${tip}M${a}L${tip}L${b}` }), label);
    });
  }

  #draft({ tool, draft, cursor, crossing }) {
    if (tool === "select") return [];
    const [[x, y], [w, h]] = [this.#px(cursor), this.size];
    const d = draft.length ? this.#path([...draft, cursor], false) : "";
    const dots = draft.map((p) => { const [cx, cy] = this.#px(p); return shape("circle", { cx, cy, r: 5 * this.unit, class: "dot" }); });
    return [shape("path", { class: "cross", d: `M0 ${y}H${w}M${x} 0V${h}` }), shape("path", { d, class: "casing" }), shape("path", { d, class: `stroke rubber ${crossing ? "wrong" : ""}` }), ...dots];
  }

  /** Corners keep their elements while they move, so that they keep the focus. */
  #handles(one, state) {
    const points = one?.points ?? [];
    while (this.#corners.length > points.length) this.#corners.pop().remove();
    while (this.#corners.length < points.length) {
      const made = shape("g", { class: "corner", tabindex: 0, role: "button", "data-n": this.#corners.length }, shape("circle", { class: "reach" }), shape("circle", { class: "dot" }), shape("text", { "text-anchor": "middle", "aria-hidden": "true" }));
      this.#corners.push(made);
      this.handles.append(made);
    }
    this.#corners.forEach((made, n) => {
      made.setAttribute("transform", `translate(${this.#px(points[n]).join(" ")}) scale(${this.unit})`);
      made.setAttribute("aria-label", text("corner", { n: n + 1, of: points.length, what: state.label(one), ...state.where(points[n]) }));
      made.lastChild.textContent = n + 1;
      [14, 6].forEach((r, i) => made.children[i].setAttribute("r", r));
      made.lastChild.setAttribute("y", 4);
    });
    for (const old of this.handles.querySelectorAll(".mid")) old.remove();
    if (one) this.handles.prepend(...pieces(points, closed(one.kind)).map(([a, b], n) => {
      const [cx, cy] = this.#px(middle(a, b));
      return shape("circle", { class: "mid", "data-mid": n, cx, cy, r: 5 * this.unit });
    }));
  }

  focus(n) { (n === null ? this.svg : this.#corners[n])?.focus({ preventScroll: true }); }

  /** Draw a grid where there is no picture. */
  grid(on) {
    const [w, h] = this.size;
    const lines = Array.from({ length: 9 }, (_, i) => `M${((i + 1) * w) / 10} 0V${h}M0 ${((i + 1) * h) / 10}H${w}`).join("");
    this.back.replaceChildren(...(on ? [shape("path", { class: "grid", d: lines })] : []));
  }
}
