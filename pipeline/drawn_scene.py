"""A drawn street for demonstrations: a bag is left on the pavement, more beside it, and a cart takes all away.

Everything is drawn, by a seed, so that it shows no person and may be shipped; the two walkers are silhouettes. It has
what makes real footage hard in small measure: perspective, paving joints, sensor noise, slowly changing light, contact
shadows and H.264. It is a demonstration and no evidence of accuracy.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Colour = tuple[int, int, int]

WIDTH, HEIGHT, FPS = 640, 360, 2
LONG_S = 165
SEED = 20260101

GROUND_M = (8.0, 12.0)
"""Width and depth of the pavement that is drawn, metres."""

CORNERS = ((0.02, 0.98), (0.98, 0.98), (0.70, 0.40), (0.30, 0.40))
"""Where its corners are in the picture, fractions: near left, near right, far right, far left."""

BAG_S, MORE_S, CART_S = 26.0, 54.0, 134.0
"""When the bag is left, when more is, and when all is taken."""

NOISE_PX = 97
"""One field of noise, larger than a picture, serves them all: each takes another part of it."""

_TEXTURE_PX_PER_M = 60


@dataclass(frozen=True, slots=True)
class Passage:
    """Somebody or something that crosses the pavement."""

    kind: str  # walker or cart
    depth_m: float
    at_s: float  # when it is at `x_m`
    x_m: float
    speed_m_per_s: float


PASSAGES = (
    Passage("walker", 4.2, BAG_S, 3.4, 1.1),
    Passage("walker", 5.2, MORE_S, 4.3, -1.0),
    Passage("walker", 8.5, 80.0, 4.0, 1.3),
    Passage("walker", 6.5, 104.0, 4.0, -1.2),
    Passage("cart", 4.0, CART_S, 3.8, 0.9),
)
THINGS = (("bag", 3.4, 4.4, BAG_S), ("bag", 4.1, 4.5, MORE_S), ("box", 4.75, 4.4, MORE_S))
"""Kind, place on the ground (metres from the near left corner), and since when it lies there."""


def pictures() -> Iterator[Picture]:
    """Yield the pictures (HEIGHT, WIDTH, 3) uint8 BGR, FPS of them a second."""
    rng = np.random.default_rng(SEED)
    to_picture = _ground_to_picture()
    street = _street(rng, to_picture)
    noise = rng.normal(0, 1.8, (HEIGHT + NOISE_PX, WIDTH + NOISE_PX, 3)).astype(np.float32)
    for index in range(LONG_S * FPS):
        time_s = index / FPS
        picture = street.copy()
        for kind, x_m, depth_m, since_s in THINGS:
            if since_s <= time_s < CART_S:
                _put(picture, kind, _at(to_picture, x_m, depth_m), _scale(to_picture, x_m, depth_m))
        for passage in sorted(PASSAGES, key=lambda one: -one.depth_m):
            x_m = passage.x_m + (time_s - passage.at_s) * passage.speed_m_per_s
            if -1.5 < x_m < GROUND_M[0] + 1.5:
                foot = _at(to_picture, x_m, passage.depth_m)
                _pass(picture, passage.kind, foot, _scale(to_picture, x_m, passage.depth_m), time_s)
        light = 1.0 + 0.03 * float(np.sin(2 * np.pi * time_s / 110))
        top, left = rng.integers(0, NOISE_PX, 2)
        fresh = noise[top : top + HEIGHT, left : left + WIDTH]
        yield np.asarray(cv2.convertScaleAbs(picture * np.float32(light) + fresh), np.uint8)


def write_scene(path: Path) -> None:
    """Write the scene as H.264 in MP4.

    Raises:
        OSError: if the file cannot be written.
    """
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=FPS)
        stream.options = {"preset": "veryfast", "crf": "22", "threads": "1"}
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for picture in pictures():
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        container.mux(stream.encode())


def _ground_to_picture() -> NDArray[np.float64]:
    """Return the homography (3, 3) from metres on the ground to px."""
    wide, deep = GROUND_M
    ground = np.array([(0, 0), (wide, 0), (wide, deep), (0, deep)], np.float32)
    corners = (np.array(CORNERS) * (WIDTH, HEIGHT)).astype(np.float32)
    return np.asarray(cv2.getPerspectiveTransform(ground, corners), np.float64)


def _at(to_picture: NDArray[np.float64], x_m: float, depth_m: float) -> tuple[float, float]:
    x, y, w = to_picture @ (x_m, depth_m, 1.0)
    return float(x / w), float(y / w)


def _scale(to_picture: NDArray[np.float64], x_m: float, depth_m: float) -> float:
    """Return px of a metre across the view."""
    left, right = _at(to_picture, x_m - 0.5, depth_m), _at(to_picture, x_m + 0.5, depth_m)
    return right[0] - left[0]


def _street(rng: np.random.Generator, to_picture: NDArray[np.float64]) -> Picture:
    """Return the empty street: a wall with windows, a kerb, and paving in perspective."""
    picture = np.full((HEIGHT, WIDTH, 3), (120, 132, 140), np.uint8)
    horizon = round(CORNERS[2][1] * HEIGHT)
    picture[:horizon] = (150, 160, 168)
    for left in range(30, WIDTH, 120):
        cv2.rectangle(picture, (left, 30), (left + 54, horizon - 34), (96, 84, 74), -1)
        cv2.rectangle(picture, (left, 30), (left + 54, horizon - 34), (190, 196, 200), 2)
    cv2.rectangle(picture, (0, horizon - 10), (WIDTH, horizon), (105, 112, 118), -1)
    paving = _paving(rng)
    scaled = to_picture @ np.diag((1 / _TEXTURE_PX_PER_M, 1 / _TEXTURE_PX_PER_M, 1.0))
    drawn = cv2.warpPerspective(paving, scaled, (WIDTH, HEIGHT), flags=cv2.INTER_AREA)
    inside = cv2.warpPerspective(np.full(paving.shape[:2], 255, np.uint8), scaled, (WIDTH, HEIGHT))
    grain = rng.normal(0, 5, (HEIGHT, WIDTH, 1)).astype(np.float32)
    picture = np.where(inside[:, :, None] > 127, drawn, picture).astype(np.uint8)
    textured = cv2.GaussianBlur(np.clip(picture + cv2.GaussianBlur(grain, (0, 0), 1)[:, :, None], 0, 255), (0, 0), 0.7)
    return np.asarray(textured, np.uint8)


def _paving(rng: np.random.Generator) -> Picture:
    """Return the pavement from above: slabs of 60 cm with joints, each of its own shade."""
    wide, deep = (round(metres * _TEXTURE_PX_PER_M) for metres in GROUND_M)
    slab = round(0.6 * _TEXTURE_PX_PER_M)
    paving = np.empty((deep, wide, 3), np.uint8)
    for top in range(0, deep, slab):
        for left in range(0, wide, slab):
            shade = 150 + int(rng.integers(-9, 10))
            paving[top : top + slab, left : left + slab] = (shade - 6, shade, shade + 4)
    paving[::slab] = paving[:, ::slab] = (110, 114, 116)
    coarse = rng.normal(0, 9, (deep // 4, wide // 4, 1)).astype(np.float32)
    stains = cv2.resize(coarse, (wide, deep), interpolation=cv2.INTER_CUBIC)[:, :, None]
    return np.asarray(np.clip(paving + stains, 0, 255), np.uint8)


def _put(picture: Picture, kind: str, foot: tuple[float, float], scale: float) -> None:
    """Draw a thing that stands on the ground, with its contact shadow; `scale` is px of a metre."""
    x, y = foot
    if kind == "bag":
        _shadow(picture, (x + 0.05 * scale, y), (0.36 * scale, 0.09 * scale))
        body = [
            (-0.26, 0.0),
            (-0.35, -0.1),
            (-0.36, -0.26),
            (-0.28, -0.4),
            (-0.14, -0.47),
            (-0.06, -0.5),
            (-0.12, -0.6),
        ]
        body += [(0.02, -0.55), (0.13, -0.6), (0.08, -0.5), (0.22, -0.44), (0.33, -0.3), (0.35, -0.12), (0.27, 0.0)]
        _fill(picture, foot, scale, body, (110, 70, 30))
        _fill(picture, foot, scale, [(-0.27, -0.14), (-0.24, -0.3), (-0.12, -0.4), (-0.16, -0.2)], (170, 130, 90))
        _fill(picture, foot, scale, [(0.02, -0.08), (0.12, -0.3), (0.2, -0.28), (0.12, -0.06)], (140, 95, 55))
        _fill(picture, foot, scale, [(-0.04, -0.12), (-0.06, -0.34), (0.0, -0.42), (0.0, -0.16)], (70, 40, 15))
        return
    _shadow(picture, (x + 0.04 * scale, y), (0.38 * scale, 0.08 * scale))
    _fill(picture, foot, scale, [(-0.32, 0.0), (-0.32, -0.4), (0.3, -0.4), (0.3, 0.0)], (92, 138, 176))
    _fill(picture, foot, scale, [(-0.32, -0.4), (-0.22, -0.54), (0.38, -0.54), (0.3, -0.4)], (120, 168, 204))
    _fill(picture, foot, scale, [(-0.04, 0.0), (-0.04, -0.4), (0.04, -0.4), (0.04, 0.0)], (70, 108, 142))


def _pass(picture: Picture, kind: str, foot: tuple[float, float], scale: float, time_s: float) -> None:
    """Draw a walker or a cart."""
    x, y = foot
    if kind == "cart":
        _shadow(picture, (x, y), (0.9 * scale, 0.14 * scale))
        _fill(picture, foot, scale, [(-0.8, -0.2), (-0.8, -1.1), (0.5, -1.25), (0.8, -0.7), (0.8, -0.2)], (60, 150, 70))
        _fill(picture, foot, scale, [(0.15, -0.75), (0.15, -1.12), (0.5, -1.15), (0.7, -0.75)], (190, 180, 150))
        for wheel in (-0.5, 0.5):
            cv2.circle(picture, _px(x + wheel * scale, y - 0.18 * scale), max(2, round(0.18 * scale)), (40, 40, 40), -1)
        return
    swing = 0.16 * float(np.sin(2 * np.pi * time_s))
    _shadow(picture, (x, y), (0.28 * scale, 0.07 * scale))
    for side in (-swing, swing):
        _fill(
            picture, foot, scale, [(side - 0.08, 0.0), (-0.1, -0.85), (0.08, -0.85), (side + 0.06, 0.0)], (64, 52, 44)
        )
    _fill(picture, foot, scale, [(-0.2, -0.8), (-0.24, -1.4), (0.24, -1.4), (0.2, -0.8)], (120, 84, 60))
    cv2.circle(picture, _px(x, y - 1.58 * scale), max(2, round(0.13 * scale)), (110, 130, 150), -1, cv2.LINE_AA)


def _shadow(picture: Picture, middle: tuple[float, float], radii: tuple[float, float]) -> None:
    wide, high = max(1, round(radii[0])), max(1, round(radii[1]))
    x, y = _px(*middle)
    left, top = max(0, x - 2 * wide), max(0, y - 3 * high)
    around = picture[top : max(0, y + 3 * high), left : max(0, x + 2 * wide)]
    if around.size == 0:
        return
    mask = np.zeros(around.shape[:2], np.float32)
    cv2.ellipse(mask, (x - left, y - top), (wide, high), 0, 0, 360, 0.35, -1)
    blurred = np.asarray(cv2.GaussianBlur(mask, (0, 0), max(0.8, high / 3)))
    around[:] = (around * (1 - blurred[:, :, None])).astype(np.uint8)


def _fill(
    picture: Picture, foot: tuple[float, float], scale: float, corners: list[tuple[float, float]], colour: Colour
) -> None:
    points = np.rint((np.array(corners) * scale + foot) * 16).astype(np.int32)
    cv2.fillPoly(picture, [points], colour, cv2.LINE_AA, 4)


def _px(x: float, y: float) -> tuple[int, int]:
    return round(x), round(y)
