"""Watches the zones of one camera for deposits: one look a second at most, at pictures the detector sees anyway.

It hangs around the tracker, where picture and detections are at hand, and is an analyzer like any other besides.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np

from models.detections import Detections, Image
from pipeline.cleanliness.bins import BinLife
from pipeline.cleanliness.closer import CloserLook
from pipeline.cleanliness.explain import Explanation, explanation
from pipeline.cleanliness.kinds import confidence_of
from pipeline.cleanliness.life import Life, Told
from pipeline.cleanliness.litter import LitterEyes
from pipeline.cleanliness.memory import Memory
from pipeline.cleanliness.outline import outline_of
from pipeline.cleanliness.sample import Packed, analysed_size, take
from pipeline.cleanliness.scene import Look, Scene
from pipeline.cleanliness.seen import Seen, seen_in
from pipeline.cleanliness.spots import Box
from pipeline.cleanliness.states import ZoneStates
from pipeline.cleanliness.store import Store
from pipeline.cleanliness.word import obey
from pipeline.cleanliness.zones import WatchedZone, bins_of, zones_of
from pipeline.config import CameraConfig
from pipeline.events import Counted, Deposit, Event, Level
from pipeline.frame import Frame
from pipeline.ground import Ground
from pipeline.measures import ALL_CLASSES
from pipeline.orders import Order
from pipeline.tracks import Tracks

LONGEST_SPAN_S = 30.0
"""Samples further apart say nothing about the time between them."""

Quiet = Callable[[str, float], str | None]
"""Why a zone (id) may be dirty at a moment (the events' time), or None."""


def never_quiet(zone_id: str, time_s: float) -> str | None:
    """Return None: no schedule allows anything."""
    return None


@dataclass(frozen=True, slots=True)
class Parts:
    """What a watch works with."""

    labels: tuple[str, ...]
    detect: Callable[[Image], Detections]
    counted: frozenset[int] | None = None  # classes that are tracked; None: all
    ground: Ground | None = None
    quiet: Quiet = never_quiet
    orders: Callable[[], Iterable[Order]] = lambda: ()  # what operators said since the last time
    well: Callable[[], bool] = lambda: True  # whether the camera sees what it is meant to see
    store: Store | None = None  # where things are kept; None: nowhere
    origin_s: float = 0.0  # epoch time of the events' time 0
    litter: LitterEyes | None = None
    explained: bool = False  # whether the newest look is kept, so that it can be explained


class NoWatch:
    """Watches nothing, as most cameras do."""

    def before(self, track: Callable[[Frame, Detections], Tracks]) -> Callable[[Frame, Detections], Tracks]:
        """Return the tracker's function."""
        return track

    def update(self, tracks: Tracks) -> Iterable[Event]:
        """Return nothing."""
        return ()

    def close(self) -> Iterable[Event]:
        """Return nothing."""
        return ()


class CleanlinessWatch:
    """Watches one camera."""

    def __init__(self, camera: CameraConfig, parts: Parts) -> None:
        self._camera, self._parts = camera, parts
        self._pending: tuple[Frame, Detections] | None = None
        self._last_s: float | None = None
        self._size: tuple[int, int] | None = None
        self._scene: Scene
        self._life: Life
        self._states: ZoneStates
        self._zones: list[WatchedZone] = []
        self._bins: list[BinLife] = []
        self._memory = Memory(None)
        self._latest: Look | None = None

    def before(self, track: Callable[[Frame, Detections], Tracks]) -> Callable[[Frame, Detections], Tracks]:
        """Return the tracker's function with a note of each picture that is due before it."""

        def note_and_track(frame: Frame, found: Detections) -> Tracks:
            if frame.image is not None and self._is_due(frame.time_s):
                self._pending = (frame, found)
            return track(frame, self._counted(found))

        return note_and_track

    def update(self, tracks: Tracks) -> Iterable[Event]:
        """Return what the picture noted last proves."""
        pending, self._pending = self._pending, None
        return () if pending is None else list(self._sample(*pending))

    def close(self) -> Iterable[Event]:
        """Return nothing: the end of watching proves nothing about what lies there."""
        return ()

    def explain(self) -> Explanation | None:
        """Return why it says what it says, at the newest sample; None before there is one, or if not `explained`."""
        return None if self._latest is None else explanation(self._latest, self._scene, self._life)

    def _counted(self, found: Detections) -> Detections:
        """Return the detections that are tracked: the detector looks for more, to tell what hides the ground."""
        if self._parts.counted is None:
            return found
        return found.where(np.isin(found.class_id, list(self._parts.counted)))

    def _is_due(self, time_s: float) -> bool:
        return self._last_s is None or not 0 <= time_s - self._last_s < self._camera.cleanliness.every_s - 1e-3

    def _sample(self, frame: Frame, found: Detections) -> Iterator[Event]:
        assert frame.image is not None
        before_s, self._last_s = self._last_s, frame.time_s
        if frame.size != self._size:
            yield from self._set_up(frame)
        elif before_s is not None and not 0 < frame.time_s - before_s <= LONGEST_SPAN_S:
            self._life.skip(frame.time_s - before_s)
        seen = seen_in(found, self._parts.labels)
        scale = self._scene.zones.shape[1] / frame.size[0]
        if not self._parts.well():
            yield from self._hold(frame.time_s)
            yield from self._levels(before_s, frame.time_s)
            return
        small = (self._scene.zones.shape[1], self._scene.zones.shape[0])
        look = self._scene.look(take(frame.image, frame.time_s, seen.hiding, small))
        if look is not None:
            self._latest = look if self._parts.explained else None
            if self._parts.litter is not None:
                self._parts.litter.look(frame.image, self._zones, self._life.spots, look.time_s)
            closer = CloserLook(frame.image, scale, self._parts.detect, self._parts.labels)
            for one in chain(self._told(look, seen, scale, closer), self._said(look)):
                self._memory.told(one, look, self._scene, self._life)
                yield from self._events(one, look.time_s)
            self._learn(look)
            self._memory.look(look, self._scene, self._life)
            yield from self._states.look(look)
        yield from self._levels(before_s, frame.time_s)

    def _told(self, look: Look, seen: Seen, scale: float, closer: CloserLook) -> Iterator[Told]:
        """Yield what a look proves of deposits and of bins."""
        if look.trouble:
            yield from self._life.hold(look.time_s)
            return
        yield from self._life.step(look, seen, scale, closer)
        for one in self._bins:
            clear_s = self._zones[one.watched.zone].rules.t_clear_s
            for state in one.step(look, clear_s):
                yield Told(one.spot, state)

    def _said(self, look: Look) -> Iterator[Told]:
        """Yield what becomes of deposits by what operators said."""
        for order in self._parts.orders():
            yield from obey(order, look, self._zones, self._life, self._scene)

    def _set_up(self, frame: Frame) -> Iterator[Event]:
        """Begin, or begin again with pictures of another size."""
        again, self._size = self._size is not None, frame.size
        small = analysed_size(frame.size, self._camera.cleanliness.width_px)
        self._zones = zones_of(self._camera, small, self._parts.ground)
        every = np.logical_or.reduce([zone.mask for zone in self._zones if not zone.too_small] or [_none(small)])
        least = min(zone.rules.smallest_px for zone in self._zones)
        self._scene = Scene(every, least)
        self._life = Life(self._camera.id, self._zones, self._parts.quiet, self._metres_per_px)
        self._states = ZoneStates(self._zones, frame.size[0] / small[0])
        self._bins = [BinLife(one, f"{self._camera.id}-{one.config.zone}") for one in bins_of(self._camera, small)]
        self._memory = Memory(self._parts.store, self._parts.origin_s)
        reason = self._memory.restore(self._scene, self._life, frame.time_s)
        self._life.blocks = self._memory.blocks
        self._scene.lying = Packed.of(self._life.lying((small[1], small[0])))
        yield from self._states.start(frame.time_s, "resolution" if again else reason)

    def _hold(self, time_s: float) -> Iterator[Event]:
        for one in self._life.hold(time_s):
            yield from self._events(one, time_s)
        yield from self._states.trouble(time_s, "camera")

    def _learn(self, look: Look) -> None:
        shape = (look.like.shape[0], look.like.shape[1])
        busy = self._life.busy(shape)
        self._scene.heal(look, self._life.healed, busy)
        self._life.healed = []
        self._scene.learn(look, busy, self._life.lying(shape))
        self._scene.settled = Packed.of(self._life.settled(shape)) if self._life.spots else None
        if not self._life.spots and not look.trouble:
            self._scene.remember(look)

    def _events(self, told: Told, time_s: float) -> Iterator[Event]:
        spot, zone = told.spot, self._zones[told.spot.zone].config.id
        deposit = spot.deposit
        assert deposit is not None
        assert self._size is not None
        small = self._scene.zones.shape
        factor = (self._size[0] / small[1]) ** 2
        metres = self._metres_per_px(spot.box)
        x1, y1, x2, y2 = spot.box
        yield Deposit(
            zone_id=zone,
            deposit_id=deposit.id,
            state=told.state,
            type=deposit.type,
            time_s=time_s,
            first_seen_s=spot.first_s,
            opened_s=deposit.opened_s,
            cleared_s=deposit.clean_since_s if told.state == "cleared" else None,
            counted_from_s=max(spot.first_s, spot.allowed_until_s),
            box=(x1 / small[1], y1 / small[0], (x2 - x1) / small[1], (y2 - y1) / small[0]),
            area_px=round(spot.area * factor),
            area_m2=None if metres is None else spot.area * metres**2,
            components=spot.components,
            confidence=confidence_of(spot),
            name=deposit.name,
            outline=outline_of(spot.box, spot.mask, (small[1], small[0])),
            evidence=deposit.evidence,
        )
        if told.state in ("opened", "cleared"):
            yield Counted(f"deposits_{told.state}", zone, ALL_CLASSES, time_s)

    def _levels(self, before_s: float | None, time_s: float) -> Iterator[Event]:
        """Return how much lay in each zone since the sample before, and whether it was watched."""
        if before_s is None or not 0 < time_s - before_s <= LONGEST_SPAN_S:
            return
        for n, zone in enumerate(self._zones):
            mine = [spot for spot in self._life.open if spot.zone == n]
            mine += [one.spot for one in self._bins if one.watched.zone == n and one.spot.deposit is not None]
            dirty = 100 * sum(spot.area for spot in mine) / max(1, int(zone.mask.sum()))
            values = {
                "deposits": float(len(mine)),
                "dirty": min(100.0, dirty),
                "deposits_watched": float(self._states.is_watching(n)),
            }
            if zone.smallest_cm is not None:
                values["smallest"] = zone.smallest_cm
            for measure, value in values.items():
                yield Level(measure, zone.config.id, ALL_CLASSES, before_s, time_s, value)

    def _metres_per_px(self, box: Box) -> float | None:
        """Return the side of a px analysed on the ground at the foot of a box: across the view, metres."""
        if self._parts.ground is None:
            return None
        height, width = self._scene.zones.shape
        at = ((box[0] + box[2]) / 2 / width, box[3] / height)
        scale = self._parts.ground.px_per_metre(at, (width, height))
        return None if scale is None else 1 / scale[1]


def _none(small: tuple[int, int]) -> "np.ndarray":
    return np.zeros((small[1], small[0]), np.bool_)
