// The form of a protocol: new, out of an accepted recommendation, or a draft that is changed before it starts.
import { ask } from "../shell/api.js";
import { notice } from "../shell/dialog.js";
import { element, field, select } from "../shell/dom.js";
import { count, kind, page, spoken, text } from "../shell/text.js";
import { day, measure } from "./parts.js";

const from = (days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
const spotOf = (one) => (one.camera ? `camera|${one.camera}` : `sensor|${one.sensor}`);
const input = (name, value, type = "text") => element("input", { name, type, required: true, value });

function many(name, spots, chosen = []) {
  const made = element("select", { name, multiple: true, size: 4 }, ...spots.map(([value, called]) => element("option", { value }, called)));
  for (const option of made.options) option.selected = chosen.some((one) => option.value === spotOf(one));
  return made;
}

function period(name, known, first, last) {
  return element("div", { class: "dates" }, field(text(`field_${name}`), input(`${name}_first`, known?.first ?? first, "date")), field(text("field_to"), input(`${name}_last`, known?.last ?? last, "date")));
}

function wide(name, value) {
  const made = field(text(`field_${name}`), element("textarea", { name, required: true, rows: 2 }, value ?? ""));
  made.classList.add("wide");
  return made;
}

/** Write each fault of an answer: its fields are the protocol's, in the words of the form. */
function faultsOf(error) {
  const named = (name) => name.replace(/^protocol\.?/, "");
  const lines = (error.errors ?? []).map((one) => [named(one.name), one.detail].filter(Boolean).join(" : "));
  return lines.length ? lines : [error.message];
}

/** A protocol as the form says it. `p` is what it was before, of which the form shows a part. */
function read(made, p, weather, holidays) {
  const said = new FormData(made);
  const [name, of] = said.get("measure").split("|");
  const spotsOf = (list) => said.getAll(list).map((one) => {
    const [of, id] = one.split("|");
    return p?.[list].find((spot) => spot[of] === id) ?? { [of]: id }; // a draft may mean one line of a camera
  });
  const periodOf = (which) => ({ first: said.get(`${which}_first`), last: said.get(`${which}_last`) });
  const isShare = p?.outcome.scale !== "difference";
  return { ...p, ...Object.fromEntries(["title", "question", "hypothesis", "tried", "service"].map((one) => [one, said.get(one)])),
    outcome: { ...p?.outcome, measure: name, class: of, wanted: said.get("wanted"), smallest: Number(said.get("smallest")) / (isShare ? 100 : 1) },
    treated: spotsOf("treated"), controls: spotsOf("controls"), baseline: periodOf("baseline"), trial: periodOf("trial"), weather: said.get("weather") || null, holidays };
}

/** Days unlike their weekday in the span of the form, as the site's calendar has them. */
async function daysOff(made) {
  const said = new FormData(made);
  const span = { from: said.get("baseline_first"), to: said.get("trial_last") };
  if (!span.from || !span.to || span.to < span.from) return [];
  return (await ask("/v1/holidays", { query: span })).data.items;
}

/**
 * The form. given: {protocol, recommendation, id, version}, of which a new one has none; saved is called once it is kept.
 * offers: what can be crossed; covariates(spots) → sensors of weather to choose from, the nearest first.
 */
export function form(offers, given, covariates, saved) {
  const p = given?.protocol;
  const outcomes = Object.values(Object.fromEntries(offers.filter(({ named }) => !named.place).map(({ named }) => [`${named.measure}|${named.class}`, named])));
  const spots = [...new Map(offers.filter(({ named }) => !named.place).map(({ named, where }) => [spotOf(named), where]))];
  const isShare = p?.outcome.scale !== "difference";
  const said = element("div", { class: "wide said", role: "status", id: "power" });
  const fault = element("ul", { class: "wide fault", role: "alert", hidden: true });
  const weather = select("weather", [["", text("weather_none")]], "");
  const shows = (lines) => (said.replaceChildren(...lines.map(([look, line]) => element("p", { class: look }, line))), (fault.hidden = true));
  const fails = (error) => {
    said.replaceChildren();
    fault.replaceChildren(...faultsOf(error).map((one) => element("li", {}, one)));
    fault.hidden = false;
    fault.scrollIntoView({ block: "nearest" });
  };
  const body = async () => {
    const off = await daysOff(made);
    return [read(made, p, weather, off.map((one) => one.day)), off];
  };
  const plan = async () => {
    try {
      const [protocol, off] = await body();
      const { data } = await ask("/v1/experiments/power", { method: "POST", body: protocol });
      const needed = data.days_needed === null ? text("year_needed") : text("weeks_needed", { n: data.days_needed / 7 });
      const lines = [["", data.power === null ? text("power_unknown", { why: data.why_unknown }) : `${text("power", { part: count(100 * data.power) })} ${needed}`]];
      lines.push(...data.warnings.map((one) => ["warned", spoken(one)]));
      if (off.length) lines.push(["soft", text("days_off", { n: off.length, days: off.slice(0, 8).map((one) => `${day(one.day)} (${spoken(one.name)})`).join(", ") + (off.length > 8 ? "…" : "") })]);
      shows(lines);
    } catch (error) {
      fails(error);
    }
  };
  const save = async (event) => {
    event.preventDefault();
    try {
      const [protocol] = await body();
      if (given?.id) await ask(`/v1/experiments/${given.id}`, { method: "PUT", version: given.version, body: protocol });
      else await ask("/v1/experiments", { method: "POST", body: { protocol, recommendation: given?.recommendation ?? null } });
      sessionStorage.removeItem("draft");
      notice(text("saved"));
      await saved();
    } catch (error) {
      fails(error.status === 412 ? { message: text("changed_elsewhere") } : error);
    }
  };
  const measured = select("measure", outcomes.map((one) => [`${one.measure}|${one.class}`, [measure(one.measure), one.class && kind(one.class)].filter(Boolean).join(" · ")]), p ? `${p.outcome.measure}|${p.outcome.class ?? ""}` : "crossings|pedestrian");
  const treated = many("treated", spots, p?.treated);
  const made = element("form", { class: "asking protocol", onsubmit: save }, field(text("field_title"), input("title", p?.title ?? "")), field(text("field_service"), input("service", p?.service ?? page.service ?? "mobility")), ...["question", "hypothesis", "tried"].map((one) => wide(one, p?.[one])),
    field(text("field_treated"), treated), field(text("field_controls"), many("controls", spots, p?.controls)),
    field(text("field_measure"), measured), field(text(isShare ? "field_smallest" : "field_smallest_unit"), element("input", { name: "smallest", type: "number", step: "any", min: 0, required: true, value: (p ? p.outcome.smallest : 0.1) * (isShare ? 100 : 1) })), field(text("field_wanted"), select("wanted", ["more", "less", "either"].map((one) => [one, text(`wanted_${one}`)]), p?.outcome.wanted)),
    field(text("field_weather"), weather),
    period("baseline", p?.baseline, from(-56), from(-1)), period("trial", p?.trial, from(1), from(28)), element("p", { class: "wide soft" }, text("protocol_bounds")), fault, said,
    element("p", { class: "buttons wide" }, element("button", { type: "button", onclick: plan }, text("plan")), element("button", { class: "main" }, text("save"))));
  const choose = async () => {
    const found = await covariates([...treated.selectedOptions].map((one) => one.value));
    const kept = weather.value || (p ? p.weather : found.find(([, , isNear]) => isNear)?.[0]) || "";
    weather.replaceChildren(element("option", { value: "" }, text("weather_none")), ...found.map(([id, called]) => element("option", { value: id }, called)));
    weather.value = found.some(([id]) => id === kept) ? kept : "";
  };
  treated.addEventListener("change", () => choose().catch(() => {}));
  choose().catch(() => {});
  return made;
}
