// The one event stream of a page. The browser resumes where it was; what was missed meanwhile is said by stream.gap.
import { Away, ask } from "./api.js";
import { root } from "./text.js";

const AGAIN_MS = 2000;
const listeners = new Map(); // kind → [function(data)]
const watchers = [];
let stream = null;
let state = "connecting";

/** Call `heard(data)` for each event of a kind. "stream.gap" and "open" tell to read again what is shown. */
export function on(kind, heard) {
  if (!listeners.has(kind)) {
    listeners.set(kind, []);
    stream?.addEventListener(kind, tell);
  }
  listeners.get(kind).push(heard);
  if (!stream) open();
}

/** Call `seen(state)` now and at each change: connecting, live, away (the store), offline. */
export function watch(seen) {
  watchers.push(seen);
  seen(state);
}

/** Note how a request ended, so that the page says at once when the service is gone. */
export function noted(error) {
  become(error instanceof Away ? "offline" : error?.status === 503 ? "away" : stream?.readyState === EventSource.OPEN ? "live" : "connecting");
}

function become(next) {
  if (next === state) return;
  state = next;
  for (const seen of watchers) seen(state);
}

function tell(event) {
  const data = event.data ? JSON.parse(event.data) : null;
  for (const heard of listeners.get(event.type) ?? []) heard(data, event.type);
}

function open() {
  stream = new EventSource(`${root}/v1/stream`);
  for (const kind of listeners.keys()) stream.addEventListener(kind, tell);
  stream.addEventListener("open", () => become("live"));
  stream.addEventListener("error", async () => {
    // The browser reconnects by itself, except after an error status.
    if (stream.readyState === EventSource.CLOSED) setTimeout(open, AGAIN_MS);
    try {
      await ask("/healthz");
      become("connecting");
    } catch (error) {
      noted(error);
    }
  });
}
