// Plane geometry on fractions [x, y] of the picture's width and height. Pure: no page, no state.
// isSimple, isSimplePath and nearEdge are those of pipeline/geometry.py and pipeline/config_file.py; a test compares them.

/** (a - o) × (b - o): positive where b lies clockwise of a on the screen (y down). */
const cross = (o, a, b) => (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0]);
const between = (p, q, r) => [0, 1].every((i) => Math.min(p[i], q[i]) <= r[i] && r[i] <= Math.max(p[i], q[i]));
export const same = (a, b) => a[0] === b[0] && a[1] === b[1];

/** Keep a point in the picture, to a tenth of a thousandth: a fifth of a pixel of a 1920 px picture. */
export const kept = (point) => point.map((value) => Math.min(1, Math.max(0, Math.round(value * 1e4) / 1e4)));
export const middle = (a, b) => kept([(a[0] + b[0]) / 2, (a[1] + b[1]) / 2]);

/** The pieces of a path, with the closing one where it is closed. */
export const pieces = (points, closed) => points.map((point, i) => [point, points[i + 1] ?? points[0]]).slice(0, closed ? undefined : -1);

/** Whether the segments ab and cd share a point, ends included. */
function touch([a, b], [c, d]) {
  const ends = [[c, d, a], [c, d, b], [a, b, c], [a, b, d]];
  const turns = ends.map((three) => cross(...three));
  if (turns[0] > 0 !== turns[1] > 0 && turns[2] > 0 !== turns[3] > 0 && !turns.includes(0)) return true;
  return turns.some((turn, i) => turn === 0 && between(...ends[i]));
}

const apart = (parts, closed) =>
  parts.every((one, i) => parts.every((other, j) => j < i + 2 || (closed && (j + 1) % parts.length === i) || !touch(one, other)));

/** Whether corners go around an area without crossing or touching their own border. */
export function isSimple(points) {
  const parts = pieces(points, true);
  const area = parts.reduce((sum, [a, b]) => sum + a[0] * b[1] - b[0] * a[1], 0);
  return points.length > 2 && new Set(points.map(String)).size === points.length && area !== 0 && apart(parts, true);
}

/** Whether an open line has length everywhere and neither crosses nor touches itself. */
export function isSimplePath(points) {
  const parts = pieces(points, false);
  const back = ([a, b], i) => i + 1 < parts.length && cross(a, b, points[i + 2]) === 0 && !between(a, points[i + 2], b);
  return points.length > 1 && !parts.some(([a, b]) => same(a, b)) && !parts.some(back) && apart(parts, false);
}

/** Whether a line runs along an edge of the picture, where feet are cut off. */
export const nearEdge = (points, edge) => [0, 1].some((i) => points.every((p) => p[i] < edge) || points.every((p) => p[i] > 1 - edge));

/** Whether two borders go through each other; a shared corner or side is none. */
export const meet = (a, b, closed) =>
  pieces(a, closed).some(([p, q]) => pieces(b, closed).some(([r, s]) => cross(p, q, r) * cross(p, q, s) < 0 && cross(r, s, p) * cross(r, s, q) < 0));

/** Whether two areas have a part in common; those that share corners or a side have none. */
export const overlap = (a, b) => meet(a, b, true) || within(a, b) || within(b, a);
const within = (a, b) => a.some((p) => !b.some((q) => same(p, q)) && inside(b, p));
const inside = (corners, [x, y]) =>
  pieces(corners, true).filter(([a, b]) => a[1] > y !== b[1] > y && x < ((b[0] - a[0]) * (y - a[1])) / (b[1] - a[1]) + a[0]).length % 2 === 1;

/**
 * Which way is forward over a line, in a picture of [width, height]: {at, way, sector}. at: middle of its longest piece,
 * px; way: unit vector of `forward` there; sector: 0 to the right, 2 down, 4 to the left, 6 up, odd ones between.
 * Forward goes from the left hand to the right hand of who walks from the first point to the last.
 */
export function forward(points, [width, height]) {
  const long = ([a, b]) => Math.hypot((b[0] - a[0]) * width, (b[1] - a[1]) * height);
  const [a, b] = pieces(points, false).reduce((best, part) => (long(part) > long(best) ? part : best));
  const length = long([a, b]) || 1;
  const way = [((a[1] - b[1]) * height) / length, ((b[0] - a[0]) * width) / length];
  const sector = (Math.round(Math.atan2(way[1], way[0]) / (Math.PI / 4)) + 8) % 8;
  return { at: [((a[0] + b[0]) / 2) * width, ((a[1] + b[1]) / 2) * height], way, sector };
}

/**
 * Draw a point to what is near: other corners first, then the level and plumb of the corners beside it, and the edges.
 * reach: [x, y], how near, as fractions. Returns the point itself where nothing is near.
 */
export function snapped(point, corners, beside, reach) {
  const gap = (other) => Math.hypot((other[0] - point[0]) / reach[0], (other[1] - point[1]) / reach[1]);
  const corner = corners.filter((other) => gap(other) <= 1).sort((a, b) => gap(a) - gap(b))[0];
  const level = (i) => [...beside, [0, 0], [1, 1]].find((other) => Math.abs(other[i] - point[i]) <= reach[i]);
  return corner ?? [0, 1].map((i) => (level(i) ?? point)[i]);
}
