"""What the simulated city's sensors measure: the air before a school, and how full two bins are."""

from collections.abc import Mapping

import numpy as np

from parvis.simulated.ground import BIN_MARKET, BIN_QUAY
from parvis.simulated.scene import Local
from parvis.simulated_city import City, Floats, remembering
from parvis.simulated_site import SENSOR

FULL: Mapping[str, float] = {BIN_MARKET: 90.0, BIN_QUAY: 30.0}
"""Bin → how full it usually is in the evening, %."""

EMPTIED_H, FULLEST_H = 6, 21
BATTERY_A_DAY = 0.08  # % that a day takes


def sensed(city: City, local: Local, seed: int) -> dict[tuple[str, str], Floats]:
    """Return (sensor, measure) → (hours,)."""
    rng = np.random.default_rng([seed, 3])
    coarse = remembering(rng, (1, city.hours), 0.8, 2.0)[0]
    air = {
        "no2": city.air["no2"],
        "pm25": city.air["pm25"],
        "pm10": np.maximum(2.0, 1.5 * city.air["pm25"] + coarse),
        "laeq": city.air["noise"],
        "temperature": city.weather["temperature"],
        "precipitation": city.weather["rain"],
        "wind_speed": city.weather["wind"],
    }
    found = {(SENSOR, measure): values for measure, values in air.items()}
    for sensor, full in FULL.items():
        found[sensor, "filling"] = _filling(local, full, rng)
        found[sensor, "battery"] = 97.0 - BATTERY_A_DAY * np.arange(city.hours) / 24
    return {name: np.round(values, 2) for name, values in found.items()}


def _filling(local: Local, full: float, rng: np.random.Generator) -> Floats:
    """Return how full a bin is: it rises from the round in the morning to the evening; days differ a little."""
    since = (local.hour - EMPTIED_H) % 24
    rise = np.clip(since / (FULLEST_H - EMPTIED_H), 0.0, 1.0)
    days = np.cumsum(local.hour == EMPTIED_H)
    level = np.exp(rng.normal(0, 0.06, int(days.max()) + 1))[days]
    filled: Floats = np.clip(4 + (full - 4) * rise * level + rng.normal(0, 1.0, len(since)), 0.0, 100.0)
    return filled
