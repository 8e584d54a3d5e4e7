"""A random sample out of one pass over a camera: of the crossings that were counted, and of moments at each line.

Both are drawn by reservoir sampling, so that a live camera can be sampled too, and nothing but the sample and the last
seconds of pictures is ever in memory.
"""

from collections import deque
from dataclasses import dataclass, field
from random import Random
from typing import Literal

from models.detections import Detections
from pipeline.audit.pictures import Picture, hidden, strip
from pipeline.config import CameraConfig, LineConfig
from pipeline.events import Crossing, Event
from pipeline.frame import Frame
from pipeline.tracks import Tracks

Kind = Literal["counted", "moment"]

PICTURE_S = 0.4
WINDOW_S = 2.0
"""All time is cut into moments of this length; each is asked about for each line."""

AROUND_S = 1.0
"""How far around a crossing it is shown."""

SETTLE_S = 4.0
"""Later, no crossing is claimed any more."""

KEPT_S = 10.0
MOST_PICTURES = 6


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """One moment to be judged."""

    kind: Kind
    line_id: str
    time_s: float  # of the crossing, or where the moment begins
    counted: int  # crossings of the line in it
    direction: str  # of a crossing; "" of a moment
    class_name: str
    picture: Picture


@dataclass(slots=True)
class _Reservoir:
    """A random sample of a fixed size of what is offered (Vitter 1985, algorithm R)."""

    size: int
    random: Random
    offered: int = 0
    kept: list[Moment] = field(default_factory=list)

    def place(self) -> int | None:
        """Return where the next one offered goes; None: it is left out."""
        self.offered += 1
        if len(self.kept) < self.size:
            return len(self.kept)
        drawn = self.random.randrange(self.offered)
        return drawn if drawn < self.size else None


class Sampler:
    """Watches one pass; `samples` moments are kept, half of them counted crossings."""

    def __init__(self, camera: CameraConfig, samples: int, random: Random) -> None:
        self._lines: dict[str, LineConfig] = {line.id: line for line in camera.lines}
        half = max(1, samples // 2)
        self._drawn: dict[Kind, _Reservoir] = {k: _Reservoir(half, random) for k in ("counted", "moment")}
        self._pictures: deque[tuple[float, Picture]] = deque()
        self._crossings: deque[Crossing] = deque()  # of the last seconds
        self._waiting: deque[Crossing] = deque()
        self._window_s: float | None = None
        self._now_s = float("-inf")

    def see(self, frame: Frame, found: Detections) -> None:
        """Keep a picture now and then; people are hidden before it is kept."""
        if frame.time_s - self._now_s > KEPT_S:  # the beginning, or a gap
            self._window_s = frame.time_s
        self._now_s = frame.time_s
        if frame.image is not None and (not self._pictures or frame.time_s - self._pictures[-1][0] >= PICTURE_S):
            picture = hidden(frame.image, found.xyxy)
            if self._pictures and self._pictures[-1][1].shape != picture.shape:
                self._pictures.clear()  # the camera changed its resolution: these cannot lie beside each other
            self._pictures.append((frame.time_s, picture))
        while self._pictures and self._pictures[0][0] < frame.time_s - KEPT_S:
            self._pictures.popleft()

    def __call__(self, event: Event) -> None:
        """Take what was counted."""
        if isinstance(event, Crossing):
            self._crossings.append(event)
            self._waiting.append(event)

    def settle(self, tracks: Tracks) -> None:
        """Offer the moments that are over."""
        now_s = tracks.time_s
        while self._waiting and self._waiting[0].time_s + AROUND_S <= now_s:
            one = self._waiting.popleft()
            span_s = (one.time_s - AROUND_S, one.time_s + AROUND_S)
            self._offer("counted", one.line_id, span_s, (one.time_s, 1, one.direction, one.class_name))
        while self._window_s is not None and self._window_s + WINDOW_S + SETTLE_S <= now_s:
            start_s, end_s = self._window_s, self._window_s + WINDOW_S
            self._window_s = end_s
            for line_id, line in self._lines.items():
                n = sum(one.line_id == line_id and start_s <= one.time_s < end_s for one in self._crossings)
                self._offer("moment", line_id, (start_s, end_s), (start_s, n, "", ", ".join(line.classes)))
        while self._crossings and self._crossings[0].time_s < now_s - KEPT_S:
            self._crossings.popleft()

    def sample(self) -> tuple[list[Moment], dict[Kind, int]]:
        """Return the moments in random order, and how many there were of each kind."""
        moments = [moment for reservoir in self._drawn.values() for moment in reservoir.kept]
        self._drawn["counted"].random.shuffle(moments)
        return moments, {kind: reservoir.offered for kind, reservoir in self._drawn.items()}

    def _offer(self, kind: Kind, line_id: str, span_s: tuple[float, float], told: tuple[float, int, str, str]) -> None:
        shown = [picture for time_s, picture in self._pictures if span_s[0] <= time_s <= span_s[1]]
        if not shown:
            return
        place = self._drawn[kind].place()
        if place is not None:
            moment = Moment(kind, line_id, *told, strip(shown[:MOST_PICTURES], self._lines[line_id]))
            self._drawn[kind].kept[place : place + 1] = [moment]
