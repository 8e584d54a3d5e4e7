// Could other places do it too? Each criterion as a range with its evidence; the service reckons the index as one types.
import { ask } from "../shell/api.js";
import { dialog } from "../shell/dialog.js";
import { element, field, select, shape } from "../shell/dom.js";
import { count, percent, spoken, text } from "../shell/text.js";

const WAIT_MS = 250;
const weigh = async (scores) => (await ask("/v1/experiments/replicability", { method: "POST", body: { scores } })).data;

/** The index as a bar of a hundred points: its width is what is not known. */
function bar({ low, high }) {
  const drawn = shape("svg", { class: "index", viewBox: "0 0 100 6", preserveAspectRatio: "none", "aria-hidden": "true" });
  drawn.append(shape("rect", { class: "rail", width: 100, height: 6, rx: 1 }), shape("rect", { class: "range", x: low, width: Math.max(high - low, 1), height: 6, rx: 1 }));
  return drawn;
}

function said(told) {
  const names = told.criteria.filter((one) => told.missing.includes(one.criterion)).map((one) => spoken(one.name));
  return [
    element("p", {}, element("strong", {}, text("index", { low: count(told.low), high: count(told.high) }))),
    bar(told),
    names.length ? element("p", { class: "soft" }, text("index_missing", { names: names.join(", ") })) : null,
  ].filter(Boolean);
}

/** Return a summary of what was judged, to stand on a card; null where nothing was. */
export async function summary({ replicability }) {
  if (!replicability.scores.length) return null;
  return element("div", { class: "replicability" }, ...said(await weigh(replicability.scores)));
}

function criterion(one, known, top, heard) {
  const scale = [["", text("not_judged")], ...Array.from({ length: top + 1 }, (_, n) => [String(n), text("of_top", { n, top })])];
  const control = (name, value) => select(`${one.criterion}_${name}`, scale, value === undefined ? "" : String(value));
  const [low, high] = [control("low", known?.low), control("high", known?.high)];
  low.addEventListener("change", () => {
    if (low.value === "" || high.value === "" || Number(high.value) < Number(low.value)) high.value = low.value;
  });
  high.addEventListener("change", () => {
    if (high.value === "" || low.value === "" || Number(high.value) < Number(low.value)) low.value = high.value;
  });
  const evidence = element("textarea", { name: `${one.criterion}_evidence`, rows: 2, maxlength: 2000 }, known?.evidence ?? "");
  const link = element("input", { name: `${one.criterion}_link`, type: "url", pattern: "https?://.+", maxlength: 500, value: known?.link ?? "" });
  const made = element("fieldset", { class: "criterion" }, element("legend", {}, text("criterion", { name: spoken(one.name), part: percent(one.weight) })),
    element("div", { class: "range" }, field(text("score_low"), low), field(text("score_high"), high)), field(text("score_evidence"), evidence), field(text("score_link"), link));
  made.addEventListener("input", heard);
  made.addEventListener("change", heard);
  return made;
}

/** What a form says: criteria that have a range; those without one are told as missing. */
function scoresOf(form, criteria) {
  const judged = criteria.filter((one) => form.get(`${one.criterion}_low`) !== "");
  return judged.map(({ criterion }) => {
    const of = (name) => form.get(`${criterion}_${name}`).trim();
    return { criterion, low: Number(of("low")), high: Number(of("high")), evidence: of("evidence"), link: of("link") || null };
  });
}

/** Ask people for the criteria of an experiment, as it is now; null if they cancel. */
export async function judged(path) {
  const { data, version } = await ask(path);
  const told = await weigh(data.replicability.scores);
  const known = new Map(data.replicability.scores.map((one) => [one.criterion, one]));
  const shown = element("div", { class: "replicability", role: "status" }, ...said(told));
  let timer = 0;
  const reckon = async (form) => {
    // The range is enough for the index; what is still without evidence is asked for when it is kept.
    const scores = scoresOf(new FormData(form), told.criteria).map((one) => ({ ...one, evidence: one.evidence || "…", link: null }));
    shown.replaceChildren(...said(await weigh(scores)));
  };
  const heard = (event) => {
    clearTimeout(timer);
    const { form } = event.target;
    for (const one of told.criteria) form.elements[`${one.criterion}_evidence`].required = form.elements[`${one.criterion}_low`].value !== "";
    timer = setTimeout(() => reckon(form).catch(() => {}), WAIT_MS); // keeping it will say what is wrong
  };
  const content = [element("p", { class: "soft" }, text("replicability_lead", { top: told.top })), shown, ...told.criteria.map((one) => criterion(one, known.get(one.criterion), told.top, heard))];
  return dialog(text("replicability"), content, (form) => ask(`${path}/replicability`, { method: "PUT", version, body: { scores: scoresOf(form, told.criteria) } }));
}
