"""What cameras measure of people in a zone: how many enter, stay, for how long, and how densely."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from hypervisor.catalogue import Key
from parvis.simulated.scene import Scene
from parvis.simulated.streets import Maker
from parvis.simulated_city import Floats


class Square(NamedTuple):
    """How a zone is used."""

    share: float  # of those who pass, come in
    stay_s: float  # for so long, on average
    ground_m2: float
    crowd: float = 40.0  # people from which it is crowded


SQUARES: Mapping[str, Square] = {
    "parvis": Square(0.5, 100.0, 160.0),
    "place": Square(0.7, 480.0, 350.0),
    "berge": Square(0.4, 900.0, 600.0),
}


def _entries(scene: Scene, key: Key) -> Floats:
    return scene.part("pedestrian", SQUARES[key.place].share, f"entries {key.place}")


def _exits(scene: Scene, key: Key) -> Floats:
    """Return who was seen to leave: some are lost behind others."""
    came = np.nan_to_num(_entries(scene, key)).astype(np.int64)
    return scene.seen(scene.rng(f"exits {key.place}").binomial(came, 0.98).astype(float))


def _stay_s(scene: Scene, key: Key) -> Floats:
    """Return how long people stay: longer in the afternoon, and where it is warm enough to sit."""
    afternoon = 1 + 0.3 * np.exp(-0.5 * ((scene.local.hour - 16) / 3.0) ** 2)
    return SQUARES[key.place].stay_s * afternoon * scene.wobble(f"stay {key.place}", 0.1)


def _occupancy(scene: Scene, key: Key) -> Floats:
    """Return how many are there on average: arrivals times how long they stay (Little 1961)."""
    came = np.nan_to_num(_entries(scene, key)) / np.maximum(scene.coverage, 0.05)
    return scene.seen(np.round(came * _stay_s(scene, key) / 3600, 3))


def _occupancy_max(scene: Scene, key: Key) -> Floats:
    mean = _occupancy(scene, key)
    return np.ceil(mean + 2.5 * np.sqrt(np.nan_to_num(mean)))


def _dwell(times: float) -> Maker:
    def made(scene: Scene, key: Key) -> Floats:
        came = np.nan_to_num(_entries(scene, key))
        return np.where(came >= 1, np.round(times * _stay_s(scene, key), 1), np.nan)

    return made


def _density(scene: Scene, key: Key) -> Floats:
    return np.round(_occupancy(scene, key) / SQUARES[key.place].ground_m2, 4)


def _density_max(scene: Scene, key: Key) -> Floats:
    return np.round(_occupancy_max(scene, key) / SQUARES[key.place].ground_m2, 4)


def _crowded(scene: Scene, key: Key) -> Floats:
    return np.round(1 / (1 + np.exp((SQUARES[key.place].crowd - _occupancy(scene, key)) / 2)), 3)


def _crowded_max(scene: Scene, key: Key) -> Floats:
    return (_occupancy_max(scene, key) >= SQUARES[key.place].crowd).astype(float)


MAKERS: Mapping[str, Maker] = {
    "entries": _entries,
    "exits": _exits,
    "occupancy": _occupancy,
    "occupancy_max": _occupancy_max,
    "dwell_p50": _dwell(0.7),  # of an exponential stay, half are shorter than 0.7 of the mean
    "dwell_p90": _dwell(2.3),
    "density": _density,
    "density_max": _density_max,
    "crowded": _crowded,
    "crowded_max": _crowded_max,
}
"""Series → how it comes about."""
