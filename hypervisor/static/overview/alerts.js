// Alerts that are open, live.
import { all } from "../shell/api.js";
import { byId, element } from "../shell/dom.js";
import { on } from "../shell/live.js";
import { clock, count, may, root, spoken, text } from "../shell/text.js";

const MOST = 4; // listed; the others are a link away
const QUIET_MS = 60_000;
const SOON_MS = 500;
let soon = null;

/** Show what is open, now and whenever an alert is told of. */
export function showAlerts() {
  if (!may("alerts:read")) return;
  for (const kind of ["alert.opened", "alert.updated", "alert.closed", "stream.gap", "open"]) on(kind, () => (soon ??= setTimeout(read, SOON_MS)));
  setInterval(read, QUIET_MS);
  return read();
}

async function read() {
  clearTimeout(soon);
  soon = null;
  let alerts;
  try {
    alerts = await all("/v1/alerts", { state: "open", limit: 100 }, 500);
  } catch (error) {
    return console.warn(error.message); // the link's state says it
  }
  const time = clock();
  const shown = alerts.slice(0, MOST).map((alert) => element("li", { class: alert.severity },
    element("a", { href: may("cases:read") ? `${root}/cases/${alert.case}` : null }, spoken(alert.text)),
    element("small", {}, text("since", { time: time(alert.began) }))));
  if (alerts.length > MOST) shown.push(element("li", {}, element("a", { href: `${root}/cases` }, text("all_alerts", { n: count(alerts.length) }))));
  byId("alerts").hidden = false;
  byId("alerts").toggleAttribute("data-open", alerts.length > 0);
  byId("alerts-title").textContent = alerts.length === 1 ? text("alerts_one") : alerts.length ? text("alerts_open", { n: count(alerts.length) }) : text("alerts_none");
  byId("alert-list").replaceChildren(...shown);
}
