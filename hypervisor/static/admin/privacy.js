// The privacy register: of each camera what for, on what ground, what is kept; and who looked at pictures.
import { ask, count, element, moment, root, section, shown, small, table, text, two } from "./kit.js";
import { saidOf } from "../shell/said.js";

const long = (s) => text(s >= 259200 ? "days" : "hours", { n: count(s / (s >= 259200 ? 86400 : 3600)) });
const kept = (one) => element("li", {}, text(`kept_${one.where}`, { what: text(`kept_${one.what}`), long: long(one.seconds) }));
const basis = ({ purpose, legal_basis: one }) => one ? two(one.reference, `${one.controller} · ${text("privacy_dpia", { ref: one.dpia_ref })}`) : small(purpose === "statistics" ? text("privacy_no_basis") : "–");
const line = (one) => [two(one.name, one.camera), text(`purpose_${one.purpose}`), basis(one), `${one.min_step_s / 60} min`, String(one.masks ?? "–"),
  one.kept ? element("ul", { class: "plain" }, ...one.kept.map(kept)) : "–"];
const file = (name) => element("a", { class: "button", href: `${root}/v1/privacy/${name}.md`, download: `${name}.md` }, text(`privacy_${name}`));

shown(async () => {
  const { data } = await ask("/v1/privacy");
  const why = !data.configured ? text("privacy_unknown") : data.fault && text("privacy_fault", { why: saidOf(data.fault) });
  return [why && element("p", { class: "fault" }, why),
    section(text("tab_privacy"), why ? [] : ["register", "notice-fr", "notice-en"].map(file),
      table(text("tab_privacy"), "camera purpose privacy_basis privacy_step privacy_masks privacy_kept", data.items.map(line), "camera_none")),
    section(text("privacy_looks"), [], table(text("privacy_looks"), "when who what target", data.looks.map((one) => [moment(one.at), one.actor, one.action, one.target]), "privacy_looks_none"))];
});
