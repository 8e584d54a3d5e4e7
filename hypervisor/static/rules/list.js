// The rules of a service: what each says in words, how it is with it, and when it found something last.
import { all, ask } from "../shell/api.js";
import { failed, notice } from "../shell/dialog.js";
import { byId, element } from "../shell/dom.js";
import { noted, on } from "../shell/live.js";
import { decimal, kind, language, may, page, text } from "../shell/text.js";
import { age, badge, button, called, ground, known, link, severity, soon } from "../cases/parts.js";

const LOOKS = { active: "good", learning: "warn", broken: "bad", disabled: "rest", waiting: "rest" };
const number = new Intl.NumberFormat(language);
const measure = (id) => page.measures.find((one) => one.id === id)?.name ?? id;
const names = (list, words) => list.map((one) => words[one] ?? one).join(", ") || text("any");
let there;

/** What a rule says. */
function sentence({ watch, condition }) {
  const { kind: sort, bucket } = watch;
  const id = watch.place ? `place/${watch.place}` : watch.camera && ["camera", watch.camera, watch.line ?? watch.zone].filter(Boolean).join("/");
  const { factor, deviations } = condition?.usual ?? {};
  const limit = factor ? text("usual_times", { n: number.format(factor) }) : deviations ? text("usual_away", { n: number.format(deviations) }) : condition && number.format(condition.threshold);
  return text(`say_${sort}`, {
    what: { deposit: () => names(watch.types, page.deposits), camera: () => names(watch.troubles.length < Object.keys(page.troubles).length ? watch.troubles : [], page.troubles) }[sort]?.() ?? [measure(watch.measure), watch.class && kind(watch.class)].filter(Boolean).join(", "),
    where: sort === "sensor" ? watch.sensor : sort === "camera" ? watch.cameras.map((one) => called(there.cameras, one)).join(", ") || text("everywhere") : id ? ground(there, id) : text("everywhere"),
    is: condition && text(`s_${condition.is}`),
    limit,
    n: condition?.for_buckets,
    bucket: bucket?.replace("m", " min").replace("h", " h"),
  });
}

async function toggle(rule) {
  try {
    const { data: { id, service, now, ...body }, version } = await ask(`/v1/rules/${rule}`);
    await ask(`/v1/rules/${id}`, { method: "PUT", version, body: { ...body, enabled: !body.enabled } });
    notice(text("saved"));
    await readList();
  } catch (error) {
    failed(error);
  }
}

function row(one, last) {
  const { status, reasons, open_alerts: open } = one.now;
  return element("li", { class: "row", "data-rule": one.id, "data-severity": open ? one.severity : null },
    element("p", { class: "marks" }, severity(one.severity), badge(LOOKS[status], text(`status_${status}`))),
    element("p", { class: "what" }, link(`/rules/${one.id}`, one.name), element("span", { class: "soft" }, sentence(one)),
      reasons.length ? element("span", { class: status === "broken" ? "bad" : "soft" }, reasons.join(" ")) : null),
    element("p", { class: "when" }, open ? element("strong", {}, text("open_now", { n: open })) : null,
      last ? age(last.opened_at, (when) => text("fired", { ago: when })) : element("span", { class: "soft" }, text("fired_never")),
      may("rules:write") ? element("span", {}, button(text(one.enabled ? "disable" : "enable"), () => toggle(one.id))) : null));
}

async function readList() {
  try {
    const [rules, alerts] = await Promise.all([all("/v1/rules"), ask("/v1/alerts", { query: { state: "all", limit: 200 } })]);
    byId("rules").replaceChildren(...rules.map((one) => row(one, alerts.data.items.find((alert) => alert.rule === one.id))));
    if (!rules.length) byId("rules").append(element("li", { class: "empty" }, text("none")));
    byId("rules").setAttribute("aria-busy", "false");
    noted(null);
  } catch (error) {
    noted(error);
    failed(error);
  }
}

there = await known();
await readList();
for (const what of ["opened", "closed"]) on(`alert.${what}`, soon(readList));
