// The inbox: what a city may decide, out of which evidence. A person decides; an accepted one becomes a protocol.
import { all, ask } from "../shell/api.js";
import { dialog, failed, notice } from "../shell/dialog.js";
import { element, field } from "../shell/dom.js";
import { language, may, root, spoken, text } from "../shell/text.js";
import { badge, day, number, pictured, redrawn, shown, unitOf } from "./parts.js";

const LOOK = { new: "warn", accepted: "good", refused: "rest", snoozed: "rest" };

async function decide(one, act, body, query = {}) {
  const path = `/v1/recommendations/${one.id}`;
  const { version } = await ask(path);
  return (await ask(`${path}/${act}`, { method: "POST", version, body, query })).data;
}

async function accept(one) {
  const { draft, why_none } = await decide(one, "accept", undefined, { lang: language });
  if (!draft) return notice(text("no_draft", { why: spoken(why_none) }));
  sessionStorage.setItem("draft", JSON.stringify(draft));
  location.assign(`${root}/experiments`);
}

const asking = (one, act, control) => () => dialog(text(act), [field(text(control.name), control)], (form) => decide(one, act, { [control.name]: form.get(control.name) }), { confirm: text(act) });

function buttons(one) {
  if (one.state === "refused" || !may("decisions:write")) return [];
  const until = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
  const acts = [["accept", () => accept(one)], ["refuse", asking(one, "refuse", element("textarea", { name: "reason", required: true, rows: 3 }))], ["snooze", asking(one, "snooze", element("input", { name: "until", type: "date", required: true, value: until }))]];
  if (one.state === "accepted") acts.splice(0, 3, acts[1]); // it may still be refused
  const run = (act) => async () => {
    try {
      if ((await act()) !== null) await inbox();
    } catch (error) {
      failed(error);
    }
  };
  return acts.map(([name, act], n) => element("button", { class: n ? null : "main", onclick: run(act) }, text(name)));
}

function card(one) {
  const { evidence, expected } = one;
  const effect = expected.effect ? `${number(expected.effect.value)} (${number(expected.effect.low)} … ${number(expected.effect.high)}) ${unitOf(expected.effect.unit)} ` : "";
  const about = { n: evidence.n, a: day(evidence.first), b: day(evidence.last), q: number(evidence.q) };
  return element("section", { class: "card recommendation", "data-state": one.state },
    element("div", { class: "heads" }, element("h2", {}, spoken(one.title)), badge(`state_${one.state}`, LOOK[one.state]), badge(`cost_${one.cost}`, "rest")),
    element("p", { class: "said" }, spoken(one.what)),
    element("p", {}, text("expected", { what: effect + spoken(expected.under) })), element("p", {}, text("refutes", { what: spoken(one.refute) })),
    pictured(text("picture"), redrawn(evidence.picture, text("picture"))), element("p", { class: "soft" }, text("evidence", about)),
    one.reason ? element("p", {}, one.reason) : null, element("p", { class: "buttons" }, ...buttons(one)));
}

const judge = async () => {
  try {
    await ask("/v1/recommendations/judge", { method: "POST" });
    await inbox();
  } catch (error) {
    failed(error);
  }
};

const inbox = () => shown(async () => {
  const items = (await all("/v1/recommendations")).sort((a, b) => (a.state !== "new") - (b.state !== "new"));
  const look = may("decisions:write") ? element("p", { class: "tools" }, element("button", { onclick: judge }, text("judge"))) : "";
  return [look, ...(items.length ? items.map(card) : [element("p", { class: "empty" }, text("nothing"))])];
});

await inbox();
