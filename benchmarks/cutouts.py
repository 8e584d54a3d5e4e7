"""Things to put down: cut out of real photos where the research data lie, drawn with a seed elsewhere.

Cut-outs are split by the photo that they come from: `tuning` and `report` never share a photo. Parameters were chosen
by reasoning and looked at on `tuning`; published figures are of `report`.
"""

import csv
import hashlib
from dataclasses import dataclass
from functools import cache
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.plates import CLEANLINESS

Half = Literal["tuning", "report"]
Kind = Literal["bag", "litter"]
Cutout = NDArray[np.uint8]
"""(h, w, 4) BGR and how much of it covers the ground."""

BAGS = ("Plastic bag & wrapper", "Paper bag", "Carton")
LEAST_SIDE = 40
"""Cut-outs with a longer side of fewer px are blown-up crumbs."""


@dataclass(frozen=True, slots=True)
class _Source:
    path: str
    photo: str
    kind: Kind


def cutouts_here() -> bool:
    """Return whether the cut-outs of real photos lie beside the checkout."""
    return (CLEANLINESS / "litter_cutouts_taco" / "cutouts.csv").exists()


@cache
def _sources() -> tuple[_Source, ...]:
    found = []
    folder = CLEANLINESS / "litter_cutouts_taco"
    with (folder / "cutouts.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if max(int(row["w"]), int(row["h"])) >= LEAST_SIDE and min(int(row["w"]), int(row["h"])) >= LEAST_SIDE / 3:
                kind: Kind = "bag" if row["taco_supercategory"] in BAGS else "litter"
                found.append(_Source(str(folder / row["file"]), row["taco_image"], kind))
    folder = CLEANLINESS / "cardboard_cutouts_trashnet"
    with (folder / "cutouts.csv").open(encoding="utf-8") as file:
        found += [_Source(str(folder / row["file"]), row["trashnet_image"], "bag") for row in csv.DictReader(file)]
    return tuple(found)


def half_of(photo: str) -> Half:
    """Return the half that a photo belongs to."""
    return "tuning" if hashlib.sha256(photo.encode()).digest()[0] < 128 else "report"


def draw_from(kind: Kind, half: Half, random: np.random.Generator) -> tuple[Cutout, str]:
    """Return a thing of a kind, and its name for the manifest."""
    if not cutouts_here():
        return _drawn(kind, random), "drawn"
    mine = [one for one in _sources() if one.kind == kind and half_of(one.photo) == half]
    chosen = mine[int(random.integers(len(mine)))]
    picture = cv2.imread(chosen.path, cv2.IMREAD_UNCHANGED)
    if picture is None or picture.ndim != 3 or picture.shape[2] != 4:
        raise OSError(f"{chosen.path}: expected a picture with an alpha channel")
    return np.asarray(picture, np.uint8), chosen.path.rpartition("/")[2]


def _drawn(kind: Kind, random: np.random.Generator) -> Cutout:
    """Return a bag or a piece of litter: an irregular body with folds, a light and a dark side."""
    side = 120
    angles = np.linspace(0, 2 * np.pi, 14, endpoint=False)
    reach = random.uniform(0.62, 1.0, 14) * side / 2
    flat = random.uniform(0.55, 1.0) if kind == "bag" else random.uniform(0.3, 0.7)
    corners = np.stack([side / 2 + reach * np.cos(angles), side / 2 + flat * reach * np.sin(angles)], axis=1)
    alpha = np.zeros((side, side), np.uint8)
    cv2.fillPoly(alpha, [corners.round().astype(np.int32)], 255)
    colour = random.uniform(20, 235, 3) if random.random() < 0.6 else np.full(3, random.uniform(15, 240))
    body = np.ones((side, side, 3)) * colour
    across = np.linspace(-1, 1, side)[:, None, None]
    body *= 1 - 0.35 * across * random.choice([-1, 1])
    folds = np.zeros((side, side), np.float32)
    for _ in range(7):
        a, b = random.integers(0, side, 2), random.integers(0, side, 2)
        cv2.line(folds, a.tolist(), b.tolist(), float(random.uniform(-70, 70)), int(random.integers(3, 9)))
    body += cv2.GaussianBlur(folds, (0, 0), 2.0)[:, :, None]
    return np.dstack([np.clip(body, 0, 255).astype(np.uint8), alpha])
