// Dialogs and notices. A dialog is the browser's own <dialog>: it keeps the focus, and Escape closes it.
import { Problem } from "./api.js";
import { byId, element } from "./dom.js";
import { text } from "./text.js";

const SHOWN_MS = 6000;

/** Say something that needs no answer; a screen reader reads it. */
export function notice(said, look = "plain") {
  const shown = element("p", { class: `notice ${look}` }, said);
  byId("notices").append(shown);
  setTimeout(() => shown.remove(), look === "bad" ? 2 * SHOWN_MS : SHOWN_MS);
}

/** Say that a request failed, with each fault that the API names. */
export function failed(error) {
  if (error.name === "AbortError") return;
  notice(text(error.status === 412 ? "changed_elsewhere" : error.status === 403 && error.slug === "not-allowed" ? "not_yours" : "failed_request", { why: error.message }), "bad");
}

/**
 * Show a form in a dialog. content: elements; send(FormData) may throw a Problem, which is shown and leaves it open.
 * Returns what send returned, or null if it was cancelled.
 */
export function dialog(title, content, send, { confirm = text("save"), danger = false } = {}) {
  const fault = element("p", { class: "fault", role: "alert", hidden: true });
  const go = element("button", { class: danger ? "danger" : "main" }, confirm);
  const form = element("form", { method: "dialog" }, element("h2", { id: "dialog-title" }, title), ...content, fault,
    element("p", { class: "buttons" }, element("button", { type: "button", class: "plain", onclick: () => box.close() }, text("cancel")), go));
  const box = element("dialog", { "aria-labelledby": "dialog-title" }, form);
  const before = document.activeElement;
  return new Promise((resolve) => {
    let answer = null;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      go.disabled = true;
      fault.hidden = true;
      try {
        answer = (await send(new FormData(form))) ?? true;
        box.close();
      } catch (error) {
        if (!(error instanceof Problem)) console.warn(error);
        fault.textContent = error.status === 412 ? text("changed_elsewhere") : error.message;
        fault.hidden = false;
      } finally {
        go.disabled = false;
      }
    });
    box.addEventListener("close", () => {
      box.remove();
      before?.focus?.();
      resolve(answer);
    });
    document.body.append(box);
    box.showModal();
  });
}

/** Ask before something is done that cannot be undone. Resolves to true or false. */
export const sure = async (question, confirm = text("delete")) => (await dialog(question, [], () => true, { confirm, danger: true })) === true;
