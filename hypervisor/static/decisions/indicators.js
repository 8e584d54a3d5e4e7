// The board: indicators by theme, of a place and the last four weeks. Without enough observations there is no figure.
import { ask } from "../shell/api.js";
import { element, field, select } from "../shell/dom.js";
import { percent, root, spoken, text } from "../shell/text.js";
import { maybe, number, shown, unitOf } from "./parts.js";
import { change, trend } from "./trend.js";

const asked = new URLSearchParams(location.search);

function go(name, value) {
  value ? asked.set(name, value) : asked.delete(name);
  history.replaceState(null, "", `?${asked}`);
  return shown(board);
}

const chooser = (name, options) => {
  const made = select(name, options, asked.get(name) ?? "");
  made.addEventListener("change", () => go(name, made.value));
  return made;
};

function card(one, value, series, step) {
  const isKnown = value && value.value !== null;
  return element("section", { class: "card", "data-known": String(isKnown) }, element("h3", {}, spoken(one.name)),
    isKnown ? element("p", { class: "figure" }, number(value.value), " ", element("small", {}, one.unit_shown ? spoken(one.unit_shown) : unitOf(one.unit))) : null,
    isKnown && value.low !== null ? element("p", { class: "soft" }, text("between", { low: number(value.low), high: number(value.high) })) : null,
    isKnown && value.coverage !== null ? element("p", { class: "soft" }, text("coverage", { part: percent(value.coverage) })) : null,
    series ? trend(spoken(one.name), series, step) : null,
    series ? change(series) : null,
    isKnown ? null : element("p", { class: "soft" }, text("not_computable", { why: spoken(value?.why) })),
    element("details", {}, element("summary", {}, text("explained")), element("p", {}, spoken(one.explanation)), element("p", {}, spoken(one.limits)), element("p", { class: "soft" }, `${one.formula} · ${one.source}`)));
}

async function board() {
  const service = asked.get("service");
  const [kind, id] = (asked.get("where") ?? "").split(":");
  const of = kind ? { [kind]: id } : {};
  const library = (await ask("/v1/indicators")).data.items;
  const values = (await ask("/v1/indicators/values", { query: { ...of, service } })).data.items;
  const step = asked.get("step") ?? "week";
  const spot = kind === "sensor" ? null : { ...of, service, step };
  const kept = spot ? await maybe("/v1/indicators/kept", { query: spot }) : null;
  const trends = new Map((kept?.items ?? []).map((one) => [one.indicator, one]));
  const known = new Map(values.map((one) => [one.indicator, one]));
  const [places, cameras] = await Promise.all([maybe("/v1/places"), maybe("/v1/cameras")]);
  const wheres = [["", text("everywhere")], ...(places?.items ?? []).map((one) => [`place:${one.id}`, one.name]), ...(cameras?.items ?? []).map((one) => [`camera:${one.id}`, one.name])];
  const services = [["", text("all_services")], ...[...new Set(library.map((one) => one.service))].map((one) => [one, text(`service_${one}`)])];
  const steps = ["week", "day", "month"].map((one) => [one === "week" ? "" : one, text(`step_${one}`)]);
  const download = `${root}/v1/indicators/kept.csv?${new URLSearchParams(Object.entries(spot ?? {}).filter(([, value]) => value))}`;
  const wanted = library.filter((one) => !service || one.service === service);
  const computed = wanted.filter((one) => (known.get(one.id)?.value ?? null) !== null);
  const every = element("input", { type: "checkbox", id: "every", checked: asked.has("all"), onchange: (event) => go("all", event.target.checked ? "1" : "") });
  const cards = asked.has("all") ? wanted : computed;
  return [
    element("div", { class: "tools" }, field(text("where"), chooser("where", wheres)), field(text("for_service"), chooser("service", services)), field(text("trend_step"), chooser("step", steps)), element("label", { for: "every" }, every, " ", text("show_all")), element("span", { class: "soft", role: "status" }, text("computed", { n: computed.length, all: wanted.length }))),
    element("p", { class: "soft" }, text("board_period"), " · ", trends.size ? element("a", { href: download }, text("trend_csv")) : text("no_trend")),
    ...Object.values(Object.groupBy(cards, (one) => one.theme)).map((some) => element("section", {}, element("h2", {}, spoken(some[0].theme_name)), element("div", { class: "board" }, ...some.map((one) => card(one, known.get(one.id), trends.get(one.id), step))))),
  ];
}

await shown(board);
