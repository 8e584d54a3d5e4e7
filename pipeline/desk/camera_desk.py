"""One camera's answers: the still that is being gathered, the snapshots that are waited for, the live view."""

import math
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

from pipeline.asks import LEASE_S, LIVE_FPS, LONGEST_PX, Ask, Content, Declined, Recounted, Taken
from pipeline.config import CameraConfig
from pipeline.desk.hiding import Finder, Hidden, fitted, hidden_copy, jpeg, whole
from pipeline.desk.median import GAP_S, Gathering, Plate
from pipeline.desk.recent import ROW, Recent, Span, TooEarly
from pipeline.desk.replay import Minutes, Task, in_child
from pipeline.desk.window import Sight, Window
from pipeline.taxonomy import labels_of

STILL_KEPT_S = 600.0
"""A still is forgotten after ten minutes."""

STILL_FRESH_S = 120.0
"""One that is asked for again later is made anew."""

GATHERED_S = 60.0
"""Who asked for a still and did not come back for it: what was gathered is forgotten."""

LIVE_LONGEST_PX = 1280
STILL_QUALITY, LIVE_QUALITY = 88, 75
FEW_S = 2.0


def moment(at_s: float) -> datetime:
    """Return a moment of the Unix epoch."""
    return datetime.fromtimestamp(at_s, UTC)


class Mouth(Protocol):
    """Says what is answered."""

    def answer(self, ask: Ask, content: Content, picture: bytes = b"") -> None:
        """Answer one question."""

    def show(self, taken: Taken, picture: bytes) -> int:
        """Show a live picture; return how many processes watch."""


class CameraDesk:
    """Answers for one watch of a camera, on the desk's thread.

    `look_out` opens the window: until when (monotonic), and how long between two pictures at least;
    `counting` lets one camera of a worker count again at a time.
    """

    def __init__(
        self,
        window: Window,
        mouth: Mouth,
        look_out: Callable[[float, float], None],
        clock: Callable[[], float],
        counting: threading.Semaphore,
    ) -> None:
        self.window, self._counting = window, counting
        self._mouth, self._look_out, self._clock = mouth, look_out, clock
        self._find = Finder(window)
        self._still: tuple[float, Taken, bytes] | None = None  # since when (monotonic)
        self._gathering: Gathering | None = None
        self._gathered_until_s = 0.0
        self._plated_s = self._shown_s = float("-inf")
        self._waiting: list[Ask] = []  # for the next picture
        self._live_until_s = float("-inf")

    def ask(self, ask: Ask) -> None:
        """Take a question; what takes a picture is answered when one comes."""
        camera = self.window.camera
        if ask.what in ("snapshot", "live") and camera.purpose != "operations":
            self._mouth.answer(
                ask,
                Declined(fault="purpose-forbids-image", detail=f"camera {camera.id!r} is there for {camera.purpose}"),
            )
        elif ask.what == "recount":
            self._recount(ask)
        elif ask.what == "still":
            self._asked_for_still(ask)
        elif ask.what == "snapshot":
            self._waiting.append(ask)
        else:
            self._live_until_s = self._clock() + LEASE_S
        self._watch()

    def look(self) -> None:
        """Take the picture that the window handed out, if there is one, for all who want it."""
        sight = self.window.take()
        if sight is None:
            return
        hidden = self._find(sight)
        self._gather(sight, hidden)
        snapshots, self._waiting = self._waiting, []
        due = sight.seen_s - self._shown_s >= 1 / LIVE_FPS - 0.02
        if snapshots or (due and self._is_live(sight)):
            self._show(sight, hidden, snapshots)
        self._watch()

    def sweep(self) -> None:
        """Forget what nobody may have any more."""
        now_s = self._clock()
        if self._still is not None and now_s - self._still[0] > STILL_KEPT_S:
            self._still = None
        if self._gathering is not None and now_s > self._gathered_until_s:
            self._gathering = None

    def close(self) -> None:
        """Look out no more."""
        self.window.close()

    @property
    def is_gathering(self) -> bool:
        """Return whether pictures are held for a still."""
        return self._gathering is not None

    def _asked_for_still(self, ask: Ask) -> None:
        now_s = self._clock()
        if self._still is not None and now_s - self._still[0] <= STILL_FRESH_S:
            self._mouth.answer(ask, self._still[1], self._still[2])
            return
        self._gathering = self._gathering or Gathering()
        self._gathered_until_s = now_s + GATHERED_S
        if not self._gathering.is_enough:
            wait_s = math.ceil(self._gathering.wait_s)
            self._mouth.answer(
                ask,
                Declined(
                    fault="too-early", detail=f"{len(self._gathering)} pictures are there for a still", retry_s=wait_s
                ),
            )
            return
        self._mouth.answer(ask, *self._made(self._gathering, now_s))

    def _made(self, gathering: Gathering, now_s: float) -> tuple[Taken, bytes]:
        """Make the still of what was gathered, and let that go."""
        picture = jpeg(gathering.still(blurred=self.window.camera.purpose != "operations"), STILL_QUALITY)
        taken = Taken(at=moment(gathering.at_s), frames=len(gathering), seconds=round(gathering.span_s, 1))
        self._gathering, self._still = None, (now_s, taken, picture)
        return taken, picture

    def _gather(self, sight: Sight, hidden: Hidden) -> None:
        if self._gathering is None or self._gathering.is_enough or sight.seen_s - self._plated_s < GAP_S:
            return
        self._plated_s = sight.seen_s
        image = fitted(sight.image, LONGEST_PX)
        height, width = sight.image.shape[:2]
        boxes = whole(width, height) if hidden is None else hidden[0]
        self._gathering.add(Plate(image, boxes * (image.shape[1] / width), sight.seen_s, sight.at_s))

    def _is_live(self, sight: Sight) -> bool:
        return sight.seen_s <= self._live_until_s

    def _show(self, sight: Sight, hidden: Hidden, snapshots: list[Ask]) -> None:
        shown = hidden_copy(sight.image, None if hidden is None else hidden[0])
        taken = Taken(at=moment(sight.at_s), boxes=() if hidden is None else tuple(hidden[1]))
        for ask in snapshots:
            self._mouth.answer(ask, taken, jpeg(fitted(shown, LONGEST_PX), STILL_QUALITY))
        if self._is_live(sight):
            self._shown_s = sight.seen_s
            if not self._mouth.show(taken, jpeg(fitted(shown, LIVE_LONGEST_PX), LIVE_QUALITY)):
                self._live_until_s = float("-inf")  # nobody is there any more

    def _watch(self) -> None:
        """Open the window as far as somebody wants pictures."""
        now_s = self._clock()
        until = [self._live_until_s]
        until += [self._gathered_until_s] if self._gathering is not None and not self._gathering.is_enough else []
        until += [now_s + ask.within_s for ask in self._waiting]
        if max(until) > now_s:
            at_once = bool(self._waiting)
            gap_s = 0.0 if at_once else 1 / LIVE_FPS - 0.02 if self._live_until_s > now_s else GAP_S
            self._look_out(max(until), gap_s)
        else:
            self.window.close()

    def _recount(self, ask: Ask) -> None:
        """Answer what the last minutes would have been, on a thread that waits for the child that counts."""
        camera, recent = self.window.camera, self.window.recent
        span = TooEarly(FEW_S) if recent is None else recent.span(camera)
        if recent is None or isinstance(span, TooEarly):
            wait_s = math.ceil(span.wait_s) if isinstance(span, TooEarly) else FEW_S
            self._mouth.answer(
                ask,
                Declined(fault="too-early", detail="not enough has been seen yet to count again", retry_s=wait_s),
            )
        elif not self._counting.acquire(blocking=False):
            self._mouth.answer(ask, busy())
        else:
            threading.Thread(target=self._replay, args=(ask, camera, recent, span), name="replay", daemon=True).start()

    def _replay(self, ask: Ask, camera: CameraConfig, recent: Recent, span: Span) -> None:
        try:
            size, held = recent.held(span)
            looks = tuple((one.at_s, one.frame, len(one.rows) // ROW.itemsize, tuple(one.ended)) for one in held)
            minutes = Minutes(size=size, labels=recent.labels, interval_s=recent.interval_s, looks=looks)
            before = camera.model_copy(update={"source": "-", "substream": None})
            after = before.model_copy(update={"lines": ask.lines, "zones": ask.zones})
            task = Task(before=before, after=after, minutes=minutes)
            result = in_child(task, b"".join(one.rows for one in held))
        finally:
            self._counting.release()
        if result is None:
            self._mouth.answer(ask, busy())
            return
        told = {
            "from": moment(span.from_s),
            "to": moment(span.to_s),
            "looks": len(held),
            "before": result.before.model_copy(update={"not_looked_for": self._unseen(before)}),
            "after": result.after.model_copy(update={"not_looked_for": self._unseen(after)}),
        }
        self._mouth.answer(ask, Recounted.model_validate(told))

    def _unseen(self, camera: CameraConfig) -> tuple[str, ...]:
        """Return the classes that a configuration counts and the detector was not looking for."""
        detector = self.window.detector
        seen = frozenset(getattr(detector, "classes", detector.labels))
        asked = [name for place in camera.lines for name in place.classes]
        asked += [name for place in camera.zones for name in place.classes]
        return tuple(sorted({name for name in asked if not seen & frozenset(labels_of(name))}))


def busy() -> Declined:
    """Return the answer of who has too much to do."""
    return Declined(fault="too-early", detail="other questions are being answered", retry_s=5)
