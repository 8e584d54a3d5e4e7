// The first page: reads /v1/cameras, follows /v1/stream, and asks /v1/series again whenever something is told.
import { CameraCard, inTrouble } from "./camera.js";
import { hatching } from "./chart.js";
import { root, text } from "./text.js";

const STATES_MS = 2000; // how often states are read
const EVENTS_MS = 400; // after an event, figures are read at most so often
const LAST_MS = 10_000; // quiet cameras: the last buckets
const ALL_MS = 60_000; // everything, so that late facts show

const main = document.getElementById("cameras");
const summary = document.getElementById("summary");
const link = document.getElementById("link");
const cards = new Map();
const waiting = new Set();
let streaming = false;
let store = "connecting";

function showLink() {
  const state = store !== "live" ? store : streaming ? "live" : "connecting";
  if (link.dataset.state === state) return;
  link.dataset.state = state;
  link.textContent = text(state);
}

function showSummary(cameras) {
  const running = cameras.filter((camera) => camera.state === "running").length;
  const trouble = cameras.filter(inTrouble).length;
  const line = text(cameras.length === 1 ? "summary_one" : "summary", { n: cameras.length, running });
  const warning = trouble ? text(trouble === 1 ? "trouble_one" : "trouble", { n: trouble }) : "";
  const key = line + warning;
  if (summary.dataset.key === key) return; // do not repeat it to a screen reader
  summary.dataset.key = key;
  const bad = document.createElement("span");
  bad.className = "bad";
  bad.textContent = warning;
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
    const answer = await fetch(`${root}/v1/cameras`);
    if (answer.status === 401) location.assign(`${root}/sign-in`); // the session is over
    store = answer.ok ? "live" : "away";
    if (answer.ok) showCameras((await answer.json()).items);
  } catch {
    store = "offline";
  }
  showLink();
}

function showCameras(cameras) {
  const empty = document.getElementById("empty");
  empty.hidden = cameras.length > 0;
  empty.textContent = text("none");
  main.setAttribute("aria-busy", "false");
  showSummary(cameras);
  for (const camera of cameras) {
    const known = cards.get(camera.id);
    if (known && known.statistics === (camera.purpose === "statistics")) {
      known.show(camera);
      if (known.revision && known.revision !== camera.revision) refresh(known, true);
      continue;
    }
    const card = new CameraCard(camera);
    known ? known.node.replaceWith(card.node) : main.append(card.node);
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

function follow() {
  const stream = new EventSource(`${root}/v1/stream`);
  const moved = (event) => touched(JSON.parse(event.data).camera_id);
  for (const kind of ["crossing", "dwell", "bucket.sealed"]) stream.addEventListener(kind, moved);
  for (const kind of ["camera.state", "camera.condition"]) stream.addEventListener(kind, readStates);
  stream.addEventListener("stream.gap", () => cards.forEach((card) => refresh(card, true)));
  stream.addEventListener("open", () => {
    streaming = true;
    showLink();
  });
  stream.addEventListener("error", () => {
    streaming = false;
    showLink();
    // The browser reconnects by itself, except after an error status.
    if (stream.readyState === EventSource.CLOSED) setTimeout(follow, 2000);
  });
}

document.body.append(hatching());
await readStates();
follow();
setInterval(readStates, STATES_MS);
setInterval(() => cards.forEach((card) => refresh(card, false)), LAST_MS);
setInterval(() => cards.forEach((card) => refresh(card, true)), ALL_MS);
