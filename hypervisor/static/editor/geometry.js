// Plane geometry on fractions [x, y] of the picture's width and height. Pure: no page, no state.
// isSimple, isSimplePath and nearEdge follow pipeline/geometry.py and pipeline/config_file.py; a test compares them.

/** (a - o) × (b - o): positive where b lies clockwise of a on the screen (y down). */
export const cross = (o, a, b) => (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0]);
export const same = (a, b) => a[0] === b[0] && a[1] === b[1];
const between = (p, q, r) =>
  Math.min(p[0], q[0]) <= r[0] && r[0] <= Math.max(p[0], q[0]) && Math.min(p[1], q[1]) <= r[1] && r[1] <= Math.max(p[1], q[1]);

/** Keep a point in the picture, to a tenth of a thousandth: a fifth of a pixel of a 1920 px picture. */
export const kept = (point) => point.map((value) => Math.min(1, Math.max(0, Math.round(value * 1e4) / 1e4)));
export const middle = (a, b) => kept([(a[0] + b[0]) / 2, (a[1] + b[1]) / 2]);

/** The pieces of a path, the closing one included where it is closed. */
export const pieces = (points, closed) =>
  points.flatMap((point, i) => (i + 1 < points.length ? [[point, points[i + 1]]] : closed ? [[point, points[0]]] : []));

/** Whether the segments ab and cd share a point, ends included. */
export function touch(a, b, c, d) {
  const turns = [cross(c, d, a), cross(c, d, b), cross(a, b, c), cross(a, b, d)];
  if (turns[0] > 0 !== turns[1] > 0 && turns[2] > 0 !== turns[3] > 0 && !turns.includes(0)) return true;
  const ends = [[c, d, a], [c, d, b], [a, b, c], [a, b, d]];
  return turns.some((turn, i) => turn === 0 && between(...ends[i]));
}

/** Twice the area that corners enclose, whichever way round they go. */
export const area2 = (points) =>
  Math.abs(pieces(points, true).reduce((sum, [a, b]) => sum + a[0] * b[1] - b[0] * a[1], 0));

/** Whether corners go around an area without crossing or touching their own border. */
export function isSimple(points) {
  const n = points.length;
  if (n < 3 || new Set(points.map(String)).size < n || area2(points) === 0) return false;
  const sides = pieces(points, true);
  for (let i = 0; i < n; i++)
    for (let j = i + 2; j < n; j++) if ((j + 1) % n !== i && touch(...sides[i], ...sides[j])) return false;
  return true;
}

/** Whether an open line has length everywhere and neither crosses nor touches itself. */
export function isSimplePath(points) {
  const parts = pieces(points, false);
  if (!parts.length || parts.some(([a, b]) => same(a, b))) return false;
  for (let i = 0; i < parts.length; i++) {
    const [a, b] = parts[i];
    const next = parts[i + 1]?.[1];
    if (next && cross(a, b, next) === 0 && !between(a, next, b)) return false; // it runs back over itself
    for (let j = i + 2; j < parts.length; j++) if (touch(a, b, ...parts[j])) return false;
  }
  return true;
}

/** Whether a line runs along an edge of the picture, where feet are cut off. */
export const nearEdge = (points, edge) =>
  [0, 1].some((axis) => points.every((p) => p[axis] < edge) || points.every((p) => p[axis] > 1 - edge));

/** Whether a point lies inside corners (by the even-odd rule). */
export const inside = (corners, [x, y]) =>
  pieces(corners, true).reduce(
    (is, [a, b]) => (a[1] > y !== b[1] > y && x < ((b[0] - a[0]) * (y - a[1])) / (b[1] - a[1]) + a[0] ? !is : is), false);

/** Whether two borders go through each other; a shared corner or side is none. */
export const meet = (a, aClosed, b, bClosed) =>
  pieces(a, aClosed).some(([p, q]) => pieces(b, bClosed).some(([r, s]) =>
    cross(p, q, r) * cross(p, q, s) < 0 && cross(r, s, p) * cross(r, s, q) < 0));

/** Whether two areas have a part in common; those that share corners or a side have none. */
export const overlap = (a, b) => meet(a, true, b, true) || within(a, b) || within(b, a);
const within = (a, b) => a.some((p) => !b.some((q) => same(p, q)) && inside(b, p));

/**
 * Which way is forward over a line, in a picture of [width, height]: {at, way, sector}. at: middle of its longest piece,
 * px; way: unit vector of `forward` there; sector: 0 to the right, 2 down, 4 to the left, 6 up, odd ones between.
 * Forward goes from the left hand to the right hand of who walks from the first point to the last.
 */
export function forward(points, [width, height]) {
  const parts = pieces(points, false).map(([a, b]) => [[a[0] * width, a[1] * height], [b[0] * width, b[1] * height]]);
  const long = ([a, b]) => Math.hypot(b[0] - a[0], b[1] - a[1]);
  const [a, b] = parts.reduce((best, part) => (long(part) > long(best) ? part : best));
  const length = long([a, b]) || 1;
  const way = [-(b[1] - a[1]) / length, (b[0] - a[0]) / length];
  const sector = (Math.round(Math.atan2(way[1], way[0]) / (Math.PI / 4)) + 8) % 8;
  return { at: [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2], way, sector };
}

/**
 * Draw a point to what is near: other corners first, then the horizontal and vertical of the corners beside it.
 * reach: [x, y], how near, as fractions. Returns the point itself where nothing is near.
 */
export function snapped(point, corners, beside, reach) {
  const near = (other, axis) => Math.abs(other[axis] - point[axis]) <= reach[axis];
  const gap = (other) => Math.hypot((other[0] - point[0]) / reach[0], (other[1] - point[1]) / reach[1]);
  const corner = corners.filter((other) => gap(other) <= 1).sort((a, b) => gap(a) - gap(b))[0];
  if (corner) return [...corner];
  return [0, 1].map((axis) => [...beside, [0, 0], [1, 1]].find((other) => near(other, axis))?.[axis] ?? point[axis]);
}
