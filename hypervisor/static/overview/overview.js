// The first page: reads /v1/cameras, follows /v1/stream, and asks /v1/series again whenever something is told.
import { CameraCard, inTrouble } from "./camera.js";
import { hatching } from "./chart.js";
import { ask } from "../shell/api.js";
import { byId, element } from "../shell/dom.js";
import { noted, on } from "../shell/live.js";
import { text } from "../shell/text.js";

const STATES_MS = 2000; // how often states are read
const EVENTS_MS = 400; // after an event, figures are read at most so often
const LAST_MS = 10_000; // quiet cameras: the last buckets
const ALL_MS = 60_000; // everything, so that late facts show

const wall = byId("cameras");
const summary = byId("summary");
const cards = new Map();
const waiting = new Set();

function showSummary(cameras) {
  const running = cameras.filter((camera) => camera.state === "running").length;
  const trouble = cameras.filter(inTrouble).length;
  const line = text(cameras.length === 1 ? "summary_one" : "summary", { n: cameras.length, running });
  const warning = trouble ? text(trouble === 1 ? "trouble_one" : "trouble", { n: trouble }) : "";
  const key = line + warning;
  if (summary.dataset.key === key) return; // do not repeat it to a screen reader
  summary.dataset.key = key;
  const bad = element("span", { class: "bad" }, warning);
  summary.replaceChildren(cameras.length ? line : "", warning ? " · " : "", bad);
}

async function refresh(card, all) {
  try {
    await card.refresh(all);
  } catch (error) {
    console.warn(error); // shown by the link's state at the next look at the cameras
  }
}

async function readStates() {
  try {
    showCameras((await ask("/v1/cameras")).data.items);
    noted(null);
  } catch (error) {
    noted(error);
  }
}

function showCameras(cameras) {
  const empty = byId("empty");
  empty.hidden = cameras.length > 0;
  empty.textContent = text("none");
  wall.setAttribute("aria-busy", "false");
  showSummary(cameras);
  for (const camera of cameras) {
    const known = cards.get(camera.id);
    if (known && known.statistics === (camera.purpose === "statistics")) {
      known.show(camera);
      if (known.revision && known.revision !== camera.revision) refresh(known, true);
      continue;
    }
    const card = new CameraCard(camera);
    known ? known.node.replaceWith(card.node) : wall.append(card.node);
    cards.set(camera.id, card);
    refresh(card, true);
  }
  for (const [id, card] of cards) {
    if (!cameras.some((camera) => camera.id === id)) {
      card.node.remove();
      cards.delete(id);
    }
  }
}

/** After an event: read the camera's last buckets, soon, and once for many events. */
function touched(camera) {
  if (!cards.has(camera) || waiting.has(camera)) return;
  waiting.add(camera);
  setTimeout(() => {
    waiting.delete(camera);
    const card = cards.get(camera);
    if (card) refresh(card, false);
  }, EVENTS_MS);
}

document.body.append(hatching());
await readStates();
for (const kind of ["crossing", "dwell", "bucket.sealed"]) on(kind, (event) => touched(event.camera_id));
for (const kind of ["camera.state", "camera.condition"]) on(kind, readStates);
on("stream.gap", () => cards.forEach((card) => refresh(card, true)));
setInterval(readStates, STATES_MS);
setInterval(() => cards.forEach((card) => refresh(card, false)), LAST_MS);
setInterval(() => cards.forEach((card) => refresh(card, true)), ALL_MS);
