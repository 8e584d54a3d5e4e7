"""A city whose truth is known: daily and weekly rhythms, weather, memory, trends, outages, and planted effects.

It is what statements about a real city are tested with (`parvis bench decisions`) and what `parvis demo --decisions`
shows. Every figure comes from one seed. Arrays are (places, hours); the first hour is 00:00 UTC of `first`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
DAY, WEEK = 24, 7
CLASSES: Mapping[str, float] = {"pedestrian": 60.0, "cyclist": 15.0, "car": 150.0}
"""Class → passages of a middling place in a middling hour of the day."""


@dataclass(frozen=True, slots=True)
class Trial:
    """An effect that is planted: from a day on, some places have more (or fewer) of some classes."""

    places: tuple[int, ...]
    first_day: int
    effect: float  # 0.1 is ten per cent more
    classes: tuple[str, ...] = tuple(CLASSES)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a city shall be like."""

    places: int = 4
    days: int = 90
    first: date = date(2026, 1, 5)  # a Monday
    persistence: float = 0.6  # of what lasts from day to day in a place
    unrest: float = 0.12  # its standard deviation, as a share
    shared: float = 0.10  # of what all places have in common
    growth_per_year: float = 0.1  # of all places
    outages_per_month: float = 1.0  # of a camera
    trials: tuple[Trial, ...] = ()
    lag_h: int = 2  # from traffic to what is in the air


@dataclass(frozen=True, slots=True)
class City:
    """What was watched in it."""

    wish: Wish
    flows: Mapping[str, Floats]  # class → (places, hours) passages; NaN where nobody watched
    coverage: Floats  # (places, hours) 0..1
    weather: Mapping[str, Floats]  # rain mm/h, temperature °C, wind m/s: (hours,)
    air: Mapping[str, Floats]  # no2, pm25 µg/m³, noise dB(A): (hours,), of the first place
    truth: Mapping[str, float] = field(default_factory=dict)

    @property
    def hours(self) -> int:
        """Return how many hours there are."""
        return self.wish.days * DAY

    def daily(self, class_name: str) -> Floats:
        """Return (places, days): passages a day; NaN where less than nine tenths of the day were watched."""
        by_day = (self.wish.places, self.wish.days, DAY)
        part = self.coverage.reshape(by_day).mean(axis=2)
        total = np.nansum(self.flows[class_name].reshape(by_day), axis=2)
        return np.where(part >= 0.9, total / np.maximum(part, 0.9), np.nan)

    def daily_weather(self) -> Floats:
        """Return (2, days): millimetres of rain and mean temperature."""
        rain, warm = (self.weather[one].reshape(self.wish.days, DAY) for one in ("rain", "temperature"))
        return np.array([rain.sum(axis=1), warm.mean(axis=1)])

    def days(self) -> list[date]:
        """Return its days."""
        return [self.wish.first + timedelta(n) for n in range(self.wish.days)]


def city(wish: Wish, seed: int | np.random.Generator) -> City:
    """Build a city; the same wish and seed give the same one."""
    rng = np.random.default_rng(seed)
    weather = _weather(wish, rng)
    expected = _expected(wish, weather, rng)
    coverage = _coverage(wish, rng)
    flows = {name: _watched(rng.poisson(one), coverage, rng) for name, one in expected.items()}
    return City(wish, flows, coverage, weather, _air(wish, expected["car"][0], weather, rng))


def remembering(rng: np.random.Generator, shape: tuple[int, int], persistence: float, sd: float) -> Floats:
    """Return (rows, steps) series of mean 0 and standard deviation `sd`, each step like the one before."""
    shocks = rng.normal(0, sd * np.sqrt(1 - persistence**2), shape)
    shocks[:, 0] = rng.normal(0, sd, shape[0])
    for step in range(1, shape[1]):
        shocks[:, step] += persistence * shocks[:, step - 1]
    return shocks


def _weather(wish: Wish, rng: np.random.Generator) -> dict[str, Floats]:
    hours = np.arange(wish.days * DAY)
    day_of_year = wish.first.timetuple().tm_yday + hours / DAY
    slow = remembering(rng, (3, wish.days), 0.75, 1.0).repeat(DAY, axis=1)
    yearly = -np.cos(2 * np.pi * (day_of_year - 20) / 365)
    daily = -np.cos(2 * np.pi * (hours % DAY - 3) / DAY)
    wet = (slow[1] + rng.normal(0, 0.7, len(hours))) > 1.1
    return {
        "temperature": 12 + 8 * yearly + 4 * daily + 3 * slow[0],
        "rain": np.where(wet, rng.gamma(1.2, 1.0, len(hours)), 0.0),
        "wind": np.exp(1.1 + 0.4 * slow[2] + rng.normal(0, 0.15, len(hours))),
    }


def _expected(wish: Wish, weather: Mapping[str, Floats], rng: np.random.Generator) -> dict[str, Floats]:
    """Return class → (places, hours): how many would pass on average."""
    hours = np.arange(wish.days * DAY)
    size = np.exp(rng.normal(0, 0.4, (wish.places, 1)))
    lasting = remembering(rng, (wish.places, wish.days), wish.persistence, wish.unrest)
    common = remembering(rng, (1, wish.days), 0.6, wish.shared) * rng.uniform(0.8, 1.2, (wish.places, 1))
    grown = np.log1p(wish.growth_per_year) * hours / (365 * DAY)
    found = {}
    for name, mean in CLASSES.items():
        wetness = -rng.uniform(0.02, 0.08, (wish.places, 1)) * (0.3 if name == "car" else 1.0)
        log = np.log(mean * size) + _rhythm(wish, name, rng) + (lasting + common).repeat(DAY, axis=1) + grown
        log = log + wetness * weather["rain"] + 0.004 * (weather["temperature"] - 12)
        found[name] = np.exp(log + rng.normal(0, 0.08, log.shape)) * _planted(wish, name)
    return found


def _rhythm(wish: Wish, name: str, rng: np.random.Generator) -> Floats:
    """Return (places, hours): the logarithm of how an hour of the week differs from the middling one."""
    hour = np.arange(DAY)
    peaks = {"car": (8, 18), "cyclist": (8, 18), "pedestrian": (12, 17)}[name]
    working = sum(np.exp(-0.5 * ((hour - one) / 2.2) ** 2) for one in peaks)
    free = np.exp(-0.5 * ((hour - 15) / 4.0) ** 2)
    week = np.concatenate([np.tile(working, 5), np.tile(free * (0.7 if name == "car" else 1.1), 2)]) + 0.08
    own = np.log(week / week.mean()) + rng.normal(0, 0.08, (wish.places, WEEK)).repeat(DAY, axis=1)
    shift = wish.first.weekday() * DAY
    rhythm: Floats = own[:, (np.arange(wish.days * DAY) + shift) % (WEEK * DAY)]
    return rhythm


def _planted(wish: Wish, name: str) -> Floats:
    factor = np.ones((wish.places, wish.days * DAY))
    for trial in wish.trials:
        if name in trial.classes:
            factor[list(trial.places), trial.first_day * DAY :] *= 1 + trial.effect
    return factor


def _coverage(wish: Wish, rng: np.random.Generator) -> Floats:
    """Return (places, hours): mostly all, now and then nothing for hours or days, and a few minutes less by chance."""
    hours = wish.days * DAY
    coverage = np.where(rng.random((wish.places, hours)) < 0.02, rng.uniform(0.5, 1.0, (wish.places, hours)), 1.0)
    for place in range(wish.places):
        for _ in range(rng.poisson(wish.outages_per_month * wish.days / 30)):
            begin = rng.integers(0, hours)
            coverage[place, begin : begin + 1 + int(rng.exponential(18))] = 0.0
    return coverage


def _watched(flow: NDArray[np.int64], coverage: Floats, rng: np.random.Generator) -> Floats:
    return np.where(coverage > 0, rng.binomial(flow, coverage), np.nan)


def _air(wish: Wish, cars: Floats, weather: Mapping[str, Floats], rng: np.random.Generator) -> dict[str, Floats]:
    """Return what is in the air where cars pass: it follows them by `lag_h` hours, and the wind takes it away."""
    hours = len(cars)
    later = np.concatenate([np.full(wish.lag_h, cars[: DAY * WEEK].mean()), cars])[:hours] / CLASSES["car"]
    noise = remembering(rng, (3, hours), 0.8, 1.0)
    regional = remembering(rng, (1, wish.days), 0.8, 1.0)[0].repeat(DAY)
    return {
        "no2": np.maximum(1.0, (8 + 22 * later) / (0.5 + weather["wind"] / 6) + 4 * noise[0]),
        "pm25": np.maximum(1.0, 9 + 3 * later + 4 * regional + 2 * noise[1]),
        "noise": 52 + 4.3 * np.log(np.maximum(cars, 1.0) / CLASSES["car"] + 0.05) + 0.8 * noise[2],
    }
