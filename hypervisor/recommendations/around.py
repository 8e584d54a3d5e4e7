"""The air around a camera: of the sensors that are known to be near it, and of no others."""

from collections.abc import Mapping, Sequence

import numpy as np

from hypervisor.cross.nearby import reach_m
from hypervisor.distance import metres
from hypervisor.history.past import Asked, Past
from hypervisor.history.rows import is_level
from hypervisor.recommendations.local import Local
from hypervisor.recommendations.view import Place, Table, clock_of, window_before

AIR = ("no2", "precipitation", "temperature", "wind_speed")
Sensed = Mapping[str, Mapping[str, Table]]
"""Measure → sensor → its series."""


async def air_of(past: Past, local: Local, known: Sequence[Asked]) -> Sensed:
    """Return what each sensor of the air and the weather told."""
    sensed = [one for one in known if one.sensor and one.measure in AIR]
    clock = clock_of(window_before(local.today), local.zone)
    found: dict[str, dict[str, list[Table]]] = {}
    if sensed:
        for one, hours in zip(sensed, await past.hours(sensed, clock.from_s, clock.to_s), strict=True):
            table = clock.table(hours, level=is_level(one.measure))
            found.setdefault(one.measure, {}).setdefault(one.sensor, []).append(table)
    return {measure: {one: _meaned(some) for one, some in by.items()} for measure, by in found.items()}


def around(air: Sensed, local: Local, camera: str) -> tuple[dict[str, Table], frozenset[str]]:
    """Return the mean of the sensors near a camera, and what is measured, but not known to be near it."""
    near: dict[str, Table] = {}
    for measure, by in air.items():
        spots = local.spots
        tables = [one for sensor, one in by.items() if spots is None or spots.near(camera, sensor, measure)]
        if tables:
            near[measure] = _meaned(tables)
    return near, frozenset(air) - frozenset(near)


def _meaned(tables: list[Table]) -> Table:
    values = np.stack([one.values for one in tables])
    known = np.isfinite(values)
    n = known.sum(axis=0)
    mean = np.where(n > 0, np.where(known, values, 0.0).sum(axis=0) / np.maximum(n, 1), np.nan)
    return Table(mean, np.max([one.coverage for one in tables], axis=0), tables[0].unit)


def weather_of(known: Sequence[Asked], place: Place, local: Local) -> str | None:
    """Return the sensor of rain, else of warmth, that is near a place; None: people are asked for it."""
    for measure in ("precipitation", "temperature"):
        found = [one.sensor for one in known if one.sensor and one.measure == measure]
        if local.spots is not None:
            at = local.spots.cameras.get(place.camera) or local.spots.sensors.get(place.sensor)
            spots = {one: local.spots.sensors[one] for one in found if one in local.spots.sensors}
            far = {one: metres(at, spot) for one, spot in spots.items()} if at else {}
            found = sorted((one for one in far if far[one] <= reach_m(measure)), key=lambda one: far[one])
        if found:
            return found[0]
    return None
