"""What the detector says: who and what hides the ground, and what things are called."""

from dataclasses import dataclass

import numpy as np

from models.detections import Detections
from pipeline.cleanliness.sample import Boxes
from pipeline.deposits import DepositType

HIDING = frozenset(
    ("person", "bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat", "bird", "cat", "dog",
     "horse", "sheep", "cow", "elephant", "bear", "zebra", "giraffe")
)  # fmt: skip
"""Classes that are never a deposit: people, animals and vehicles."""

_BULKY = (
    "chair", "couch", "bed", "dining table", "toilet", "tv", "microwave", "oven", "sink", "refrigerator", "suitcase",
    "potted plant", "bench", "surfboard",
)  # fmt: skip
_LITTER = (
    "bottle", "wine glass", "cup", "fork", "knife", "spoon", "bowl", "banana", "apple", "book", "umbrella",
)  # fmt: skip

NAMED: dict[str, DepositType] = {
    **dict.fromkeys(_BULKY, "bulky"),
    **dict.fromkeys(("backpack", "handbag"), "bags"),
    **dict.fromkeys(_LITTER, "litter"),
}
"""Classes of COCO that deposits are called by, and what they make of one."""

_VEHICLES = frozenset(("bicycle", "car", "motorcycle", "bus", "train", "truck"))


def hides_from(name: str) -> float:
    """Return the score from which a detection of a class hides the ground.

    A person missed costs more than a person too many. Bags and heaps are taken for animals, boats and planes rather
    often, and these seldom lie still in a street: they must be certain.
    """
    return 0.25 if name == "person" else 0.35 if name in _VEHICLES else 0.6


NAMED_FROM = 0.35


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What the detector saw in one picture, px of it."""

    hiding: Boxes  # (N, 4)
    named: Boxes  # (M, 4)
    names: tuple[str, ...]  # (M,)
    scores: tuple[float, ...]  # (M,)


def seen_in(found: Detections, labels: tuple[str, ...]) -> Seen:
    """Sort detections."""
    names = [labels[class_id] for class_id in found.class_id.tolist()]
    scores = found.score.tolist()
    hides = [n for n, name in enumerate(names) if name in HIDING and scores[n] >= hides_from(name)]
    named = [n for n, name in enumerate(names) if name in NAMED and scores[n] >= NAMED_FROM]
    return Seen(
        found.xyxy[hides].reshape(-1, 4),
        found.xyxy[named].reshape(-1, 4),
        tuple(names[n] for n in named),
        tuple(scores[n] for n in named),
    )


def overlap(box: tuple[float, float, float, float], others: Boxes) -> Boxes:
    """Return intersection over union of a box with others (N, 4), (N,)."""
    if not len(others):
        return np.zeros(0, np.float32)
    low, high = np.maximum(others[:, :2], box[:2]), np.minimum(others[:, 2:], box[2:])
    both = np.clip(high - low, 0, None).prod(axis=1)
    mine = max(0.0, (box[2] - box[0]) * (box[3] - box[1]))
    theirs = (others[:, 2:] - others[:, :2]).prod(axis=1)
    return np.asarray(both / np.maximum(mine + theirs - both, 1e-6), np.float32)
