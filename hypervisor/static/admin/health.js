// How the parts are, looked at every five seconds.
import { ask, count, decimal, element, facts, hours, language, moment, percent, shown, text } from "./kit.js";
import { saidOf } from "../shell/said.js";

const size = (bytes) => `${decimal(bytes / (bytes < 1e9 ? 1e6 : 1e9))} ${bytes < 1e9 ? "M" : "G"}${language === "fr" ? "o" : "B"}`;
const of = (used, most) => text("health_of", { used, most });
const card = (name, rows) => element("section", { class: "card", "aria-label": text(name) }, element("h2", {}, text(name)), facts(rows));
const good = (is) => (is ? "good" : "bad");

const server = (one) => card("health_redis", [
  ["health_latency", text("ms", { n: decimal(one.latency_ms) }), good(one.latency_ms < 50)],
  ["health_memory", one.most_bytes ? of(size(one.used_bytes), size(one.most_bytes)) : text("health_no_limit", { used: size(one.used_bytes) })],
  ["health_policy", ...(one.policy === "noeviction" ? [text("health_policy_ok")] : [text("health_policy_bad", one), "bad"])],
  ["health_kept", text(one.saved_well ? `health_${one.persistence}` : "health_save_bad"), good(one.saved_well && one.persistence !== "none")],
  ["health_version", one.version], ["health_up", one.up_s < 7200 ? text("minutes", { n: count(one.up_s / 60) }) : text("hours", { n: count(one.up_s / 3600) })],
]);
const active = (one) => one.holder
  ? [`process_${one.name}`, `${text("health_holder", { name: one.holder })} ${one.behind_s === null ? "" : text("health_behind", { n: decimal(one.behind_s) })}`, good(one.behind_s < 30)]
  : [`process_${one.name}`, text("health_nobody"), "warn"];

const again = shown(async () => {
  const { data } = await ask("/v1/health");
  const { configuration: followed, deliveries, disk } = data;
  return [element("p", { class: "soft about" }, text("health_at", { time: hours()(data.at) })), element("div", { class: "cards" }, server(data.redis),
    card("health_service", [["health_streams", of(count(data.streams), count(data.streams_most))],
      ["health_disk", disk ? `${of(size(disk.free_bytes), size(disk.total_bytes))} (${percent(disk.free_bytes / disk.total_bytes)})` : text("health_no_disk"), disk && good(disk.free_bytes > 0.05 * disk.total_bytes)]]),
    card("health_configuration", [["health_revision", ...(followed ? [text("health_since", { revision: followed.revision, time: moment(followed.since) }), "good"] : [text("health_no_run"), "warn"])],
      ...(followed?.fault ? [["health_fault", saidOf(followed.fault), "bad"]] : [])]),
    card("health_processes", data.processes.map(active)),
    card("health_deliveries", [["health_subscriptions", count(deliveries.subscriptions)], ["health_waiting", count(deliveries.messages)],
      ...["failing", "dead"].map((name) => [`health_${name}`, count(deliveries[name]), good(!deliveries[name])])]))];
});
setInterval(() => document.hidden || again(), 5000);
