"""Videos, pictures and clocks that tests draw for themselves."""

import struct
import threading
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.frame import Frame
from pipeline.sources import Clock, Glance, Source

MILLISECOND = Fraction(1, 1000)


def flat(level: int, size: tuple[int, int] = (64, 48)) -> NDArray[np.uint8]:
    """Return a picture of one grey level; `size` is (width, height) px."""
    return np.full((size[1], size[0], 3), level, np.uint8)


def draw_video(
    path: Path,
    pictures: Iterable[NDArray[np.uint8]],
    *,
    times_ms: Sequence[int] | None = None,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    b_frames: int = 0,
    created: str | None = None,
) -> Path:
    """Encode pictures at the given presentation times, or every 100 ms."""
    options = {"crf": "5", "preset": "ultrafast", "bf": str(b_frames), "g": "5"} if codec == "libx264" else {}
    drawn = list(pictures)
    # moov first, so that a file cut off in the middle still opens
    with av.open(str(path), "w", options={"movflags": "faststart"} if path.suffix == ".mp4" else {}) as container:
        if created:
            container.metadata["creation_time"] = created
        stream = container.add_stream(codec, rate=10, options=options)
        assert isinstance(stream, av.VideoStream)
        stream.height, stream.width = drawn[0].shape[:2] if drawn else (48, 64)
        stream.pix_fmt = pix_fmt
        stream.codec_context.time_base = MILLISECOND
        container.start_encoding()  # writes the header, even if no picture follows
        for number, picture in enumerate(drawn):
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.pts, frame.time_base = times_ms[number] if times_ms else number * 100, MILLISECOND
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def turn_by_90(path: Path) -> Path:
    """Write into an MP4 that it is to be shown a quarter turn clockwise, as a phone held upright does."""
    data = bytearray(path.read_bytes())
    matrix_at = data.index(b"tkhd") + 44  # after version, times, id, duration, layer, group, volume
    one = 0x10000
    data[matrix_at : matrix_at + 36] = struct.pack(">9i", 0, one, 0, -one, 0, 0, 0, 0, 0x40000000)
    path.write_bytes(data)
    return path


def draw_picture(path: Path, level: int, size: tuple[int, int] = (64, 48)) -> Path:
    """Write one flat picture file."""
    assert cv2.imwrite(str(path), flat(level, size))
    return path


def always(index: int, time_s: float, glance: Glance) -> bool:
    """Want every frame."""
    return True


def never(index: int, time_s: float, glance: Glance) -> bool:
    """Want no frame."""
    return False


def levels(frames: Iterable[Frame]) -> list[int | None]:
    """Return the mean grey level of each frame; None where there is no image."""
    return [None if frame.image is None else round(float(frame.image.mean())) for frame in frames]


def play(source: Source) -> list[Frame]:
    """Return all frames of a recording, and close it."""
    frames = list(source)
    source.close()
    return frames


class FakeClock(Clock):
    """A clock that stands still except while somebody waits."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self.waits_s: list[float] = []

    def monotonic_s(self) -> float:
        """Return the time that the test has reached."""
        return self.now_s

    def epoch_s(self) -> float:
        """Return the same, far from 1970."""
        return 1_700_000_000.0 + self.now_s

    def wait(self, stop: threading.Event, seconds: float) -> None:
        """Let the time pass at once."""
        assert seconds >= 0, "nobody can sleep backwards"
        self.waits_s.append(seconds)
        self.now_s += seconds
