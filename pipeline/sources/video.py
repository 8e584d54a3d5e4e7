"""A recording as a reel: frame after frame, none left out. The plainest reel is a video file."""

from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import SourceError
from pipeline.sources import container
from pipeline.sources.contract import EXACTLY, DecodeSpec
from pipeline.sources.doors import open_file

_TRIES_AT_A_BREAK = 250  # undecodable frames that are passed over before a file counts as ended


class Reel(Protocol):
    """A recording that is read once, from its first frame to its last."""

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) px of the present frame, after rotation."""

    @property
    def fps(self) -> float:
        """Frames a second as stated."""

    @property
    def duration_s(self) -> float | None:
        """Length as stated; None if unknown."""

    @property
    def passed_over(self) -> bool:
        """Whether the present frame was left undecoded: it has no picture."""

    @property
    def decoder(self) -> tuple[str, str | None]:
        """What decodes, in words, and why that is not what was asked for."""

    def advance(self) -> float | None:
        """Move to the next frame and return its media time, s since the first frame; None at the end."""

    def picture(self) -> NDArray[np.uint8] | None:
        """Return the present frame, (H, W, 3) uint8 BGR; None if it cannot be read."""

    def glance(self) -> NDArray[np.uint8] | None:
        """Return a small luma picture of the present frame (`pipeline.schedule.Glance`), without the masks."""

    def fault(self) -> str | None:
        """Return, once the end was reached, what could not be read; None if all was."""

    def close(self) -> None:
        """Let go of the file."""


class VideoReel:
    """A video file. Times are its presentation times, or number / fps where these are missing or do not rise.

    Raises:
        SourceError: if the file cannot be opened or holds no frame.
    """

    def __init__(self, path: Path, fps: float | None = None, decode: DecodeSpec = EXACTLY) -> None:
        self._path = path
        check_file(path)
        capture = open_file(path, decode)
        if capture is None or not capture.grab():
            raise SourceError(f"{path}: {container.why_unreadable(path)}")
        self._capture = capture
        self._grabbed_first = True  # by the line above, for `advance` to hand out
        self._fps = fps or capture.fps  # asked once: a container is slow to answer
        self._announced = capture.frame_count
        self._override = fps
        self._frames = 0
        self._first_s = capture.position_s
        self._time_s = 0.0

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) px, after rotation."""
        return self._capture.size

    @property
    def fps(self) -> float:
        """Frames a second: the override, or as stated."""
        return self._fps

    @property
    def duration_s(self) -> float | None:
        """Length as stated."""
        return self._announced / self._fps if self._announced else None

    @property
    def passed_over(self) -> bool:
        """Whether the present frame was left undecoded."""
        return self._capture.passed_over

    @property
    def decoder(self) -> tuple[str, str | None]:
        """What decodes, and why that is not what was asked for."""
        return self._capture.decoder, self._capture.fallback

    def advance(self) -> float | None:
        """Move to the next frame."""
        if not (self._grabbed_first or self._grab()):
            return None
        self._grabbed_first = False
        self._frames += 1
        self._time_s = self._next_time_s()
        return self._time_s

    def picture(self) -> NDArray[np.uint8] | None:
        """Return the present frame."""
        return self._capture.retrieve()

    def glance(self) -> NDArray[np.uint8] | None:
        """Return a small luma picture of the present frame."""
        return self._capture.glance()

    def fault(self) -> str | None:
        """Return what the file lacks of what it announces."""
        if self._frames == self._announced:
            return None
        missing = container.shortfall(self._path, self._frames)
        return f"{self._path}: {missing}" if missing else None

    def close(self) -> None:
        """Let go of the file."""
        self._capture.release()

    def _grab(self) -> bool:
        # False may be the end or one damaged frame; where frames are still due, the ones behind it can be reached.
        tries = _TRIES_AT_A_BREAK if self._frames < self._announced else 1
        return any(self._capture.grab() for _ in range(tries))

    def _next_time_s(self) -> float:
        number = self._frames - 1
        if self._override:
            return number / self._override
        stated_s = self._capture.position_s - self._first_s
        return stated_s if number == 0 or stated_s > self._time_s else self._time_s + 1 / self.fps


def check_file(path: Path) -> None:
    """Refuse what need not be opened to see that it is no recording.

    Raises:
        SourceError: if it is missing, unreadable, empty, or no file.
    """
    try:
        if not path.is_file():
            raise SourceError(f"{path}: {'is no file' if path.exists() else 'no such file'}")
        with path.open("rb") as file:
            if not file.read(1):
                raise SourceError(f"{path}: is empty (0 bytes)")
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror})") from error
