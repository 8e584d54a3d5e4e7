// A bar chart of buckets: one way up, the other down. What was not observed is hatched, never drawn as zero.
// Widths are percentages and heights pixels, so that it fills any column without stretching its words.
import { shape } from "../shell/dom.js";

const HALF = 52; // height of one half, px
const TOP = 16;
const LABELS = 18;

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
  const bottom = TOP + HALF * (twoWays ? 2 : 1);
  const svg = shape("svg", { class: "chart", width: "100%", height: bottom + LABELS, role: "img", "aria-label": label });
  const values = slots.flatMap((slot) => [slot.up ?? 0, twoWays ? (slot.down ?? 0) : 0]);
  const scale = { axis: TOP + HALF, most: Math.max(1, ...values), twoWays, bottom };
  const step = 100 / slots.length; // percent
  slots.forEach((slot, index) => svg.append(column(slot, index * step, step, scale)));
  svg.append(shape("line", { class: "axis", x1: "0%", x2: "100%", y1: scale.axis, y2: scale.axis }));
  svg.append(words("0%", TOP - 4, "start", number(scale.most)));
  svg.append(words("0%", bottom + 14, "start", hour(slots[0].start)));
  svg.append(words("50%", bottom + 14, "middle", hour(slots[Math.floor(slots.length / 2)].start)));
  svg.append(words("100%", bottom + 14, "end", hour(slots.at(-1).start)));
  return svg;
}

function words(x, y, anchor, content) {
  return shape("text", { x, y, "text-anchor": anchor }, content);
}

function column(slot, x, width, { axis, most, twoWays, bottom }) {
  const box = (part, y, height, look) =>
    shape("rect", { x: `${x + (width * (1 - part)) / 2}%`, width: `${width * part}%`, y, height, class: look });
  const group = shape("g", {}, shape("title", {}, slot.about));
  if (slot.up === null) {
    group.append(box(1.01, TOP, bottom - TOP, slot.status === "suppressed" ? "withheld" : "unseen-time"));
    return group;
  }
  group.append(box(1, TOP, bottom - TOP, "hover")); // the whole column shows the title
  const partly = slot.status === "partial" ? " partly" : "";
  const up = (slot.up / most) * HALF;
  const down = twoWays ? ((slot.down ?? 0) / most) * HALF : 0;
  if (up > 0) group.append(box(0.74, axis - up, up, `forward${partly}`));
  if (down > 0) group.append(box(0.74, axis, down, `backward${partly}`));
  return group;
}

/** Return a small sample for a legend: unseen-time or withheld. */
export function sample(look) {
  return shape("svg", { class: "chart", width: 18, height: 12, "aria-hidden": "true" }, shape("rect", { width: 18, height: 12, class: look }));
}
