// Protocols, their power before they start, verdicts and sheets. A draft may come from an accepted recommendation.
import { address, all, ask } from "../shell/api.js";
import { dialog, failed, notice, sure } from "../shell/dialog.js";
import { element, field, select } from "../shell/dom.js";
import { count, kind, language, may, page, spoken, text } from "../shell/text.js";
import { badge, day, measure, shown } from "./parts.js";

const LOOK = { draft: "rest", started: "warn", evaluated: "good", abandoned: "rest" };
const path = (one, act = "") => `/v1/experiments/${one.id}${act}`;

/** Ask for the newest version and send a change of it: whoever looked long ago is told by the state. */
async function change(one, act, method = "POST", body = undefined) {
  const { version } = await ask(path(one));
  return ask(path(one, act), { method, body, version });
}

const doing = (act) => async () => {
  try {
    if ((await act()) !== null) await list();
  } catch (error) {
    failed(error);
  }
};

function buttons(one) {
  if (!may("decisions:write")) return [];
  const area = (name, value = "") => field(text(name), element("textarea", { name, rows: 3 }, value));
  const acts = {
    draft: [["start", doing(async () => ((await sure(text("start_sure"), text("start"))) ? change(one, "/start") : null))]],
    started: [["evaluate", doing(() => change(one, "/evaluate"))]],
    evaluated: [["evaluate", doing(() => change(one, "/evaluate"))]],
    abandoned: [],
  }[one.state];
  const said = one.notes;
  const names = ["context", "lessons", "following"];
  acts.push(["notes", doing(() => dialog(text("notes"), names.map((name) => area(`note_${name}`, said[name])), (form) =>
    change(one, "/notes", "PUT", Object.fromEntries(names.map((name) => [name, form.get(`note_${name}`)])))))]);
  if (["draft", "started"].includes(one.state))
    acts.push(["abandon", doing(() => dialog(text("abandon"), [area("reason")], (form) => change(one, "/abandon", "POST", { reason: form.get("reason") }), { confirm: text("abandon"), danger: true }))]);
  return acts.map(([name, act], n) => element("button", { class: n === 0 ? "main" : null, onclick: act }, text(name)));
}

function card(one) {
  const { protocol, finding } = one;
  const verdict = finding?.verdict;
  const sheet = (form) => address(path(one, "/sheet"), { lang: language, form });
  const links = verdict ? [element("a", { class: "button", href: sheet("html") }, text("sheet")), element("a", { class: "button", href: sheet("pdf") }, text("sheet_pdf"))] : [];
  return element("section", { class: "card experiment", "data-state": one.state },
    element("div", { class: "heads" }, element("h2", {}, protocol.title), badge(`state_${one.state}`, LOOK[one.state]), verdict ? badge(`verdict_${verdict}`, verdict === "effect" ? "good" : "rest") : null),
    element("p", {}, protocol.question),
    finding?.sentence ? element("p", { class: "said" }, spoken(finding.sentence)) : null,
    finding?.too_little ? element("p", { class: "fault" }, text("too_little", { why: finding.too_little })) : null,
    element("p", { class: "soft" }, text("periods", { a: day(protocol.baseline.first), b: day(protocol.baseline.last), c: day(protocol.trial.first), d: day(protocol.trial.last) })),
    element("p", { class: "buttons" }, ...links, ...buttons(one)));
}

const from = (days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

function form(offers, draft) {
  const p = draft?.protocol;
  const outcomes = Object.values(Object.fromEntries(offers.map(({ named }) => [`${named.measure}|${named.class}`, named])));
  const spots = [...new Map(offers.map(({ named, where }) => [named.camera ? `camera|${named.camera}` : `sensor|${named.sensor}`, where]))];
  const weather = offers.filter(({ named }) => ["precipitation", "temperature"].includes(named.measure)).map(({ named }) => named.sensor);
  const input = (name, value, type = "text") => element("input", { name, type, required: true, value });
  const many = (name, chosen = []) => {
    const made = element("select", { name, multiple: true, size: 4 }, ...spots.map(([value, called]) => element("option", { value }, called)));
    for (const option of made.options) option.selected = chosen.some((one) => option.value === (one.camera ? `camera|${one.camera}` : `sensor|${one.sensor}`));
    return made;
  };
  const period = (name, first, last) => element("div", { class: "dates" }, field(text(`field_${name}`), input(`${name}_first`, p?.[name].first ?? first, "date")), field(text("field_to"), input(`${name}_last`, p?.[name].last ?? last, "date")));
  const measured = select("measure", outcomes.map((one) => [`${one.measure}|${one.class}`, [measure(one.measure), one.class && kind(one.class)].filter(Boolean).join(" · ")]), p ? `${p.outcome.measure}|${p.outcome.class ?? ""}` : "crossings|pedestrian");
  const power = element("p", { class: "wide said", role: "status", id: "power" });
  const read = () => {
    const said = new FormData(made);
    const [name, of] = said.get("measure").split("|");
    const spotsOf = (list) => said.getAll(list).map((one) => {
      const [of, id] = one.split("|");
      return p?.[list].find((spot) => spot[of] === id) ?? { [of]: id }; // a draft may mean one line of a camera
    });
    const periodOf = (which) => ({ first: said.get(`${which}_first`), last: said.get(`${which}_last`) });
    return { ...p, ...Object.fromEntries(["title", "question", "hypothesis", "tried", "service"].map((one) => [one, said.get(one)])),
      outcome: { ...p?.outcome, measure: name, class: of, wanted: said.get("wanted"), smallest: Number(said.get("smallest")) / 100 },
      treated: spotsOf("treated"), controls: spotsOf("controls"), baseline: periodOf("baseline"), trial: periodOf("trial"), weather: p?.weather ?? weather[0] ?? null };
  };
  const plan = async () => {
    try {
      const { data } = await ask("/v1/experiments/power", { method: "POST", body: read() });
      const needed = data.days_needed === null ? text("year_needed") : text("weeks_needed", { n: data.days_needed / 7 });
      power.textContent = data.power === null ? text("power_unknown", { why: data.why_unknown }) : `${text("power", { part: count(100 * data.power) })} ${needed}`;
    } catch (error) {
      power.textContent = error.message;
    }
  };
  const save = async (event) => {
    event.preventDefault();
    try {
      await ask("/v1/experiments", { method: "POST", body: { protocol: read(), recommendation: draft?.recommendation ?? null } });
      sessionStorage.removeItem("draft");
      notice(text("saved"));
      await list();
    } catch (error) {
      failed(error);
    }
  };
  const wide = (name) => {
    const made = field(text(`field_${name}`), element("textarea", { name, required: true, rows: 2 }, p?.[name] ?? ""));
    made.classList.add("wide");
    return made;
  };
  const made = element("form", { class: "asking protocol", onsubmit: save }, field(text("field_title"), input("title", p?.title ?? "")), field(text("field_service"), input("service", p?.service ?? page.service ?? "mobility")), ...["question", "hypothesis", "tried"].map(wide),
    field(text("field_treated"), many("treated", p?.treated)), field(text("field_controls"), many("controls", p?.controls)),
    field(text("field_measure"), measured), field(text("field_smallest"), input("smallest", p ? 100 * p.outcome.smallest : 10, "number")), field(text("field_wanted"), select("wanted", ["more", "less", "either"].map((one) => [one, text(`wanted_${one}`)]), p?.outcome.wanted)),
    period("baseline", from(-56), from(-1)), period("trial", from(1), from(28)), power,
    element("p", { class: "buttons wide" }, element("button", { type: "button", onclick: plan }, text("plan")), element("button", { class: "main" }, text("save"))));
  return element("details", { class: "card", open: Boolean(draft) }, element("summary", {}, text("new_experiment")), made);
}

const list = () => shown(async () => {
  const items = await all("/v1/experiments");
  const draft = JSON.parse(sessionStorage.getItem("draft") ?? "null");
  const cards = items.length ? items.map(card) : [element("p", { class: "empty" }, text("nothing"))];
  if (!may("decisions:write")) return cards;
  return [form((await ask("/v1/cross/series")).data.items, draft), ...cards];
});

await list();
