"""What one camera's ground shows, sample after sample: what differs from clean, and whether that can be told at all."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import cv2
import numpy as np

from pipeline.cleanliness.compare import likeness_between, tidy, window_for
from pipeline.cleanliness.horizon import Horizon
from pipeline.cleanliness.references import STEADY, References
from pipeline.cleanliness.sample import Grey, Map, Mask, Packed, Sample
from pipeline.cleanliness.spots import Spot, placed
from pipeline.cleanliness.steady import steadied
from pipeline.cleanliness.things import Thing, regions, things_in
from pipeline.cleanliness.usual import Usual

DIFFERS, DIFFERS_MUCH = 0.6, 0.4
"""Likeness below which the ground differs, and below which one pixel of a region must be."""

TOO_MUCH = 0.3
"""Share of the ground that may differ: more at once is light or the camera, not things."""

SETTLED = 0.85
"""Likeness of the ground to how it looked ten samples before, from which new light has settled."""

SETTLE_SAMPLES = 10
SETTLE_WIDTH = 240
"""Whether light has settled is judged at no more than this width, px: so little is kept of ten samples."""

RELEARN_S = 30.0
"""The ground must have looked the same for so long before it is taken for clean in a new light."""

Trouble = Literal["", "start", "light"]


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What one sample showed, together with those before it."""

    time_s: float
    began_s: float  # what shows since this sample began so early
    ground: tuple[Grey, Grey]
    like: Map
    known: Mask
    certain: Mask  # where a reference knows the clean ground
    hidden: Mask
    newest: Grey  # the last sample alone; the ground is the median of several
    things: list[Thing]
    trouble: Trouble = ""


@dataclass(slots=True, eq=False)
class Scene:
    """The ground of one camera; `zones` is where it is watched."""

    zones: Mask
    smallest_px: int
    horizon: Horizon = field(default_factory=Horizon)
    references: References = field(init=False)
    _earlier: deque[Grey] = field(default_factory=lambda: deque(maxlen=SETTLE_SAMPLES))
    _steady_since_s: float | None = None
    _usual: Usual = field(default_factory=Usual)
    trouble: Trouble = ""
    lying: Packed | None = None  # where deposits lie: that is never learned
    settled: Packed | None = None  # where things lie still: that differs, but not because of the light

    def __post_init__(self) -> None:
        self.references = References(window_for(self.zones.shape[1]))

    def look(self, sample: Sample) -> Look | None:
        """Take a sample; None until there are enough of them."""
        present = self.references.present
        anchor = self.horizon.latest if present is None else present.grey
        self.horizon.add(sample if anchor is None else steadied(sample, anchor))
        if not self.horizon.full or (self.references.present is None and not self.horizon.complete):
            return None
        ground, known = self.horizon.ground(), self.horizon.known()
        if self.references.present is None:
            self.references.start(*ground, self._free(known), sample.time_s)
        like = self.references.likeness(ground[0])
        certain = self.references_known()
        watched = self._away_from_hidden(known & certain) & self.zones
        differs = (like < self._usual.threshold(DIFFERS, like.shape)) & watched
        self._judge_light(differs, watched, ground[0], sample.time_s)
        things = [] if self.trouble else self._things(differs, like, ground)
        began_s = sample.time_s - self.horizon.delay_s
        known_sway = self._usual.sway_known
        self._usual.sways(self.horizon.restless(ground[0]) if known_sway else self.horizon.swaying(ground[0]))
        return Look(
            sample.time_s,
            began_s,
            ground,
            like,
            known,
            certain,
            self.horizon.hidden,
            self.horizon.newest,
            things,
            self.trouble,
        )

    def _away_from_hidden(self, known: Mask) -> Mask:
        """Return where whole windows are known: half of one behind a parked car would be compared with a guess."""
        kernel = np.ones((self.references.window, self.references.window), np.uint8)
        return cv2.erode(known.astype(np.uint8), kernel).astype(np.bool_)

    def references_known(self) -> Mask:
        """Return where any reference knows the clean ground."""
        known = [clean.known for clean in self.references.all()]
        return np.logical_or.reduce(known) if known else np.zeros_like(self.zones)

    def learn(self, look: Look, busy: Mask, lying: Mask) -> None:
        """Follow light and ground where nothing is going on: neither `busy`, where something may lie, nor hidden.

        Where a deposit is `lying`, nothing is learned even when all is learned anew.
        """
        self.lying = Packed.of(lying)
        if look.trouble:  # what is unusual now must not become usual
            return
        free = look.known & ~look.hidden & ~busy
        self._usual.looks(look.like, free & self.zones)
        self.references.learn(look.ground, free, look.like, look.time_s)

    def heal(self, look: Look, gone: Sequence[Spot], busy: Mask) -> None:
        """Take the ground as clean where something of the reference has gone, and a little around."""
        if not gone:
            return
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * self._spread + 1, 2 * self._spread + 1))
        where = np.logical_or.reduce([placed(spot.box, spot.mask, look.like.shape) for spot in gone])
        where = cv2.dilate(where.astype(np.uint8), kernel).astype(np.bool_) & look.known & ~look.hidden & ~busy
        self.references.heal(
            look.ground, where, look.known & ~look.hidden & (look.like >= STEADY), self.zones, look.time_s
        )

    def _free(self, known: Mask) -> Mask:
        return known if self.lying is None else known & ~self.lying.mask

    def remember(self, look: Look) -> bool:
        """Put this look into the bank, if it is time; call it while the ground is clean."""
        return self.references.remember(look.ground, look.known & ~look.hidden, self.zones, look.time_s)

    def restart(self) -> None:
        """Forget all: the camera shows another scene."""
        self.horizon.clear()
        self.references.clear()
        self._earlier.clear()
        self._usual, self._steady_since_s, self.trouble = Usual(), None, ""
        self.settled = None

    @property
    def _spread(self) -> int:
        """Return how far a thing is seen beyond its border: where a third of a window lies on it, it differs."""
        return self.references.window // 3

    def _things(self, differs: Mask, like: Map, ground: tuple[Grey, Grey]) -> list[Thing]:
        reach = max(3, self.zones.shape[1] // 80 | 1)
        found = regions(tidy(differs, reach), differs & (like < DIFFERS_MUCH), self.smallest_px, self._spread)
        references = self.references.all()
        window = self.references.window
        return [thing for region in found for thing in things_in(region, ground, references, window, self.smallest_px)]

    def _judge_light(self, differs: Mask, watched: Mask, grey: Grey, time_s: float) -> None:
        """Hold still while too much differs; take the new light for clean once it has settled."""
        seen = int(watched.sum())
        if self.settled is not None:
            differs = differs & ~self.settled.mask
        too_much = seen > 0 and int(differs.sum()) > TOO_MUCH * seen
        before = self._earlier[0] if len(self._earlier) == SETTLE_SAMPLES else None
        self._earlier.append(_small(grey))
        if not too_much:
            self.trouble, self._steady_since_s = "", None
            return
        steady = before is not None and _is_steady(before, self._earlier[-1], watched)
        self.trouble = "light"
        if not steady:
            self._steady_since_s = None
        elif self._steady_since_s is None:
            self._steady_since_s = time_s
        elif time_s - self._steady_since_s >= RELEARN_S:
            self._relearn(time_s)

    def _relearn(self, time_s: float) -> None:
        self.references.start(*self.horizon.ground(), self._free(self.horizon.known()), time_s)
        self.trouble, self._steady_since_s = "", None


def _small(grey: Grey) -> Grey:
    """Return a picture no wider than light is judged at."""
    height, width = grey.shape
    if width <= SETTLE_WIDTH:
        return grey
    size = (SETTLE_WIDTH, max(1, round(height * SETTLE_WIDTH / width)))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)


def _is_steady(before: Grey, now: Grey, watched: Mask) -> bool:
    """Return whether the ground looks as it did; `watched` (h, w) may be of a larger size."""
    if watched.shape != now.shape:
        small = cv2.resize(watched.astype(np.uint8), now.shape[::-1], interpolation=cv2.INTER_NEAREST)
        watched = small.astype(np.bool_)
    like = likeness_between(now, before, window_for(now.shape[1]))
    return bool(watched.any()) and float(like[watched].mean()) >= SETTLED
