"""Whether a camera still sees what it is meant to see: told within ten seconds, and told again when it is well.

A small copy of the picture is looked at twice a second at most, of frames that are decoded for the detector anyway, and
compared with what is usual. What the detector found is left out of the vote, so a crowd or a traffic jam says nothing
about the camera; nor does light, which changes contrast and leaves edges where they are.

Limits: a camera that was moved while nobody watched is not noticed; nor is one with hardly any structure to see. What
hides the whole view behind other structure (a poster, a lorry) looks like a move.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from models.detections import Detections
from pipeline.frame import Frame
from pipeline.observation import Condition
from pipeline.sanity.frozen import Repetition
from pipeline.sanity.picture import Copy, Look, covered, fitted, free_of, look_at, middle, small
from pipeline.sanity.reference import Cells, Reference
from pipeline.tracks import Tracks

EVERY_S = 0.45
"""Half a second, less what pictures of a camera come early: of one that sends two a second each is looked at."""

WARM_S = 6.0
"""A reference is trusted once it was learned for so long."""

HOLD_S = 3.0
"""A condition begins when something has been wrong for so long, and ends when nothing has been."""

FROZEN_S = 5.0
STEADY_S = 10.0
"""After a move the camera must show one and the same scene for so long before it is taken for the usual one."""

LONGEST_GAP_S = 10.0
"""Looks further apart say nothing about the time between them."""

UNIFORM = 2.0
"""Standard deviation, grey levels, of a picture in which there is nothing to see: a lid, thick fog, a white-out."""

FEWEST_CELLS = 6
"""With fewer cells that have structure and are not covered by detections, nothing is said of them."""

GONE = 0.5
"""Share of the cells that must have lost their structure, most of them without any in its place: masked."""

ALL_FLAT = 0.8
"""The same where next to nothing is left: blinded."""

MOVED = 0.7
"""Share of the cells that must show other structure than before. Passers-by do that too, to fewer of them."""

BLUNT = 0.6
"""Fine to coarse contrast, as a share of what is usual, of a picture out of focus."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is known after a look."""

    looked_s: float
    condition: Condition = "ok"
    since_s: float = float("-inf")  # of trouble: the last good look before it; of ok: when it was certain
    suspected_s: float | None = None  # ok, but something has been wrong since this last good look: decided in seconds


class SanityWatch:
    """Watches one camera; `masks` are polygons in fractions, black in every picture."""

    def __init__(self, masks: Sequence[Sequence[tuple[float, float]]] = ()) -> None:
        self._free = free_of(masks) if masks else None
        self._unmasked = None if self._free is None else (self._free > 0).astype(np.uint8)
        self._reference, self._next = Reference(self._free), Reference(self._free)
        self._repetition = Repetition()
        self._seen: Condition = "ok"  # at the last look
        self._seen_s = 0.0  # since when
        self._good_s: float | None = None  # last good look
        self.verdict = Verdict(float("-inf"))

    def before(self, track: Callable[[Frame, Detections], Tracks]) -> Callable[[Frame, Detections], Tracks]:
        """Return the tracker's function with a look before each call."""

        def look_and_track(frame: Frame, found: Detections) -> Tracks:
            self.look(frame, found)
            return track(frame, found)

        return look_and_track

    def look(self, frame: Frame, found: Detections) -> Verdict:
        """Take a frame that the detector saw, and what it found there; most frames cost nothing."""
        step_s = frame.time_s - self.verdict.looked_s
        if frame.image is None or 0 <= step_s < EVERY_S:
            return self.verdict
        step_s = step_s if 0 < step_s <= LONGEST_GAP_S else EVERY_S
        grey = small(frame.image) if frame.luma is None else fitted(frame.luma)
        repeats = self._repetition.repeats(grey, step_s)
        seen = self._judge(grey, covered(found.xyxy, frame.size), 0.0 if repeats else step_s)
        self._decide("frozen" if repeats and seen == "ok" else seen, frame.time_s)
        return self.verdict

    def _judge(self, grey: Copy, hidden: Cells, step_s: float) -> Condition:
        """Return what a copy looks like; it is learned for `step_s`, if it is well."""
        if float(cv2.meanStdDev(grey, mask=self._unmasked)[1][0, 0]) < UNIFORM:
            return "blinded"
        look = look_at(grey)
        seen = self._compare(self._reference, look, hidden) if self._reference.learned_s >= WARM_S else "ok"
        if seen == "ok":
            self._reference.learn(look, step_s)
        elif self.verdict.condition == "moved":
            return self._settle(look, hidden, step_s)
        return seen

    def _settle(self, look: Look, hidden: Cells, step_s: float) -> Condition:
        """Learn the scene after a move; it is the usual one once it has been steady."""
        warm = self._next.learned_s >= WARM_S
        if warm and self._compare(self._next, look, hidden) != "ok":
            self._next = Reference(self._free)
        self._next.learn(look, step_s)
        if self._next.learned_s < STEADY_S:
            return "moved"
        self._reference, self._next = self._next, Reference(self._free)
        return "ok"

    @staticmethod
    def _compare(reference: Reference, look: Look, hidden: Cells) -> Condition:
        found = reference.agreement(look)
        voting = found.structured & ~hidden
        cells = int(voting.sum())
        if cells < FEWEST_CELLS:
            return "ok"
        gone, flat = int((voting & ~found.kept).sum()), int((voting & found.flat).sum())
        if flat >= ALL_FLAT * cells:
            return "blinded"
        if gone >= GONE * cells and flat >= gone / 2:
            return "masked"
        if middle(found.sharpness[voting & ~found.flat]) < BLUNT:
            return "blurred"
        return "moved" if gone >= MOVED * cells else "ok"

    def _decide(self, seen: Condition, time_s: float) -> None:
        """Turn what is seen into a verdict, after a while."""
        before, now = self._seen, self.verdict.condition
        if seen != before:
            self._seen, self._seen_s = seen, time_s
        held_s = time_s - self._seen_s
        if now == "ok":
            self._doubt(seen, time_s)
        elif seen not in (now, "frozen") and held_s >= HOLD_S:  # behind a lid, pictures repeat too
            self._next = Reference(self._free)
            self.verdict = Verdict(time_s, seen, time_s if seen == "ok" else self.verdict.since_s)
            self._good_s = time_s
        else:
            self.verdict = Verdict(time_s, now, self.verdict.since_s)

    def _doubt(self, seen: Condition, time_s: float) -> None:
        """Decide whether trouble has begun."""
        if seen == "ok":
            self._good_s = time_s
            self.verdict = Verdict(time_s, "ok", self.verdict.since_s)
            return
        suspected_s = self.verdict.suspected_s
        if suspected_s is None:
            suspected_s = time_s if self._good_s is None else self._good_s
        if time_s - suspected_s >= (FROZEN_S if seen == "frozen" else HOLD_S):
            self.verdict = Verdict(time_s, seen, suspected_s)
        else:
            self.verdict = Verdict(time_s, "ok", self.verdict.since_s, suspected_s)
