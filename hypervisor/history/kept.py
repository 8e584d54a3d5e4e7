"""The whole past: days that lie in Parquet, and from Redis those that do not yet."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np

from hypervisor.feed import BucketName, Feed
from hypervisor.history.duck import answered
from hypervisor.history.files import HourFiles
from hypervisor.history.past import HOUR_S, Asked, Floats, Hours, fits, joined
from hypervisor.history.rows import DAY_S, Row, is_level, of_camera, of_sensor, unit_of
from hypervisor.history.shelf import Shelf
from hypervisor.sensors.buckets import read
from hypervisor.sensors.ledger import BucketName as SensorBucket
from hypervisor.sensors.ledger import Ledger
from hypervisor.sensors.model import Sensor
from hypervisor.store.values import Store

Series = tuple[str, ...]
"""The names of one stored series, in the order of `Asked`."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class KeptPast:
    """Reads hours wherever they are (`past.Past`)."""

    files: HourFiles
    feed: Feed
    store: Store
    clock: Callable[[], float]

    async def hours(self, asked: Sequence[Asked], from_s: int, to_s: int) -> list[Hours]:
        """Return the hours [from_s, to_s) of each series, in the order asked.

        A file that cannot be read is left out, with a line in the log; what Redis still has of it is read there.
        """
        if from_s % HOUR_S or to_s % HOUR_S or from_s >= to_s:
            raise ValueError(f"expected whole hours, the first before the last; got {from_s} and {to_s}")
        grid = _Grid(from_s, (to_s - from_s) // HOUR_S)
        shelf, found = await asyncio.to_thread(_read, self.files, asked, from_s, to_s)
        for series, hour, value, covered in found:
            grid.put(series, hour, value, covered)
        for row in await self._fresh(shelf, asked, from_s, to_s):
            grid.put(tuple(row[:6]), row.hour, row.value, row.coverage)
        return [grid.of(one) for one in asked]

    async def known(self) -> list[Asked]:
        """Return every series of which there is any hour kept, or which is configured."""
        found = await asyncio.to_thread(_names, self.files)
        for description in (await self.feed.cameras()).values():
            probe = of_camera(description, 0, {"q|covered_ms": HOUR_S * 1000})
            found.update(Asked(*row[:6]) for row in probe)
        for sensor in await self._sensors():
            found.update(
                Asked(one.measure, "", sensor.id, one.channel or "", one.class_name or "", one.direction or "")
                for one in sensor.measures
            )
        return sorted(found)

    async def _fresh(self, shelf: Shelf, asked: Sequence[Asked], from_s: int, to_s: int) -> list[Row]:
        """Return the rows of days that only Redis has."""
        end_s = min(to_s, int(self.clock()))
        days = {day for day in _days(from_s, end_s) if shelf.is_elsewhere(day)}
        hours = [hour for hour in range(from_s, end_s, HOUR_S) if day_of(hour) in days]
        return [*await self.camera_rows(asked, hours), *await self.sensor_rows(asked, hours)] if hours else []

    async def camera_rows(self, asked: Sequence[Asked], hours: Sequence[int]) -> list[Row]:
        """Return rows out of Redis of the cameras that are asked for; all of them where one names none."""
        descriptions = await self.feed.cameras()
        if all(one.sensor for one in asked):
            return []
        named = {one.camera for one in asked if not one.sensor}
        cameras = [camera for camera in descriptions if "" in named or camera in named]
        found: list[Row] = []
        for camera in cameras:
            buckets = await self.feed.buckets([BucketName(camera, HOUR_S, hour) for hour in hours])
            for name, bucket in buckets.items():
                found += of_camera(descriptions[camera], name.start, bucket)
        return found

    async def rows_of(self, names: Sequence[BucketName]) -> list[Row]:
        """Return rows out of Redis of some hours of cameras; nothing of those that are there no more."""
        descriptions = await self.feed.cameras()
        buckets = await self.feed.buckets([name for name in names if name.camera in descriptions])
        return [
            row for name, bucket in buckets.items() for row in of_camera(descriptions[name.camera], name.start, bucket)
        ]

    async def sensor_rows(self, asked: Sequence[Asked], hours: Sequence[int]) -> list[Row]:
        """Return rows out of Redis of the sensors that are asked for."""
        if all(one.camera for one in asked):
            return []
        named = {one.sensor for one in asked if not one.camera}
        ledger, found = Ledger(self.store, self.clock), list[Row]()
        for sensor in await self._sensors():
            if "" not in named and sensor.id not in named:
                continue
            stored = await ledger.buckets([SensorBucket(sensor.id, HOUR_S, hour) for hour in hours])
            for name, bucket in stored.items():
                readings = [
                    (one, read([bucket], HOUR_S, HOUR_S, one.key, sensor.interval_s)) for one in sensor.measures
                ]
                found += of_sensor(sensor.id, name.start, readings)
        return found

    async def _sensors(self) -> list[Sensor]:
        return [one.value for one in await Ledger(self.store, self.clock).sensors.listed()]


class _Grid:
    """Collects figures into columns of hours, a column a stored series."""

    def __init__(self, from_s: int, n: int) -> None:
        self._from_s, self._n = from_s, n
        self._columns: dict[Series, tuple[Floats, Floats]] = {}

    def put(self, series: Series, hour: int, value: float | None, covered: float) -> None:
        if series not in self._columns:
            self._columns[series] = np.full(self._n, np.nan), np.zeros(self._n)
        values, coverage = self._columns[series]
        place = (hour - self._from_s) // HOUR_S
        values[place] = np.nan if value is None else value
        coverage[place] = covered

    def of(self, asked: Asked) -> Hours:
        fitting = [columns for series, columns in self._columns.items() if fits(asked, series)]
        if not fitting:
            return Hours(asked, self._from_s, np.full(self._n, np.nan), np.zeros(self._n), unit_of(asked.measure))
        values, coverage = (np.stack(one) for one in zip(*fitting, strict=True))
        level = is_level(asked.measure)
        return Hours(asked, self._from_s, joined(values, level=level), coverage.mean(axis=0), unit_of(asked.measure))


Found = list[tuple[Series, int, float | None, float]]
TRIES = 5
"""How often files are looked for again when one is gone: days vanish when their month becomes one file."""


def _read(files: HourFiles, asked: Sequence[Asked], from_s: int, to_s: int) -> tuple[Shelf, Found]:
    """Return which files there are, and what they hold of the series that are asked for."""
    for _ in range(TRIES):
        shelf = files.shelf()
        found, lost = stored(shelf.touching(day_of(from_s), day_of(to_s - 1)), asked, from_s, to_s)
        if all(path.exists() for path in lost):
            break
    _tell(lost, files.folder)
    return shelf.without(lost), found


def stored(paths: Sequence[Path], asked: Sequence[Asked], from_s: int, to_s: int) -> tuple[Found, list[Path]]:
    """Return what files hold of the series that are asked for, and which files could not be read."""
    sql, values = _where(asked)
    rows, lost = answered(
        paths,
        lambda files: (
            "SELECT measure, camera, sensor, subject, class, way, hour, value, coverage "
            f"FROM {files} WHERE hour >= ? AND hour < ? AND ({sql})"
        ),
        [from_s, to_s, *values],
    )
    return [(tuple(row[:6]), row[6], row[7], row[8]) for row in rows], lost


def _tell(lost: Sequence[Path], folder: Path) -> None:
    for path in lost:
        name = path.relative_to(folder.parent)
        _log.error("history: %s cannot be read and is left out; parvis history check says why", name)


def _where(asked: Sequence[Asked]) -> tuple[str, list[str]]:
    names = ("measure", "camera", "sensor", "subject", "class", "way")
    parts, values = [], list[str]()
    for one in dict.fromkeys(asked):
        given = [(name, value) for name, value in zip(names, one, strict=True) if value]
        parts.append(" AND ".join(f"{name} = ?" for name, _ in given))
        values += [value for _, value in given]
    return " OR ".join(f"({part})" for part in parts), values


def _names(files: HourFiles) -> set[Asked]:
    for _ in range(TRIES):
        rows, lost = answered(
            files.shelf().all(),
            lambda listed: f"SELECT DISTINCT measure, camera, sensor, subject, class, way FROM {listed}",
        )
        if all(path.exists() for path in lost):
            break
    _tell(lost, files.folder)
    return {Asked(*row) for row in rows}


def day_of(at_s: float) -> date:
    """Return the UTC day of a moment."""
    return datetime.fromtimestamp(at_s, UTC).date()


def _days(from_s: int, to_s: int) -> Iterable[date]:
    if from_s >= to_s:
        return []
    first, last = day_of(from_s), day_of(to_s - 1)
    return (first + timedelta(n) for n in range((last - first).days + 1))


def start_of(day: date) -> int:
    """Return when a UTC day begins, seconds since the epoch."""
    return (day - date(1970, 1, 1)).days * DAY_S
