// The line and zone editor: one state, what may be done to it, and one way in which it is shown.
import { failed, notice } from "../shell/dialog.js";
import { byId } from "../shell/dom.js";
import { on } from "../shell/live.js";
import { decimal, page, text } from "../shell/text.js";
import { closed, Drawing, fewest, slug, written, plain } from "./drawing.js";
import { faults } from "./faults.js";
import { isSimplePath, kept, same, snapped } from "./geometry.js";
import { listen } from "./hand.js";
import { Keeper, still } from "./keeper.js";
import { fill, form, given, label, list, say, settle } from "./panel.js";
import { tried } from "./trial.js";
import { View } from "./view.js";

const [CHECK_MS, AGAIN_MS, SNAP_PX] = [600, 10_000, 9];
const view = new View(byId("frame"), byId("sheet"), byId("drawing"));
const keeper = new Keeper(told);
const where = ([x, y]) => ({ x: decimal(x * 100), y: decimal(y * 100) });
let drawing, selected = null, found = [], checking = null, checkLater = 0, stateShown = null;

const editor = {
  tool: "select", draft: [], cursor: [0.5, 0.5], snap: true,
  get shape() { return drawing.of(selected); },
  select(key, thenFill = true) {
    selected = drawing.of(key) ? key : null;
    if (thenFill) fill(this.shape, Boolean(drawing.camera.calibration));
    show();
  },
  take(tool) {
    Object.assign(this, { tool, draft: [] });
    if (tool !== "select") this.select(null);
    view.focus(null);
    show();
  },
  near(point, event, n = null) {
    if (!this.snap || event.altKey) return kept(point);
    const own = n === null ? this.draft : this.shape.points;
    const beside = n === null ? this.draft.slice(-1) : [own.at(n - 1), own[(n + 1) % own.length]];
    const others = drawing.shapes.filter((one) => one.key !== selected || n === null).flatMap((one) => one.points);
    return kept(snapped(point, n === null ? [...others, ...this.draft] : others, beside, view.reach(SNAP_PX)));
  },
  aim(point) { this.cursor = point; this.where(point, false); show(); },
  point(at, [rx, ry]) {
    const close = (p) => p && Math.abs(p[0] - at[0]) <= rx && Math.abs(p[1] - at[1]) <= ry;
    const enough = this.draft.length >= fewest(this.tool);
    if (close(this.draft.at(-1)) || (enough && close(this.draft[0]))) return enough ? this.finish() : undefined;
    this.draft = [...this.draft, kept(at)];
    this.cursor = kept(at);
    return !closed(this.tool) && this.draft.length === 2 ? this.finish() : show();
  },
  unpoint() { this.draft = this.draft.slice(0, -1); show(); },
  finish() {
    if (this.draft.length < fewest(this.tool)) return;
    const key = drawing.add(this.tool, this.draft);
    Object.assign(this, { tool: "select", draft: [] });
    changed();
    this.select(key);
    view.focus(0);
  },
  escape() {
    if (this.draft.length) this.draft = [];
    else if (this.tool !== "select") this.tool = "select";
    else this.select(null);
    view.focus(null);
    show();
  },
  insert(n) { const made = drawing.insert(selected, n, "drag"); changed(); return made; },
  move(n, to, step) { drawing.move(selected, n, to, step); this.where(to, false); changed(); },
  shift(by, from, step = "drag") { drawing.shift(selected, by, from, step); changed(); },
  rest() { drawing.rest(); },
  step(by, n) {
    const add = ([x, y]) => kept([x + by[0], y + by[1]]);
    if (this.tool !== "select") this.cursor = add(this.cursor);
    else if (n !== null) this.move(n, add(this.shape.points[n]), `keys-${n}`);
    else if (selected) this.shift(by, this.shape.points, "keys");
    else return false;
    this.where(this.focused(n), true);
    view.reveal(this.focused(n));
    show();
    return true;
  },
  focused(n) { return n !== null ? this.shape.points[n] : this.tool !== "select" || !selected ? this.cursor : this.shape.points[0]; },
  focus(n) { show(); view.focus(n); },
  erase(n = null) {
    if (!selected) return;
    if (n === null) {
      drawing.remove(selected);
      changed();
      this.select(null);
      view.focus(null);
    } else if (drawing.drop(selected, n)) {
      changed();
      view.focus(Math.max(0, n - 1));
    } else notice(text("too_few"));
  },
  flip() { if (this.shape?.kind === "lines") { drawing.flip(selected); changed(); } },
  turn(way) { if (drawing.turn(way)) { changed(); this.select(selected); } },
  snapping(on) { this.snap = on; show(); },
  zoom(by, at = this.cursor) { if (by) view.zoom(by, at); else view.fit(); show(); },
  where(point, byKey) {
    byId("where").setAttribute("aria-live", byKey ? "polite" : "off");
    byId("where").textContent = text("where", where(point));
  },
  help() { byId("help").showModal(); },
};

/** Whether what is being drawn would cross itself with a point at the cursor. */
const crossing = () => editor.draft.length > 1 && !editor.draft.some((p) => same(p, editor.cursor)) && !isSimplePath([...editor.draft, editor.cursor]);

function hint() {
  const { tool, draft } = editor;
  if (crossing()) return "hint_crossing";
  if (tool === "select") return editor.shape ? "hint_selected" : drawing.shapes.length ? "hint_select" : "hint_empty";
  if (tool === "lines") return draft.length ? "hint_line_end" : "hint_line";
  return draft.length < 3 ? (draft.length ? "hint_area_next" : "hint_area") : "hint_area_close";
}

function all() { return [...faults(drawing.shapes, page), ...found]; }

function show() {
  const wrong = all();
  view.draw({ ...editor, crossing: crossing(), shapes: drawing.shapes, selected, faults: wrong, label, say, where });
  list(drawing.shapes, selected, wrong, (key) => editor.select(key));
  const general = wrong.filter((fault) => fault.level === "bad" && !fault.key); // of no shape: they keep from saving, too
  byId("general").hidden = !general.length;
  byId("general").textContent = general.map(say).join("\n");
  settle(editor.shape, view.size);
  byId("hint").textContent = text(hint());
  for (const button of document.querySelectorAll("button[data-tool]")) button.setAttribute("aria-pressed", button.dataset.tool === editor.tool);
  byId("snap").setAttribute("aria-pressed", editor.snap);
  byId("undo").disabled = !drawing.undoable;
  byId("redo").disabled = !drawing.redoable;
  byId("finish").hidden = !(closed(editor.tool) && editor.tool !== "select" && editor.draft.length >= 3);
  byId("try").disabled = wrong.some((fault) => fault.level === "bad");
  byId("save").disabled = !drawing.dirty || byId("try").disabled;
  if (drawing.dirty) told("unsaved", {}, "warn");
  else if (stateShown === "unsaved") told("as_saved");
}

function told(name, values = {}, look = "rest") {
  if (drawing?.dirty && name !== "unsaved") return; // what was saved is not what is seen any more
  stateShown = name;
  byId("state").className = `badge ${look}`;
  byId("state").textContent = text(name, values);
}

/** After each change: show it, and have the server look at it once the hand rests. */
function changed() {
  found = [];
  byId("trial").hidden = true;
  show();
  clearTimeout(checkLater);
  checking?.abort();
  checkLater = setTimeout(check, CHECK_MS);
}

async function check() {
  checking = new AbortController();
  const shapes = [...drawing.shapes];
  try {
    const answer = await keeper.check(drawing.toCamera(), checking.signal);
    const own = faults(shapes, page);
    found = answer.found.map((one) => ({ ...one, key: placed(one.field, shapes) })).filter((one) => !own.some((known) => known.key === one.key));
    show();
  } catch (error) {
    if (error.name !== "AbortError" && error.status !== 422) failed(error);
  }
}

/** Return the key of the shape that a field such as `lines.0.to` belongs to. */
function placed(field, shapes) {
  const [, kind, n] = /(?:^|\.)(lines|zones|masks)\.(\d+)/.exec(field ?? "") ?? [];
  return shapes.filter((one) => one.kind === kind)[n]?.key ?? null;
}

function differences() {
  const now = new Map(drawing.shapes.map((one) => [`${one.kind}/${one.body.id}`, one]));
  const old = new Map(["lines", "zones", "masks"].flatMap((kind) => (drawing.camera[kind] ?? []).map((one) => [`${kind}/${one.id}`, one])));
  const say = (name, kind, one) => text(name, { kind: text(kind), name: one.name || one.id });
  return [
    ...[...now].filter(([id, one]) => plain(written(one)) !== plain(old.get(id))).map(([id, one]) => say(old.has(id) ? "is_changed" : "is_new", one.kind, one.body)),
    ...[...old].filter(([id]) => !now.has(id)).map(([id, one]) => say("is_gone", id.split("/")[0], one)),
  ];
}

async function save() {
  if (!(await keeper.reviewed(drawing.toCamera(), differences()))) return;
  const { kind, body } = editor.shape ?? {};
  const saved = await keeper.save(drawing.toCamera());
  if (!saved) return;
  byId("others").hidden = true;
  begin(saved);
  editor.select(drawing.shapes.find((one) => one.kind === kind && one.body.id === body.id)?.key);
  await keeper.follow();
}

function begin(camera) {
  byId("camera").textContent = camera.name || camera.id;
  drawing = new Drawing(camera);
  selected = null;
  editor.select(null);
}

async function reload() { begin(await keeper.load()); told("as_saved"); byId("others").hidden = true; }

async function picture() {
  const none = await still(byId("still")).catch((error) => ({ why: error.message, again_s: 10 }));
  byId("still").hidden = none !== null;
  byId("about-still").hidden = none !== null;
  byId("no-still").hidden = none === null;
  const { width, height } = byId("still");
  const [w, h] = none ? (drawing.camera.calibration?.picture ?? [1600, 900]) : [width, height];
  view.resize(w, h);
  view.grid(none !== null);
  show();
  if (none === null) return;
  byId("why").textContent = none.why;
  setTimeout(picture, none.again_s * 1000);
}

const guarded = (act) => async (event) => {
  try { await act(event); } catch (error) {
    if (error.slug === "too-early") notice(text("too_early"));
    else failed(error);
  }
};

const ACTS = {
  undo: () => editor.turn("undo"), redo: () => editor.turn("redo"),
  in: () => editor.zoom(1.5), out: () => editor.zoom(1 / 1.5), fit: () => editor.zoom(0),
  snap: () => editor.snapping(!editor.snap), keys: () => editor.help(), finish: () => editor.finish(),
  flip: () => editor.flip(), erase: () => editor.erase(), "take-theirs": reload, save,
  try: () => tried(drawing.toCamera(), names),
  versions: () => keeper.versions(async () => { await reload(); await keeper.follow(); }),
};

function wire() {
  for (const button of document.querySelectorAll("button[data-tool]")) button.addEventListener("click", () => editor.take(button.dataset.tool));
  for (const [id, act] of Object.entries(ACTS)) byId(id).addEventListener("click", guarded(act));
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", ({ target }) => {
    const members = given(target, editor.shape);
    if (target.name === "name" && editor.shape.fresh && members.name) byId("shape-id").value = members.id = slug(members.name) || editor.shape.body.id;
    drawing.change(selected, members, `${selected}-${target.name}`);
    changed();
  });
  new ResizeObserver(() => editor.zoom(1)).observe(byId("frame"));
  addEventListener("beforeunload", (event) => { if (drawing.dirty) event.preventDefault(); });
  on("stream.gap", () => {}); // the stream is open, so that the banner tells when the service is gone
  keeper.watch(guarded(() => (drawing.dirty ? byId("others").hidden = false : reload())));
  listen(byId("drawing"), view, editor);
}

const shapeOf = (id) => drawing.shapes.find((one) => one.body.id === id);
const names = {
  label: (id) => (shapeOf(id) ? label(shapeOf(id)) : id),
  what: (id, [name, way]) => `${name} · ${shapeOf(id)?.body.directions?.[way] ?? text(way)}`,
};

keeper.load().then((camera) => {
  byId("editor").hidden = byId("acts").hidden = false;
  begin(camera);
  told("as_saved");
  wire();
  return picture();
}).catch((error) => {
  byId("none").textContent = error.message;
  byId("none").hidden = false;
  told("nothing_to_edit", {}, "bad");
});
