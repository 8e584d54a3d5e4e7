"""The annotated video of `parvis analyze --video`: boxes, lines, zones and running counts, as H.264 in MP4."""

import unicodedata
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.config import CameraConfig
from pipeline.events import Crossing, Event
from pipeline.frame import Frame
from pipeline.tracks import Tracks

Picture = NDArray[np.uint8]
_LINE, _ZONE, _BOX, _YOUNG, _FLASH = (0, 200, 255), (220, 160, 60), (80, 220, 80), (160, 160, 160), (60, 60, 255)
_FONT = cv2.FONT_HERSHEY_SIMPLEX
FLASH_S = 0.5
"""A line lights up for so long when it counts."""


class Overlay:
    """Draws what Parvis sees onto pictures of one camera."""

    def __init__(self, camera: CameraConfig) -> None:
        self._camera = camera
        self._tracks: Tracks | None = None
        self._counts = {(line.id, way): 0 for line in camera.lines for way in ("forward", "backward")}
        self._counted_s = {line.id: float("-inf") for line in camera.lines}

    def see(self, tracks: Tracks) -> None:
        """Remember the newest tracks."""
        self._tracks = tracks

    def count(self, event: Event) -> None:
        """Add a crossing to the figures shown."""
        if isinstance(event, Crossing):
            self._counts[event.line_id, event.direction] += 1
            self._counted_s[event.line_id] = event.time_s

    def draw(self, picture: Picture, time_s: float) -> None:
        """Draw onto a picture (H, W, 3) uint8 BGR, in place."""
        height, width = picture.shape[:2]
        scale = max(0.35, height / 1100)
        for zone in self._camera.zones:
            corners = (np.array(zone.points) * (width, height)).astype(np.int32)
            cv2.polylines(picture, [corners], True, _ZONE, 1, cv2.LINE_AA)
            _label(picture, zone.name or zone.id, corners.min(axis=0) + np.array([4, 14]), scale, _ZONE)
        if self._tracks is not None:
            self._draw_boxes(picture, self._tracks)
        for line in self._camera.lines:
            recent = time_s - self._counted_s[line.id] < FLASH_S
            path = np.array(line.path) * (width, height)
            _arrow(picture, path, _FLASH if recent else _LINE)
            forward, backward = self._counts[line.id, "forward"], self._counts[line.id, "backward"]
            text = f"{line.name or line.id}  > {forward}  < {backward}"
            _label(
                picture, text, path[0] * 0.93 + path[1] * 0.07 + np.array([6, 6]), scale, _FLASH if recent else _LINE
            )

    def _draw_boxes(self, picture: Picture, tracks: Tracks) -> None:
        for box, confirmed in zip(tracks.xyxy.astype(int), tracks.confirmed, strict=True):
            colour = _BOX if confirmed else _YOUNG
            cv2.rectangle(picture, box[:2].tolist(), box[2:].tolist(), colour, 1, cv2.LINE_AA)
            cv2.circle(picture, (int((box[0] + box[2]) / 2), int(box[3])), 2, colour, -1, cv2.LINE_AA)


class VideoWriter:
    """Writes every frame that passes, drawn after its tracks are known; a context manager.

    Raises:
        OSError: if the file cannot be written.
    """

    def __init__(self, path: Path, fps: float, overlay: Overlay) -> None:
        self._overlay = overlay
        self._container = av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"})
        self._stream = self._container.add_stream("libx264", rate=Fraction(fps).limit_denominator(1001))
        self._stream.options = {"preset": "veryfast", "crf": "23"}
        self._stream.pix_fmt = "yuv420p"
        self._size: tuple[int, int] | None = None

    def __enter__(self) -> "VideoWriter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._size is not None:
            for packet in self._stream.encode():
                self._container.mux(packet)
        self._container.close()

    def through(self, frames: Iterable[Frame]) -> Iterator[Frame]:
        """Yield the frames on, and write each when the next one is asked for: by then it has been analysed."""
        for frame in frames:
            yield frame
            if frame.image is not None:
                self._write(frame)

    def _write(self, frame: Frame) -> None:
        assert frame.image is not None
        picture = frame.image.copy()
        self._overlay.draw(picture, frame.time_s)
        if self._size is None:
            self._size = (picture.shape[1] // 2 * 2, picture.shape[0] // 2 * 2)  # H.264 wants even sides
            self._stream.width, self._stream.height = self._size
        if (picture.shape[1], picture.shape[0]) != self._size:
            picture = np.asarray(cv2.resize(picture, self._size), np.uint8)
        for packet in self._stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")):
            self._container.mux(packet)


def _arrow(picture: Picture, path: NDArray[np.float64], colour: tuple[int, int, int]) -> None:
    """Draw a line through points (K, 2), with an arrow that points where `forward` goes: from left hand to right."""
    cv2.polylines(picture, [np.rint(path).astype(np.int32)], False, colour, 2, cv2.LINE_AA)
    a, b = path[(len(path) - 1) // 2 : (len(path) - 1) // 2 + 2]  # the piece in the middle
    along = (b - a) / max(float(np.linalg.norm(b - a)), 1e-9)
    right = np.array([-along[1], along[0]])  # y points down
    middle = (a + b) / 2
    cv2.arrowedLine(picture, _px(middle), _px(middle + right * picture.shape[0] * 0.04), colour, 2, cv2.LINE_AA, 0, 0.4)


def _label(picture: Picture, text: str, at: NDArray[np.float64], scale: float, colour: tuple[int, int, int]) -> None:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()  # OpenCV's font has no accents
    (width, height), below = cv2.getTextSize(plain, _FONT, scale, 1)
    x = int(np.clip(at[0], 0, max(0, picture.shape[1] - width - 4)))
    y = int(np.clip(at[1] + height, height + 2, max(height + 2, picture.shape[0] - below)))
    cv2.rectangle(picture, (x - 2, y - height - 2), (x + width + 2, y + below), (30, 30, 30), -1)
    cv2.putText(picture, plain, (x, y), _FONT, scale, colour, 1, cv2.LINE_AA)


def _px(point: NDArray[np.float64]) -> tuple[int, int]:
    return round(float(point[0])), round(float(point[1]))
