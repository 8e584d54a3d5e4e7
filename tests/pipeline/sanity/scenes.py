"""Pieces of real footage, and what can happen to the camera that films them."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models.detections import Detections
from pipeline.frame import Frame
from pipeline.sanity.watch import SanityWatch, Verdict
from pipeline.schedule import every
from pipeline.sources import SourceSpec, open_recording
from pipeline.sources.luma import of_bgr
from tests.builders import detections

ROOT = Path(__file__).parents[3]
PLAZA = ROOT / "benchmarks" / "footage" / "plaza.mp4"
Picture = NDArray[np.uint8]
Change = Callable[[Picture], Picture]
NOBODY = detections([])
STEP_S = 0.5


@cache
def plaza() -> tuple[Picture, ...]:
    """Return 15 s of the plaza, two pictures a second, 384 × 288 px."""
    pictures = []
    source = open_recording([PLAZA], SourceSpec(str(PLAZA)), every(5))
    for frame in source:
        if frame.time_s >= 15:
            break
        if frame.image is not None:
            pictures.append(np.asarray(cv2.resize(frame.image, (384, 288), interpolation=cv2.INTER_AREA), np.uint8))
    source.close()
    return tuple(pictures)


def film(length_s: float, first: int = 0) -> Iterator[Picture]:
    """Yield pictures of the plaza, to and fro, as long as wanted."""
    there = plaza()
    whole = [*there, *there[-2:0:-1]]
    for n in range(first, first + round(length_s / STEP_S)):
        yield whole[n % len(whole)]


class Camera:
    """A camera that films the plaza, and its watch; with `glances` the watch has nothing but those of a pacer."""

    def __init__(self, *, glances: bool = False, **options: object) -> None:
        self._glances = glances
        self.sanity = SanityWatch(**options)  # type: ignore[arg-type]
        self.shown = 0

    @property
    def now_s(self) -> float:
        """Return the media time of the next picture."""
        return self.shown * STEP_S

    def films(self, length_s: float, change: Change | None = None, found: Detections = NOBODY) -> list[Verdict]:
        """Film on, each picture changed; return the verdict after each."""
        return [self.shows(change(one) if change else one, found) for one in film(length_s, self.shown)]

    def shows(self, picture: Picture, found: Detections = NOBODY) -> Verdict:
        """Show one picture."""
        size = (picture.shape[1], picture.shape[0])
        image, luma = (np.zeros_like(picture), of_bgr(picture)) if self._glances else (picture, None)
        frame = Frame(self.shown * 5, self.now_s, image, size, luma=luma)
        self.shown += 1
        return self.sanity.look(frame, found)


def turned(degrees: float) -> Change:
    """Return how the picture looks after the camera was turned about its axis."""
    return lambda picture: _warped(picture, degrees, 0, 0)


def shifted(x: float, y: float) -> Change:
    """Return how it looks after the camera was pushed; fractions of width and height."""
    return lambda picture: _warped(picture, 0, x, y)


def _warped(picture: Picture, degrees: float, x: float, y: float) -> Picture:
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    matrix[:, 2] += (x * width, y * height)
    return np.asarray(cv2.warpAffine(picture, matrix, (width, height), borderMode=cv2.BORDER_REFLECT), np.uint8)


def blurred(picture: Picture) -> Picture:
    """Return the picture out of focus: sigma 1 % of its height."""
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), picture.shape[0] / 100), np.uint8)


def taped(picture: Picture) -> Picture:
    """Return the picture with two thirds of it covered."""
    picture = picture.copy()
    picture[: picture.shape[0] * 2 // 3] = 12
    return picture


def white(picture: Picture) -> Picture:
    """Return the picture with the sun in it."""
    return np.asarray(np.clip(picture * 0.05 + 243, 0, 255), np.uint8)


def dark(picture: Picture) -> Picture:
    """Return the picture of a lens with a lid on it."""
    return np.zeros_like(picture)


def lit(low: float, high: float, noise: float = 0.0) -> Change:
    """Return how other light looks: its strength from the left to the right, and the noise of the sensor."""
    random = np.random.default_rng(1)

    def change(picture: Picture) -> Picture:
        light = np.linspace(low, high, picture.shape[1])[None, :, None]
        shown = np.clip(picture * light + random.normal(0, noise, picture.shape), 0, 255)
        return np.asarray(shown, np.uint8)

    return change


def crowded(picture: Picture, random: np.random.Generator) -> tuple[Picture, Detections]:
    """Return the picture with a crowd over two thirds of it, other people each time, and the boxes found."""
    picture, boxes = picture.copy(), []
    height, width = picture.shape[:2]
    for _ in range(140):
        x, y = int(random.integers(0, width - 24)), int(random.integers(height // 3, height - 60))
        picture[y : y + 60, x : x + 24] = random.integers(0, 255, (1, 1, 3))
        picture[y + 20 : y + 40, x + 4 : x + 20] = random.integers(0, 255, (1, 1, 3))
        boxes.append((float(x), float(y), x + 24.0, y + 60.0))
    return picture, detections(boxes)
