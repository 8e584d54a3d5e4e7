"""Quarters of an hour, as long as Redis keeps them: the history holds hours, and years of quarters are another size."""

from collections.abc import Sequence

import numpy as np

from hypervisor import figures
from hypervisor.cross.steps import QUARTER_S, Quarters
from hypervisor.feed import Bucket, BucketName
from hypervisor.history.kept import KeptPast
from hypervisor.history.past import Asked, Floats, fits, joined
from hypervisor.history.rows import figures_of, is_level, unit_of
from hypervisor.sensors.buckets import read
from hypervisor.sensors.ledger import BucketName as SensorBucket
from hypervisor.sensors.ledger import Ledger
from pipeline.observation import CameraDescription


async def quarters(past: KeptPast, asked: Sequence[Asked], from_s: int, to_s: int) -> list[Quarters]:
    """Return the quarters [from_s, to_s) of each series, in the order asked; what nobody knows is all NaN.

    Raises:
        FeedAway: if Redis does not answer.
    """
    starts = list(range(from_s, min(to_s, int(past.clock())), QUARTER_S))
    shape = (to_s - from_s) // QUARTER_S
    cameras = await _of_cameras(past, {one.camera for one in asked if one.camera}, starts)
    sensors = await _of_sensors(past, {one.sensor for one in asked if one.sensor}, starts)
    return [_series(one, (cameras | sensors).get(one.camera or one.sensor, {}), from_s, shape) for one in asked]


Cells = dict[Asked, list[tuple[int, float | None, float]]]
"""A stored series → start, figure and coverage of its quarters."""


def _series(asked: Asked, cells: Cells, from_s: int, n: int) -> Quarters:
    rows: list[tuple[Floats, Floats]] = []
    for name, known in cells.items():
        if not fits(asked, name):
            continue
        values, coverage = np.full(n, np.nan), np.zeros(n)
        for start, value, covered in known:
            place = (start - from_s) // QUARTER_S
            values[place], coverage[place] = np.nan if value is None else value, covered
        rows.append((values, coverage))
    if not rows:
        return Quarters(asked, from_s, np.full(n, np.nan), np.zeros(n), unit_of(asked.measure))
    values, coverage = (np.stack(one) for one in zip(*rows, strict=True))
    one = joined(values, level=is_level(asked.measure))
    return Quarters(asked, from_s, one, coverage.mean(axis=0), unit_of(asked.measure))


async def _of_cameras(past: KeptPast, named: set[str], starts: Sequence[int]) -> dict[str, Cells]:
    found: dict[str, Cells] = {}
    descriptions = await past.feed.cameras()
    for camera in sorted(named & set(descriptions)):
        cells = found.setdefault(camera, {})
        buckets = await past.feed.buckets([BucketName(camera, QUARTER_S, start) for start in starts])
        for name, bucket in buckets.items():
            _add(cells, descriptions[camera], name.start, bucket)
    return found


def _add(cells: Cells, description: CameraDescription, start: int, bucket: Bucket) -> None:
    covered = figures.coverage(bucket, QUARTER_S)
    for measure, (subject, class_name, way), value in figures_of(description, bucket, QUARTER_S):
        series = Asked(measure, description.id, "", subject, class_name, way)
        cells.setdefault(series, []).append((start, value, covered))


async def _of_sensors(past: KeptPast, named: set[str], starts: Sequence[int]) -> dict[str, Cells]:
    found: dict[str, Cells] = {}
    ledger = Ledger(past.store, past.clock)
    for sensor in (one.value for one in await ledger.sensors.listed()):
        if sensor.id not in named:
            continue
        cells = found.setdefault(sensor.id, {})
        stored = await ledger.buckets([SensorBucket(sensor.id, QUARTER_S, start) for start in starts])
        for name, bucket in stored.items():
            for one in sensor.measures:
                got = read([bucket], QUARTER_S, QUARTER_S, one.key, sensor.interval_s)
                if got.value is not None:
                    parts = (one.channel or "", one.class_name or "", one.direction or "")
                    series = Asked(one.measure, "", sensor.id, *parts)
                    cells.setdefault(series, []).append((name.start, got.value, got.coverage))
    return found
