// Protocols, their power before they start, verdicts and sheets. A draft may come from an accepted recommendation.
import { address, all, ask } from "../shell/api.js";
import { dialog, failed, sure } from "../shell/dialog.js";
import { element, field } from "../shell/dom.js";
import { clock, language, may, spoken, text } from "../shell/text.js";
import { covariates } from "./nearby.js";
import { badge, day, shown } from "./parts.js";
import { form } from "./protocol.js";
import { judged, summary } from "./replicability.js";

const LOOK = { draft: "rest", started: "warn", evaluated: "good", abandoned: "rest" };
const path = (one, act = "") => `/v1/experiments/${one.id}${act}`;

const moment = clock();
let editing = null; // the draft that the form changes, with its version

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
    draft: [["edit", doing(() => edit(one))], ["start", doing(async () => ((await sure(text("start_sure"), text("start"))) ? change(one, "/start") : null))]],
    started: [["evaluate", doing(() => change(one, "/evaluate"))]],
    evaluated: [["evaluate", doing(() => change(one, "/evaluate"))]],
    abandoned: [],
  }[one.state];
  const names = ["context", "lessons", "following"];
  acts.push(["notes", doing(async () => {
    const { data, version } = await ask(path(one)); // as it is when the form opens: who changes it meanwhile is not overwritten
    const send = (form) => ask(path(one, "/notes"), { method: "PUT", version, body: Object.fromEntries(names.map((name) => [name, form.get(`note_${name}`)])) });
    return dialog(text("notes"), names.map((name) => area(`note_${name}`, data.notes[name])), send);
  })]);
  acts.push(["replicability", doing(() => judged(path(one)))]);
  if (["draft", "started"].includes(one.state))
    acts.push(["abandon", doing(() => dialog(text("abandon"), [area("reason")], (form) => change(one, "/abandon", "POST", { reason: form.get("reason") }), { confirm: text("abandon"), danger: true }))]);
  const main = { draft: "start", started: "evaluate" }[one.state];
  return acts.map(([name, act]) => element("button", { class: name === main ? "main" : null, onclick: act }, text(name)));
}

async function edit(one) {
  const { data, version } = await ask(path(one));
  editing = { id: one.id, protocol: data.protocol, version };
  await list();
  document.querySelector("details[open] .protocol [name=title]")?.focus();
  return null;
}

/** What is wrong with a verdict's footing, in words: a control that the trial may have reached, a look back. */
function doubts(one) {
  const { protocol, finding } = one;
  const found = (finding?.suspicions ?? []).map((about) => text("suspicion", { about }));
  const sealed = one.changes.find((at) => at.what === "started");
  if (sealed && sealed.at.slice(0, 10) > protocol.trial.first) found.push(text("sealed_late", { day: day(sealed.at), first: day(protocol.trial.first) }));
  return found.length ? element("ul", { class: "warned" }, ...found.map((line) => element("li", {}, line))) : null;
}

const CHANGED = ["title", "question", "hypothesis", "tried", "service", "outcome", "treated", "controls", "baseline", "trial", "weather", "holidays"];
const written = (value) => (typeof value === "string" ? value : JSON.stringify(value ?? null));

/** What a protocol said before each change, and what was done with the experiment. */
function past(one) {
  const later = [...one.drafts.slice(1).map((at) => at.protocol), one.protocol];
  const edits = new Map(one.drafts.map((before, n) => [before.at, CHANGED.filter((name) => written(before.protocol[name]) !== written(later[n][name]))]));
  const line = (at) => {
    const fields = edits.get(at.at);
    const what = fields?.length ? text("changed_fields", { names: fields.map((name) => (name === "outcome" ? text("field_measure") : text(`short_${name}`))).join(", ") }) : "";
    return element("li", {}, [moment(at.at), text(`did_${at.what}`), at.actor, at.reason, what].filter(Boolean).join(" · "));
  };
  const seal = one.seal ? element("p", { class: "soft" }, text("seal", { seal: one.seal.slice(0, 16) })) : null;
  return element("details", {}, element("summary", {}, text("history_of")), seal, element("ol", {}, ...one.changes.map(line)));
}

async function card(one) {
  const { protocol, finding } = one;
  const verdict = finding?.verdict;
  const sheet = (form) => address(path(one, "/sheet"), { lang: language, form });
  const links = verdict ? [element("a", { class: "button", href: sheet("html") }, text("sheet")), element("a", { class: "button", href: sheet("pdf") }, text("sheet_pdf"))] : [];
  return element("section", { class: "card experiment", "data-state": one.state },
    element("div", { class: "heads" }, element("h2", {}, protocol.title), badge(`state_${one.state}`, LOOK[one.state]), verdict ? badge(`verdict_${verdict}`, verdict === "effect" ? "good" : "rest") : null),
    element("p", {}, protocol.question),
    finding?.sentence ? element("p", { class: "said" }, spoken(finding.sentence)) : null,
    finding?.too_little ? element("p", { class: "fault" }, text("too_little", { why: finding.too_little })) : null,
    doubts(one),
    await summary(one),
    element("p", { class: "soft" }, text("periods", { a: day(protocol.baseline.first), b: day(protocol.baseline.last), c: day(protocol.trial.first), d: day(protocol.trial.last) })),
    element("p", { class: "buttons" }, ...links, ...buttons(one)), past(one));
}

/** The form in its fold; a draft that is changed says so. */
function folded(offers, draft) {
  const given = editing ?? draft;
  const made = form(offers, given, covariates, async () => {
    editing = null;
    await list();
  });
  return element("details", { class: "card", open: Boolean(given) }, element("summary", {}, text(editing ? "change_draft" : "new_experiment")), made);
}

const list = () => shown(async () => {
  const items = await all("/v1/experiments");
  const draft = JSON.parse(sessionStorage.getItem("draft") ?? "null");
  const cards = items.length ? await Promise.all(items.map(card)) : [element("p", { class: "empty" }, text("nothing"))];
  if (!may("decisions:write")) return cards;
  return [folded((await ask("/v1/cross/series")).data.items, draft), ...cards];
});

await list();
