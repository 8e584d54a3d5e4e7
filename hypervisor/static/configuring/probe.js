// Trying a source before it is saved: what came, with its first picture, or the exact reason why nothing did.
import { ask } from "../shell/api.js";
import { element } from "../shell/dom.js";
import { count, decimal, page, text } from "../shell/text.js";

const TRIES = 6;
const PAUSE_MS = 2000;

/** Try a source, and show in `into` what came of it; returns that, or null. */
export async function tested(source, button, into) {
  if (!source) return tell(into, "bad", text("form_test_empty"));
  if (source.includes(page.hidden)) return tell(into, "bad", text("form_test_hidden"));
  button.disabled = true;
  tell(into, "soft", text("form_testing"));
  try {
    const data = await probed(source);
    if (!data.ok) return tell(into, "bad", text("form_test_bad", { why: data.error }));
    const picture = data.first_picture ? await drawn(data.first_picture) : null;
    into.replaceChildren(element("p", { class: "good" }, text("form_test_ok")), ...(picture ? [picture] : []), facts(data));
    return data;
  } catch (error) {
    return tell(into, "bad", text("form_test_bad", { why: error.message }));
  } finally {
    button.disabled = false;
  }
}

/** What is asked while the pipeline is still starting, or tries another source, is asked again. */
async function probed(source) {
  for (let left = TRIES; ; left--) {
    try {
      return (await ask("/v1/sources/probe", { method: "POST", body: { source } })).data;
    } catch (error) {
      if (left <= 1 || !["pipeline-away", "too-early"].includes(error.slug)) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}

function tell(into, look, said) {
  into.replaceChildren(element("p", { class: look }, said));
  return null;
}

function facts(data) {
  const rows = [
    ["form_kind", text(data.live ? "form_live" : "form_recording")],
    ["form_codec", data.codec],
    ["form_size", data.width && `${count(data.width)} × ${count(data.height)}`],
    ["form_rate", data.fps && text("fps", { fps: decimal(data.fps) })],
    ["form_length", data.duration_s && text("form_seconds", { n: decimal(data.duration_s) })],
    ["form_wait", text("form_seconds", { n: decimal(data.latency_ms / 1000) })],
  ];
  return element("dl", {}, rows.filter(([, value]) => value).flatMap(([name, value]) => [element("dt", {}, text(name)), element("dd", {}, value)]));
}

async function drawn(base64) {
  const bytes = Uint8Array.from(atob(base64), (one) => one.charCodeAt(0));
  const picture = await createImageBitmap(new Blob([bytes], { type: "image/jpeg" }));
  const canvas = element("canvas", { width: picture.width, height: picture.height, role: "img", "aria-label": text("form_picture") });
  canvas.getContext("2d").drawImage(picture, 0, 0);
  return canvas;
}
