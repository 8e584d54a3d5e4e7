// The form of a camera: filled from the configuration, sent back to it; what the API finds wrong is said at its field.
import { ask } from "../shell/api.js";
import { failed, notice, sure } from "../shell/dialog.js";
import { byId, element } from "../shell/dom.js";
import { on } from "../shell/live.js";
import { said } from "../shell/said.js";
import { page, root, text } from "../shell/text.js";
import { tested } from "./probe.js";

const form = byId("form");
const fault = byId("fault");
const NUMBERS = ["retention.tracks_days", "retention.evidence_days"];
const PLAIN = ["source", "name", "legal_basis.reference", "legal_basis.controller", "legal_basis.dpia_ref", "detector.fps", ...NUMBERS];
let known = {}; // as the configuration has it
let version;
let ownId = false; // somebody typed one

const get = (from, path) => path.split(".").reduce((value, key) => value?.[key], from);

function put(into, path, value) {
  const [key, ...rest] = path.split(".");
  if (rest.length) {
    into[key] = { ...into[key] };
    put(into[key], rest.join("."), value);
    if (!Object.keys(into[key]).length) delete into[key];
  } else if (value === "") delete into[key];
  else into[key] = value;
}

function fill(camera) {
  known = camera;
  for (const path of PLAIN) form.elements[path].value = get(camera, path) ?? "";
  form.elements.location.value = (camera.location ?? []).join(", ");
  form.elements.purpose.value = camera.purpose ?? "statistics";
  form.elements.loop.checked = camera.loop ?? false;
  byId("loop-line").hidden = camera.loop === undefined;
  chosen();
}

/** Return the camera as the form has it; what the form does not know stays as it was. */
function written() {
  const camera = structuredClone(known);
  for (const path of PLAIN) put(camera, path, typed(path));
  const purpose = form.elements.purpose.value;
  if (purpose !== "statistics" || known.purpose) camera.purpose = purpose;
  if (purpose === "statistics") put(camera, "retention.tracks_days", "");
  if (form.elements.loop.checked || known.loop !== undefined) camera.loop = form.elements.loop.checked;
  const place = form.elements.location.value.trim();
  if (!place) delete camera.location;
  else camera.location = place.match(/-?\d+(\.\d+)?/g)?.map(Number) ?? [];
  return page.camera ? camera : { id: form.elements.id.value.trim(), ...camera };
}

function typed(path) {
  const value = form.elements[path].value.trim();
  const number = Number(value.replace(",", "."));
  return value && (NUMBERS.includes(path) || path === "detector.fps") && !Number.isNaN(number) ? number : value;
}

function chosen() {
  byId("basis").hidden = form.elements.purpose.value !== "operations" && !known.legal_basis;
}

/** Say what is wrong: each fault at its field where the form has one, and all of them in one place. */
function wrong(error) {
  if (error.slug === "no-configuration") return say(text("form_no_file"));
  if (error.status === 412)
    return say(text("changed_elsewhere"), element("p", { class: "buttons" }, element("button", { type: "button", onclick: () => location.reload() }, text("form_read_again"))));
  if (!error.errors?.length) return say(error.message);
  const rows = new Set(error.errors.map(({ name, detail }) => {
    const control = controlOf(name);
    control?.setAttribute("aria-invalid", "true");
    if (control?.closest("details")) control.closest("details").open = true;
    const label = control && (control.labels?.[0]?.textContent ?? name);
    return (label ?? name) + text("colon") + (name.startsWith("location") ? text("form_place_wrong") : said(detail));
  }));
  say(text("form_wrong"), element("ul", {}, [...rows].map((row) => element("li", {}, row))));
  form.querySelector("[aria-invalid]")?.focus();
}

function controlOf(name) {
  const path = name.replace(/\.\d+$/, "");
  const found = form.elements[path] ?? form.elements[path.split(".")[0]] ?? (path === "legal_basis" ? form.elements["legal_basis.reference"] : null);
  return found instanceof RadioNodeList ? found[0] : found;
}

function say(...content) {
  fault.replaceChildren(...content);
  fault.hidden = false;
  fault.scrollIntoView({ block: "nearest" });
}

function clean() {
  fault.hidden = true;
  for (const one of form.querySelectorAll("[aria-invalid]")) one.removeAttribute("aria-invalid");
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  clean();
  const save = byId("save");
  save.disabled = true;
  const camera = written();
  try {
    if (!page.camera) {
      await ask("/v1/config/cameras", { method: "POST", body: camera });
      location.assign(`${root}/cameras/${camera.id}/edit`);
      return;
    }
    const saved = await ask(`/v1/config/cameras/${page.camera}`, { method: "PUT", body: camera, version });
    version = saved.version;
    fill(saved.data.camera);
    notice(text("saved"), "good");
  } catch (error) {
    wrong(error);
  }
  save.disabled = false;
});

form.addEventListener("change", chosen);
byId("test").addEventListener("click", async () => {
  const found = await tested(form.elements.source.value.trim(), byId("test"), byId("tested"));
  if (found) byId("loop-line").hidden = found.live;
});

byId("delete")?.addEventListener("click", async () => {
  if (!(await sure(text("form_delete_sure", { camera: known.name || page.camera })))) return;
  try {
    await ask(`/v1/config/cameras/${page.camera}`, { method: "DELETE", version });
    location.assign(`${root}/`);
  } catch (error) {
    wrong(error);
  }
});

on("camera.state", () => {}); // nothing here moves, but a lost connection is said here, too

if (page.camera) {
  ask(`/v1/config/cameras/${page.camera}`)
    .then(({ data, version: read }) => {
      version = read;
      fill(data.camera);
    })
    .catch(wrong);
} else {
  form.elements.id.addEventListener("input", () => (ownId = form.elements.id.value !== ""));
  form.elements.name.addEventListener("input", () => {
    if (ownId) return;
    const plain = form.elements.name.value.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
    const id = plain.replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 63);
    form.elements.id.value = id === "new" ? "new-1" : id; // that address is this form's
  });
  ask("/v1/config").catch((error) => (error.slug === "no-configuration" ? wrong(error) : failed(error)));
}
