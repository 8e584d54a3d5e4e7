"""Several video files as one recording, and what a path stands for."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import SourceError
from pipeline.sources import container
from pipeline.sources.contract import EXACTLY, DecodeSpec
from pipeline.sources.pictures import PicturesReel
from pipeline.sources.video import Reel, VideoReel, check_file

PICTURE_SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp"}
VIDEO_SUFFIXES = {".mp4", ".avi", ".mkv", ".mov", ".m4v", ".ts", ".mts", ".mpg", ".mpeg", ".webm", ".h264", ".dav"}

_JOIN_GAP_S = 1.5  # creation times are whole seconds: a smaller gap between two files is none


class JoinedReel:
    """Several video files as one recording, in the order given.

    A file begins when its creation time says, after the first one's, or else where the one before it ended. One that
    cannot be opened any more when its turn comes is passed over and named by `fault`.

    Raises:
        SourceError: if one of the files is missing or empty, or the first one cannot be opened.
    """

    def __init__(self, paths: Sequence[Path], fps: float | None = None, decode: DecodeSpec = EXACTLY) -> None:
        for path in paths:
            check_file(path)
        self._waiting = list(paths[1:])
        self._override = fps
        self._decode = decode
        self._reel = VideoReel(paths[0], fps, decode)
        self._began = container.creation_time(paths[0])
        self._offset_s = 0.0
        self._end_s = 0.0
        self._faults: list[str] = []

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) px of the present file's frames."""
        return self._reel.size

    @property
    def fps(self) -> float:
        """Frames a second of the present file."""
        return self._reel.fps

    @property
    def duration_s(self) -> float | None:
        """Unknown before the end."""
        return None

    @property
    def passed_over(self) -> bool:
        """Whether the present frame was left undecoded."""
        return self._reel.passed_over

    @property
    def decoder(self) -> tuple[str, str | None]:
        """What decodes the present file."""
        return self._reel.decoder

    def advance(self) -> float | None:
        """Move to the next frame, in the next file when this one has ended."""
        time_s = self._reel.advance()
        while time_s is None:
            if not self._next_file():
                return None
            time_s = self._reel.advance()
        self._end_s = self._offset_s + time_s + 1 / self._reel.fps
        return self._offset_s + time_s

    def picture(self) -> NDArray[np.uint8] | None:
        """Return the present frame."""
        return self._reel.picture()

    def glance(self) -> NDArray[np.uint8] | None:
        """Return a small luma picture of the present frame."""
        return self._reel.glance()

    def fault(self) -> str | None:
        """Return the first fault of the files, and how many more there are."""
        if not self._faults:
            return None
        return self._faults[0] + (f" (and {len(self._faults) - 1} more)" if len(self._faults) > 1 else "")

    def close(self) -> None:
        """Let go of the present file."""
        self._reel.close()

    def _next_file(self) -> bool:
        self._note(self._reel.fault())
        while self._waiting:
            path = self._waiting.pop(0)
            try:
                reel = VideoReel(path, self._override, self._decode)
            except SourceError as error:
                self._note(str(error))
                continue
            self._reel.close()
            self._reel = reel
            self._offset_s = start_s(self._began, container.creation_time(path), self._end_s)
            return True
        return False

    def _note(self, fault: str | None) -> None:
        if fault and fault not in self._faults:
            self._faults.append(fault)


def start_s(first: datetime | None, this: datetime | None, end_s: float) -> float:
    """Return when a file begins, s after the first file's creation; `end_s` is where the file before it ended."""
    if first is None or this is None:
        return end_s
    stated_s = (this - first).total_seconds()
    return stated_s if stated_s > end_s + _JOIN_GAP_S else end_s


def reel_maker(paths: Sequence[Path], fps: float | None, decode: DecodeSpec = EXACTLY) -> Callable[[], Reel]:
    """Return what opens a recording: one file, one folder of pictures or of videos, or several files.

    Raises:
        SourceError: when called here for a folder that holds neither; when the result is called, see the reels.
    """
    if len(paths) == 1 and paths[0].is_dir():
        return _folder(paths[0], fps, decode)
    if len(paths) == 1:
        return lambda: VideoReel(paths[0], fps, decode)
    return lambda: JoinedReel(paths, fps, decode)


def _folder(folder: Path, fps: float | None, decode: DecodeSpec) -> Callable[[], Reel]:
    try:
        inside = sorted((path for path in folder.iterdir() if not path.name.startswith(".")), key=_natural)
    except OSError as error:
        raise SourceError(f"{folder}: cannot be read ({error.strerror})") from error
    videos = [path for path in inside if path.suffix.lower() in VIDEO_SUFFIXES]
    pictures = [path for path in inside if path.suffix.lower() in PICTURE_SUFFIXES]
    if videos and pictures:
        raise SourceError(f"{folder}: holds {len(videos)} videos and {len(pictures)} pictures; expected one kind")
    if videos:
        return lambda: JoinedReel(videos, fps, decode)
    if pictures:
        return lambda: PicturesReel(pictures, fps)
    raise SourceError(f"{folder}: holds neither videos nor pictures")


def _natural(path: Path) -> list[tuple[int, int, str]]:
    """Sort `2.jpg` before `10.jpg`."""
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.split(r"(\d+)", path.name.lower())]
