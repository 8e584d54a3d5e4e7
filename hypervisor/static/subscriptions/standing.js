// How a subscription stands, in a badge and in words.
import { element } from "../shell/dom.js";
import { count, text } from "../shell/text.js";
import { age, badge } from "../cases/parts.js";

const LOOKS = { active: "good", paused: "rest", disabled: "bad", failing: "bad" };

export function standing(one) {
  const state = one.state === "active" && one.failing_since ? "failing" : one.state;
  return badge(LOOKS[state], text(`state_${state}`));
}

export const told = (one) => [
  element("span", {}, text("figures", { delivered: count(one.totals.delivered ?? 0), waiting: count(one.waiting), dead: count(one.dead_letters) })),
  one.failing_since && element("span", { class: "bad" }, age(one.failing_since, (ago) => text("failing", { ago }))),
  one.reason && element("span", { class: "soft" }, one.reason),
];
