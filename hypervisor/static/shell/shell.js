// On every page: the choice of language and colours, and the banner that says when the connection is lost.
import { byId } from "./dom.js";
import { watch } from "./live.js";
import { hours, text } from "./text.js";

const link = byId("link");
const banner = byId("banner");
let lost = null; // when

watch((state) => {
  link.dataset.state = state;
  link.textContent = text(state);
  const gone = state === "offline" || state === "away";
  lost = gone ? (lost ?? Date.now()) : state === "live" ? null : lost;
  banner.hidden = lost === null;
  if (lost !== null) banner.textContent = text("lost_since", { time: hours()(lost) });
});

// The address may have changed since the page came: a choice keeps the query of now.
for (const choice of document.querySelectorAll("a[data-choice]"))
  choice.addEventListener("click", (event) => {
    event.preventDefault();
    const asked = new URLSearchParams(location.search);
    asked.set(choice.dataset.choice, choice.dataset.value);
    location.assign(`${location.pathname}?${asked}`);
  });
const asked = new URLSearchParams(location.search);
if (asked.has("lang") || asked.has("theme")) {
  asked.delete("lang"); // it is kept; who is sent this address reads in their own language
  asked.delete("theme");
  const rest = asked.toString();
  history.replaceState(history.state, "", location.pathname + (rest ? `?${rest}` : "") + location.hash);
}
