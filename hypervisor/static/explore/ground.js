// Where in a zone time was spent, and which way things went: /v1/heatmap in fractions of the picture.
import { address, ask } from "../shell/api.js";
import { element, shape } from "../shell/dom.js";
import { count, percent, text } from "../shell/text.js";
import * as names from "./names.js";
import { table } from "./tables.js";
import { DAY } from "./times.js";

const [WIDE, HIGH, LONGEST, ROWS] = [800, 450, 31 * DAY - 3_600_000, 20];

/** Return the zones of cameras that measure it: [[camera/zone, name]]. */
export async function choices(cameras) {
  const found = await Promise.all(cameras.map(async (id) => (await names.camera(id)).zones.filter((zone) => zone.measures.includes("heatmap")).map((zone) => [`${id}/${zone.id}`, `${names.cameras.get(id)?.name || id} : ${zone.name || zone.id}`])));
  return found.flat();
}

const query = (chosen, asked, period) => {
  const [camera, zone] = chosen.split("/");
  return { camera, zone, class: asked.class, from: new Date(Math.max(period.from, period.to - LONGEST)).toISOString(), to: new Date(period.to).toISOString() };
};

export async function draw(chosen, asked, period, signal) {
  const said = query(chosen, asked, period);
  const { data } = await ask("/v1/heatmap", { query: said, signal });
  const zone = (await names.camera(said.camera)).zones.find((one) => one.id === said.zone);
  const cells = new Map(); // cell → all classes together
  for (const { geometry, properties: of } of data.features) {
    const cell = cells.get(of.cell) ?? { ring: geometry.coordinates[0], s: 0, x: 0, y: 0 };
    cells.set(of.cell, { ...cell, s: cell.s + of.seconds, x: cell.x + of.velocity_x_per_s * of.seconds, y: cell.y + of.velocity_y_per_s * of.seconds });
  }
  const most = Math.max(1e-9, ...[...cells.values()].map((cell) => cell.s));
  const fastest = Math.max(1e-9, ...[...cells.values()].map((cell) => Math.hypot(cell.x, cell.y) / cell.s));
  const title = text("ground_title", { camera: names.cameras.get(said.camera)?.name || said.camera, zone: zone.name || zone.id });
  const at = (points) => points.map(([x, y]) => `${(x * WIDE).toFixed(1)},${(y * HIGH).toFixed(1)}`).join(" ");
  const svg = shape("svg", { class: "ground", viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", "aria-label": title }, shape("rect", { class: "frame", width: WIDE, height: HIGH }));
  for (const cell of cells.values()) {
    svg.append(shape("polygon", { points: at(cell.ring), class: `heat h${Math.ceil(Math.sqrt(cell.s / most) * 8)}` }, shape("title", {}, `${count(cell.s)} s`)));
    const [x, y] = [(cell.ring[0][0] + cell.ring[2][0]) / 2 * WIDE, (cell.ring[0][1] + cell.ring[2][1]) / 2 * HIGH];
    const [dx, dy] = [cell.x, cell.y].map((sum) => (sum / cell.s / fastest) * 14);
    if (Math.hypot(dx, dy) > 2) svg.append(shape("path", { class: "arrow", d: `M${x - dx} ${y - dy}L${x + dx} ${y + dy}m${-0.5 * (dx - dy)} ${-0.5 * (dy + dx)}L${x + dx} ${y + dy}l${-0.5 * (dx + dy)} ${-0.5 * (dy - dx)}` }));
  }
  svg.append(shape("polygon", { points: at(zone.points), class: "outline" }));
  const rows = [...cells.values()].sort((a, b) => b.s - a.s).slice(0, ROWS).map((cell) => [cell.ring[0].map((one) => percent(one)).join(", "), count(cell.s)]);
  return element("section", { class: "card" }, element("h2", {}, title), svg,
    element("p", { class: "soft" }, text("ground_note", { part: percent(data.coverage) }), " ", period.to - period.from > LONGEST && text("ground_clipped"), " ", data.withheld_hours > 0 && text("ground_withheld", { n: data.withheld_hours })),
    element("details", {}, element("summary", {}, text("table")), table(title, [text("cell"), text("seconds")], rows)));
}

export const link = (asked, period) => element("a", { class: "button", href: address("/v1/heatmap", query(asked.curve, asked, period)), download: `parvis-${asked.curve.replace("/", "-")}.geojson` }, "GeoJSON");
