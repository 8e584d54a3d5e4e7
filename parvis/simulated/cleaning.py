"""What cameras measure of what lies in a zone: how much, what came and went, and how well it could be seen."""

from collections.abc import Mapping

import numpy as np

from hypervisor.catalogue import Key
from parvis.simulated.litter import Lying, ground_m2
from parvis.simulated.scene import HOUR_S, Scene
from parvis.simulated.streets import Maker
from parvis.simulated_city import Floats


def _here(scene: Scene, key: Key) -> list[Lying]:
    return [one for one in scene.lying if one.zone == key.place]


def _hour(scene: Scene, at_s: float) -> int:
    return int(at_s - scene.local.first_s) // HOUR_S


def _counted(scene: Scene, moments: list[float]) -> Floats:
    hours = [_hour(scene, one) for one in moments]
    return scene.seen(np.bincount(hours, minlength=len(scene.coverage)).astype(float))


def _opened(scene: Scene, key: Key) -> Floats:
    return _counted(scene, [one.opened_s for one in _here(scene, key)])


def _cleared(scene: Scene, key: Key) -> Floats:
    return _counted(scene, [one.cleared_s for one in _here(scene, key) if one.cleared_s is not None])


def _lying(scene: Scene, key: Key, weighted: bool) -> Floats:
    """Return how many lay there on average, or how much ground they covered."""
    starts = scene.local.first_s + HOUR_S * np.arange(len(scene.coverage))
    total = np.zeros(len(starts))
    for one in _here(scene, key):
        end_s = np.inf if one.cleared_s is None else one.cleared_s
        part = (np.minimum(starts + HOUR_S, end_s) - np.maximum(starts, one.opened_s)) / HOUR_S
        total += np.clip(part, 0.0, 1.0) * (one.area_m2 if weighted else 1.0)
    return scene.seen(total)


def _deposits(scene: Scene, key: Key) -> Floats:
    return np.round(_lying(scene, key, weighted=False), 3)


def _deposits_max(scene: Scene, key: Key) -> Floats:
    return np.ceil(_lying(scene, key, weighted=False))


def _dirty(scene: Scene, key: Key) -> Floats:
    return np.round(100 * _lying(scene, key, weighted=True) / ground_m2(key.place), 3)


def _watched(scene: Scene, _: Key) -> Floats:
    """Return for how much of the time the ground could be seen: who walks there hides it."""
    part: Floats = np.maximum(0.97 - 0.12 * scene.load("pedestrian"), 0.3)
    return scene.seen(part.round(3))


def _watched_max(scene: Scene, _: Key) -> Floats:
    return np.where(scene.coverage > 0, 1.0, np.nan)


def _smallest(scene: Scene, _: Key) -> Floats:
    side: Floats = np.where(scene.local.within(7, 20), 9.0, 13.0) * scene.wobble("smallest", 0.03)
    return scene.seen(np.round(side, 1))


MAKERS: Mapping[str, Maker] = {
    "deposits": _deposits,
    "deposits_max": _deposits_max,
    "deposits_opened": _opened,
    "deposits_cleared": _cleared,
    "dirty": _dirty,
    "dirty_max": _dirty,
    "deposits_watched": _watched,
    "deposits_watched_max": _watched_max,
    "smallest": _smallest,
    "smallest_max": _smallest,
}
"""Series → how it comes about."""
