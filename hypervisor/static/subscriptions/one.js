// One subscription: its form, what it would have sent, a test with its answer, the log, and what was given up.
import { all, ask } from "../shell/api.js";
import { dialog, failed, notice, sure } from "../shell/dialog.js";
import { byId, element } from "../shell/dom.js";
import { noted, on } from "../shell/live.js";
import { clock, count, may, page, root, text } from "../shell/text.js";
import { copy, fill, mark, offer, read } from "../cases/form.js";
import { badge, button, known, pairs } from "../cases/parts.js";
import { shownOf } from "./kept.js";
import { standing, told } from "./standing.js";

const form = byId("form");
const path = page.subscription && `/v1/subscriptions/${page.subscription}`;
const when = clock();
const LOOKS = { delivered: "good", failed: "warn", dead: "bad", disabled: "bad" };
const TEST_S = 20;
let version;
let kept = {}; // the filter as it was read: what this form does not show stays in it

/** Return the filter to be saved. */
function whole(said = {}) {
  const shown = new Set([...form.elements].map((one) => one.name.match(/^filter\.(\w+)/)?.[1]));
  const hidden = Object.entries(kept).filter(([name]) => !shown.has(name));
  const [first, ...rest] = kept.schedule ?? [];
  if (said.schedule) said.schedule = [{ ...first, ...said.schedule[0] }, ...rest];
  return { ...Object.fromEntries(hidden), ...said };
}

/** Show what the form has no fields for, and let it go: for good once it is saved. */
function showKept() {
  const shown = new Set([...form.elements].map((one) => one.name.match(/^filter\.(\w+)/)?.[1]));
  const members = Object.fromEntries(Object.entries(kept).filter(([name]) => !shown.has(name)));
  const found = shownOf(members, there.cameras, (name) => {
    delete kept[name];
    showKept();
    byId("try").focus();
  });
  byId("kept").replaceChildren(...found);
  byId("kept-box").hidden = !found.length;
}

function arrange() {
  const type = read(form).channel.type;
  for (const one of form.querySelectorAll("[data-for]")) {
    one.hidden = !one.dataset.for.split(" ").includes(type);
    for (const field of one.querySelectorAll("input, textarea")) field.disabled = one.hidden; // so that it is not required
  }
}

async function tried(then) {
  const fault = byId("fault");
  try {
    fault.hidden = true;
    await then(read(form));
    mark(form);
  } catch (error) {
    fault.textContent = error.status === 412 ? text("changed_elsewhere") : error.message;
    fault.hidden = false;
    mark(form, error, /\.(webhook|email|mqtt|redis_stream|ngsi_ld)(?=\.)/);
  }
}

async function secret(shown) {
  const content = copy("secret");
  const field = content[1].querySelector("input");
  field.value = shown;
  content[1].append(button(text("copy"), async () => {
    field.select();
    await navigator.clipboard?.writeText(shown);
    notice(text("copied"));
  }));
  await dialog(text("secret_title"), content, () => true, { confirm: text("secret_kept") });
}

/** Send a test, and say what the receiver answered. */
async function test() {
  const said = byId("tested");
  said.textContent = text("testing");
  const { id } = (await ask(`${path}/test`, { method: "POST" })).data;
  for (const end = Date.now() + TEST_S * 1000; Date.now() < end; await new Promise((next) => setTimeout(next, 400))) {
    const { data } = await ask(`${path}/deliveries`, { query: { limit: 20 } });
    const one = data.items.find((line) => line.id === id);
    if (!one) continue;
    said.replaceChildren(one.outcome === "delivered" ? badge("good", text("test_delivered", { status: one.status ?? "–", ms: count(one.took_ms) })) : badge("bad", text("test_failed", { why: one.error ?? one.status })));
    return;
  }
  said.textContent = text("test_silent", { s: TEST_S });
}

async function again(what, ids = []) {
  const { data } = await ask(`${path}/dead-letters/${what}`, { method: "POST", body: { ids } });
  if (what === "replay") notice(text("again_done", { n: count(data.done) }));
}

const ACTS = {
  test,
  pause: () => ask(`${path}/pause`, { method: "POST" }),
  resume: () => ask(`${path}/resume`, { method: "POST" }),
  rotate: async () => secret((await ask(`${path}/secrets`, { method: "POST" })).data.secret),
  again: () => again("replay"),
  drop: async () => (await sure(text("drop_sure"), text("drop_all"))) && again("drop"),
  delete: async () => {
    if (!(await sure(text("sure_delete", { name: form.elements.name.value })))) return;
    await ask(path, { method: "DELETE", version });
    location.assign(`${root}/subscriptions`);
  },
};

const cells = (...said) => element("tr", {}, ...said.map((one) => element("td", {}, one)));
const none = (name, columns) => element("tr", {}, element("td", { class: "soft", colspan: columns }, text(name)));

async function readStanding() {
  const [{ data, version: newest }, log, dead] = await Promise.all([ask(path), ask(`${path}/deliveries`, { query: { limit: 50 } }), ask(`${path}/dead-letters`, { query: { limit: 50 } })]);
  byId("name").textContent = document.title = data.name;
  byId("marks").replaceChildren(standing(data), ...told(data).filter(Boolean));
  for (const [act, hidden] of Object.entries({ pause: data.state !== "active", resume: data.state === "active", rotate: !data.secrets }))
    for (const one of document.querySelectorAll(`[data-act=${act}]`)) one.hidden = hidden;
  byId("log").replaceChildren(...log.data.items.map((one) => cells(when(one.at), one.kind, badge(LOOKS[one.outcome], text(`out_${one.outcome}`)), one.error ?? `${one.status ?? ""} (${count(one.took_ms)} ms)`, count(one.attempt))));
  byId("dead").replaceChildren(...dead.data.items.map((one) => cells(when(one.at), one.kind, one.reason, may("subscriptions:write") ? button(text("again"), () => done(() => again("replay", [one.id]))) : "")));
  if (!log.data.items.length) byId("log").append(none("log_none", 5));
  if (!dead.data.items.length) byId("dead").append(none("dead_none", 4));
  if (byId("dead-acts")) byId("dead-acts").hidden = !dead.data.items.length;
  noted(null);
  return { data, newest };
}

async function done(act) {
  try {
    await act();
    await readStanding();
  } catch (error) {
    noted(error);
    failed(error);
  }
}

on("subscription.disabled", () => path && done(() => {}));
form.addEventListener("change", arrange);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  tried(async (body) => {
    if (path) {
      ({ version } = await ask(path, { method: "PATCH", version, body: { ...body, filter: whole(body.filter) } }));
      notice(text("saved"));
      return;
    }
    const { data } = await ask("/v1/subscriptions", { method: "POST", body });
    if (data.secret) await secret(data.secret);
    location.assign(`${root}/subscriptions/${data.id}`);
  });
});
byId("try").addEventListener("click", () => tried(async ({ filter = {}, service }) => {
  const { data } = await ask("/v1/subscriptions/preview", { method: "POST", body: { filter: whole(filter), service } });
  byId("found").replaceChildren(element("h2", {}, text("would", { n: count(data.matched), all: count(data.looked_at) })),
    element("p", {}, ...Object.entries(data.by_kind).flatMap(([kind, n]) => [badge("rest", `${kind} ${count(n)}`), " "])),
    element("ol", { class: "alerts" }, ...data.examples.slice(0, 8).map((one) => element("li", {}, `${when(one.time)} · ${one.type.replace("parvis.", "")} · ${one.subject}`))),
    data.complete ? "" : element("p", { class: "soft" }, text("would_more")));
  byId("found").hidden = false;
}));
for (const one of document.querySelectorAll("[data-act]")) one.addEventListener("click", () => done(ACTS[one.dataset.act]));

const there = await known();
for (const box of form.querySelectorAll("[data-name]")) box.append(...pairs(there[box.dataset.list]).map(([value, said]) => element("label", {}, element("input", { type: "checkbox", name: box.dataset.name, value }), ` ${said}`)));
for (const list of form.querySelectorAll("[data-from]")) offer(list, pairs(there[list.dataset.from]));
if (path)
  await done(async () => {
    const { data, newest } = await readStanding();
    version = newest;
    kept = data.filter ?? {};
    fill(form, data);
    showKept();
    setInterval(() => document.hidden || done(() => {}), 5000); // deliveries have no event
  });
arrange();
