"""What is put down where and when in the composites: drawn with a seed, and written to a manifest."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.composites import Layer, Paste, fitted, lit_like
from benchmarks.cutouts import Half, draw_from
from benchmarks.plates import Clip, Picture, ground_mask
from models.detections import Detections, Image

SIDES = {"bag": (24, 56), "litter": (36, 56)}
"""Longer sides, px in a picture 320 px wide."""

THINGS, DECOYS = 4, 2
"""In each episode; for most of the decoys there is no room left."""

DECOYS_ALONE = 8
"""In each episode of a composite that has nothing but decoys."""

DECOY_KINDS = ("plate", "shadow", "light", "person", "car")
ONE_PIECE = 0.9
"""Share of who or what is cut out that must hang together."""

FIRST_S, EPISODE_S, LIES_S = 10.0, 62.0, 33.0
"""Episodes begin so late, follow each other so, and things lie so long in them."""


@dataclass(frozen=True, slots=True, eq=False)
class Sprites:
    """People and cars cut from real footage (h, w, 4)."""

    people: tuple[NDArray[np.uint8], ...]
    cars: tuple[NDArray[np.uint8], ...]


def sprites_from(
    taken: Sequence[tuple[float, Picture]], plate: Picture, detect: Callable[[Image], Detections], wanted: set[int]
) -> list[NDArray[np.uint8]]:
    """Return who or what of some classes stands out from the plate, cut along where it differs."""
    found = []
    for _, picture in taken[:: max(1, len(taken) // 12)]:
        seen = detect(picture)
        for box, score, class_id in zip(seen.xyxy.tolist(), seen.score.tolist(), seen.class_id.tolist(), strict=True):
            x1, y1, x2, y2 = (round(value) for value in box)
            if class_id not in wanted or score < 0.6 or y2 - y1 < 30 or x1 < 2 or x2 > picture.shape[1] - 2:
                continue
            part = picture[y1:y2, x1:x2]
            differs = cv2.absdiff(part, plate[y1:y2, x1:x2]).max(axis=2) > 18
            alpha = _in_one_piece(differs)
            if alpha is not None and float((alpha > 0).mean()) > 0.3:
                found.append(np.dstack([part, alpha]).astype(np.uint8))
    return found


def _in_one_piece(differs: NDArray[np.bool_]) -> NDArray[np.uint8] | None:
    """Return who or what differs from the plate, 0 or 255, without holes; None where it is in pieces.

    What has the colour of the street behind it does not differ: half a van beside the other half is nothing a camera
    shows, and no detector knows it.
    """
    closed = cv2.morphologyEx(differs.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
    _, pieces, stats, _ = cv2.connectedComponentsWithStats(closed)
    areas = stats[1:, cv2.CC_STAT_AREA]
    if not len(areas) or int(areas.max()) < ONE_PIECE * int(areas.sum()):
        return None
    largest = (pieces == 1 + int(areas.argmax())).astype(np.uint8)
    contours, _ = cv2.findContours(largest, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    return np.asarray(cv2.drawContours(np.zeros_like(largest), contours, -1, 255, cv2.FILLED), np.uint8)


def episodes_in(duration_s: float) -> list[float]:
    """Return when each episode of a clip begins: what is put down is gone 13 s before the clip ends."""
    starts = []
    at_s = FIRST_S
    while at_s + LIES_S + 2 + 13 <= duration_s:
        starts.append(at_s)
        at_s += EPISODE_S
    return starts


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """What a clip offers: its plate and its length, and what may be put down on it."""

    clip: Clip
    plate: Picture
    duration_s: float
    sprites: Sprites
    half: Half

    @property
    def size(self) -> tuple[int, int]:
        """Return width and height, px."""
        return self.plate.shape[1], self.plate.shape[0]


def scene(stage: Stage, random: np.random.Generator) -> list[Paste]:
    """Return everything that is put down in one composite: things, and decoys where there is still room."""
    whats = ["bag" if n % 2 == 0 else "litter" for n in range(THINGS)]
    return _episodes(stage, lambda: whats + [_decoy(random) for _ in range(DECOYS)], random)


def decoys(stage: Stage, random: np.random.Generator) -> list[Paste]:
    """Return what is put down in a composite of decoys alone: as many as find room."""
    return _episodes(stage, lambda: [_decoy(random) for _ in range(DECOYS_ALONE)], random)


def _decoy(random: np.random.Generator) -> str:
    return DECOY_KINDS[int(random.integers(len(DECOY_KINDS)))]


def _episodes(stage: Stage, whats: Callable[[], list[str]], random: np.random.Generator) -> list[Paste]:
    ground = ground_mask(stage.clip, stage.size)
    pastes: list[Paste] = []
    for n, start_s in enumerate(episodes_in(stage.duration_s)):
        taken: list[tuple[int, int, int, int]] = []
        for what in whats():
            put_s = start_s + float(random.uniform(0, 2))
            made = _made(what, stage.size, stage.sprites, stage.half, random)
            place = None if made is None else _place(ground, made[2].shape[:2], taken, random)
            if made is None or place is None:
                continue
            name, colour, alpha = made
            left, top = place
            taken.append((left, top, left + alpha.shape[1], top + alpha.shape[0]))
            fitting = _fitting(what, colour, alpha, stage.plate, place)
            pastes.append(Paste(what, f"{n}:{name}", left, top, fitting, alpha, put_s, put_s + LIES_S))
    return pastes


def _fitting(what: str, colour: Layer, alpha: Layer, plate: Picture, place: tuple[int, int]) -> Layer:
    """Return a colour as it fits its place: a thing lit like the ground around it, a piece of plate as it is."""
    left, top = place
    height, width = alpha.shape[:2]
    if what == "plate":
        return plate[top : top + height, left : left + width].astype(np.float32)
    if what in ("bag", "litter"):
        return lit_like(colour, alpha, plate[max(0, top - 20) : top + height + 20, left : left + width])
    return colour


def _made(
    what: str, size: tuple[int, int], sprites: Sprites, half: Half, random: np.random.Generator
) -> tuple[str, Layer, Layer] | None:
    """Return name, colour and alpha of a thing or decoy."""
    scale = size[0] / 320
    if what in ("bag", "litter"):
        cutout, name = draw_from("bag" if what == "bag" else "litter", half, random)
        side = round(float(random.uniform(*SIDES[what])) * scale)
        return name, *fitted(cutout, side, random)
    if what in ("person", "car"):
        figures = sprites.people if what == "person" else sprites.cars
        if not figures:
            return None
        figure = figures[int(random.integers(len(figures)))]
        side = round(float(random.uniform(40, 64)) * scale)
        factor = side / max(figure.shape[:2])
        shape = (max(3, round(figure.shape[1] * factor)), max(3, round(figure.shape[0] * factor)))
        small = cv2.resize(figure, shape, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR)
        return what, small[:, :, :3].astype(np.float32), np.asarray(small[:, :, 3:] / 255, np.float32)
    side = round(float(random.uniform(24, 56)) * scale)
    alpha = _blotch(side, random)
    factor = {"shadow": 0.6, "light": 1.4}.get(what, 1.0)
    return what, np.full((*alpha.shape[:2], 3), factor, np.float32), alpha


def _blotch(side: int, random: np.random.Generator) -> Layer:
    """Return an irregular patch with a border one or two px soft."""
    corners = random.uniform(0.05, 0.95, (7, 2)) * side
    hull = cv2.convexHull(corners.astype(np.float32)).round().astype(np.int32)
    alpha = np.zeros((side, side), np.uint8)
    cv2.fillPoly(alpha, [hull], 255)
    return np.asarray(cv2.GaussianBlur(alpha, (0, 0), 1.0)[:, :, None] / 255, np.float32)


def _place(
    ground: NDArray[np.bool_],
    shape: tuple[int, int],
    taken: list[tuple[int, int, int, int]],
    random: np.random.Generator,
) -> tuple[int, int] | None:
    """Return left and top of a free place on the ground, as far from others as it is large."""
    height, width = shape
    for _ in range(200):
        left = int(random.integers(2, max(3, ground.shape[1] - width - 2)))
        top = int(random.integers(2, max(3, ground.shape[0] - height - 2)))
        part = ground[top : top + height, left : left + width]
        gap = max(height, width)
        apart = all(
            left > x2 + gap or left + width < x1 - gap or top > y2 + gap or top + height < y1 - gap
            for x1, y1, x2, y2 in taken
        )
        if part.shape == shape and part.all() and apart:
            return left, top
    return None
