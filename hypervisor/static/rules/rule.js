// The form of a rule: a sentence with gaps, the same rule as JSON, and what it would have found in the last week.
import { all, ask } from "../shell/api.js";
import { failed, notice, sure } from "../shell/dialog.js";
import { byId, element } from "../shell/dom.js";
import { on } from "../shell/live.js";
import { kind, may, page, root, text } from "../shell/text.js";
import { fill, mark, offer, read } from "../cases/form.js";
import { known, pairs } from "../cases/parts.js";
import { found } from "./found.js";

const form = byId("rule");
const find = (css) => form.querySelector(css);
const json = byId("json");
const path = page.rule && `/v1/rules/${page.rule}`;
let version, sensors, there;
let beyond = false; // the rule says more than the form can show: the JSON counts
let seen = { line: [], zone: [] }; // what the chosen cameras have

const sort = () => read(form).watch.kind;
const part = () => find(`[data-for~=${sort()}]`);
const zoneOf = (watch) => there.cameras.find((one) => one.id === watch.camera)?.timezone ?? there.cameras[0]?.timezone ?? "Europe/Paris";

function body() {
  const said = read(form);
  if (said.schedule) said.schedule = { timezone: zoneOf(said.watch), ...said.schedule };
  return said;
}
const collect = () => (beyond ? JSON.parse(json.value) : body());
/** Whether `b` says all that `a` says. */
const says = (a, b) => a === null || a === undefined || (typeof a === "object" ? (!Array.isArray(a) || a.length === (b?.length ?? 0)) && Object.entries(a).every(([name, one]) => says(one, b?.[name])) : a === b);

function arrange() {
  const now = sort();
  for (const one of form.querySelectorAll("[data-for]")) one.hidden = !one.dataset.for.split(" ").includes(now);
  const usual = now === "flow" && byId("compare").value === "usual";
  const judged = ["flow", "sensor"].includes(now);
  for (const one of form.querySelectorAll("[data-limit]")) one.hidden = !judged || (one.dataset.limit === "usual") !== usual;
  const measure = page.measures.find((one) => one.id === find("[name='watch.measure']").value);
  const watch = read(form).watch;
  for (const one of form.querySelectorAll("[data-part]"))
    one.hidden = !{ line: measure.of === "line" && watch.camera, zone: (now === "deposit" || measure.of === "zone") && watch.camera, way: measure.directed }[one.dataset.part];
  byId("unit").textContent = now === "flow" && !usual ? measure.unit : "";
  const classes = new Set(seen[measure.of].flatMap((one) => one.classes));
  refill(find("[name='watch.class']"), [...classes].map((one) => [one, kind(one)]));
  if (now === "sensor") {
    const measures = sensors.find((one) => one.id === part().querySelector("[name='watch.sensor']").value)?.measures ?? [];
    refill(part().querySelector("[name='watch.measure']"), measures.map((one) => [one.measure, one.measure]), 0);
  }
}

/** Offer other choices in a select; what was chosen stays chosen if it is among them. */
function refill(list, choices, kept = 1) {
  const value = list.value;
  list.length = kept;
  offer(list, choices);
  if ([...list.options].some((one) => one.value === value)) list.value = value;
}

/** Read what the chosen camera, or the cameras of the chosen place, have. */
async function look() {
  const { watch } = read(form);
  const cameras = watch.place ? there.places.find((one) => one.id === watch.place).views.map((one) => one.camera) : [watch.camera].filter(Boolean);
  const of = async (what) => (await Promise.all(cameras.map((one) => all(`/v1/cameras/${one}/${what}s`)))).flat();
  seen = { line: await of("line"), zone: await of("zone") };
  for (const what of ["line", "zone"])
    for (const list of form.querySelectorAll(`[name='watch.${what}']`)) refill(list, seen[what].map((one) => [one.id, one.name || one.id]));
  arrange();
}

async function show(rule) {
  fill(form, rule);
  byId("compare").value = rule.condition?.usual ? "usual" : "fixed";
  arrange();
  if (["flow", "deposit"].includes(rule.watch.kind)) await look();
  fill(form, rule);
  arrange();
  beyond = !says(rule, body());
  json.value = JSON.stringify(beyond ? rule : body(), null, 2);
  if (beyond) byId("expert").open = true;
  fault(beyond ? text("beyond_form") : "");
}

function fault(said, error) {
  byId("fault").textContent = said;
  byId("fault").hidden = !said;
  mark(form, error, /^(rule\.)?(watch\.(?:flow|sensor|deposit|camera)(?=\.))?/);
}

async function tried(then) {
  try {
    fault("");
    await then(collect());
  } catch (error) {
    fault(error.status === 412 ? text("changed_elsewhere") : error instanceof SyntaxError ? text("not_json", { why: error.message }) : error.message, error);
  }
}

form.addEventListener("change", async (event) => {
  if (event.target === json) {
    beyond = true; // what was written counts, until the form has taken it over
    await tried(show);
    return;
  }
  if (event.target.name === "watch.*") await look();
  arrange();
  if (!beyond) json.value = JSON.stringify(body(), null, 2);
});
byId("try").addEventListener("click", () => tried(async (rule) => {
  const { data } = await ask("/v1/rules/preview", { method: "POST", body: { rule } });
  const box = byId("found");
  box.replaceChildren(...found(data, zoneOf(rule.watch)));
  box.hidden = false;
  box.scrollIntoView({ block: "nearest" });
}));
form.addEventListener("submit", (event) => {
  event.preventDefault();
  tried(async (rule) => {
    const { data } = path ? await ask(path, { method: "PUT", version, body: rule }) : await ask("/v1/rules", { method: "POST", body: rule });
    if (!path) location.assign(`${root}/rules`);
    else await readRule();
    notice(text("saved"));
    return data;
  });
});
byId("delete")?.addEventListener("click", async () => {
  if (!(await sure(text("sure_delete", { name: form.elements.name.value })))) return;
  await tried(async () => {
    await ask(path, { method: "DELETE", version });
    location.assign(`${root}/rules`);
  });
});

async function readRule() {
  const { data: { id, service, now, ...rule }, version: read } = await ask(path);
  version = read;
  byId("name").textContent = text("edit_title");
  if (byId("delete")) byId("delete").hidden = false;
  await show(rule);
}

on("stream.gap", () => {}); // so that the page says when the connection is lost
there = await known();
const calendars = await all("/v1/calendars");
sensors = may("sensors:read") ? await all("/v1/sensors") : [];
for (const group of form.querySelectorAll("[data-from]")) offer(group, pairs(there[group.dataset.from], group.dataset.sort));
const tick = (box, name, list) => box.append(...list.map(([value, said]) => element("label", {}, element("input", { type: "checkbox", name, value }), ` ${said}`)));
tick(byId("cameras"), "watch.cameras", pairs(there.cameras));
for (const box of form.querySelectorAll("[data-name]")) tick(box, box.dataset.name, box.dataset.name === "shared_with" ? pairs(there.services.filter((one) => one.id !== page.service)) : pairs(calendars));
byId("calendars").hidden = !calendars.length;
offer(find("[name='watch.sensor']"), pairs(sensors));
find("[name=severity]").value = "medium";
try {
  if (path) await readRule();
  else await look();
} catch (error) {
  failed(error);
}
