// One's own password.
import { byId } from "../shell/dom.js";
import { ask, notice, page, text } from "./kit.js";

const say = (said) => {
  byId("fault").hidden = !said;
  byId("fault").textContent = said;
};
byId("change")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const [old, fresh, again] = ["old", "new", "again"].map((name) => form.elements[name].value);
  if (fresh !== again) return say(text("password_differ"));
  say("");
  try {
    await ask("/v1/me/password", { method: "PUT", body: { old, new: fresh } });
    page.csrf = (await ask("/v1/me")).data.csrf_token; // the session is a new one
    document.querySelector("input[name=csrf]").value = page.csrf;
    form.reset();
    notice(text("password_changed"));
  } catch (error) {
    say(error.errors?.some((one) => one.name === "old") ? text("password_wrong") : error.message);
  }
});
