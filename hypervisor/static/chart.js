// A bar chart of buckets: one way up, the other down. What was not observed is hatched, never drawn as zero.
const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 600;
const HALF = 44; // height of one half, units
const TOP = 14;
const LABELS = 18;

function shape(tag, attributes, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** Return the hidden definition of the hatching; the page holds it once. */
export function hatching() {
  const pattern = shape(
    "pattern",
    { id: "hatch", width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
    shape("rect", { width: 7, height: 7 }),
    shape("path", { d: "M0 0V7" }),
  );
  return shape("svg", { width: 0, height: 0, "aria-hidden": "true", class: "unseen" }, shape("defs", {}, pattern));
}

/**
 * Draw the slots of a chart.
 * slots: [{start, up, down, status, about}], oldest first; up and down are null where nothing is known.
 * twoWays: whether there is a lower half. hour: writes a moment. label: what a screen reader says.
 */
export function chart(slots, { twoWays, hour, label, number }) {
  const height = TOP + HALF * (twoWays ? 2 : 1) + LABELS;
  const svg = shape("svg", { class: "chart", viewBox: `0 0 ${WIDTH} ${height}`, role: "img", "aria-label": label });
  const axis = TOP + HALF;
  const most = Math.max(1, ...slots.map((slot) => Math.max(slot.up ?? 0, slot.down ?? 0)));
  const step = WIDTH / Math.max(slots.length, 1);
  slots.forEach((slot, index) => svg.append(drawn(slot, index * step, step, { axis, most, twoWays })));
  svg.append(shape("line", { class: "axis", x1: 0, x2: WIDTH, y1: axis, y2: axis }));
  svg.append(words(0, TOP - 4, "start", number(most)));
  for (const [at, anchor] of [[0, "start"], [Math.floor(slots.length / 2), "middle"], [slots.length - 1, "end"]]) {
    if (slots[at]) svg.append(words(anchor === "end" ? WIDTH : at * step, height - 4, anchor, hour(slots[at].start)));
  }
  return svg;
}

function words(x, y, anchor, content) {
  return shape("text", { x, y, "text-anchor": anchor }, content);
}

function drawn(slot, x, step, { axis, most, twoWays }) {
  const group = shape("g", {}, shape("title", {}, slot.about));
  const full = { x, y: TOP, width: step, height: HALF * (twoWays ? 2 : 1) };
  if (slot.up === null) {
    const look = slot.status === "suppressed" ? "withheld" : "unseen-time";
    group.append(shape("rect", { ...full, class: look }));
    return group;
  }
  group.append(shape("rect", { ...full, fill: "transparent" })); // the whole column shows the title
  const gap = Math.min(1.5, step / 5);
  const partly = slot.status === "partial" ? " partly" : "";
  const bar = (value, up) => {
    const tall = (value / most) * HALF;
    if (tall > 0) {
      const y = up ? axis - tall : axis;
      group.append(shape("rect", { x: x + gap, y, width: step - 2 * gap, height: tall, class: (up ? "forward" : "backward") + partly }));
    }
  };
  bar(slot.up, true);
  if (twoWays) bar(slot.down ?? 0, false);
  return group;
}

/** Return a small sample for a legend: forward, backward, unseen-time or withheld. */
export function sample(look) {
  return shape("svg", { class: "chart", viewBox: "0 0 18 15", "aria-hidden": "true" }, shape("rect", { width: 18, height: 15, class: look }));
}
