"""The loop: frame → detector → tracker → analyzers → events. Tests and benchmarks run the same one."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

from models.detections import Detections, Image
from pipeline.events import Event
from pipeline.frame import Frame
from pipeline.tracks import Tracks


class Analyzer(Protocol):
    """Tracks in, events out; keeps what it must for tracks that live, forgets those that ended."""

    def update(self, tracks: Tracks) -> Iterable[Event]:
        """Return what this look proves."""

    def close(self) -> Iterable[Event]:
        """Return what the end of the recording proves."""


def run(
    frames: Iterable[Frame],
    detect: Callable[[Image], Detections],
    track: Callable[[Frame, Detections], Tracks],
    analyzers: Sequence[Analyzer],
    emit: Callable[[Event], None],
) -> None:
    """Watch until the frames end. A frame without an image was not due for the detector, or is still."""
    follow(looks(frames, detect, track), analyzers, emit)


def looks(
    frames: Iterable[Frame],
    detect: Callable[[Image], Detections],
    track: Callable[[Frame, Detections], Tracks],
) -> Iterator[Tracks]:
    """Yield who is where, for each frame that was due; on a still one is what the last look found."""
    found = Detections.empty()
    for frame in frames:
        if frame.image is not None:
            found = detect(frame.image)
        if frame.image is not None or frame.still:
            yield track(frame, found)


def follow(seen: Iterable[Tracks], analyzers: Sequence[Analyzer], emit: Callable[[Event], None]) -> None:
    """Hand each look to the analyzers, and their events on; also of looks that were kept."""
    for tracks in seen:
        for analyzer in analyzers:
            for event in analyzer.update(tracks):
                emit(event)
    for analyzer in analyzers:
        for event in analyzer.close():
            emit(event)
