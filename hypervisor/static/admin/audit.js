// The audit log, newest first, and whether it is whole.
import { about, ask, button, count, deed, element, input, moment, section, shown, small, table, text, two } from "./kit.js";

const verdict = element("div", { role: "status" });
const filter = element("form", { class: "tools", onsubmit: (event) => {
  event.preventDefault();
  next = null;
  again();
} }, ...["action", "actor"].map((name) => input(`audit_${name}`, name, {}, `audit_${name}_help`)), element("button", {}, text("audit_filter")));
const told = (detail) => Object.entries(detail).filter(([, value]) => value !== null).map(([name, value]) => `${name}: ${[value].flat().join(" ")}`).join(" · ");
const verify = async () => {
  const { data } = await ask("/v1/audit/verification");
  const said = element("p", { class: data.fault ? "fault" : "good" }, text(data.fault ? "audit_broken" : "audit_whole", { fault: data.fault, n: count(data.lines) }));
  verdict.replaceChildren(said, element("code", {}, data.fault ? "" : data.tip));
};
/** Who acted, or what was acted on; a key by whose it is and what for, with its id below. */
const called = (said) => {
  const key = keys[/^(?:key:|keys\/)(\w+)$/.exec(said)?.[1]];
  return key ? two(text("audit_key", key), said) : said;
};
let next = null;
let items = [];
let keys = {};
const again = shown(async () => {
  const asked = Object.fromEntries([...new FormData(filter)].map(([name, value]) => [name, value.trim()]));
  const { data } = await ask("/v1/audit", { query: { ...asked, order: "newest", limit: 50, cursor: next } });
  items = next ? [...items, ...data.items] : data.items;
  keys = { ...keys, ...data.keys };
  next = data.next;
  const lines = items.map((one) => [moment(one.at), called(one.actor), one.action, called(one.target), small(told(one.detail))]);
  return [about("audit_about"), filter, section(text("tab_audit"), [deed(() => {}, "audit_verify", verify)], verdict, table(text("tab_audit"), "when who what target detail", lines, "audit_none")),
    next && button("audit_older", again)];
});
