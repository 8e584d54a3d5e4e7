"""What a source is asked for, what it tells, and the time it lives in."""

import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol

from pipeline.frame import Frame
from pipeline.observation import CameraStateName

Polygon = tuple[tuple[float, float], ...]
"""Corners as fractions 0..1 of width and height."""


_LEAST_SPAN_S = 0.2  # a connection begins with a burst of frames, which says nothing about the rate


@dataclass(frozen=True, slots=True)
class DecodeSpec:
    """How pictures are decoded. The defaults give every frame exactly, whichever door is taken."""

    door: Literal["auto", "opencv", "pyav"] = "auto"
    loop_filter: Literal["exact", "skip"] = "exact"
    frames: Literal["auto", "all", "keyframes"] = "all"
    hardware: str = "none"  # `auto`, or a kind of device such as `cuda`
    looks_fps: float | None = None  # the most looks a second that will be asked for; None: unknown


EXACTLY = DecodeSpec()


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """Where the pictures come from and how they are played."""

    source: str  # file, folder of pictures or videos, rtsp(s):// or http(s):// address, device index
    fps: float | None = None  # recordings: overrides what the container says
    pace: Literal["realtime", "fast"] = "fast"  # recordings only
    loop: bool = False  # recordings only
    stall_s: float = 10.0  # live: no frame for so long means stalled
    masks: tuple[Polygon, ...] = ()  # blacked out before anything else sees the picture
    substream: str | None = None  # the same view in a smaller picture, taken first where it can be opened
    decode: DecodeSpec = EXACTLY


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """How a source is, at one moment."""

    state: CameraStateName
    since_s: float  # seconds since the Unix epoch: when it came into this state
    frames: int = 0  # frames that the camera sent or the recording held so far
    dropped: int = 0  # due frames that nobody looked at, because a newer one was there
    unreadable: int = 0  # due frames without a usable picture: the index is left out
    reconnects: int = 0  # connections after the first one that brought pictures
    fps_in: float = 0.0  # frames a second as they come now
    fps: float | None = None  # frames a second that the recording states; None for live cameras
    loop: int = 0  # how often the recording began again; `Frame.time_s` includes it
    complete: bool = True  # False: a part of the recording could not be read; `error` says which
    error: str | None = None  # the latest trouble, without secrets
    size: tuple[int, int] | None = None  # (width, height) px, after rotation
    duration_s: float | None = None  # of one loop; as the container states it, measured once the end was reached
    last_frame_s: float | None = None  # seconds since the Unix epoch: when the latest frame came
    decoder: str | None = None  # what decodes now, in words
    decoder_fallback: str | None = None  # why that is not what was asked for


class Source(Protocol):
    """Frames, one after the other; it can be walked through once."""

    @property
    def status(self) -> SourceStatus:
        """How it is now; may be asked from any thread."""

    def __iter__(self) -> Iterator[Frame]:
        """Yield frames until a recording ends or `close` is called; a live camera never ends by itself."""

    def remask(self, masks: tuple[Polygon, ...]) -> None:
        """Black out other parts from the next picture on, from any thread."""

    def close(self) -> None:
        """End it, from any thread: the iteration stops soon afterwards."""


class Clock:
    """The time of this machine; tests put another in its place."""

    def monotonic_s(self) -> float:
        """Return seconds that never go back."""
        return time.monotonic()

    def epoch_s(self) -> float:
        """Return seconds since the Unix epoch."""
        return time.time()

    def wait(self, stop: threading.Event, seconds: float) -> None:
        """Wait so long, or until `stop` is set."""
        stop.wait(seconds)


class StatusBoard:
    """The status of one source, written by it and read by others.

    What changes with each frame is kept apart: a `SourceStatus` is made only for who asks.
    """

    def __init__(self, clock: Clock, **initial: Any) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._arrivals: deque[float] = deque(maxlen=32)
        self._frames = 0
        self._size: tuple[int, int] | None = initial.pop("size", None)
        self._last_frame_s: float | None = None
        self._status = SourceStatus(state="starting", since_s=clock.epoch_s(), **initial)

    @property
    def status(self) -> SourceStatus:
        """Return the status now; a rate that died away shows as such."""
        with self._lock:
            return replace(
                self._status,
                fps_in=self._fps_in(), frames=self._frames, size=self._size, last_frame_s=self._last_frame_s,
            )  # fmt: skip

    @property
    def state(self) -> CameraStateName:
        """Return the state now."""
        return self._status.state

    @property
    def loop(self) -> int:
        """Return how often the recording began again."""
        return self._status.loop

    def enter(self, state: CameraStateName, **changes: Any) -> None:
        """Change the state; when it is another one, `since_s` is now and the rate is measured anew."""
        with self._lock:
            if state != self._status.state:
                changes["since_s"] = self._clock.epoch_s()
                self._arrivals.clear()
            self._status = replace(self._status, state=state, **changes)

    def change(self, **changes: Any) -> None:
        """Change anything but the state."""
        with self._lock:
            self._status = replace(self._status, **changes)

    def add(self, **counts: int) -> None:
        """Raise counters."""
        with self._lock:
            self._frames += counts.pop("frames", 0)
            self._status = replace(self._status, **{n: getattr(self._status, n) + by for n, by in counts.items()})

    def frame(self, size: tuple[int, int]) -> None:
        """Note that a frame came."""
        now_s, epoch_s = self._clock.monotonic_s(), self._clock.epoch_s()
        with self._lock:
            self._arrivals.append(now_s)
            self._frames += 1
            self._size = size
            self._last_frame_s = epoch_s

    def _fps_in(self) -> float:
        if len(self._arrivals) < 2:
            return 0.0
        intervals = len(self._arrivals) - 1
        span_s = self._arrivals[-1] - self._arrivals[0]
        # A pause of more than two usual intervals counts at once, so the rate sinks while nothing comes.
        span_s = max(span_s, self._clock.monotonic_s() - self._arrivals[0] - 2 * span_s / intervals)
        return intervals / span_s if span_s > _LEAST_SPAN_S else 0.0
