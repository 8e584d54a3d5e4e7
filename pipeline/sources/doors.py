"""Which library decodes a source: PyAV where it can, OpenCV for devices and for whoever asks for it.

Both decode with FFmpeg and give the same pictures to the bit (docs/decisions/0006-two-doors.md says why there are two).
"""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Literal, Protocol

from pipeline.sources import capture
from pipeline.sources.capture import Capture, is_device
from pipeline.sources.contract import DecodeSpec

AUTO: Literal["opencv", "pyav"] = "pyav"
"""The door that `auto` takes for files and addresses."""

REST_S = 300.0
"""A graphics card that failed in the midst of decoding is not tried again so soon."""


class FileCapture(Capture, Protocol):
    """A `Capture` of a file, which says how long it is."""

    @property
    def fps(self) -> float:
        """Frames a second as the container states them."""

    @property
    def frame_count(self) -> int:
        """Frames as the container states them or its length lets guess; 0 if unknown."""


def open_file(path: Path, decode: DecodeSpec) -> FileCapture | None:
    """Open a video file; None if there is no video in it that can be decoded."""
    if _door(decode) == "opencv":
        return capture.open_file(path)
    from pipeline.sources import av_capture  # only here: it costs 17 MB

    opened = av_capture.open_file(path, decode)
    if opened is None and decode.door == "auto":
        return capture.open_file(path)
    return opened


class LiveDoor:
    """Opens a live camera (a `Connect`): a device by OpenCV, an address by PyAV unless the other is asked for.

    A graphics card that failed while it was decoding is left alone for a while: the next connections decode on the CPU.
    """

    def __init__(self, decode: DecodeSpec, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        self._decode = decode
        self._monotonic_s = monotonic_s
        self._rested_s = float("-inf")
        self._latest: Capture | None = None

    def __call__(self, target: str, open_timeout_s: float, read_timeout_s: float) -> Capture | None:
        """Return an open capture; None if nobody answers in time."""
        if _door(self._decode) == "opencv" or is_device(target):
            return capture.open_live(target, open_timeout_s, read_timeout_s)
        from pipeline.sources import av_capture

        if isinstance(self._latest, av_capture.AvCapture) and self._latest.device_failed:
            self._rested_s = self._monotonic_s() + REST_S
        resting = self._monotonic_s() < self._rested_s
        decode = replace(self._decode, hardware="none") if resting else self._decode
        opened = self._latest = av_capture.open_live(target, open_timeout_s, read_timeout_s, decode)
        if opened is not None and resting:
            opened.fallback = f"{self._decode.hardware}: failed while decoding, left alone for {REST_S / 60:g} min"
        return opened


def _door(decode: DecodeSpec) -> str:
    return AUTO if decode.door == "auto" else decode.door
