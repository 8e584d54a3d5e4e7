// What is drawn: the lines, zones and masks of a camera, with a past and a future. Pure: no page, no requests.
import { kept, middle } from "./geometry.js";

export const KINDS = ["lines", "zones", "masks"];
const MOST_STEPS = 200;
export const closed = (kind) => kind !== "lines";
export const fewest = (kind) => (closed(kind) ? 3 : 2);

/** An identifier of the configuration made out of a name; empty where nothing is left of it. */
export const slug = (name) =>
  name.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 63);

/** JSON in one order of keys, to compare by. */
export const plain = (value) =>
  JSON.stringify(value, (_, one) =>
    one && typeof one === "object" && !Array.isArray(one) ? Object.fromEntries(Object.entries(one).sort()) : one);

/** A shape as the configuration writes it. */
export function written({ kind, body: { id, name, ...body }, points }) {
  const ends = kind !== "lines" || body.points || points.length > 2 ? {} : { from: points[0], to: points[1] };
  return { id, ...(name !== undefined && { name }), ...body, ...(ends.from ? ends : { points }) };
}

function read(kind, one, key) {
  const { from, to, points, ...body } = one;
  if (kind === "lines" && points) body.points = true; // two points written as a list stay one
  return { key, kind, body, points: points ?? [from, to], fresh: false };
}

export class Drawing {
  #past = [];
  #future = [];
  #step = null; // what the last change was part of: a drag, typing in one field
  #keys = 0;

  /** camera: as GET /v1/config/cameras/{camera} says it. */
  constructor(camera) {
    this.camera = camera;
    this.shapes = KINDS.flatMap((kind) => (camera[kind] ?? []).map((one) => read(kind, one, ++this.#keys)));
  }

  get dirty() { return plain(this.toCamera()) !== plain(this.camera); }
  get undoable() { return this.#past.length > 0; }
  get redoable() { return this.#future.length > 0; }
  of(key) { return this.shapes.find((one) => one.key === key); }

  /** The whole camera, with what is drawn now. */
  toCamera(shapes = this.shapes) {
    const camera = { ...this.camera };
    for (const kind of KINDS) {
      const drawn = shapes.filter((one) => one.kind === kind).map(written);
      if (drawn.length || camera[kind]) camera[kind] = drawn;
    }
    return camera;
  }

  /** Replace all shapes; changes of one step in a row are undone at once. */
  set(shapes, step = null) {
    if (step === null || step !== this.#step) this.#past = [...this.#past, this.shapes].slice(-MOST_STEPS);
    this.#step = step;
    this.#future = [];
    this.shapes = shapes;
  }

  /** End a step: the next change is undone apart. */
  rest() { this.#step = null; }

  /** Undo or redo; false where there is nothing. */
  turn(way) {
    const [from, to] = way === "undo" ? [this.#past, this.#future] : [this.#future, this.#past];
    if (!from.length) return false;
    to.push(this.shapes);
    this.shapes = from.pop();
    this.#step = null;
    return true;
  }

  /** Add a shape and return its key. New ones count what the last of their kind counts. */
  add(kind, points) {
    const alike = this.shapes.filter((one) => one.kind === kind);
    let n = 1, id;
    do id = `${kind.slice(0, -1)}-${n++}`; while (alike.some((one) => one.body.id === id));
    const classes = alike.at(-1)?.body.classes;
    const made = { key: ++this.#keys, kind, body: { id, ...(classes && { classes }) }, points: points.map(kept), fresh: true };
    this.set([...this.shapes, made]);
    return made.key;
  }

  remove(key) { this.set(this.shapes.filter((one) => one.key !== key)); }

  /** Change members of a shape; undefined takes one away, so that the default holds. */
  change(key, members, step = null) {
    const body = { ...this.of(key).body, ...members };
    for (const name of Object.keys(body)) if (body[name] === undefined) delete body[name];
    this.#replace(key, { body }, step);
  }

  move(key, n, to, step) { this.#replace(key, { points: this.of(key).points.with(n, kept(to)) }, step); }

  /** Move a whole shape, as far as the picture goes. */
  shift(key, by, from, step) {
    const go = by.map((value, i) => Math.min(1 - Math.max(...from.map((p) => p[i])), Math.max(-Math.min(...from.map((p) => p[i])), value)));
    this.#replace(key, { points: from.map((p) => kept([p[0] + go[0], p[1] + go[1]])) }, step);
  }

  /** Add a corner after the nth, in the middle of that side; return its number. */
  insert(key, n, step = null) {
    const { points, kind, body } = this.of(key);
    const at = !closed(kind) && n === points.length - 1 ? n - 1 : n;
    const grown = points.toSpliced(at + 1, 0, middle(points[at], points[(at + 1) % points.length]));
    const sides = (side) => (side < at ? [side] : side > at ? [side + 1] : [side, side + 1]);
    this.#replace(key, { points: grown, body: renumbered(body, sides) }, step);
    return at + 1;
  }

  /** Take a corner away; false where a shape would have too few. */
  drop(key, n) {
    const { points, kind, body } = this.of(key);
    if (points.length <= fewest(kind)) return false;
    // Sides n-1 and n become one, which belongs to what side n-1 belonged to.
    const sides = (side) => (side === n ? [] : side > n ? [side - 1] : [side]);
    this.#replace(key, { points: points.toSpliced(n, 1), body: renumbered(body, sides) });
    return true;
  }

  /** Turn a line round: what was forward is backward; the names stay with their words. */
  flip(key) { this.#replace(key, { points: this.of(key).points.toReversed() }); }

  #replace(key, members, step = null) {
    this.set(this.shapes.map((one) => (one.key === key ? { ...one, ...members } : one)), step);
  }
}

/** Named parts of a zone's border keep their sides when corners come and go. */
function renumbered({ edges, ...body }, sides) {
  const left = edges?.map((edge) => ({ ...edge, sides: edge.sides.flatMap(sides) })).filter((edge) => edge.sides.length) ?? [];
  return left.length > 1 ? { ...body, edges: left } : body; // one alone is refused
}

/**
 * Put two people's changes together: what only one of them changed is as that one wants it.
 * Returns {camera: theirs with mine in it, both: ids that both changed, differently}; there mine is taken.
 */
export function merged(base, mine, theirs) {
  const both = [];
  const camera = { ...theirs };
  for (const kind of KINDS) {
    const by = (one) => new Map((one[kind] ?? []).map((shape) => [shape.id, shape]));
    const [old, own, other] = [by(base), by(mine), by(theirs)];
    const chosen = [];
    for (const id of new Set([...other.keys(), ...own.keys()])) {
      const [a, b, c] = [old.get(id), own.get(id), other.get(id)].map((one) => plain(one ?? null));
      if (a !== b && a !== c && b !== c) both.push(id);
      const taken = a === b ? other.get(id) : own.get(id);
      if (taken) chosen.push(taken);
    }
    if (chosen.length || theirs[kind]) camera[kind] = chosen;
  }
  return { camera, both };
}
