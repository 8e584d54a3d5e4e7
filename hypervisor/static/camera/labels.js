// Words in a drawing keep out of each other's way: each one stays where it is wanted, or takes the nearest free place.
const GAP = 4; // between words, in units of the drawing
const RINGS = 8; // how many of its own heights a word may be moved up or down

/** Move the words of a drawing apart. The first ones keep their place; all stay inside. Does nothing out of sight. */
export function settle(drawing, words) {
  const { width, height } = drawing.viewBox.baseVal;
  const taken = [];
  for (const word of words) {
    const wanted = word.getBBox();
    if (!wanted.width) continue; // not shown: it has no size
    const inside = Math.min(Math.max(wanted.x, GAP), Math.max(GAP, width - wanted.width - GAP)) - wanted.x;
    const steps = Array.from({ length: 2 * RINGS + 1 }, (_, n) => (n % 2 ? -1 : 1) * Math.ceil(n / 2) * (wanted.height + GAP) / 2);
    const boxes = steps.map((down) => ({ down, x: wanted.x + inside, y: wanted.y + down, width: wanted.width, height: wanted.height }))
      .filter(({ y }) => y >= 0 && y + wanted.height <= height);
    const cost = (box) => taken.reduce((sum, other) => sum + shared(box, other), 0);
    const best = boxes.find((box) => !cost(box)) ?? boxes.sort((a, b) => cost(a) - cost(b))[0];
    if (!best) continue; // higher than the drawing
    word.setAttribute("x", Number(word.getAttribute("x")) + inside);
    word.setAttribute("y", Number(word.getAttribute("y")) + best.down);
    taken.push(best);
  }
}

/** The area that two boxes share, with the gap around one of them. */
function shared(a, b) {
  const wide = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x) + GAP;
  const high = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y) + GAP;
  return wide > 0 && high > 0 ? wide * high : 0;
}
