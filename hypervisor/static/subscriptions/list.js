// Subscriptions, and how each one's deliveries stand.
import { all } from "../shell/api.js";
import { failed } from "../shell/dialog.js";
import { byId, element } from "../shell/dom.js";
import { noted, on } from "../shell/live.js";
import { text } from "../shell/text.js";
import { called, known, link } from "../cases/parts.js";
import { standing, told } from "./standing.js";

let there;
const row = (one) => element("li", { class: "row", "data-severity": one.failing_since || one.state === "disabled" ? "high" : null },
  element("p", { class: "marks" }, standing(one)),
  element("p", { class: "what" }, link(`/subscriptions/${one.id}`, one.name),
    element("span", { class: "soft" }, [text(`channel_${one.channel.type}`), one.channel.url ?? one.channel.to?.join(", "), called(there.services, one.service)].filter(Boolean).join(" · "))),
  element("p", { class: "when" }, ...told(one)));

async function readList() {
  try {
    const items = await all("/v1/subscriptions");
    byId("list").replaceChildren(...(items.length ? items.map(row) : [element("li", { class: "empty" }, text("none"))]));
    byId("list").setAttribute("aria-busy", "false");
    noted(null);
  } catch (error) {
    noted(error);
    failed(error);
  }
}

there = await known();
await readList();
on("subscription.disabled", readList);
setInterval(readList, 10_000); // counts of deliveries have no event
