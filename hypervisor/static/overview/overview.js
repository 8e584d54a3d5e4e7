// The first page: every camera in one look. Three answers serve all of it, however many cameras there are:
// /v1/cameras, /v1/overview and /v1/alerts.
import { showAlerts } from "./alerts.js";
import { showMap } from "./map.js";
import { inTrouble } from "./state.js";
import { isToday, Tile } from "./tile.js";
import { hatching } from "../camera/chart.js";
import { ask, Away, Problem } from "../shell/api.js";
import { byId, element } from "../shell/dom.js";
import { noted, on } from "../shell/live.js";
import { count, kind, text } from "../shell/text.js";

const STATES_MS = 2000; // how often states are read
const FIGURES_MS = 5000; // and figures
const wall = byId("cameras");
const tiles = new Map();
const sight = new IntersectionObserver((seen) => {
  for (const { target, isIntersecting } of seen) tiles.get(target.dataset.camera)?.seen(isIntersecting);
}, { rootMargin: "300px" });
let order = "";

function showSummary(cameras) {
  const running = cameras.filter((camera) => camera.state === "running").length;
  const trouble = cameras.filter(inTrouble).length;
  const line = text(cameras.length === 1 ? "summary_one" : "summary", { n: count(cameras.length), running: count(running) });
  const warning = trouble ? text(trouble === 1 ? "trouble_one" : "trouble", { n: count(trouble) }) : "";
  const summary = byId("summary");
  if (summary.dataset.key === line + warning) return; // do not repeat it to a screen reader
  summary.dataset.key = line + warning;
  summary.replaceChildren(cameras.length ? line : "", warning ? " · " : "", element("span", { class: "bad" }, warning));
}

function showCameras(cameras) {
  const now = Date.now();
  const empty = byId("empty");
  empty.hidden = cameras.length > 0;
  empty.textContent = text("none");
  byId("top-row").hidden = cameras.length === 0;
  wall.setAttribute("aria-busy", "false");
  showSummary(cameras);
  for (const camera of cameras) {
    if (!tiles.has(camera.id)) {
      tiles.set(camera.id, new Tile(camera));
      sight.observe(tiles.get(camera.id).node);
    }
    tiles.get(camera.id).show(camera, now);
  }
  for (const [id, tile] of tiles) {
    if (cameras.some((camera) => camera.id === id)) continue;
    sight.unobserve(tile.node);
    tile.node.remove();
    tiles.delete(id);
  }
  arrange(cameras);
  showMap(cameras);
}

/** Put those in trouble first; the others stay where they are. */
function arrange(cameras) {
  const ids = [...cameras.filter(inTrouble), ...cameras.filter((camera) => !inTrouble(camera))].map((camera) => camera.id);
  if (ids.join() === order) return;
  order = ids.join();
  const focused = document.activeElement;
  wall.append(...ids.map((id) => tiles.get(id).node));
  if (wall.contains(focused)) focused.focus({ preventScroll: true });
}

function showFigures(rows) {
  const sums = {};
  let watched = 0;
  for (const row of rows) {
    const tile = tiles.get(row.camera);
    if (!tile) continue;
    tile.glance(row);
    if (!isToday(row, tile.camera.timezone)) continue;
    watched += row.status === "not_observed" ? 0 : 1;
    for (const [name, n] of Object.entries(row.classes)) sums[name] = (sums[name] ?? 0) + n;
  }
  const shown = Object.entries(sums).sort((a, b) => b[1] - a[1]);
  const key = JSON.stringify([shown, watched, rows.length]);
  if (byId("totals").dataset.key === key) return;
  byId("totals").dataset.key = key;
  byId("totals").replaceChildren(...shown.map(([name, n]) => element("div", {}, element("dt", {}, kind(name)), element("dd", {}, count(n)))));
  byId("totals-about").textContent = shown.length ? text("totals_about", { n: count(watched), of: count(rows.length) }) : text("no_figures");
}

/** Ask again and again, never twice at once; what comes while nobody looks waits until somebody does. */
function steadily(read, every) {
  let running = null;
  let again = false;
  const go = async () => {
    if (document.hidden) return;
    if (running) return void (again = true);
    running = read();
    try {
      await running;
      noted(null);
    } catch (error) {
      noted(error);
      if (!(error instanceof Away || error instanceof Problem)) throw error; // a fault of this page
    } finally {
      running = null;
    }
    if (again) {
      again = false;
      go();
    }
  };
  setInterval(go, every);
  document.addEventListener("visibilitychange", go);
  return go;
}

if (new URLSearchParams(location.search).has("wall")) {
  document.documentElement.classList.add("wall");
  byId("as-wall").textContent = text("no_wall");
  byId("as-wall").href = location.pathname;
  document.addEventListener("keydown", (event) => event.key === "Escape" && location.assign(location.pathname));
}
document.body.append(hatching());
const states = steadily(async () => showCameras((await ask("/v1/cameras")).data.items), STATES_MS);
const figures = steadily(async () => showFigures((await ask("/v1/overview")).data.items), FIGURES_MS);
await states();
await figures();
for (const kind of ["camera.state", "camera.condition"]) on(kind, states);
for (const kind of ["bucket.sealed", "stream.gap", "open"]) on(kind, figures); // after a gap nothing is missing: all is read
on("open", states);
showAlerts();
