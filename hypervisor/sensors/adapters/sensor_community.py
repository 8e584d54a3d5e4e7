"""sensor.community (Luftdaten): what its stations post, and what its API gives.

A station posts `{"esp8266id": "…", "sensordatavalues": [{"value_type": "SDS_P1", "value": "12.40"}, …]}` as text
values without a time: the moment of arrival is the value's. The API adds `timestamp` (UTC, without offset), `sensor.id`
and names without the chip's prefix (`P1`). P0, P1, P2 are PM1, PM10 and PM2.5 in µg/m³; pressure is in pascal.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from hypervisor.sensors.model import Sensor
from hypervisor.sensors.values import Raw, Unreadable

NAMES: Mapping[str, tuple[str, str]] = {
    "P0": ("pm1", "ug/m3"),
    "P1": ("pm10", "ug/m3"),
    "P2": ("pm25", "ug/m3"),
    "temperature": ("temperature", "Cel"),
    "humidity": ("humidity", "%"),
    "pressure": ("pressure", "Pa"),
    "noise_LAeq": ("laeq", "dB"),
    "noise_LA_max": ("lamax", "dB"),
}
"""Their name without the chip's prefix → measure and unit. Others (signal strength, counters) are no measures here."""


def values(message: Any, sensor: Sensor, came_s: float) -> Sequence[Raw]:
    """Return the values of one message that the sensor is registered for."""
    if not isinstance(message, dict) or not isinstance(message.get("sensordatavalues"), list):
        raise Unreadable("no message of sensor.community; expected an object with sensordatavalues")
    device = message.get("esp8266id") or _get(message.get("sensor"), "id")
    if sensor.device is not None and str(device) != sensor.device:
        raise Unreadable(f"message of station {str(device)[:40]!r}; expected {sensor.device!r}")
    time = _time(message.get("timestamp"), came_s)
    found = []
    for number, item in enumerate(message["sensordatavalues"], 1):
        measure, unit = _named(_get(item, "value_type"))
        if measure and sensor.measured(measure, "") is not None:
            found.append(Raw(number, sensor.id, measure, "", time, _get(item, "value"), unit))
    return found


def _named(value_type: Any) -> tuple[str, str]:
    """Return measure and unit: `SDS_P1`, `BME280_temperature` and plain `P1` are the same to us."""
    name = str(value_type)
    return next((row for key, row in NAMES.items() if name == key or name.endswith(f"_{key}")), ("", ""))


def _time(timestamp: Any, came_s: float) -> Any:
    if timestamp is None:
        return came_s
    try:
        found = datetime.fromisoformat(str(timestamp))
    except ValueError:
        return timestamp  # refused with the others, with what was expected
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).isoformat()  # their API documents UTC


def _get(item: Any, name: str) -> Any:
    return item.get(name) if isinstance(item, dict) else None
