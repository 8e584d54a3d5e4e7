"""Values as they come, and what is wrong with them: pure, so that every way in refuses the same."""

import math
from datetime import UTC, datetime
from typing import Any, NamedTuple

from hypervisor.sensors.measures import MEASURES, parts
from hypervisor.sensors.model import Sensor, SensorMeasure
from hypervisor.sensors.units import Reference, WrongUnit, convert

FUTURE_S = 300
"""Clocks of sensors may be ahead by so much; what is further ahead is refused."""

OLDEST_S = 35 * 86_400
"""Older values are refused: whether they came before is known for so long, and so long quarters of an hour are kept."""


class Raw(NamedTuple):
    """A value as it came."""

    number: int  # of the item or line, from 1
    sensor: str
    measure: str
    channel: str
    time: Any  # ISO 8601 with offset, or seconds since the epoch where the format says so
    value: Any
    unit: str | None = None


class Checked(NamedTuple):
    """A value that can be kept."""

    number: int
    sensor: Sensor
    measure: SensorMeasure
    time_ms: int
    value: float  # in the unit that is kept

    def parts(self) -> tuple[float, float]:
        """Return what it adds to the sums of its buckets."""
        return parts(MEASURES[self.measure.measure].kind, self.value)


class Fault(NamedTuple):
    """Why a value is refused."""

    number: int
    field: str
    detail: str


def check(raw: Raw, sensor: Sensor, now_s: float) -> Checked | Fault:
    """Return the value in the unit that is kept, or the first thing that is wrong with it."""
    measure = sensor.measured(raw.measure, raw.channel)
    if measure is None:
        there = ", ".join(one.key for one in sensor.measures)
        name = f"{raw.measure}@{raw.channel}" if raw.channel else raw.measure
        return Fault(raw.number, "measure", f"{name[:80]!r} is not registered for {sensor.id!r}; there are: {there}")
    try:
        time_s = moment_s(raw.time)
    except ValueError as error:
        return Fault(raw.number, "time", str(error))
    if time_s > now_s + FUTURE_S:
        return Fault(raw.number, "time", f"lies {round(time_s - now_s)} s ahead; expected {FUTURE_S} s at most")
    if time_s < now_s - OLDEST_S:
        return Fault(raw.number, "time", f"is older than {OLDEST_S // 86_400} days; expected a newer one")
    found = _number(raw.value)
    if found is None:
        return Fault(raw.number, "value", f"{str(raw.value)[:40]!r} is no finite number")
    return _in_range(raw, sensor, measure, round(time_s * 1000), found)


def moment_s(value: Any) -> float:
    """Read a moment: ISO 8601 with offset, or a number of seconds since the epoch.

    Raises:
        ValueError: it is neither, or has no offset.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    text = str(value).strip()
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text[:40]!r} is no moment; expected ISO 8601 such as 2026-02-01T08:00:00Z") from None
    if found.tzinfo is None:
        raise ValueError(f"{text[:40]!r} has no offset; expected Z or +01:00 at the end")
    return found.astimezone(UTC).timestamp()


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def _in_range(raw: Raw, sensor: Sensor, measure: SensorMeasure, time_ms: int, value: float) -> Checked | Fault:
    row = MEASURES[measure.measure]
    reference = Reference(sensor.reference.temperature_c, sensor.reference.pressure_hpa)
    code = raw.unit or measure.default_unit
    try:
        kept = convert(value, code, row.dimension, row.molar_mass, reference)
    except WrongUnit as error:
        return Fault(raw.number, "unit", str(error))
    if row.kind == "circular":
        kept %= 360
    if not row.low <= kept <= row.high:
        said = f"{value:g} {code} is {kept:g} {row.unit}" if code != row.unit else f"{kept:g} {row.unit}"
        return Fault(
            raw.number, "value", f"{said}: not plausible for {measure.measure}; expected {row.low:g} to {row.high:g}"
        )
    return Checked(raw.number, sensor, measure, time_ms, kept)


class Unreadable(ValueError):
    """A message that is not in the format it is said to be in; the message says what was expected."""
