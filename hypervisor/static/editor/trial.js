// Try before you save: the last minutes, counted with what is configured and with what is drawn.
import { ask } from "../shell/api.js";
import { byId, element } from "../shell/dom.js";
import { count, decimal, hours, kind, page, text } from "../shell/text.js";

/** Ask for both counts of the last minutes and show them side by side. */
export async function tried(camera, names) {
  const { lines = [], zones = [] } = camera;
  const { data } = await ask(`/v1/cameras/${page.camera}/recount`, { method: "POST", body: { lines, zones } });
  const time = hours(page.timezone);
  const [before, after] = [rows(data.before), rows(data.after)];
  const all = [...new Set([...after.keys(), ...before.keys()])];
  const cell = (value) => element("td", {}, value ?? "–");
  const table = element("table", {},
    element("thead", {}, element("tr", {}, ...["place", "what", "before", "after"].map((name) => element("th", { scope: "col" }, text(name))))),
    element("tbody", {}, ...all.map((key) => {
      const [place, what] = JSON.parse(key);
      return element("tr", { "data-row": place }, element("th", { scope: "row" }, names.label(place)), element("td", {}, names.what(place, what)), cell(before.get(key)), cell(after.get(key)));
    })));
  const blind = data.after.not_looked_for.map(kind).join(", ");
  byId("trial").replaceChildren(element("h2", {}, text("tried", { from: time(data.from), to: time(data.to) })),
    element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": text("tried_short") }, table), blind && element("p", {}, text("not_looked_for", { classes: blind })));
  byId("trial").hidden = false;
}

/** [place, [class, direction or figure]] as JSON → what was counted. */
function rows({ lines, zones }) {
  const found = new Map();
  for (const [places, written] of [[lines, count], [zones, decimal]])
    for (const [id, classes] of Object.entries(places))
      for (const [name, figures] of Object.entries(classes))
        for (const [what, n] of Object.entries(figures)) if (what !== "open" && n !== null) found.set(JSON.stringify([id, [kind(name), what]]), written(n));
  return found;
}
