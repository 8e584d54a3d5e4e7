"""What one hour of a camera or sensor holds, as rows: every series that /v1/series would give, zeros included."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from hypervisor import figures
from hypervisor.catalogue import ROWS, Key
from hypervisor.feed import Bucket
from hypervisor.sensors.buckets import Reading
from hypervisor.sensors.measures import MEASURES as SENSED
from hypervisor.sensors.model import SensorMeasure
from pipeline.measures import SERIES
from pipeline.observation import CameraDescription

HOUR_S, DAY_S = 3600, 86_400


class Row(NamedTuple):
    """One figure of one hour; the order of the members is that of the columns."""

    measure: str
    camera: str
    sensor: str
    subject: str
    class_name: str
    way: str
    hour: int  # seconds since the epoch
    value: float | None  # None: watched, but there was nothing to measure, such as the speed of nobody
    coverage: float  # 0..1


def is_level(measure: str) -> bool:
    """Tell whether figures of a measure are averaged over places and time; counts are added."""
    if measure in SERIES:
        return SERIES[measure][1].kind != "count"
    if measure in SENSED:
        return SENSED[measure].kind != "amount"
    return measure not in ("crossings",)


def unit_of(measure: str) -> str:
    """Return the unit of a measure; empty for one that nobody knows any more."""
    if measure in ROWS:
        return ROWS[measure].unit
    return SENSED[measure].unit if measure in SENSED else ""


def of_camera(description: CameraDescription, hour: int, bucket: Bucket) -> Iterator[Row]:
    """Yield the rows of a camera's hour; none if nobody watched."""
    covered = figures.coverage(bucket, HOUR_S)
    for measure, (subject, class_name, way), value in figures_of(description, bucket, HOUR_S):
        yield Row(measure, description.id, "", subject, class_name, way, hour, value, round(covered, 4))


def figures_of(description: CameraDescription, bucket: Bucket, step_s: int) -> Iterator[tuple[str, Key, float | None]]:
    """Yield measure, key and value of all that a bucket of `step_s` seconds tells; nothing if nobody watched."""
    if figures.coverage(bucket, step_s) <= 0:
        return
    for measure, row in ROWS.items():
        for subject, classes in row.places(description):
            for class_name in classes:
                for way in row.ways(description, subject):
                    key = Key(subject, class_name, way)
                    yield measure, key, row.read(bucket, key)


def of_sensor(sensor: str, hour: int, readings: Sequence[tuple[SensorMeasure, Reading]]) -> Iterator[Row]:
    """Yield the rows of a sensor's hour."""
    for measured, reading in readings:
        if reading.value is not None:
            named = (measured.channel or "", measured.class_name or "", measured.direction or "")
            yield Row(measured.measure, "", sensor, *named, hour, reading.value, round(reading.coverage, 4))
