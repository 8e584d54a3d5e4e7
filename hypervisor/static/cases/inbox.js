// The inbox of cases. It is read once and then follows the event stream: rows change where they stand, and new cases
// are announced, so that nothing moves under the pointer.
import { ask } from "../shell/api.js";
import { dialog, failed } from "../shell/dialog.js";
import { byId, element } from "../shell/dom.js";
import { noted, on } from "../shell/live.js";
import { count, page, root, spoken, text } from "../shell/text.js";
import { copy, fill, offer, read } from "./form.js";
import { CASE_KINDS, age, button, called, ground, known, late, link, marks, pairs, soon, topicName } from "./parts.js";

const list = byId("inbox");
const filters = byId("filters");
const rows = new Map(); // id → <li>
const fresh = new Set(); // ids of cases that came since
const asked = new URLSearchParams(location.search);
let there, next;

fill(filters, { view: "all", state: ["open", "acknowledged"], ...Object.fromEntries(asked), ...(asked.has("state") && { state: asked.getAll("state") }), overdue: asked.has("overdue") });

function query() {
  const { view, ...rest } = read(filters);
  return { ...rest, overdue: rest.overdue || null, assigned_to: view === "mine" ? page.member : null, shared: { shared: true, own: false }[view] };
}

/** Whether a case that was told of belongs into the list as it is asked for. */
function fits(one) {
  const { view, state, overdue, ...rest } = read(filters);
  const own = one.service === page.service;
  return { mine: one.assigned_to === page.member, own, shared: !own, all: true }[view ?? "all"]
    && (state ?? []).includes(one.state) && (!overdue || late(one)) && Object.entries(rest).every(([name, value]) => one[name] === value);
}

function due(one) {
  if (!one.due_at || one.state === "resolved") return null;
  const used = (Date.now() - new Date(one.opened_at)) / (new Date(one.due_at) - new Date(one.opened_at));
  const bar = element("i");
  bar.style.inlineSize = `${Math.min(100, 100 * used)}%`;
  return element("span", { class: late(one) ? "bad" : null }, element("span", { class: "used", "aria-hidden": "true" }, bar), age(one.due_at, (when) => text(late(one) ? "late" : "due", { when })));
}

function show(one) {
  const going = one.open_alerts && text(one.open_alerts === 1 ? "alerts_open_one" : "alerts_open", { n: count(one.open_alerts) });
  const about = [ground(there, one.where), topicName(one.topic), called(there.services, one.service), going].filter(Boolean).join(" · ");
  const who = one.assigned_to ? text("assigned", { name: one.assigned_to === page.member ? text("me") : one.assigned_to }) : text("nobody");
  const after = element("li", { class: "row", "data-case": one.id, "data-severity": one.severity },
    element("p", { class: "marks" }, ...marks(one)),
    element("p", { class: "what" }, link(`/cases/${one.id}`, spoken(one.title)), element("span", { class: "soft" }, about)),
    element("p", { class: "when" }, age(one.opened_at, (when) => text("opened", { ago: when })), due(one), element("span", { class: "soft" }, who)));
  const before = rows.get(one.id);
  const held = before?.contains(document.activeElement);
  before ? before.replaceWith(after) : list.append(after);
  if (held) after.querySelector("a").focus();
  rows.set(one.id, after);
}

async function readList(more) {
  try {
    const { data } = await ask("/v1/cases", { query: { ...query(), limit: 50, cursor: more ? next : null } });
    if (!more) {
      rows.clear();
      fresh.clear();
      list.replaceChildren();
      announce();
    }
    data.items.forEach(show);
    next = data.next;
    if (!rows.size) list.append(element("li", { class: "empty" }, text(location.search ? "none" : "none_at_all")));
    byId("rest").replaceChildren(next ? button(text("more"), () => readList(true)) : "");
    list.setAttribute("aria-busy", "false");
    noted(null);
  } catch (error) {
    noted(error);
    failed(error);
  }
}

function announce(stale) {
  const said = stale ? text("again") : text(fresh.size === 1 ? "new_one" : "new_many", { n: count(fresh.size) });
  byId("fresh").replaceChildren(fresh.size || stale ? button(said, () => readList(), "main") : "");
}

const readCounts = soon(async () => {
  try {
    const { data } = await ask("/v1/cases/counts", { query: { ...query(), state: null, overdue: null } });
    for (const one of document.querySelectorAll("[data-count]")) one.textContent = count(data[one.dataset.count]) + (data.complete ? "" : "+");
  } catch (error) {
    noted(error);
  }
});

function heard({ data }) {
  readCounts();
  if (rows.has(data.id)) show(data);
  else if (fits(data)) fresh.add(data.id);
  announce();
}

function make() {
  const content = copy("new-case");
  const form = () => content[0].closest("form");
  const send = async () => location.assign(`${root}/cases/${(await ask("/v1/cases", { method: "POST", body: read(form()) })).data.id}`);
  for (const one of content) for (const many of one.querySelectorAll("[data-from]")) offer(many, pairs(there[many.dataset.from], many.dataset.sort));
  dialog(text("make"), content, send, { confirm: text("make") });
}

filters.addEventListener("change", () => {
  const { view, ...kept } = read(filters);
  const rest = new URLSearchParams(Object.entries({ ...kept, ...(view !== "all" && { view }) }).flatMap(([name, value]) => [value].flat().filter(Boolean).map((one) => [name, one])));
  history.replaceState(null, "", `${location.pathname}?${rest}`);
  readList();
  readCounts();
});
byId("make")?.addEventListener("click", make);
document.addEventListener("keydown", (event) => {
  if (!"jk".includes(event.key) || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea, dialog")) return;
  const links = [...list.querySelectorAll(".row a")];
  const at = links.indexOf(document.activeElement);
  links[at < 0 ? 0 : Math.max(0, Math.min(links.length - 1, at + (event.key === "j" ? 1 : -1)))]?.focus();
});

there = await known();
offer(filters.elements.place, pairs(there.places));
filters.elements.place.value = asked.get("place") ?? "";
readCounts();
await readList();
for (const kind of CASE_KINDS) on(kind, heard);
on("stream.gap", () => announce(true));
