"""Where frames come from: recordings (every frame accounted for) and live cameras (the newest frame wins).

`open_source` opens what a camera's configuration names, `open_recording` several files as one recording. Both yield a
`Frame` for every frame, converted to an image only where `due` asks for it: that is what makes skipping cheap.
"""

import random as random_numbers
from collections.abc import Callable, Sequence
from pathlib import Path

from pipeline.errors import SourceError
from pipeline.redaction import redact
from pipeline.schedule import Due, Glance
from pipeline.sources.capture import is_device
from pipeline.sources.container import creation_time
from pipeline.sources.contract import Clock, DecodeSpec, Source, SourceSpec, SourceStatus
from pipeline.sources.doors import LiveDoor
from pipeline.sources.live import LiveSource
from pipeline.sources.player import RecordedSource
from pipeline.sources.reader import Connect
from pipeline.sources.recording import reel_maker

__all__ = [
    "Clock",
    "DecodeSpec",
    "Due",
    "Glance",
    "Source",
    "SourceSpec",
    "SourceStatus",
    "creation_time",
    "is_live",
    "nominal_fps",
    "open_recording",
    "open_source",
    "redact",
]

LIVE_SCHEMES = ("rtsp", "rtsps", "http", "https")


def open_source(
    spec: SourceSpec,
    due: Due,
    clock: Clock | None = None,
    random: Callable[[], float] = random_numbers.random,
    connect: Connect | None = None,
) -> Source:
    """Open what `spec.source` names; `random` (0..1) and `connect` serve live cameras only.

    Raises:
        SourceError: if a recording cannot be opened or holds no frame. A live camera that does not answer is no error:
            its `status` says so, and it is tried again for ever.
    """
    clock = clock or Clock()
    if is_live(spec.source):
        return LiveSource(spec, due, clock, random, connect or LiveDoor(spec.decode))
    return open_recording([Path(spec.source)], spec, due, clock)


def open_recording(paths: Sequence[Path], spec: SourceSpec, due: Due, clock: Clock | None = None) -> Source:
    """Open several files (or one file, or one folder) as one recording; `spec.source` is not looked at.

    A file begins when its creation time says, or where the one before it ended.

    Raises:
        SourceError: if there is none, one is missing or empty, or the first cannot be opened or holds no frame.
    """
    if not paths:
        raise SourceError("no footage given; expected one file or more")
    return RecordedSource(reel_maker(paths, spec.fps, spec.decode), spec, due, clock or Clock())


def nominal_fps(paths: Sequence[Path], fps: float | None = None) -> float:
    """Return the frame rate that a recording states (`fps`, the override, if given): what a rule for `due` needs.

    Raises:
        SourceError: as `open_recording`.
    """
    if fps is not None:
        return fps
    reel = reel_maker(paths, None)()
    try:
        return reel.fps
    finally:
        reel.close()


def is_live(source: str) -> bool:
    """Return whether a source is a camera (address or device index) rather than a recording.

    Raises:
        SourceError: for an address of another kind.
    """
    scheme, separator, _ = source.partition("://")
    if separator and scheme.lower() not in LIVE_SCHEMES:
        raise SourceError(f"{redact(source)}: unknown kind of address; expected rtsp:// or http(s)://")
    return bool(separator) or is_device(source)
