"""A recording made worse, or merely other: what `parvis bench variants` counts.

Each variant is made from a clip whose truth is known, by treating its pictures, choosing which are shown when, encoding
them otherwise, or damaging the file. Random numbers are seeded: the same clip gives the same pictures.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]  # (H, W, 3) BGR
Points = NDArray[np.float64]  # (N, 2) fractions 0..1 of width and height
Treat = Callable[[Image, Image, int], Image]
"""(picture, the one before it, number) → picture."""

Timing = Callable[[int, float], list[tuple[int, float]]]
"""(frames of the clip, frames a second) → (which frame, when in s) of each that is shown."""

Damage = Callable[[bytes], bytes]

GOOD = {"preset": "veryfast", "crf": "18", "threads": "1"}
USUAL = 113_000
"""Bits a second of a street camera for each million pixels a second: 0.5 Mbit/s for the plaza's clip."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """How the pictures are written."""

    codec: str = "libx264"
    suffix: str = ".mp4"
    options: Mapping[str, str] = field(default_factory=lambda: GOOD)
    pix_fmt: str = "yuv420p"
    bit_rate: int | None = None  # bits a second for each million pixels a second
    scale: tuple[float, float] = (1.0, 1.0)  # of width and height
    pixel_aspect: Fraction | None = None  # width : height of a pixel, as the file states it
    turned: bool = False  # stored lying, with the word that it is to be shown upright
    sound: bool = False


@dataclass(frozen=True, slots=True)
class Variant:
    """One way in which a recording may be other."""

    name: str
    treat: Treat | None = None
    timing: Timing | None = None  # None: as the clip
    encoding: Encoding = field(default_factory=Encoding)
    moved: Callable[[Points, tuple[int, int]], Points] | None = None  # where points of a picture (w, h) come to lie
    mirrored: bool = False  # left is right: lines change their ends, so that `forward` stays forward
    damage: Damage | None = None
    kept: float = 1.0  # share of the clip that can be read at all


def seeded(number: int) -> np.random.Generator:
    """Return random numbers for one picture."""
    return np.random.default_rng((2026, number))


def grey(image: Image, _before: Image, _number: int) -> Image:
    """Return the picture as a camera with infrared light sees it: without colour."""
    luma = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    return np.asarray(cv2.cvtColor(luma, cv2.COLOR_GRAY2BGR), np.uint8)


def night(white: float) -> Treat:
    """Return a picture taken with little light: `white` electrons for the whitest pixel, 2 of read noise, then gain.

    The number of electrons is Poisson's, here by its normal limit; the camera brings white to 0.6.
    """

    def treat(image: Image, _before: Image, number: int) -> Image:
        light = (image / 255.0) ** 2.2 * white
        seen = light + seeded(number).normal(0.0, 1.0, image.shape) * np.sqrt(light + 4.0)
        return np.asarray(np.clip(seen / white * 0.6, 0, 1) ** (1 / 2.2) * 255, np.uint8)

    return treat


def fog(image: Image, _before: Image, _number: int) -> Image:
    """Return the picture with a third of its contrast, the rest even light."""
    return np.asarray(image * 0.33 + 120, np.uint8)


def shaken(image: Image, _before: Image, number: int) -> Image:
    """Return the picture of a camera on a mast in the wind: some 3 px to and fro in each direction."""
    x, y = seeded(number).normal(0.0, 3.0, 2)
    shift = np.array([[1.0, 0.0, x], [0.0, 1.0, y]])
    size = (image.shape[1], image.shape[0])
    return np.asarray(cv2.warpAffine(image, shift, size, borderMode=cv2.BORDER_REPLICATE), np.uint8)


def woven(image: Image, before: Image, _number: int) -> Image:
    """Return two pictures in one: even rows of the one before, odd rows of this."""
    both = image.copy()
    both[::2] = before[::2]
    return both


def mirrored(image: Image, _before: Image, _number: int) -> Image:
    """Return the picture with left and right exchanged."""
    return np.ascontiguousarray(image[:, ::-1])


def mirror(points: Points, _size: tuple[int, int]) -> Points:
    """Return where points come to lie."""
    return np.column_stack((1 - points[:, 0], points[:, 1]))


class Barrel:
    """A lens that draws straight lines as barrels: what lay at u lies at d, u = d (1 + k d²) / c.

    Lengths are shares of half the diagonal; `c` keeps the middle of the upper edge where it is, so nothing is lost.
    """

    def __init__(self, k: float = 0.35) -> None:
        self._k = k

    def treat(self, image: Image, _before: Image, _number: int) -> Image:
        """Return the picture through the lens; black where it saw nothing."""
        height, width = image.shape[:2]
        grid = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1).reshape(-1, 2) + 0.5
        half, middle = np.hypot(width, height) / 2, np.array([width, height]) / 2
        seen = (grid - middle) / half
        source = seen * self._stretch(seen, (width, height)) * half + middle - 0.5
        where = source.reshape(height, width, 2).astype(np.float32)
        return np.asarray(cv2.remap(image, where[..., 0], where[..., 1], cv2.INTER_LINEAR), np.uint8)

    def moved(self, points: Points, size: tuple[int, int]) -> Points:
        """Return where points come to lie: the equation solved by halving."""
        half, middle = np.hypot(*size) / 2, np.array(size) / 2
        wanted = (points * size - middle) / half
        low, high = np.zeros(len(points)), np.ones(len(points))
        for _ in range(50):
            share = (low + high) / 2
            tried = wanted * share[:, None] * 2
            beyond = np.linalg.norm(tried * self._stretch(tried, size), axis=1) > np.linalg.norm(wanted, axis=1)
            low, high = np.where(beyond, low, share), np.where(beyond, share, high)
        return np.asarray(np.clip((wanted * low[:, None] * 2 * half + middle) / size, 0, 1))

    def _stretch(self, seen: Points, size: tuple[int, int]) -> Points:
        edge = min(size) / np.hypot(*size)
        square = (seen**2).sum(axis=-1, keepdims=True)
        return np.asarray((1 + self._k * square) / (1 + self._k * edge**2))


def at_rate(fps: float) -> Timing:
    """Return the timing of a camera that sends `fps` pictures a second: the newest of the clip, again if need be."""

    def timing(frames: int, source_fps: float) -> list[tuple[int, float]]:
        times = [number / fps for number in range(int(frames / source_fps * fps))]
        return [(min(frames - 1, int(time_s * source_fps + 1e-6)), time_s) for time_s in times]

    return timing


def fields(frames: int, fps: float) -> list[tuple[int, float]]:
    """Return every second frame, for `woven`."""
    return [(number, number / fps) for number in range(1, frames, 2)]


def uneven(frames: int, fps: float) -> list[tuple[int, float]]:
    """Return three frames of four, each when it was taken, as a camera that leaves some out under load."""
    kept = np.random.default_rng(7).random(frames) < 0.75
    return [(number, number / fps) for number in range(frames) if kept[number] or number == 0]


def cut(share: float) -> Damage:
    """Return what is left of a file that was not copied to its end."""
    return lambda data: data[: int(len(data) * share)]


def spoiled(data: bytes) -> bytes:
    """Return the file with 40 stretches of 200 random bytes in its middle third."""
    random, broken = np.random.default_rng(11), bytearray(data)
    for at in random.integers(len(data) // 3, 2 * len(data) // 3, 40).tolist():
        broken[at : at + 200] = random.bytes(200)
    return bytes(broken)


def _codec(codec: str, suffix: str, **options: str) -> Encoding:
    return Encoding(codec, suffix, options)


_DARK = Encoding(
    options={"preset": "veryfast"}, bit_rate=2 * USUAL
)  # noise costs bits, and cameras have an upper bound
_FAST_START = {**GOOD, "movflags": "faststart"}

VARIANTS = (
    Variant("written again"),
    Variant("grey (infrared)", grey),
    Variant("night, 100 electrons", night(100), encoding=_DARK),
    Variant("night, 25 electrons", night(25), encoding=_DARK),
    Variant("fog, a third of the contrast", fog),
    Variant("shaken by 3 px", shaken),
    Variant("barrel", Barrel().treat, moved=Barrel().moved),
    Variant("mirrored", mirrored, moved=mirror, mirrored=True),
    Variant("half size", encoding=Encoding(scale=(0.5, 0.5))),
    Variant("quarter size", encoding=Encoding(scale=(0.25, 0.25))),
    Variant("half width, pixels 2:1", encoding=Encoding(scale=(0.5, 1), pixel_aspect=Fraction(2))),
    Variant("half height, pixels 1:2", encoding=Encoding(scale=(1, 0.5), pixel_aspect=Fraction(1, 2))),
    Variant("stored lying, shown upright", encoding=Encoding(turned=True)),
    Variant("H.264, 1/8 of the usual bits", encoding=Encoding(options={"preset": "veryfast"}, bit_rate=USUAL // 8)),
    Variant("MJPEG", encoding=Encoding("mjpeg", ".avi", {"qmin": "5", "qmax": "5"}, "yuvj420p")),
    Variant("HEVC", encoding=_codec("libx265", ".mp4", preset="superfast", **{"x265-params": "log-level=none"})),
    Variant("VP9", encoding=_codec("libvpx-vp9", ".webm", deadline="realtime", **{"cpu-used": "8", "crf": "36"})),
    Variant(
        "MPEG-2, two moments a picture", woven, fields,
        Encoding("mpeg2video", ".mpg", {"flags": "+ildct+ilme", "qmin": "3", "qmax": "6"}),
    ),
    Variant("5 fps", timing=at_rate(5)),
    Variant("12.5 fps", timing=at_rate(12.5)),
    Variant("25 fps", timing=at_rate(25)),
    Variant("50 fps", timing=at_rate(50)),
    Variant("a quarter of the frames left out", timing=uneven, encoding=Encoding(suffix=".mkv")),
    Variant("with sound", encoding=Encoding(sound=True)),
    Variant("cut off at 60 %", encoding=Encoding(options=_FAST_START), damage=cut(0.6), kept=0.6),
    Variant("8 kB spoiled", encoding=Encoding(options=_FAST_START), damage=spoiled),
)  # fmt: skip
