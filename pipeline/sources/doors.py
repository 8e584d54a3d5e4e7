"""Which library decodes a source: PyAV where it can, OpenCV for devices and for whoever asks for it.

Both decode with FFmpeg and give the same pictures to the bit (docs/decisions/0005-two-doors.md says why there are two).
"""

from functools import partial
from pathlib import Path
from typing import Literal, Protocol

from pipeline.sources import capture
from pipeline.sources.capture import Capture, is_device
from pipeline.sources.contract import DecodeSpec
from pipeline.sources.reader import Connect

AUTO: Literal["opencv", "pyav"] = "pyav"
"""The door that `auto` takes for files and addresses."""


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


def connector(decode: DecodeSpec) -> Connect:
    """Return what opens a live camera: a device by OpenCV, an address by PyAV unless the other is asked for."""
    return partial(_open_live, decode)


def _door(decode: DecodeSpec) -> str:
    return AUTO if decode.door == "auto" else decode.door


def _open_live(decode: DecodeSpec, target: str, open_timeout_s: float, read_timeout_s: float) -> Capture | None:
    if _door(decode) == "opencv" or is_device(target):
        return capture.open_live(target, open_timeout_s, read_timeout_s)
    from pipeline.sources import av_capture

    return av_capture.open_live(target, open_timeout_s, read_timeout_s, decode)
