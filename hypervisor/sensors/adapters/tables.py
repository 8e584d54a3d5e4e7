"""Tables: one value a line (`sensor,measure,channel,time,value,unit`), or a maker's own with a mapping.

Each line is read by itself, so a bad one costs nothing but itself, and a table of any length needs the memory of one
line. A quoted field cannot hold a line break.
"""

import csv
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from hypervisor.sensors.model import CsvMapping, Sensor
from hypervisor.sensors.values import Fault, Raw, Unreadable

LONGEST_LINE = 4000
PLAIN = ("sensor", "measure", "channel", "time", "value", "unit")
REQUIRED = ("measure", "time", "value")

LineReader = Callable[[int, str], Sequence[Raw | Fault]]
"""(line number from 1, line) → its values, or what is wrong with it."""


def reader(header: str, sensor: Sensor | None) -> LineReader:
    """Return what reads the lines below a header: the sensor's own mapping, or the plain form.

    Raises:
        Unreadable: the header lacks a column, or has an unknown one.
    """
    if sensor is not None and sensor.csv is not None:
        return _mapped(header, sensor, sensor.csv)
    columns = [name.strip() for name in _cells(header, ",")]
    required = REQUIRED if sensor is not None else ("sensor", *REQUIRED)
    missing = [name for name in required if name not in columns]
    unknown = [name for name in columns if name not in PLAIN]
    if missing or unknown or len(set(columns)) != len(columns):
        said = f"lacks {', '.join(missing)}" if missing else f"has {', '.join(unknown)[:80] or 'a column twice'}"
        raise Unreadable(f"the header {said}; expected columns of {', '.join(PLAIN)}")

    def read(number: int, line: str) -> Sequence[Raw | Fault]:
        cells = _cells(line, ",")
        if len(cells) != len(columns):
            return [Fault(number, "line", f"has {len(cells)} fields; expected {len(columns)}")]
        row = {name: cell.strip() for name, cell in zip(columns, cells, strict=True)}
        name = row.get("sensor") or (sensor.id if sensor else "")
        unit = row.get("unit") or None
        return [Raw(number, name, row["measure"], row.get("channel", ""), row["time"], row["value"], unit)]

    return read


def _mapped(header: str, sensor: Sensor, mapping: CsvMapping) -> LineReader:
    columns = [name.strip() for name in _cells(header, mapping.delimiter)]
    missing = [name for name in (mapping.time, *mapping.columns) if name not in columns]
    if missing:
        raise Unreadable(f"the header lacks {', '.join(missing)[:200]}, which the sensor's `csv` names")

    def read(number: int, line: str) -> Sequence[Raw | Fault]:
        cells = _cells(line, mapping.delimiter)
        if len(cells) != len(columns):
            return [Fault(number, "line", f"has {len(cells)} fields; expected {len(columns)}")]
        row = {name: cell.strip() for name, cell in zip(columns, cells, strict=True)}
        return list(_row(number, row, sensor, mapping))

    return read


def _row(number: int, row: dict[str, str], sensor: Sensor, mapping: CsvMapping) -> Iterator[Raw | Fault]:
    try:
        time = _time(row[mapping.time], mapping)
    except ValueError as error:
        yield Fault(number, mapping.time, str(error))
        return
    for name, column in mapping.columns.items():
        text = row[name]
        if text:  # an empty cell is no value, not a zero
            value = text.replace(",", ".") if mapping.decimal == "," else text
            yield Raw(number, sensor.id, column.measure, column.channel, time, value, column.unit)


def _time(text: str, mapping: CsvMapping) -> str:
    if mapping.time_format is not None:
        try:
            found = datetime.strptime(text, mapping.time_format)  # noqa: DTZ007  # the offset is checked below
        except ValueError:
            raise ValueError(f"{text[:40]!r} is no moment of the form {mapping.time_format}") from None
    else:
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            raise ValueError(f"{text[:40]!r} is no moment; expected ISO 8601") from None
    if found.tzinfo is None and mapping.timezone is not None:
        found = found.replace(tzinfo=ZoneInfo(mapping.timezone))
    return found.isoformat()


def _cells(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line], delimiter=delimiter), [])
