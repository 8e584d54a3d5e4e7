"""Recommendations where there is nothing to recommend: how many a camera gets in a year.

One camera and three sensors that measure everything, and in whose series nothing is planted: each lies on the bound of
its kind, which is the most that is still no reason (a mean of exactly one deposit a day, a density of exactly level C),
with what lasts from day to day, weather, outages. They are judged every Monday for a year, as the daily judge does
(its window is whole weeks). Whatever is recommended is false; the same one in two weeks is one recommendation.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
from rich.progress import track

from benchmarks.report import Row
from hypervisor.recommendations.judge import believed_of
from hypervisor.recommendations.rule import catalogue
from hypervisor.recommendations.view import DAY, WEEKS, Place, Series, Site, Table, Window
from hypervisor.statistics.noise import Floats
from parvis.simulated_city import remembering

PERSISTENCES = (0.0, 0.3, 0.6, 0.8)
UNREST = 0.2
FIRST = date(2026, 1, 5)
YEAR_WEEKS = 52
SENSORS = ("filling-high", "filling-low", "noise")


class Year(NamedTuple):
    """Everything that was measured."""

    camera: Mapping[Series, Table]
    sensors: Mapping[str, Mapping[Series, Table]]
    air: Mapping[str, Table]

    def sites(self, week: int) -> list[Site]:
        """Return what the judge sees of the twelve weeks from a week on."""
        window = Window(FIRST + timedelta(weeks=week), WEEKS * 7)
        days = slice(week * 7, week * 7 + window.days)
        air = _cut(self.air, days)
        sites = [Site(window, Place("camera"), _cut(self.camera, days), air)]
        return sites + [Site(window, Place("", name), _cut(own, days), air) for name, own in self.sensors.items()]


def noise_rows(years: int, seed: int) -> list[Row]:
    """Return how many recommendations a camera gets in a year in which there is nothing to recommend."""
    from scipy.stats import chi2

    found = [false_in(year_of(seed + n, YEAR_WEEKS), YEAR_WEEKS) for n in track(range(years), "noise")]
    total = sum(found)
    # Garwood's interval of a Poisson mean.
    low = float(chi2.ppf(0.025, 2 * total)) / 2 / years if total else 0.0
    high = float(chi2.ppf(0.975, 2 * total + 2)) / 2 / years
    settings = f"all {len(catalogue())} kinds on their bounds, judged weekly; {len(PERSISTENCES)} persistences"
    metric, unit = "recommendations on pure noise", "a camera-year"
    return [Row("decisions", "simulated", "parvis", settings, metric, total / years, unit, years, low, high)]


def false_in(year: Year, weeks: int) -> int:
    """Return how many recommendations are made, each once however often it is found."""
    rules = catalogue()
    return len({one for week in range(weeks) for one in believed_of(year.sites(week), rules)})


def year_of(seed: int, weeks: int, outages_per_month: float = 1.0) -> Year:
    """Return a camera, sensors and weather over so many judgements."""
    days = (weeks + WEEKS - 1) * 7
    draw = _Draw(np.random.default_rng(seed), days, PERSISTENCES[seed % len(PERSISTENCES)], outages_per_month)
    camera = {**_zones(draw), **_lines(draw)}
    sensors = {
        "filling-high": {("filling", "", ""): draw.level(80.0, 0.03, sensed=True)},
        "filling-low": {("filling", "", ""): draw.level(40.0, 0.03, sensed=True)},
        "noise": {("laeq", "", ""): draw.decibels(55.0)},
    }
    wet = np.where(draw.wet[:, None], 0.8, 0.0) * np.ones((1, DAY))
    air = {
        "precipitation": draw.sensed(wet),
        "temperature": draw.level(12.0, 0.3, sensed=True),
        "no2": draw.level(35.0, 0.2, sensed=True),
    }
    return Year(camera, sensors, air)


class _Draw:
    """Draws series that share a camera's outages; each has a memory of its own."""

    def __init__(self, rng: np.random.Generator, days: int, persistence: float, outages_per_month: float) -> None:
        self.rng, self.days, self.persistence = rng, days, persistence
        self.wet = remembering(rng, (1, days), 0.5, 1.0)[0] > 0.6
        self.coverage = self._outages(outages_per_month)

    def level(self, profile: Floats | float, spread: float = UNREST, *, sensed: bool = False) -> Table:
        """Return a level whose mean is the profile, (24,) or (days, 24)."""
        values = self._moved(profile, spread) * np.exp(self.rng.normal(-0.005, 0.1, (self.days, DAY)))
        return self.sensed(values) if sensed else self._seen(values)

    def counts(self, profile: Floats | float) -> Table:
        """Return counts whose mean is the profile."""
        return self._seen(self.rng.poisson(self._moved(profile, UNREST)).astype(float))

    def decibels(self, mean: float) -> Table:
        """Return levels whose nights have this mean of energies, in decibels."""
        night = remembering(self.rng, (1, self.days), self.persistence, 1.5)[0][:, None]
        hours = self.rng.normal(0, 1.0, (self.days, DAY))
        return self.sensed(mean + night + hours - np.log(10) / 20)  # the mean of energies of a normal is so much above

    def sensed(self, values: Floats) -> Table:
        """Return what a sensor measured, without gaps."""
        return Table(values, np.ones_like(values))

    def _moved(self, profile: Floats | float, spread: float) -> Floats:
        lasting = remembering(self.rng, (1, self.days), self.persistence, spread)[0][:, None]
        moved: Floats = np.broadcast_to(np.asarray(profile, float), (self.days, DAY)) * np.exp(lasting - spread**2 / 2)
        return moved

    def _seen(self, values: Floats) -> Table:
        return Table(np.where(self.coverage > 0, values, np.nan), self.coverage)

    def _outages(self, a_month: float) -> Floats:
        hours = np.ones(self.days * DAY)
        for _ in range(self.rng.poisson(a_month * self.days / 30)):
            begin = self.rng.integers(0, len(hours))
            hours[begin : begin + 1 + int(self.rng.exponential(18))] = 0.0
        return hours.reshape(self.days, DAY)


def _zones(draw: _Draw) -> dict[Series, Table]:
    """Return zones: one deposit a day, twice as often within three hours as on average; and so on."""
    arriving = day_with(range(18, 21), 6 / 24 / 3, 18 / 24 / 21)
    return {
        ("deposits_opened", "zone", "all"): draw.counts(arriving),
        ("deposits", "zone", "all"): draw.level(1.0),
        ("deposits_watched", "zone", "all"): draw.level(0.6, 0.05),
        ("density", "zone", "pedestrian"): draw.level(day_with((17,), 0.718, 0.1)),
        ("wait_p50", "road", "car"): draw.level(day_with((8,), 55.0, 15.0)),
        ("wait_p85", "queue", "person"): draw.level(day_with((11,), 300.0, 60.0)),
        ("crowded", "zone", "all"): draw.level(day_with((18,), 0.25, 0.02)),
        ("bay_occupied", "full", "all"): draw.level(0.85, 0.05),
        ("bay_occupied", "free", "all"): draw.level(0.3),
        ("stopped", "road", "truck"): draw.counts(day_with((9, 10, 11), 4.0, 1.0)),
    }


def _lines(draw: _Draw) -> dict[Series, Table]:
    """Return lines: walkers whose eight o'clock is half as many again as the hours beside it, on Sundays two a car."""
    cars, walkers = np.full(DAY, 300.0), day_with(range(1, 5), 2.0, 600.0)
    # Walkers times vehicles squared is 10⁸ over four hours; a mean of squares is larger than the square of a mean.
    walkers[10:14] = 1e8 / (300.0**2 * np.exp(UNREST**2))
    walkers[[7, 8, 9]] = 400.0, 600.0, 400.0
    # On Sundays, over the thirteen hours that are asked about, twice as many walk as drive.
    sunday = walkers * np.where(np.arange(DAY) < 6, 1.0, 600.0 / walkers[7:20].mean())
    weekday = (FIRST.weekday() + np.arange(draw.days)) % 7
    on_foot = np.where((weekday == 6)[:, None], sunday, walkers)
    riding = np.where(draw.wet, 0.9, 1.0)[:, None] * np.full(DAY, 20.0)
    return {
        ("crossings", "road", "car"): draw.counts(cars),
        ("crossings", "pavement", "pedestrian"): draw.counts(on_foot),
        ("crossings", "piste", "cyclist"): draw.counts(riding),
        ("crossings", "road", "cyclist"): draw.counts(riding / 4),
        ("crossings", "one-way", "car"): draw.counts(40.0),
        ("wrong_way", "one-way", "car"): draw.counts(2.0),
        ("speed_p85", "road", "car"): draw.level(53.0, 0.03),
    }


def day_with(hours: range | tuple[int, ...], there: float, elsewhere: float) -> Floats:
    """Return (24,): some hours have one figure, all others another."""
    day = np.full(DAY, elsewhere)
    day[list(hours)] = there
    return day


def _cut(tables: Mapping[Series, Table] | Mapping[str, Table], days: slice) -> dict:  # type: ignore[type-arg]
    return {name: Table(one.values[days], one.coverage[days]) for name, one in tables.items()}
