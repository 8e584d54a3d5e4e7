// What mouse, finger, pen and keys do on the picture. It tells the editor; it draws nothing.
const NEAR_PX = 9;
const DRAG_PX = 12;
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const [FINE, PLAIN, COARSE] = [0.001, 0.005, 0.05];

/** editor: what the names below are called on. */
export function listen(svg, view, editor) {
  let held = null; // {what, from, …} while a button or finger is down

  svg.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !event.isPrimary) return;
    const from = view.at(event);
    const target = event.target;
    if (editor.tool !== "select") {
      event.preventDefault();
      view.focus(null);
      held = { what: "draw", x: event.clientX, y: event.clientY };
      editor.point(editor.near(from, event), view.reach(NEAR_PX));
    } else if (target.dataset.mid) {
      const n = editor.insert(Number(target.dataset.mid));
      held = { what: "corner", n };
    } else if (target.closest("[data-n]")) {
      held = { what: "corner", n: Number(target.closest("[data-n]").dataset.n) };
    } else {
      const key = Number(target.closest("[data-key]")?.dataset.key ?? 0);
      editor.select(key || null);
      if (key) held = { what: "shape", from, points: editor.shape.points };
    }
    if (held) svg.setPointerCapture(event.pointerId);
  });

  svg.addEventListener("pointermove", (event) => {
    const at = view.at(event);
    if (editor.tool !== "select") editor.aim(editor.near(at, event));
    else if (held?.what === "corner") editor.move(held.n, editor.near(at, event, held.n), "drag");
    else if (held?.what === "shape") editor.shift([at[0] - held.from[0], at[1] - held.from[1]], held.points);
    else editor.where(at, false);
  });

  svg.addEventListener("pointerup", (event) => {
    const far = held && Math.hypot(event.clientX - held.x, event.clientY - held.y) > DRAG_PX;
    if (held?.what === "draw" && far && editor.draft.length) editor.point(editor.near(view.at(event), event), view.reach(NEAR_PX));
    else if (held && held.what !== "draw") editor.rest();
    held = null;
  });
  svg.addEventListener("pointercancel", () => { held = null; editor.rest(); });
  svg.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return; // else the page or the frame scrolls
    event.preventDefault();
    editor.zoom(event.deltaY < 0 ? 1.25 : 0.8, view.at(event));
  }, { passive: false });
  svg.addEventListener("keydown", (event) => {
    if (event.altKey || event.metaKey || event.ctrlKey && !STEPS[event.key]) return;
    const corner = event.target.closest("[data-n]");
    if (pressed(event, editor, corner ? Number(corner.dataset.n) : null)) event.preventDefault();
  });
  svg.addEventListener("focusin", (event) => {
    const corner = event.target.closest("[data-n]");
    if (corner) view.reveal(editor.shape.points[corner.dataset.n]);
  });
  document.addEventListener("keydown", (event) => {
    const key = event.key.toLowerCase();
    if (!(event.ctrlKey || event.metaKey) || event.target.closest("input, textarea, dialog") || !["z", "y"].includes(key)) return;
    event.preventDefault();
    editor.turn(key === "y" || event.shiftKey ? "redo" : "undo");
  });
}

/** Do what a key means; tell whether it meant something. */
function pressed(event, editor, n) {
  const step = STEPS[event.key];
  const drawing = editor.tool !== "select";
  if (step) {
    const size = event.shiftKey ? COARSE : event.ctrlKey ? FINE : PLAIN;
    return editor.step(step.map((way) => way * size), n);
  }
  switch (event.key) {
    case "Enter": case "Insert": case " ":
      if (drawing) editor.point(editor.cursor, [1e-6, 1e-6]);
      else if (n !== null) editor.focus(editor.insert(n));
      else return false;
      return true;
    case "Delete": case "Backspace":
      if (drawing) editor.unpoint();
      else editor.erase(n);
      return true;
    case "Escape": editor.escape(); return true;
    case "l": editor.take("lines"); return true;
    case "z": editor.take("zones"); return true;
    case "m": editor.take("masks"); return true;
    case "v": editor.take("select"); return true;
    case "f": editor.flip(); return true;
    case "s": editor.snapping(!editor.snap); return true;
    case "+": editor.zoom(1.5, editor.focused(n)); return true;
    case "-": editor.zoom(1 / 1.5, editor.focused(n)); return true;
    case "0": editor.zoom(0); return true;
    case "?": editor.help(); return true;
    default: return false;
  }
}
