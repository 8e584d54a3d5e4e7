// Choose series, cross them, read what may be concluded. The address keeps the question.
import { ask } from "../shell/api.js";
import { failed } from "../shell/dialog.js";
import { element, field, select } from "../shell/dom.js";
import { clock, percent, spoken, text } from "../shell/text.js";
import { WEATHER, around, far } from "./nearby.js";
import { badge, called, day, lagPlot, measure, number, pictured, scatter, shareOf, shown, unitOf, week } from "./parts.js";

const LOOK = { together: "good", opposite: "good", "nothing-found": "rest", none: "warn" };
const moment = clock();
let offers = [];
const key = (named) => JSON.stringify(named);

function form(question) {
  const groups = Object.entries(Object.groupBy(offers, (one) => one.where));
  const choose = (name, chosen, empty) => {
    const made = element("select", { name }, empty ? element("option", { value: "" }, text("no_third")) : null,
      ...groups.map(([where, some]) => element("optgroup", { label: where }, ...some.map((one) => element("option", { value: key(one.named) }, called(one))))));
    if (chosen) made.value = key(chosen);
    return made;
  };
  const first = (wanted) => offers.find((one) => one.named.measure === wanted && !one.named.subject)?.named;
  const asked = question?.series ?? [first("crossings") ?? offers[0]?.named, first("no2") ?? offers[1]?.named];
  const box = (name, known) => {
    const made = element("input", { type: "checkbox", name, id: name, checked: known ?? true });
    return element("p", { class: "field" }, element("label", { for: name }, made, " ", text(name)));
  };
  const [lead, second, third] = [0, 1, 2].map((n) => choose(`s${n}`, asked[n], n === 2));
  const weather = select("weather", [["", text("no_weather")]], "");
  const near = element("p", { class: "wide soft", id: "near", "aria-live": "polite" });
  const look = async () => {
    const { camera, place } = JSON.parse(lead.value);
    const found = await around(camera ? { camera } : place ? { place } : {});
    const skies = found.items.filter((one) => one.measures.some((name) => WEATHER.includes(name)));
    const kept = weather.value || question?.removed.weather || skies.find((one) => one.near.some((name) => WEATHER.includes(name)))?.sensor || "";
    weather.replaceChildren(element("option", { value: "" }, text("no_weather")), ...skies.map((one) => element("option", { value: one.sensor }, `${one.name} (${far(one.distance_m)})`)));
    weather.value = skies.some((one) => one.sensor === kept) ? kept : "";
    near.replaceChildren(...(camera || place ? beside(found, second) : []));
  };
  lead.addEventListener("change", () => look().catch(failed));
  look().catch(failed);
  return element("form", { class: "card asking", onsubmit: send },
    ...[lead, second, third].map((one, n) => field(text("series_n", { n: n + 1 }), one)), near,
    field(text("period"), select("days", [30, 60, 90, 180, 365].map((n) => [String(n), text("days", { n })]), String(question?.days ?? 90))),
    field(text("step"), select("step", ["15m", "1h", "1d"].map((one) => [one, text(`step_${one}`)]), question?.step ?? "1h")),
    field(text("weather"), weather), box("rhythm", question?.removed.rhythm), box("holidays", question?.removed.holidays),
    element("p", { class: "buttons wide" }, element("button", { class: "main" }, text("cross"))));
}

/** What stands near the first series, as buttons that make it the second; or why nothing is known to. */
function beside(found, second) {
  if (found.why_none) return [spoken(found.why_none)];
  const offered = found.items.flatMap((one) => offers.filter(({ named }) => named.sensor === one.sensor && one.near.includes(named.measure) && !named.subject && !WEATHER.includes(named.measure)).map((offer) => [offer, one]));
  const take = ([offer, one]) => element("button", { type: "button", class: "plain", onclick: () => { second.value = key(offer.named); } }, `${measure(offer.named.measure)} · ${one.name} (${far(one.distance_m)})`);
  return offered.length ? [text("near_first"), " ", ...offered.slice(0, 6).map(take)] : [];
}

const answer = element("div", { id: "answer", "aria-live": "polite" });

async function send(event) {
  event.preventDefault();
  const said = new FormData(event.target);
  const series = ["s0", "s1", "s2"].map((name) => said.get(name)).filter(Boolean).map((one) => JSON.parse(one));
  const question = { series, days: Number(said.get("days")), step: said.get("step"), removed: { rhythm: said.has("rhythm"), holidays: said.has("holidays"), weather: said.get("weather") || null } };
  history.replaceState(null, "", `?q=${encodeURIComponent(JSON.stringify(question))}`);
  await cross(question);
}

async function cross({ days, ...question }) {
  const to = new Date(Math.floor(Date.now() / 3_600_000) * 3_600_000);
  answer.replaceChildren(element("p", { class: "soft" }, text("crossing_now")));
  try {
    const { data } = await ask("/v1/cross", { method: "POST", body: { ...question, from: new Date(to - days * 86_400_000).toISOString(), to: to.toISOString() } });
    const off = data.days_off ? [element("p", { class: "soft" }, text("holidays_apart", { n: data.days_off }))] : [];
    answer.replaceChildren(...off, ...data.pairs.map((pair) => pairCard(data, pair)), ...data.series.map((one) => seriesCard(one)));
  } catch (error) {
    const faults = (error.errors ?? []).map((one) => element("p", { class: "fault", role: "alert" }, one.detail));
    answer.replaceChildren(...faults);
    if (!faults.length) failed(error);
  }
}

function nameOf(one) {
  const offer = offers.find((some) => key(some.named) === key(one.named));
  return called(offer ?? { named: one.named, where: one.named.camera ?? one.named.place ?? one.named.sensor });
}

function pairCard(data, pair) {
  const [a, b] = [data.series[pair.first], data.series[pair.second]];
  const card = element("section", { class: "card pair", "data-kind": pair.conclusion.kind },
    element("div", { class: "heads" }, element("h2", {}, text("versus", { a: nameOf(a), b: nameOf(b) })), badge(pair.conclusion.kind, LOOK[pair.conclusion.kind])),
    element("p", { class: "said" }, spoken(pair.conclusion.text)));
  if (!pair.pearson) return card;
  const unit = text(`unit_${data.step}`);
  const best = pair.pearson.strongest;
  const pictures = [];
  if (best) {
    const said = { value: number(best.value), lag: best.lag, low: number(best.low), high: number(best.high), unit };
    pictures.push(pictured(text("lag_plot"), lagPlot(pair.pearson, text("lag_label", said), text("lag_axis", { unit }))));
  }
  if (pair.points.length) {
    const isLeft = data.points_are === "departures";
    const axis = [a, b].map((one) => (isLeft ? text("departure_of", { what: measure(one.named.measure) }) : `${measure(one.named.measure)} (${unitOf(one.unit)})`));
    const write = [a, b].map((one) => (one.points_unit === "share" ? shareOf : number));
    pictures.push(pictured(text("scatter", { lag: best?.lag ?? 0, unit }), scatter(pair.points, text("scatter_label", { n: pair.points.length, a: nameOf(a), b: nameOf(b) }), axis, write)));
  }
  card.append(element("div", { class: "pictures" }, ...pictures), lagTable(pair, unit));
  return card;
}

function lagTable(pair, unit) {
  const ranked = new Map(pair.spearman.lags.map((one) => [one.lag, one]));
  const heads = [`${text("lag")} (${unit})`, "Pearson", text("interval"), "Spearman", text("steps_seen"), text("worth")];
  const rows = pair.pearson.lags.map((one) => [one.lag, number(one.value), `${number(one.low)} … ${number(one.high)}`, number(ranked.get(one.lag).value), one.n, number(one.effective)]);
  return element("details", {}, element("summary", {}, text("lags_table")), element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": text("lags_table") },
    element("table", {}, element("thead", {}, element("tr", {}, ...heads.map((one) => element("th", { scope: "col" }, one)))), element("tbody", {}, ...rows.map((row) => element("tr", {}, ...row.map((one) => element("td", {}, String(one)))))))));
}

function seriesCard(one) {
  const listed = (title, items, none) => element("div", {}, element("h3", {}, title), items.length ? element("ul", {}, ...items.map((said) => element("li", {}, said))) : element("p", { class: "soft" }, none));
  const changes = one.changes.map((at) => text("change", { day: day(at.day), before: number(at.before), after: number(at.after) }));
  const far = one.departures.slice(0, 6).map((at) => text("departure", { at: moment(at.at), value: number(at.value), usual: number(at.usual) }));
  return element("section", { class: "card" }, element("h2", {}, nameOf(one)),
    element("p", { class: "soft" }, `${text("watched_part", { part: percent(one.coverage), n: one.observed })} · ${unitOf(one.unit)}`),
    one.trouble ? element("p", { class: "fault" }, spoken(one.trouble)) : null,
    element("div", { class: "pictures" }, one.usual.some((at) => at.value !== null) ? pictured(text("usual"), week(one.usual, text("usual_label", { what: nameOf(one) }))) : null,
      element("div", {}, listed(text("changes"), changes, one.changes_why_not ? spoken(one.changes_why_not) : text("no_changes")), listed(text("departures"), far, text("no_departures")))));
}

await shown(async () => {
  offers = (await ask("/v1/cross/series")).data.items;
  if (offers.length < 2) return element("p", { class: "empty" }, text("nothing"));
  let question = null;
  try {
    question = JSON.parse(new URLSearchParams(location.search).get("q"));
  } catch {
    question = null; // an address that was cut
  }
  const made = form(question);
  if (question) queueMicrotask(() => cross(question));
  return [made, answer];
});
