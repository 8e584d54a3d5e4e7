// The configuration behind the page: read, checked, saved, put together with what others saved, followed, restored.
import { address, ask } from "../shell/api.js";
import { dialog, failed } from "../shell/dialog.js";
import { element } from "../shell/dom.js";
import { said } from "../shell/said.js";
import { clock, hasText, page, text } from "../shell/text.js";
import { merged } from "./drawing.js";

const PATH = `/v1/config/cameras/${page.camera}`;
const LOOK_MS = 5000; // how often others' changes are looked for
const [FOLLOW_MS, FOLLOW_WITHIN_MS] = [500, 15_000];
const wait = (ms) => new Promise((done) => setTimeout(done, ms));

export class Keeper {
  /** told(name, values, look): what the state line says. */
  constructor(told) { this.told = told; }

  async load() {
    const { data, version } = await ask(PATH);
    this.version = version;
    this.camera = data.camera;
    return data.camera;
  }

  /** Return the faults and warnings that the server finds in a camera: [{field, text, level}]. */
  async check(camera, signal) {
    const { data } = await ask("/v1/config/check", { method: "POST", body: { camera }, signal });
    const as = (level) => (one) => ({ ...one, level });
    return { diff: data.diff, found: [...data.faults.map(as("bad")), ...data.warnings.map(as("warn"))] };
  }

  /** Save; what others saved meanwhile is kept beside it. Returns the camera as it is now, or null if that was not wanted. */
  async save(camera) {
    this.busy = true;
    try {
      const { data, version } = await ask(PATH, { method: "PUT", body: camera, version: this.version });
      this.version = version;
      this.camera = data.camera;
      return data.camera;
    } catch (error) {
      if (error.status !== 412) throw error;
      return await this.#together(camera);
    } finally {
      this.busy = false;
    }
  }

  async #together(mine) {
    const [base, version] = [this.camera, this.version];
    const { camera, both } = merged(base, mine, await this.load());
    const question = text(both.length ? "both_changed" : "others_changed", { ids: both.join(", ") });
    if (await dialog(text("conflict"), [element("p", {}, question)], () => true, { confirm: text("save_both") })) return this.save(camera);
    Object.assign(this, { camera: base, version }); // ours is not built on theirs: the next try asks again
    return null;
  }

  /** Say once the running pipeline follows what was saved, or why it does not. */
  async follow() {
    const end = Date.now() + FOLLOW_WITHIN_MS;
    this.told("following");
    while (Date.now() < end) {
      const { data } = await ask("/v1/config");
      if (!data.followed) return this.told("not_run", {}, "warn");
      if (data.followed.fault) return this.told("not_followed", { why: data.followed.fault }, "bad");
      if (data.followed.revision === data.revision) return this.told("followed", {}, "good");
      await wait(FOLLOW_MS);
    }
    return this.told("not_yet", {}, "warn");
  }

  /** Call changed() when somebody else has saved. */
  watch(changed) {
    setInterval(async () => {
      if (document.hidden || this.busy) return;
      const known = this.version;
      const { version } = await ask(PATH).catch(() => ({ version: known })); // the banner says when nobody answers
      if (version !== known && known === this.version && !this.busy) changed();
    }, LOOK_MS);
  }

  /** Show what was saved before; restored() after one of those was taken. */
  async versions(restored) {
    const { data } = await ask("/v1/config/versions");
    const diff = element("pre", { class: "diff", tabindex: 0, role: "region", "aria-label": text("diff") });
    const choice = element("select", { name: "version", size: Math.min(8, Math.max(2, data.items.length)), "aria-label": text("versions") },
      ...data.items.map((one) => element("option", { value: one.version }, told(one))));
    const show = async () => showDiff(diff, (await ask(`/v1/config/versions/${choice.value}`)).data.diff);
    choice.addEventListener("change", () => show().catch(failed));
    choice.selectedIndex = 0;
    if (data.items.length) await show();
    const done = await dialog(text("versions"), [choice, diff], (form) =>
      ask(`/v1/config/versions/${form.get("version")}/restore`, { method: "POST", version: this.version }), { confirm: text("restore") });
    if (done) await restored();
  }

  /** Show what saving would write; resolves to true where that is wanted. */
  async reviewed(camera, changes) {
    const { diff } = await this.check(camera);
    const shown = element("pre", { class: "diff", tabindex: 0, role: "region", "aria-label": text("diff") });
    showDiff(shown, diff);
    return (await dialog(text("save_title"), [element("ul", {}, ...changes.map((one) => element("li", {}, one))), element("details", {}, element("summary", {}, text("diff")), shown)], () => true)) === true;
  }
}

function showDiff(into, diff) {
  const rows = (diff.trimEnd() || text("no_diff")).split("\n").filter((row) => !/^(---|\+\+\+) /.test(row));
  into.replaceChildren(...rows.map((row) => element("span", { class: { "+": "added", "-": "removed", "@": "soft" }[row[0]] }, `${row}\n`)));
}

/** Say one version: when, who, what. */
function told({ at, who, what }) {
  const [act, ...rest] = what.split(" ");
  const done = hasText(`did_${act}`) ? text(`did_${act}`, { what: rest.join(" ") }) : what;
  return [clock(page.timezone)(at), ...(who ? [who.replace(/^\w+:/, ""), done] : [text("by_hand")])].join(" · ");
}

/**
 * Read the picture to draw on and show it on a canvas. Returns null, or {why, again_s}.
 * CSP allows no blob: pictures, and a plain <img> would not tell the reason.
 */
export async function still(canvas) {
  const answer = await fetch(address(`/v1/cameras/${page.camera}/still`));
  if (!answer.ok) return { why: said((await answer.json()).detail), again_s: answer.headers.get("Retry-After") ?? 10 };
  const picture = await createImageBitmap(await answer.blob());
  [canvas.width, canvas.height] = [picture.width, picture.height];
  canvas.getContext("2d").drawImage(picture, 0, 0);
  return null;
}
