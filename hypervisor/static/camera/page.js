// A camera's page: its state every two seconds, its figures whenever something is told, its picture where that is allowed.
import { CameraCard } from "./card.js";
import { hatching } from "./chart.js";
import { Picture } from "./picture.js";
import { ago } from "../overview/state.js";
import { ask, Away, Problem } from "../shell/api.js";
import { byId, element } from "../shell/dom.js";
import { noted, on } from "../shell/live.js";
import { clock, count, decimal, page, percent, text } from "../shell/text.js";

const STATES_MS = 2000;
const EVENTS_MS = 400; // after an event, figures are read at most so often
const LAST_MS = 10_000; // without events: the last buckets, and the day
const ALL_MS = 60_000; // everything, so that late facts show
const path = `/v1/cameras/${page.camera}`;
const facts = element("dl", { class: "facts" });
let card = null;
let picture = null;
let day = null;
let soon = null;

async function attempt(read) {
  try {
    await read();
    noted(null);
  } catch (error) {
    if (error instanceof Problem && error.status === 404) gone();
    noted(error);
    if (!(error instanceof Away || error instanceof Problem)) throw error; // a fault of this page
  }
}

function gone() {
  picture?.stop();
  card = picture = null;
  byId("camera").replaceChildren();
  byId("empty").hidden = false;
  byId("empty").textContent = text("no_camera", { id: page.camera });
}

const readState = () => attempt(async () => {
  const camera = (await ask(path)).data;
  if (!card || card.statistics !== (camera.purpose === "statistics")) {
    picture?.stop();
    card = new CameraCard(camera);
    picture = new Picture(card);
    card.beside.append(picture.node, facts);
    byId("camera").replaceChildren(card.node);
    byId("camera").setAttribute("aria-busy", "false");
    byId("empty").hidden = true;
    document.title = `${camera.name || camera.id} · Parvis`;
    await Promise.all([readFigures(true), readDay()]);
  }
  const changed = card.revision && card.revision !== camera.revision;
  card.show(camera);
  showFacts(camera);
  if (changed) await readFigures(true);
});

async function readFigures(whole) {
  await card.refresh(whole);
  picture.draw();
}

const readDay = async () => {
  [day] = (await ask("/v1/overview", { query: { camera: page.camera } })).data.items;
};

function showFacts(camera) {
  const time = clock(camera.timezone);
  const rows = {
    fact_since: time(camera.since),
    fact_frame: camera.last_frame_at ? text("ago", { ago: ago(camera.last_frame_at, Date.now()) }) : text("no_frame"),
    fact_rate: `${text("fps", { fps: decimal(camera.fps_in) })} · ${text("looked_at", { fps: decimal(camera.fps_detected) })}`,
    fact_device: camera.device ? `${camera.device} (${text("wanted", { device: camera.device_wanted })})` : null,
    fact_model: [camera.model, camera.variant].filter(Boolean).join(" · "),
    fact_dropped: text("of_frames", { n: count(camera.dropped), all: count(camera.frames) }),
    fact_lost: camera.events_lost ? text("lost", { n: count(camera.events_lost) }) : null,
    fact_coverage: day ? text("watched_until", { part: percent(day.coverage), until: time(day.until) }) : null,
    fact_condition: text(camera.condition === "ok" ? "condition_ok" : `condition_${camera.condition}`),
    fact_purpose: card.statistics ? text("statistics", { minutes: camera.min_step_s / 60 }) : text("operations"),
    fact_reconnects: camera.reconnects ? count(camera.reconnects) : null,
    fact_revision: camera.revision,
  };
  const shown = Object.entries(rows).filter(([, value]) => value);
  const key = JSON.stringify(shown);
  if (facts.dataset.key === key) return;
  facts.dataset.key = key;
  facts.replaceChildren(...shown.map(([name, value]) => element("div", {}, element("dt", {}, text(name)), element("dd", {}, value))));
}

/** After an event: read the last buckets, soon, and once for many events. */
function touched(event) {
  if (event.camera_id !== page.camera) return;
  soon ??= setTimeout(() => {
    soon = null;
    if (card) attempt(() => readFigures(false));
  }, EVENTS_MS);
}

document.body.append(hatching());
await readState();
for (const kind of ["crossing", "dwell", "bucket.sealed"]) on(kind, touched);
for (const kind of ["camera.state", "camera.condition"]) on(kind, readState);
for (const kind of ["stream.gap", "open"]) on(kind, () => card && attempt(() => readFigures(true))); // after a gap nothing is missing
setInterval(readState, STATES_MS);
setInterval(() => card && attempt(() => Promise.all([readFigures(false), readDay()])), LAST_MS);
setInterval(() => card && attempt(() => readFigures(true)), ALL_MS);
