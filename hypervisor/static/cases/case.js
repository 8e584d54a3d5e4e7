// One case: what it is, what was done, and what can be done. It follows the event stream; what is being typed stays.
import { all, ask } from "../shell/api.js";
import { dialog, failed } from "../shell/dialog.js";
import { byId, element } from "../shell/dom.js";
import { noted, on } from "../shell/live.js";
import { clock, decimal, language, may, page, root, spoken, text } from "../shell/text.js";
import { copy, offer, read } from "./form.js";
import { CASE_KINDS, ago, badge, button, called, ground, known, late, link, marks, pairs, severity, soon } from "./parts.js";

const path = `/v1/cases/${page.case}`;
const opened = new Set(); // deposits whose pictures somebody asked for
const DEEDS = { open: ["acknowledge", "assign", "share", "hand_over", "resolve"], acknowledged: ["resolve", "assign", "share", "hand_over"], resolved: ["reopen", "share"] };
let there, one, version;
let members = []; // of the owning service, where they may be asked for

const when = (moment) => clock(there.cameras.find((camera) => one.cameras.includes(camera.id))?.timezone)(moment);
const both = (moment) => `${when(moment)} (${ago(moment)})`;
const service = (id) => called(there.services, id);
const owned = () => may("cases:write") && (may("admin") || one.service === page.service);

function actor({ actor: name, service: of }) {
  const [sort, id] = name.split(":");
  const said = sort === "member" ? called(members, id) : text(`by_${sort}`);
  return of ? `${said} (${service(of)})` : said;
}

/** Do something to the case as it was read. If it has changed since, it is read again, and what was typed stays. */
async function act(what, body) {
  try {
    await ask(`${path}/${what}`, { method: "POST", body, version: what === "comments" ? undefined : version });
  } finally {
    await readCase();
  }
}

function deed(name, more = {}, title = text(name)) {
  const content = copy(`deed-${name}`);
  const lists = { members, services: there.services.filter(({ id }) => id !== one.service), others: there.services.filter(({ id }) => id !== one.service && !one.shared_with.includes(id)) };
  for (const part of content) for (const many of part.querySelectorAll("[data-from]")) {
    offer(many, pairs(lists[many.dataset.from]));
    if (many.name === "member") many.value = one.assigned_to ?? page.member;
  }
  const send = () => {
    const { reason, ...body } = { ...read(content[0].closest("form")), ...more };
    if (reason) body.comment = [reason, body.comment].filter(Boolean).join(text("colon"));
    return act(name.replace("_", "-"), body);
  };
  return dialog(title, content, send, { confirm: text(name) });
}

function acts() {
  if (!may("cases:write")) return [];
  if (!owned()) return [element("p", { class: "soft" }, text("shared_by", { name: service(one.service) }))];
  return DEEDS[one.state].map((name, n) => element("button", { type: "button", "data-deed": name, class: n ? null : "main", onclick: () => deed(name) }, text(name)));
}

function shared(id) {
  const name = service(id);
  const stop = () => deed("unshare", { service: id }, text("unshare_from", { name }));
  return element("span", { class: "with" }, name, owned() && element("button", { type: "button", class: "plain", "aria-label": text("unshare_from", { name }), onclick: stop }, "×"));
}

const FACTS = {
  where: () => [ground(there, one.where)],
  cameras: () => one.cameras.map((id) => element("span", { class: "with" }, link(`/cameras/${id}`, called(there.cameras, id)))),
  owner: () => [service(one.service)],
  shared: () => one.shared_with.map(shared),
  assigned: () => [one.assigned_to ? called(members, one.assigned_to) : text("nobody")],
  opened: () => [both(one.opened_at)],
  due: () => (one.due_at ? [element("span", { class: late(one) ? "bad" : null }, both(one.due_at))] : []),
  resolved: () => (one.resolved_at ? [when(one.resolved_at)] : []),
  continues: () => (one.continues ? [link(`/cases/${one.continues}`, text("continues_this"))] : []),
};

const figure = (src, alt, caption = null) => element("figure", {}, element("img", { src: root + src, alt }), caption);

function picture(deposit, moment) {
  const caption = element("figcaption", {}, text(`picture_${moment}`));
  const shown = figure(`/v1/deposits/${deposit}/evidence/${moment}`, text(`picture_${moment}`), caption);
  shown.firstChild.addEventListener("error", () => {
    shown.firstChild.remove();
    caption.append(text("picture_gone"));
  });
  return shown;
}

/** A deposit drawn; its pictures only where they exist, the purpose allows them, and somebody asks. */
async function evidence(id, box) {
  try {
    const { data } = await ask(`/v1/deposits/${id}`);
    box.append(figure(`/v1/deposits/${id}/outline?lang=${language}`, text("outline")));
    const why = there.cameras.find((camera) => camera.id === data.camera)?.purpose !== "operations" ? "purpose" : !data.evidence ? "none" : !may("evidence:read") ? "right" : null;
    if (why) return void box.append(element("small", { class: "soft" }, text(`pictures_${why}`)));
    const offered = element("p", {}, button(text("pictures"), () => show()), element("small", { class: "soft" }, text("pictures_help")));
    const show = () => {
      opened.add(id);
      offered.replaceWith(...["before", "after", ...(data.cleared_at ? ["cleared"] : [])].map((moment) => picture(id, moment)));
    };
    box.append(offered);
    if (opened.has(id)) show();
  } catch (error) {
    if (error.status !== 404) failed(error); // what ended long ago is no longer kept
  }
}

function alert(it) {
  const span = text(it.closed_at ? "alert_span" : "alert_since", { from: when(it.began), to: it.closed_at && when(it.closed_at) });
  const peak = it.figures.peak == null ? null : text("peak", { n: decimal(it.figures.peak) });
  const box = element("div", { class: "evidence" });
  if (it.deposit && may("flows:read")) evidence(it.deposit, box);
  return element("li", {}, element("p", {}, severity(it.severity), " ", badge(it.state === "open" ? "warn" : "rest", text(`alert_${it.state}`)), " ", element("strong", {}, spoken(it.text))),
    element("p", { class: "soft" }, [span, peak, text("rule", { name: it.rule_name })].filter(Boolean).join(" · ")), box);
}

const entry = (it) => element("li", { class: it.actor.startsWith("system") ? "by-rules" : null },
  element("p", {}, element("strong", {}, spoken(it.text)), " ", element("span", { class: "soft" }, `${actor(it)} · ${when(it.at)}`)), it.comment && element("blockquote", {}, it.comment));

async function readCase() {
  try {
    const [found, alerts] = await Promise.all([ask(path), all(`${path}/alerts`, {}, 100)]);
    ({ data: one, version } = found);
    if (owned() && !members.length) members = await all(`${path}/assignable`);
    const held = document.activeElement?.dataset.deed;
    byId("name").textContent = document.title = spoken(one.title);
    byId("marks").replaceChildren(...marks(one));
    byId("acts").replaceChildren(...acts());
    if (held) byId("acts").querySelector("button")?.focus();
    for (const row of document.querySelectorAll("[data-fact]")) {
      const said = FACTS[row.dataset.fact]();
      row.hidden = !said.length;
      row.lastElementChild.replaceChildren(...said);
    }
    byId("alerts").replaceChildren(...(alerts.length ? alerts.map(alert) : [element("li", { class: "soft" }, text("no_alerts"))]));
    byId("timeline").replaceChildren(...[...one.timeline].reverse().map(entry));
    byId("case").hidden = false;
    byId("empty").hidden = true;
    noted(null);
  } catch (error) {
    noted(error);
    if (error.status === 404) byId("empty").textContent = text("gone");
    else failed(error);
    byId("case").hidden = !one || error.status === 404;
    byId("empty").hidden = !byId("case").hidden;
  }
}

byId("say")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    await act("comments", read(event.target));
    event.target.reset();
  } catch (error) {
    failed(error); // the words stay
  }
});
there = await known();
await readCase();
const readSoon = soon(readCase);
for (const kind of CASE_KINDS) on(kind, (told) => told.subject === page.case && readSoon());
if (may("alerts:read")) on("alert.updated", (told) => told.data.case === page.case && readSoon());
on("stream.gap", readSoon);
