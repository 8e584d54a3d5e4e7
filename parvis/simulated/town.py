"""The simulated city as a whole: scenes of its cameras and figures of its sensors, and both as rows of the history."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from hypervisor.catalogue import ROWS, Key
from hypervisor.history.duck import quoted
from hypervisor.history.files import COLUMNS, HourFiles
from hypervisor.history.kept import start_of
from hypervisor.history.rows import DAY_S, HOUR_S, Row
from parvis.simulated import cleaning, squares, streets
from parvis.simulated.ground import CURIE, GARE, MARCHE, PLACES, PONT, TIMEZONE, cameras
from parvis.simulated.litter import things, watched
from parvis.simulated.scene import Local, Scene, local_of
from parvis.simulated.sensing import sensed
from parvis.simulated_city import City, Floats, Trial, Wish, city
from pipeline.observation import CameraDescription

MAKERS = {**streets.MAKERS, **squares.MAKERS, **cleaning.MAKERS}
PUPILS, MARKET = 240.0, 140.0  # more walkers an hour
BUSES, TRUCKS = 7.0, 9.0  # an hour of the day
LINE_BYTES = 1 << 20
OUT_H = (20, 6)  # the camera that needs repair goes dark between these hours
Series = tuple[str, str, str, str, str, str]
"""The names of a series, in the order of `Row`, up to `way`."""


@dataclass(frozen=True, slots=True)
class Town:
    """What was watched in the city."""

    city: City
    local: Local
    scenes: tuple[Scene, ...]  # in the order of `PLACES`
    columns: Mapping[Series, tuple[Floats, Floats]] = field(default_factory=dict)  # → values, coverage: (hours,)

    def days(self) -> list[date]:
        """Return its days."""
        return self.city.days()


def town(days: int, first: date, seed: int, trials: tuple[Trial, ...] = ()) -> Town:
    """Build the city of some days; the same arguments give the same one."""
    built = city(Wish(places=len(PLACES), days=days, first=first, trials=trials), seed)
    local = local_of(start_of(first), built.hours, TIMEZONE)
    thrown = things(local.hour, local.weekday, local.first_s, seed)
    scenes = []
    for n, described in enumerate(cameras()):
        coverage = _covered(built, n, described, local)
        scene = Scene(described, seed, local, _flows(built, n, coverage), coverage)
        lying = watched(thrown.get(described.id, []), coverage, local.first_s)
        scenes.append(replace(scene, flows=_more(scene), lying=lying))
    columns = {series: column for scene in scenes for series, column in _columns(scene)}
    full = np.ones(built.hours)
    for (sensor, measure), values in sensed(built, local, seed).items():
        columns[measure, "", sensor, "", "", ""] = values, full
    return Town(built, local, tuple(scenes), columns)


def write(built: Town, files: HourFiles) -> None:
    """Write the city into the history: months that are over as they would lie there, the days of the last one each."""
    last = built.days()[-1].replace(day=1)
    for month, days in groupby(built.days(), key=lambda day: day.replace(day=1)):
        listed = list(days)
        if month < last:
            _write_month(built, month, listed, files)
            continue
        for day in listed:
            files.write_day(day, rows_of(built, day))


def _write_month(built: Town, month: date, days: list[date], files: HourFiles) -> None:
    """Write a month from a table with a line a series: half a million rows one by one would take long."""
    begin, part = _part(built, days[0], len(days))
    with TemporaryDirectory(prefix="parvis-simulated-") as folder:
        table = Path(folder) / "series.csv"
        with table.open("w", encoding="utf-8", newline="") as file:
            lines = csv.writer(file, quoting=csv.QUOTE_ALL)
            for series, (values, coverage) in built.columns.items():
                texts = (str(one[part].tolist()).replace("nan", "NULL") for one in (values, coverage))
                lines.writerow([*series, *texts])
        names = ", ".join(COLUMNS)
        listed = ", ".join(f"'{name}': 'VARCHAR'" for name in [*list(COLUMNS)[:6], "value", "coverage"])
        files.fill_month(
            month,
            f"SELECT {names} FROM (SELECT measure, camera, sensor, subject, class, way, "
            f"{begin} + {HOUR_S} * unnest(range({part.stop - part.start})) AS hour, "
            "unnest(value::DOUBLE[]) AS value, unnest(coverage::FLOAT[]) AS coverage "
            f"FROM read_csv('{quoted(table)}', header = false, columns = {{{listed}}}, max_line_size = {LINE_BYTES}, "
            "allow_quoted_nulls = false)) WHERE coverage > 0",
        )


def _part(built: Town, first: date, days: int) -> tuple[int, slice]:
    """Return when some days begin, and which hours they are."""
    begin = (start_of(first) - built.local.first_s) // HOUR_S
    return start_of(first), slice(begin, begin + days * DAY_S // HOUR_S)


def rows_of(built: Town, first: date, days: int = 1) -> Iterator[Row]:
    """Yield the rows of some days."""
    at, part = _part(built, first, days)
    for series, (values, coverage) in built.columns.items():
        known = np.isfinite(values[part]).tolist()
        for n, (value, covered) in enumerate(zip(values[part].tolist(), coverage[part].tolist(), strict=True)):
            if covered > 0:
                yield Row(*series, at + n * HOUR_S, value if known[n] else None, covered)


def _columns(scene: Scene) -> Iterator[tuple[Series, tuple[Floats, Floats]]]:
    """Yield every series that a camera so described has, as the history would keep it."""
    camera, coverage = scene.camera, np.round(scene.coverage, 4)
    for measure, row in ROWS.items():
        for subject, classes in row.places(camera):
            for class_name in classes:
                for way in row.ways(camera, subject):
                    values = MAKERS[measure](scene, Key(subject, class_name, way))
                    yield (measure, camera.id, "", subject, class_name, way), (values, coverage)


def _covered(built: City, n: int, described: CameraDescription, local: Local) -> Floats:
    dark = (local.hour >= OUT_H[0]) | (local.hour < OUT_H[1])
    found: Floats = np.where(dark & (described.id == PONT.id), 0.0, built.coverage[n])
    return found


def _flows(built: City, n: int, coverage: Floats) -> dict[str, Floats]:
    return {name: np.where(coverage > 0, flow[n], np.nan) for name, flow in built.flows.items()}


def _more(scene: Scene) -> dict[str, Floats]:
    """Return the flows with those whom the plain city does not have: pupils, market days, buses and trucks."""
    flows, local = dict(scene.flows), scene.local
    on_foot = np.zeros(len(scene.coverage))
    if scene.camera.id == CURIE.id:
        on_foot += PUPILS * ((local.hour == 8) & local.is_working)
    if scene.camera.id == MARCHE.id:
        on_foot += MARKET * (local.within(8, 13) & (local.weekday == 5))
    flows["pedestrian"] = flows["pedestrian"] + scene.by_chance(on_foot, "more on foot")
    if scene.camera.id in (GARE.id, MARCHE.id):
        flows["bus"] = scene.by_chance(np.where(local.within(6, 22), BUSES, 0.5), "buses")
    if scene.camera.id == GARE.id:
        flows["truck"] = scene.by_chance(np.where(local.within(6, 17) & local.is_working, TRUCKS, 1.0), "trucks")
    return flows
