"""The pacer of one camera: says for each frame whether it is looked at, and learns from each look when the next is due.

A `Due` with feedback. A live camera asks it from its reader's thread and tells it from another: what they share are
single values, each replaced as a whole.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from models.detections import Detections
from pipeline.frame import Frame
from pipeline.pace.change import COMPARED_PX, Cells, Luma, changed
from pipeline.pace.surprise import Surprise
from pipeline.schedule import STILL, Due, Glance, Wanted
from pipeline.sources.luma import small
from pipeline.tracking.tracker import Outlook, Tracker
from pipeline.tracks import Tracks

Track = Callable[[Frame, Detections], Tracks]


class Pacer(Protocol):
    """A `Due` that follows what is seen."""

    limit_fps: float | None
    """Looks a second at most, by order of who sheds load; 0: none at all; None: no limit. Settable from any thread."""

    @property
    def interval_s(self) -> float:
        """Seconds between two looks at most, without a limit."""

    @property
    def asked_s(self) -> float:
        """Seconds that were asked for between the look before the present one and the present one."""

    def __call__(self, index: int, time_s: float, glance: Glance) -> Wanted:
        """Return whether this frame is looked at."""

    def following(self, tracker: Tracker) -> Track:
        """Return the tracker's function, which tells this pacer what came of each look."""


class SteadyPacer:
    """Looks as a fixed rule says, or less often under a limit."""

    def __init__(self, interval_s: float, due: Due) -> None:
        self.interval_s = interval_s
        self.limit_fps: float | None = None
        self._due = due
        self._looked_s = float("-inf")

    @property
    def asked_s(self) -> float:
        """Seconds between two looks."""
        return max(self.interval_s, 1 / self.limit_fps if self.limit_fps else 0.0)

    def __call__(self, index: int, time_s: float, glance: Glance) -> Wanted:
        """Return whether this frame is looked at."""
        if self.limit_fps == 0 or not self._due(index, time_s, glance):
            return False
        if self.limit_fps is not None and 0 <= time_s - self._looked_s < 0.9 / self.limit_fps:
            return False
        self._looked_s = time_s
        return True

    def following(self, tracker: Tracker) -> Track:
        """Return the tracker's function as it is."""
        return tracker.update


@dataclass(frozen=True, slots=True)
class PaceParameters:
    """Bounds of an adaptive rate. Each follows from how road users move, none from a clip."""

    fps_min: float = 1.5  # a walker stops or turns within two seconds: three looks tell which
    fps_max: float = 10.0  # a car at 50 km/h moves less than its own length in between
    doubt: float = 0.5  # sizes: a neighbour may be as near as one size, so half of it tells two apart
    glances_fps: float = 5.0  # how often it is asked whether something new moves: a car goes 3 m meanwhile
    refresh_s: float = 4.0  # a still picture is looked at so often all the same


class AdaptivePacer:
    """Looks again before the tracker could lose anyone, or where something new moves; not where all stands still."""

    def __init__(self, parameters: PaceParameters | None = None) -> None:
        self._p = parameters or PaceParameters()
        self.limit_fps: float | None = None
        self.interval_s = 1 / self._p.fps_min
        self.asked_s = self.interval_s
        first_s = 1 / self._p.fps_max
        self._steps_s = np.arange(first_s, self.interval_s + first_s / 4, first_s / 2)
        self._slack_s = first_s / 2  # the frame that is nearest to the moment
        self._gap_s = self.interval_s  # as asked for after the last look
        self._looked_s = self._checked_s = self._detected_s = float("-inf")
        self._reference: Luma | None = None  # a glance at what the detector saw last
        self._asked: tuple[float, Luma | None] = (0.0, None)  # a glance at what it is to see next
        self._outlook: Outlook | None = None  # after the last look
        self._surprise = Surprise()

    def __call__(self, index: int, time_s: float, glance: Glance) -> Wanted:
        """Return whether this frame is looked at, or the last look still stands."""
        if self.limit_fps == 0:
            return False
        if time_s < self._looked_s:  # the clock stepped back
            self._looked_s = self._checked_s = self._detected_s = float("-inf")
        limit_s = 1 / self.limit_fps if self.limit_fps else 0.0
        since_s = time_s - self._looked_s
        if since_s < max(limit_s, 1 / self._p.fps_max) - self._slack_s:
            return False
        if since_s >= max(self._gap_s, limit_s) - self._slack_s:
            return self._look(time_s, _at(glance))
        return self._check(time_s, glance)

    def following(self, tracker: Tracker) -> Track:
        """Return the tracker's function, which tells this pacer what came of each look."""

        def follow(frame: Frame, found: Detections) -> Tracks:
            tracks = tracker.update(frame, found)
            self.asked_s = self._gap_s
            outlook = tracker.outlook(self._steps_s, self._p.doubt)
            self._surprise.told(frame.size, outlook)
            self._outlook, self._gap_s = outlook, outlook.known_s
            if frame.image is not None:  # a frame that was asked for may have been dropped
                asked_s, luma = self._asked
                self._reference = luma if asked_s == frame.time_s else None
            return tracks

        return follow

    def _look(self, time_s: float, luma: Luma | None) -> Wanted:
        """Look at this frame, or let the last look stand."""
        self._looked_s = self._checked_s = time_s
        if self._stands(time_s, luma):
            return STILL
        self._ask(time_s, luma)
        return True

    def _stands(self, time_s: float, luma: Luma | None) -> bool:
        """Return whether the detector would see what it saw last.

        Not while someone is new or hidden: there it may see more with the very next look.
        """
        if time_s - self._detected_s >= self._p.refresh_s - self._slack_s:
            return False
        if self._outlook is None or not self._outlook.settled:
            return False
        moved = self._moved(luma)
        return moved is not None and not self._surprise.meaning(moved, time_s).any()

    def _check(self, time_s: float, glance: Glance) -> Wanted:
        """Look at once if something moves that nobody knows of."""
        if time_s - self._checked_s < 1 / self._p.glances_fps - self._slack_s or not self._surprise.possible(time_s):
            return False
        self._checked_s = time_s
        luma = _at(glance)
        moved = self._moved(luma)
        if moved is None or not self._surprise.sees(moved, time_s):
            return False
        self._looked_s = time_s
        self._ask(time_s, luma)
        return True

    def _ask(self, time_s: float, luma: Luma | None) -> None:
        """Note what the detector is asked to see."""
        self._detected_s, self._asked = time_s, (time_s, luma)

    def _moved(self, luma: Luma | None) -> Cells | None:
        """Return what differs from what the detector saw last; None where that cannot be told."""
        if luma is None or self._reference is None or self._reference.shape != luma.shape:
            return None
        return changed(self._reference, luma)


def _at(glance: Glance) -> Luma | None:
    """Return what a glance shows, as small as it is compared."""
    luma = glance()
    return None if luma is None else small(luma, least_px=COMPARED_PX)
