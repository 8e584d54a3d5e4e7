"""How well deposits were found: which told deposit is which thing, and the figures with their intervals.

Matching: a told deposit is a thing's if the boxes overlap by 0.1 (intersection over union) or its centre lies in the
thing's box grown by half, and it was opened while the thing lay there (10 s later at most). One to one, earliest first;
what else matches a thing is a duplicate, what matches none is false, and a decoy that is matched is a decoy told.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from pipeline.events import Deposit

GRACE_S = 10.0

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Truth:
    """One thing that was put down: px of the picture."""

    what: str
    box: Box
    put_s: float
    removed_s: float | None
    side_320: float = 0.0  # longer side in a picture 320 px wide

    @property
    def is_decoy(self) -> bool:
        """Return whether it is no deposit."""
        return self.what not in ("bag", "litter")


@dataclass(frozen=True, slots=True)
class Told:
    """One deposit as the watch told it: px of the picture."""

    id: str
    box: Box
    first_seen_s: float
    opened_s: float
    cleared_s: float | None


@dataclass(slots=True)
class Score:
    """What became of some truths."""

    hits: list[tuple[Truth, Told]] = field(default_factory=list)
    missed: list[Truth] = field(default_factory=list)
    duplicates: int = 0
    decoys: list[Truth] = field(default_factory=list)
    decoys_told: list[Truth] = field(default_factory=list)
    false: list[Told] = field(default_factory=list)
    hours: float = 0.0

    def add(self, other: "Score") -> None:
        """Take another score in."""
        self.hits += other.hits
        self.missed += other.missed
        self.duplicates += other.duplicates
        self.decoys += other.decoys
        self.decoys_told += other.decoys_told
        self.false += other.false
        self.hours += other.hours

    @property
    def precision(self) -> float:
        """Return hits over all that was told; duplicates and decoys told are wrong."""
        told = len(self.hits) + len(self.false) + len(self.decoys_told) + self.duplicates
        return len(self.hits) / told if told else 1.0

    @property
    def recall(self) -> float:
        """Return hits over all that was put down."""
        things = len(self.hits) + len(self.missed)
        return len(self.hits) / things if things else 1.0

    @property
    def f1(self) -> float:
        """Return the harmonic mean of both."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def told_in(events: Sequence[Deposit], size: tuple[int, int]) -> list[Told]:
    """Return the deposits of some events, pictures of (width, height)."""
    opened = {event.deposit_id: event for event in events if event.state == "opened"}
    cleared = {event.deposit_id: event.cleared_s for event in events if event.state == "cleared"}
    found = []
    for key, event in opened.items():
        left, top, width, height = event.box
        box = (left * size[0], top * size[1], (left + width) * size[0], (top + height) * size[1])
        found.append(Told(key, box, event.first_seen_s, event.time_s, cleared.get(key)))
    return sorted(found, key=lambda one: one.opened_s)


def score(truths: Sequence[Truth], told: Sequence[Told], hours: float) -> Score:
    """Match what was told with what was put down."""
    result = Score(hours=hours)
    taken: dict[int, Told] = {}
    for one in told:
        mine = [n for n, truth in enumerate(truths) if _fits(truth, one)]
        free = [n for n in mine if n not in taken]
        if free:
            best = max(free, key=lambda n: _overlap(truths[n].box, one.box))
            taken[best] = one
        elif mine:
            result.duplicates += 1
        else:
            result.false.append(one)
    for n, truth in enumerate(truths):
        if truth.is_decoy:
            result.decoys.append(truth)
            if n in taken:
                result.decoys_told.append(truth)
        elif n in taken:
            result.hits.append((truth, taken[n]))
        else:
            result.missed.append(truth)
    return result


def _fits(truth: Truth, told: Told) -> bool:
    until_s = float("inf") if truth.removed_s is None else truth.removed_s + GRACE_S
    return truth.put_s <= told.opened_s <= until_s and _is_there(truth.box, told.box)


def _is_there(truth: Box, told: Box) -> bool:
    x, y = (told[0] + told[2]) / 2, (told[1] + told[3]) / 2
    wide, high = (truth[2] - truth[0]) / 2, (truth[3] - truth[1]) / 2
    inside = truth[0] - wide <= x <= truth[2] + wide and truth[1] - high <= y <= truth[3] + high
    return inside or _overlap(truth, told) >= 0.1


def _overlap(a: Box, b: Box) -> float:
    wide, high = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if wide <= 0 or high <= 0:
        return 0.0
    both = wide * high
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)
