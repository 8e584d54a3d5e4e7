"""The only door to `cv2.VideoCapture`: files and live cameras, one wrapper for both."""

import math
import os
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.sources.luma import of_bgr

DEFAULT_FPS = 25.0
"""For a recording that states no frame rate."""

# OpenCV reads these from the environment, for the whole process, when a capture is opened; whoever has set one keeps
# his setting. FFmpeg is silent (-8): its lines may hold passwords, and what a user must know we say ourselves. FFmpeg
# is thread-safe for years; without saying so, one camera that does not answer keeps all others from being opened
# (opencv#17057, opencv#20114).
_ENVIRONMENT = {"OPENCV_FFMPEG_LOGLEVEL": "-8", "OPENCV_FFMPEG_IS_THREAD_SAFE": "1"}
# RTSP over UDP loses packets, which shows as grey smears. To find out the frame rate FFmpeg would hold back the first
# 2 to 3 s of a camera, whose rate we measure anyway.
_LIVE_OPTIONS = ("OPENCV_FFMPEG_CAPTURE_OPTIONS", "rtsp_transport;tcp|fpsprobesize;0")
# Decoding on more threads costs 3 to 12 % more CPU a frame, and each camera has a process of its own anyway.
_ONE_THREAD = [cv2.CAP_PROP_N_THREADS, 1]


class Capture(Protocol):
    """Pictures one after the other: `grab` moves on (decoding, not converting), `retrieve` hands out."""

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) px, after rotation."""

    @property
    def position_s(self) -> float:
        """Media time of the frame grabbed last, seconds since the first one; 0 where the container has no times."""

    @property
    def passed_over(self) -> bool:
        """Whether the frame grabbed last was left undecoded, as `DecodeSpec.frames` says: it has no picture."""

    @property
    def decoder(self) -> str:
        """What decodes, in words."""

    @property
    def fallback(self) -> str | None:
        """Why that is not what was asked for; None: it is."""

    def grab(self) -> bool:
        """Move to the next frame; False: none came (end, error or time-out)."""

    def retrieve(self) -> NDArray[np.uint8] | None:
        """Return the frame grabbed last, (H, W, 3) uint8 BGR; None if it cannot be converted."""

    def glance(self) -> NDArray[np.uint8] | None:
        """Return a small luma picture of the frame grabbed last (`pipeline.schedule.Glance`), without the masks."""

    def release(self) -> None:
        """Let go of file, connection or device."""


class Cv2Capture:
    """A `Capture` on an opened `cv2.VideoCapture`."""

    passed_over = False
    fallback = None

    def __init__(self, opened: cv2.VideoCapture) -> None:
        self._opened = opened
        self._image: NDArray[np.uint8] | None = None  # of the frame grabbed last, once it was converted

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) px, after rotation."""
        get = self._opened.get
        return int(get(cv2.CAP_PROP_FRAME_WIDTH)), int(get(cv2.CAP_PROP_FRAME_HEIGHT))

    @property
    def decoder(self) -> str:
        """What decodes, in words."""
        return "opencv"

    @property
    def fps(self) -> float:
        """Frames a second as the container states them; `DEFAULT_FPS` where that cannot be true."""
        fps = float(self._opened.get(cv2.CAP_PROP_FPS))
        return fps if math.isfinite(fps) and 0 < fps <= 1000 else DEFAULT_FPS

    @property
    def frame_count(self) -> int:
        """Frames as the container states or OpenCV guesses them; 0 if unknown."""
        count = self._opened.get(cv2.CAP_PROP_FRAME_COUNT)
        return int(count) if math.isfinite(count) and 0 < count < 2**40 else 0

    @property
    def position_s(self) -> float:
        """Media time of the frame grabbed last, s."""
        return float(self._opened.get(cv2.CAP_PROP_POS_MSEC)) / 1000.0

    def grab(self) -> bool:
        """Move to the next frame."""
        self._image = None
        return self._opened.grab()

    def retrieve(self) -> NDArray[np.uint8] | None:
        """Return the frame grabbed last."""
        image, self._image = self._converted(), None  # whoever gets it may draw on it
        return image

    def glance(self) -> NDArray[np.uint8] | None:
        """Return a small luma picture. OpenCV gives no planes: the frame is converted, once for `retrieve` too."""
        self._image = self._converted()
        return None if self._image is None else of_bgr(self._image)

    def release(self) -> None:
        """Let go."""
        self._opened.release()

    def _converted(self) -> NDArray[np.uint8] | None:
        if self._image is not None:
            return self._image
        try:
            found, image = self._opened.retrieve()
        except cv2.error:
            return None
        return as_bgr(image) if found and image is not None else None


def open_file(path: Path) -> Cv2Capture | None:
    """Open a video file; None if OpenCV finds no video in it. Rotation metadata is honoured (OpenCV's default)."""
    return _open(str(path), cv2.CAP_FFMPEG, _ONE_THREAD)


def open_live(target: str, open_timeout_s: float, read_timeout_s: float) -> Cv2Capture | None:
    """Open an address or a device index; None if nobody answers in time."""
    if is_device(target):
        return _open(int(target), cv2.CAP_ANY, [])  # time-outs and threads are unknown to device backends
    os.environ.setdefault(*_LIVE_OPTIONS)
    limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, round(open_timeout_s * 1000)]
    limits += [cv2.CAP_PROP_READ_TIMEOUT_MSEC, round(read_timeout_s * 1000)]
    return _open(target, cv2.CAP_FFMPEG, limits + _ONE_THREAD)


def is_device(target: str) -> bool:
    """Return whether a source is the index of a device, such as `0`."""
    return target.isascii() and target.isdigit()


def as_bgr(image: NDArray[Any]) -> NDArray[np.uint8]:
    """Return any picture as (H, W, 3) uint8 BGR: grey and infrared ones too, transparency left out."""
    if image.dtype == np.uint16:
        image = (image >> 8).astype(np.uint8)
    if image.ndim == 2 or image.shape[2] == 1:
        return np.asarray(cv2.cvtColor(image, cv2.COLOR_GRAY2BGR), np.uint8)
    return np.ascontiguousarray(image[:, :, :3], np.uint8)


def _open(target: str | int, backend: int, parameters: list[int]) -> Cv2Capture | None:
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    # OpenCV's warnings name the address, and say less than our errors.
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    cv2.setNumThreads(1)  # cameras share the cores; a pool of threads for each resize costs more than it saves
    opened = cv2.VideoCapture(target, backend, parameters)
    if opened.isOpened():
        return Cv2Capture(opened)
    opened.release()
    return None
