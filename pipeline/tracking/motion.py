"""Constant velocity in seconds: one small Kalman filter per track, kept as columns.

The noise of both image axes is taken as equal and proportional to the object's size, so the covariance of
position and speed is one 2 × 2 matrix per track, in units of the size. Model: white-noise acceleration
(Bar-Shalom, Li, Kirubarajan, "Estimation with Applications to Tracking and Navigation", 2001, section 6.2.2).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]


SWAY = 0.25
"""Sizes that an object may stray without having moved: who stands shifts his weight, and boxes jitter."""

REST_S = 2.0
"""Who has not moved for so long is at rest: when he moves on, it is something new."""


@dataclass(slots=True, eq=False)
class MotionColumns:
    """State of N tracks; rows are appended, updated and selected together."""

    centre: F64  # (N, 2) px
    velocity: F64  # (N, 2) px/s
    log_size: F64  # (N, 2) logarithm of width and height, px
    var_position: F64  # (N,) size²
    covariance: F64  # (N,) size²/s
    var_velocity: F64  # (N,) size²/s²
    acceleration: F64  # (N,) size/s², standard deviation
    since_update_s: F64  # (N,)
    place: F64  # (N, 2) px, where it is or was until it moved on
    rested_s: F64  # (N,) how long it has been there
    woken: NDArray[np.bool_]  # (N,) left it with the latest update, after a rest

    @staticmethod
    def empty() -> "MotionColumns":
        """Return the state of no track."""
        none, pairs = np.empty(0), np.empty((0, 2))
        return MotionColumns(pairs, pairs, pairs, none, none, none, none, none, pairs, none, none > 0)

    @staticmethod
    def born(xyxy: F64, noise: float, speed: F64, acceleration: F64) -> "MotionColumns":
        """Return new tracks at boxes (N, 4); `speed` and `acceleration` (N,) are standard deviations in sizes."""
        n = len(xyxy)
        centre, log_size = centre_and_log_size(xyxy)
        return MotionColumns(
            centre,
            np.zeros((n, 2)),
            log_size,
            np.full(n, noise**2),
            np.zeros(n),
            speed**2,
            acceleration,
            np.zeros(n),
            centre.copy(),
            np.zeros(n),
            np.zeros(n, np.bool_),
        )

    @property
    def area(self) -> F64:
        """Return width × height of each track, (N,) px²: the square of its size."""
        return np.asarray(np.exp(self.log_size.sum(axis=1)))

    @property
    def xyxy(self) -> F64:
        """Return the estimated boxes, (N, 4) px."""
        half = np.exp(self.log_size) / 2
        return np.concatenate([self.centre - half, self.centre + half], axis=1)

    def predict(self, dt_s: float) -> None:
        """Move every track `dt_s` seconds on."""
        self.centre = self.centre + self.velocity * dt_s
        intensity = self.acceleration**2  # of white-noise acceleration correlated over one second
        self.var_position = (
            self.var_position + 2 * dt_s * self.covariance + dt_s**2 * self.var_velocity + intensity * dt_s**3 / 3
        )
        self.covariance = self.covariance + dt_s * self.var_velocity + intensity * dt_s**2 / 2
        self.var_velocity = self.var_velocity + intensity * dt_s
        self.since_update_s = self.since_update_s + dt_s
        self.rested_s = self.rested_s + dt_s

    def foreseen(self, rows: NDArray[np.intp], steps_s: F64) -> F64:
        """Return how uncertain the places of tracks `rows` (M,) will be after `steps_s` (K,): (M, K), in sizes.

        Standard deviation along each image axis, as `predict` would find it.
        """
        dt = steps_s[None, :]
        of = {name: getattr(self, name)[rows][:, None] for name in ("var_position", "covariance", "var_velocity")}
        intensity = self.acceleration[rows][:, None] ** 2
        variance = of["var_position"] + 2 * dt * of["covariance"] + dt**2 * of["var_velocity"] + intensity * dt**3 / 3
        return np.asarray(np.sqrt(variance))

    def update(self, rows: NDArray[np.intp], xyxy: F64, noise: F64, size_gain: F64) -> None:
        """Correct tracks `rows` (M,) with boxes (M, 4); `noise` (M,) in sizes, `size_gain` (M,) 0..1."""
        centre, log_size = centre_and_log_size(xyxy)
        variance = self.var_position[rows] + noise**2
        gain_p = (self.var_position[rows] / variance)[:, None]
        gain_v = (self.covariance[rows] / variance)[:, None]
        innovation = centre - self.centre[rows]
        self.centre[rows] += gain_p * innovation
        self.velocity[rows] += gain_v * innovation
        covariance = self.covariance[rows]
        self.var_velocity[rows] -= covariance**2 / variance
        self.covariance[rows] = covariance * (1 - gain_p[:, 0])
        self.var_position[rows] *= 1 - gain_p[:, 0]
        self.log_size[rows] += size_gain[:, None] * (log_size - self.log_size[rows])
        self.since_update_s[rows] = 0.0
        away = self.centre[rows] - self.place[rows]
        left = rows[(away**2).sum(axis=1) > SWAY**2 * self.area[rows]]
        self.woken = np.zeros(len(self.place), np.bool_)
        self.woken[left] = self.rested_s[left] >= REST_S
        self.place[left], self.rested_s[left] = self.centre[left], 0.0

    def select(self, keep: NDArray[np.bool_]) -> None:
        """Forget the tracks where `keep` (N,) is False."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name)[keep])

    def extend(self, other: "MotionColumns") -> None:
        """Append the tracks of `other`."""
        for name in self.__slots__:
            setattr(self, name, np.concatenate([getattr(self, name), getattr(other, name)]))


def centre_and_log_size(xyxy: F64) -> tuple[F64, F64]:
    """Return centres (N, 2) px and the logarithms of width and height (N, 2) of boxes (N, 4)."""
    wh = np.maximum(xyxy[:, 2:] - xyxy[:, :2], 1.0)
    return (xyxy[:, :2] + xyxy[:, 2:]) / 2, np.log(wh)
