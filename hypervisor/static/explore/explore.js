// The page of figures: reads the question out of the address, asks /v1/series, and shows the answer as it is wanted.
import { all, ask } from "../shell/api.js";
import { byId, element } from "../shell/dom.js";
import { noted, on } from "../shell/live.js";
import { count, kind, may, page, percent, text } from "../shell/text.js";
import { measured, read, write } from "./asked.js";
import * as curves from "./curves.js";
import { aligned, cards as readCards, queries } from "./figures.js";
import * as flows from "./flows.js";
import * as ground from "./ground.js";
import * as hours from "./hours.js";
import * as names from "./names.js";
import { buttons } from "./save.js";
import { comparison, slots } from "./tables.js";
import { DAY, periods, rangeWriter, stepOf } from "./times.js";

const AT_ONCE = 8; // cards drawn before somebody asks for more
const NAMED = 12; // cameras whose lines are offered
const LONGEST_HOURS = 190 * DAY; // of a typical week: 5,000 points a series at most
const [form, shown, fault, summary] = ["asked", "shown", "fault", "summary"].map(byId);
const asked = read();
let asking = new AbortController();
let sections = [];

/** Fill a select with what there is; hidden where there is nothing to choose. */
function offer(name, options, none = text("any")) {
  form[name].replaceChildren(...[["", none], ...options].map(([value, called]) => element("option", { value }, called)));
  form[name].closest(".field").hidden = !options.length;
  form[name].value = asked[name];
  if (form[name].selectedIndex < 0) form[name].value = asked[name] = "";
}

const chosen = () => (asked.place ? [] : asked.camera.length ? asked.camera : [...names.cameras.keys()]);

/** Show the question in the form: what applies to the measure, with the names of what there is. */
async function ready() {
  const { of, directed } = measured(asked);
  const one = of !== "sensor" && asked.camera.length === 1 && !asked.place ? await names.camera(asked.camera[0]) : null;
  const known = of === "sensor" ? [] : await Promise.all(chosen().slice(0, NAMED).map(names.camera));
  for (const what of ["line", "zone"]) offer(what, of === what && one ? one[`${what}s`].map(({ id, name }) => [id, name || id]) : []);
  offer("class", [...new Set(known.flatMap((camera) => camera[`${of}s`]).flatMap(({ classes }) => classes))].map((name) => [name, kind(name)]));
  offer("direction", directed ? ["forward", "backward"].map((way) => [way, text(way)]) : []);
  offer("place", of === "sensor" ? [] : [...names.places.values()].map(({ id, name }) => [id, name]), text("place_none"));
  offer("sensor", of === "sensor" ? [...names.sensors.values()].map(({ id, name }) => [id, name || id]) : []);
  for (const name of ["measure", "period", "bucket", "compare", "from", "to", "since"]) form[name].value = asked[name];
  for (const name of ["from", "to"]) form[name].closest(".field").hidden = asked.period !== "own";
  form.since.closest(".field").hidden = asked.compare !== "since";
  form.querySelector("[data-field=camera]").hidden = of === "sensor" || asked.place !== "" || names.cameras.size < 2;
  byId("cameras").textContent = asked.camera.length === 0 ? text("cameras_all") : asked.camera.length === 1 ? names.card({ id: asked.camera[0], of: "camera" }) : text("cameras_some", { n: asked.camera.length });
  for (const box of form.querySelectorAll("[name=camera]")) box.checked = asked.camera.includes(box.value);
  for (const link of document.querySelectorAll("[data-view]")) link.dataset.view === asked.view ? link.setAttribute("aria-current", "page") : link.removeAttribute("aria-current");
  write(asked);
}

function zoneAndStep() {
  const cameras = chosen().map((id) => names.cameras.get(id)).filter(Boolean);
  const leastS = measured(asked).of === "sensor" ? 60 : Math.max(60, ...cameras.map((camera) => camera.min_step_s));
  return { zone: measured(asked).of === "sensor" ? page.timezone : (cameras[0]?.timezone ?? page.timezone), leastS };
}

/** Answer the question; one that comes meanwhile takes its place. */
async function answer() {
  asking.abort();
  asking = new AbortController();
  const { signal } = asking;
  shown.setAttribute("aria-busy", "true");
  try {
    await ready();
    const { zone, leastS } = zoneAndStep();
    const both = periods(asked, zone);
    if (!both) throw new Error(text("wrong_dates"));
    const write = rangeWriter(zone);
    const about = { asked, zone, bucket: stepOf(asked, both.now, leastS), periods: both, range: write(both.now), thenRange: both.then && write(both.then) };
    await show(about, signal);
    fault.hidden = true;
    noted(null);
  } catch (error) {
    if (signal.aborted) return;
    noted(error);
    fault.textContent = error.message;
    fault.hidden = false;
    finish([], "");
  }
  if (!signal.aborted) shown.setAttribute("aria-busy", "false");
}

function finish(nodes, said) {
  for (const section of sections) section.plot?.destroy();
  shown.replaceChildren(...nodes);
  sections = nodes.filter((node) => node.draw);
  for (const section of sections) section.draw();
  summary.textContent = said;
  byId("export").hidden = !nodes.length;
}

async function show(about, signal) {
  const { now, then } = about.periods;
  if (asked.view === "ground") return showGround(about, signal);
  if (asked.view === "flows" && !measured(asked).pairs) asked.measure = "od";
  if (asked.view === "hours") about = { ...about, bucket: "1h", periods: { now: { ...now, from: Math.max(now.from, now.to - LONGEST_HOURS) }, then: null } };
  const period = about.periods.now;
  let found = await readCards(asked, period, about.bucket, signal);
  if (asked.view === "flows" && !found.length) {
    asked.measure = asked.measure === "od" ? "turns" : "od";
    found = await readCards(asked, period, about.bucket, signal);
  }
  if (asked.view === "flows") await ready();
  if (!found.length || !found[0].starts.length) return finish([element("p", { class: "empty" }, text(found.length ? "no_figures" : "nothing"))], "");
  await Promise.all(found.slice(0, NAMED).filter((card) => card.of === "camera").map((card) => names.camera(card.id)));
  const old = about.periods.then ? new Map((await readCards(asked, then, about.bucket, signal)).map((card) => [card.id, card])) : new Map();
  const n = found.reduce((sum, card) => sum + card.curves.length, 0);
  const part = percent(found.reduce((sum, card) => sum + card.watched, 0) / found.length);
  const said = text("summary", { curves: text(n === 1 ? "curves_one" : "curves_n", { n: count(n) }), range: about.range, zone: about.zone, part });
  if (signal.aborted) return;
  finish(await views[asked.view](found, about, old), said);
  const asking = [period, about.periods.then].filter(Boolean).flatMap((one) => queries(asked, one, about.bucket));
  const pictures = asked.view === "curves" && (() => sections.map((section) => section.picture()));
  byId("exports").replaceChildren(...buttons({ asked, queries: asking, period, bucket: about.bucket, title: `${names.measure(asked)} (${names.unit(asked)})`, range: about.range + (about.periods.then ? ` · ${text("compared", { range: about.thenRange })}` : ""), pictures }));
}

const views = {
  curves: (found, about, old) => some(found, (card) => {
    const then = old.has(card.id) ? aligned(card, old.get(card.id), about.zone, about.periods) : null;
    const highest = Math.max(0, ...found.flatMap((one) => one.curves.map((curve) => Math.max(...curve.values))), ...(then?.curves ?? []).map((curve) => Math.max(...curve.values)));
    const section = curves.picture(card, { ...about, then, highest });
    if (then) section.append(comparison(card, { ...about, then }));
    return section;
  }),
  table: (found, about) => some(found, (card) => slots(card, about)),
  hours: (found, about) => {
    const options = hours.choices(found, asked);
    return [choose(options), hours.draw(found, asked.curve, about)];
  },
  flows: async (found) => {
    const drawn = (await Promise.all(found.slice(0, AT_ONCE).map(flows.draw))).filter(Boolean);
    return drawn.length ? drawn : [element("p", { class: "empty" }, text("flows_none"))];
  },
};

/** Make the first cards, and a button for the others. */
function some(found, make) {
  const rest = found.slice(AT_ONCE);
  const more = rest.length ? element("button", { type: "button", onclick: () => {
    const made = some(rest, make);
    more.replaceWith(...made);
    for (const section of made.filter((node) => node.draw)) sections.push(section), section.draw();
  } }, text("more_cards", { n: rest.length })) : null;
  return [...found.slice(0, AT_ONCE).map(make), more].filter(Boolean);
}

/** A choice of what one picture shows; it is part of the question. */
function choose(options, label = text("curve")) {
  if (!options.some(([key]) => key === asked.curve)) asked.curve = options[0][0];
  const select = element("select", { id: "curve", onchange: () => ((asked.curve = select.value), answer()) }, ...options.map(([value, called]) => element("option", { value }, called)));
  select.value = asked.curve;
  write(asked);
  return element("p", { class: "field chosen" }, element("label", { for: "curve" }, label), select);
}

async function showGround(about, signal) {
  const options = await ground.choices(chosen().slice(0, NAMED));
  if (!options.length) return finish([element("p", { class: "empty" }, text("ground_none"))], "");
  const select = choose(options, text("zone"));
  const drawn = await ground.draw(asked.curve, asked, about.periods.now, signal);
  if (signal.aborted) return;
  finish([select, drawn], `${about.range} · ${about.zone}`);
  byId("exports").replaceChildren(ground.link(asked, about.periods.now));
}

form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("change", ({ target }) => {
  if (target.name === "camera") asked.camera = [...form.querySelectorAll("[name=camera]:checked")].map((box) => box.value);
  else asked[target.name] = target.value;
  if (["camera", "measure", "place"].includes(target.name)) asked.line = asked.zone = asked.curve = "";
  answer();
});
for (const link of document.querySelectorAll("[data-view]"))
  link.addEventListener("click", (event) => {
    event.preventDefault();
    asked.view = link.dataset.view;
    answer();
  });
let width = 0;
new ResizeObserver(() => {
  if (shown.clientWidth !== width) for (const section of sections) section.draw();
  width = shown.clientWidth;
}).observe(shown);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => sections.forEach((section) => section.draw()));
if (innerWidth < 700 && location.search) byId("question").open = false;
try {
  for (const camera of (await ask("/v1/cameras")).data.items) names.cameras.set(camera.id, camera);
  for (const place of (await ask("/v1/places")).data.items) names.places.set(place.id, place);
  if (may("sensors:read")) for (const sensor of await all("/v1/sensors")) names.sensors.set(sensor.id, sensor);
} catch (error) {
  noted(error);
}
byId("camera-boxes").append(...[...names.cameras.values()].map(({ id, name }) => element("label", {}, element("input", { type: "checkbox", name: "camera", value: id }), name || id)));
await answer();
on("stream.gap", answer);
