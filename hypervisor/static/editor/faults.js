// What is wrong with a drawing, found while it is drawn. Pure. Levels: bad (cannot be saved), warn, note.
import { closed, fewest } from "./drawing.js";
import { isSimple, isSimplePath, meet, nearEdge, overlap, same } from "./geometry.js";

const ID = /^[a-z0-9][a-z0-9_-]{0,62}$/;

/** Return [{key, level, name, values}]: name is the word that says it. */
export function faults(shapes, { edge }) {
  return shapes.flatMap((one, at) => [
    ...ofForm(one, edge),
    ...ofMembers(one, shapes),
    ...shapes.slice(0, at).filter((other) => other.kind === one.kind).flatMap((other) => together(one, other)),
  ].map((fault) => ({ key: one.key, ...fault })));
}

const bad = (name, values = {}) => ({ level: "bad", name, values });
const called = (one) => one.body.name || one.body.id;

function ofForm({ kind, points }, edge) {
  if (points.length < fewest(kind)) return [bad("fault_few")];
  if (points.some((p, i) => i && same(p, points[i - 1]))) return [bad("fault_same")];
  if (!(closed(kind) ? isSimple : isSimplePath)(points)) return [bad("fault_crossing")];
  return kind === "lines" && nearEdge(points, edge) ? [{ level: "warn", name: "fault_edge", values: {} }] : [];
}

function ofMembers({ key, kind, body }, shapes) {
  const found = [];
  if (!ID.test(body.id)) found.push(bad("fault_id"));
  if (shapes.some((other) => other.key !== key && other.kind === kind && other.body.id === body.id)) found.push(bad("fault_twice", { id: body.id }));
  if (body.classes && !body.classes.length) found.push(bad("fault_classes"));
  if (kind === "zones" && body.measures && !body.measures.length) found.push(bad("fault_measures"));
  const { forward, backward } = body.directions ?? {};
  if (forward && forward === backward) found.push({ level: "warn", name: "fault_names", values: {} });
  return found;
}

function together(one, other) {
  const values = { other: called(other) };
  if (one.kind === "zones" && overlap(one.points, other.points)) return [{ level: "note", name: "note_overlap", values }];
  if (one.kind === "lines" && meet(one.points, other.points, false)) return [{ level: "note", name: "note_lines_cross", values }];
  return [];
}
