"""Composite road users: a rider and the bicycle or motorcycle under them are one object, and no pedestrian.

Detectors see a rider as a person, as a two-wheeler, or as both, and often differently in the next frame. Boxes that
belong together are joined before the association; over the track's life, how often a two-wheeler was seen and how
fast the track moves decide what it is.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.overlap import iou_matrix
from pipeline.tracking.association import Rows
from pipeline.tracking.motion import F64
from pipeline.tracking.parameters import RiderParameters

INSIDE = 0.7
"""A person or two-wheeler of which so much lies in a rider's box belongs to that rider."""

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class LightClasses:
    """Indices of the classes that make up riders and walkers; -1 where the model does not know one."""

    person: int
    bicycle: int
    motorcycle: int

    @staticmethod
    def of(labels: tuple[str, ...]) -> "LightClasses":
        """Return the indices of these labels."""
        place = {name: index for index, name in enumerate(labels)}
        return LightClasses(*(place.get(name, -1) for name in ("person", "bicycle", "motorcycle")))

    def ridden(self, class_id: NDArray[np.intp]) -> Flags:
        """Return which of the classes (N,) are two-wheelers."""
        return np.asarray((class_id >= 0) & ((class_id == self.bicycle) | (class_id == self.motorcycle)))


def compose(
    xyxy: F64, score: F64, class_id: NDArray[np.intp], classes: LightClasses, parked: F64
) -> tuple[F64, F64, Rows]:
    """Join each two-wheeler with the person on it.

    Args:
        xyxy, score, class_id: boxes (N, 4), (N,), (N,).
        parked: boxes (K, 4) of two-wheelers that stand somewhere: whoever walks past does not ride them.

    Returns:
        The boxes and scores, the rider's box grown over both, and the rows to keep: the person's row of a pair goes.
    """
    wheels = np.flatnonzero(classes.ridden(class_id))
    people = np.flatnonzero(class_id == classes.person)
    rows = np.arange(len(xyxy))
    if not len(people):
        return xyxy, score, rows
    if len(parked):
        wheels = wheels[(iou_matrix(xyxy[wheels], parked) < 0.5).all(axis=1)]
    wheels = wheels[np.argsort(-score[wheels], kind="stable")]
    fit = _fit(xyxy[wheels], xyxy[people])
    xyxy, score, gone = xyxy.copy(), score.copy(), np.zeros(len(xyxy), np.bool_)
    light = classes.ridden(class_id) | (class_id == classes.person)
    for wheel, seats in zip(wheels, fit, strict=True):
        free = np.where(gone[people], 0.0, seats)
        if gone[wheel] or not free.any():
            continue
        person = people[free.argmax()]
        xyxy[wheel, :2] = np.minimum(xyxy[wheel, :2], xyxy[person, :2])
        xyxy[wheel, 2:] = np.maximum(xyxy[wheel, 2:], xyxy[person, 2:])
        score[wheel] = max(score[wheel], score[person])
        gone |= light & (_share_inside(xyxy, xyxy[wheel]) > INSIDE)  # second boxes around either of the two
        gone[wheel] = False
    return xyxy, score, rows[~gone]


def _share_inside(xyxy: F64, box: F64) -> F64:
    """Return the share (N,) of each box's area that lies in one box (4,)."""
    low, high = np.maximum(xyxy[:, :2], box[:2]), np.minimum(xyxy[:, 2:], box[2:])
    inside = np.clip(high - low, 0, None).prod(axis=1)
    return np.asarray(inside / np.maximum((xyxy[:, 2:] - xyxy[:, :2]).prod(axis=1), 1.0))


def _fit(wheels: F64, people: F64) -> F64:
    """Return how well each person sits on each two-wheeler, (W, P): the share of the wheels' width; 0: not at all."""
    w, p = wheels[:, None, :], people[None, :, :]
    overlap = np.minimum(w[..., 2:], p[..., 2:]) - np.maximum(w[..., :2], p[..., :2])
    narrow = np.minimum(w[..., 2] - w[..., 0], p[..., 2] - p[..., 0])
    height = w[..., 3] - w[..., 1]
    seated = (p[..., 3] > w[..., 1]) & (p[..., 3] < w[..., 3] + 0.25 * height)
    above = p[..., 1] + p[..., 3] < w[..., 1] + w[..., 3]
    fits = (overlap[..., 0] >= 0.5 * narrow) & (overlap[..., 1] > 0) & seated & above
    return np.where(fits, overlap[..., 0] / np.maximum(w[..., 2] - w[..., 0], 1.0), 0.0)


@dataclass(slots=True)
class Seen:
    """What a camera has seen lately: where two-wheelers are frequent, a fast walker is more likely a rider."""

    light: float = 100.0  # looks at walkers and riders; begins as if so many had shown ...
    ridden: float = 1.0  # ... so few two-wheelers

    def update(self, light: int, ridden: int, p: RiderParameters) -> None:
        """Take in one look at the scene; the past fades over `memory` looks at objects."""
        fade = max(0.0, 1.0 - light / p.memory)
        self.light = self.light * fade + light
        self.ridden = self.ridden * fade + ridden

    def prior(self, p: RiderParameters) -> float:
        """Return the log-odds that some walker or rider is a rider, before anything is known of it."""
        share = (self.ridden + 0.1) / (self.light + 10.0)
        return p.prior + float(np.clip(p.per_place * np.log(share / p.usual_share), -p.most_place, p.most_place))


@dataclass(slots=True, eq=False)
class RiderColumns:
    """What is known of N tracks; rows go along with the tracker's."""

    looks: F64  # (N,)
    ridden: F64  # (N,) looks that showed a two-wheeler
    speed_sum: F64  # (N,) sizes/s, over looks
    motorcycle: F64  # (N,) scores that said motorcycle, less those that said bicycle
    rider: Flags  # (N,) taken for a rider now
    seen: "Seen"  # of the whole camera

    @staticmethod
    def new(n: int) -> "RiderColumns":
        """Return `n` tracks of which nothing is known."""
        return RiderColumns(np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n, np.bool_), Seen())

    def update(self, rows: Rows, class_id: NDArray[np.intp], score: F64, speed: F64, classes: LightClasses) -> None:
        """Take in the boxes (M,) that the tracks `rows` (M,) took; `speed` (M,) in sizes a second."""
        ridden = classes.ridden(class_id)
        self.looks[rows] += 1
        self.ridden[rows] += ridden
        self.speed_sum[rows] += speed
        self.motorcycle[rows] += score * (class_id == classes.motorcycle) - score * (class_id == classes.bicycle)

    def look(self, class_id: NDArray[np.intp], classes: LightClasses, p: RiderParameters) -> None:
        """Take in the classes (D,) of all boxes of one look, for the camera's memory."""
        ridden = classes.ridden(class_id)
        self.seen.update(int((ridden | (class_id == classes.person)).sum()), int(ridden.sum()), p)

    def decide(self, p: RiderParameters) -> None:
        """Take each track for a rider or not, by log-odds; a decision stands until the odds turn clearly."""
        share = self.ridden / np.maximum(self.looks, 1)
        odds = (
            self.seen.prior(p) + p.per_share * np.minimum(share, p.most_share) + p.per_speed * (self.speed - p.walking)
        )
        self.rider = np.where(self.rider, odds > -p.lock, odds > 0)

    @property
    def speed(self) -> F64:
        """Return the mean speeds, (N,) sizes a second."""
        return self.speed_sum / np.maximum(self.looks, 1)

    def parked(self, p: RiderParameters) -> Flags:
        """Return which tracks (N,) are two-wheelers that stand somewhere."""
        return (self.looks >= 5) & (self.ridden > 0.8 * self.looks) & (self.speed < p.standing)

    def class_id(self, majority: NDArray[np.intp], classes: LightClasses, p: RiderParameters) -> NDArray[np.intp]:
        """Return the classes (N,): for walkers and riders as decided here, for others the majority (N,)."""
        light = classes.ridden(majority) | (majority == classes.person)
        odds = self.motorcycle / np.maximum(self.ridden, 1) * p.per_vote + self.speed - p.cycling
        fast = (odds > 0) & (self.motorcycle > 0)
        ridden = np.where(fast | (classes.bicycle < 0), classes.motorcycle, classes.bicycle)
        rides = light & (self.rider | classes.ridden(majority)) & (ridden >= 0)
        return np.where(rides, ridden, majority)

    def select(self, keep: Flags) -> None:
        """Forget the tracks where `keep` (N,) is False."""
        for name in self.__slots__[:-1]:
            setattr(self, name, getattr(self, name)[keep])

    def extend(self, other: "RiderColumns") -> None:
        """Append the tracks of `other`."""
        for name in self.__slots__[:-1]:
            setattr(self, name, np.concatenate([getattr(self, name), getattr(other, name)]))
