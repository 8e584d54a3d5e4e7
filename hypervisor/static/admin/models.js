// The models that cameras use: licence, hash, where they run, what a look costs here.
import { about, ask, count, decimal, element, facts, section, shown, small, table, text, two } from "./kit.js";

const use = (one) => [
  one.name || one.camera, [one.device ?? "–", " ", element("small", { class: "bad" }, one.fallback_reason ?? "")], two(one.variant ?? "–", one.variant_reason ?? ""),
  decimal(one.looks_per_s), one.look_cpu_ms === null ? small(text("model_unmeasured")) : text("model_ms", { n: decimal(one.look_cpu_ms) }),
];
function model(one) {
  const { box_px: box, score } = one.parity;
  const known = one.licence !== null && [
    ["model_licence", one.licence === "unstated" ? text("model_unstated") : one.licence, one.licence === "unstated" ? "bad" : null],
    ["model_sha256", element("code", {}, one.sha256)], ["model_source", one.source],
    ["model_input", one.input_px ? text("model_px", { n: one.input_px }) : text("model_file")], ["model_classes", one.classes ? count(one.classes) : text("model_file")],
    ["model_parity", box === undefined ? "–" : text("model_parity_value", { box: box.toPrecision(2), score: score.toPrecision(2) })],
    ["model_accuracy", text("model_accuracy_how")],
  ];
  return section(one.name, [], known && element("div", { class: "card" }, facts(known)),
    table(one.name, "camera model_device model_form model_looks model_cost", one.cameras.map(use), "camera_none"));
}
shown(async () => {
  const { data } = await ask("/v1/models");
  return [!data.told_at && about("model_untold"), ...data.items.map(model), !data.items.length && about("model_none")];
});
