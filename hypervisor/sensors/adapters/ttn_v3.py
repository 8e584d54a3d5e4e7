"""The Things Stack v3 (The Things Network): uplink messages of its webhooks and MQTT.

`uplink_message.decoded_payload` holds what the device's payload formatter made; Parvis reads the members whose names
are measures, or `normalized_payload`, whose names and units the LoRaWAN device repository fixes. `received_at` of the
uplink is the moment of the value: LoRaWAN devices have no clock of their own unless they send one.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hypervisor.sensors.measures import MEASURES
from hypervisor.sensors.model import Sensor
from hypervisor.sensors.values import Raw, Unreadable

NORMALIZED: Mapping[tuple[str, ...], tuple[str, str]] = {
    ("air", "temperature"): ("temperature", "Cel"),
    ("air", "relativeHumidity"): ("humidity", "%"),
    ("air", "pressure"): ("pressure", "hPa"),
    ("air", "co2"): ("co2", "ppm"),
    ("wind", "speed"): ("wind_speed", "m/s"),
    ("wind", "direction"): ("wind_direction", "deg"),
    ("rain", "amount"): ("precipitation", "mm"),
}
"""Path in a normalized payload → measure and unit."""


def values(message: Any, sensor: Sensor, came_s: float) -> Sequence[Raw]:
    """Return the values of one uplink that the sensor is registered for."""
    uplink = message.get("uplink_message") if isinstance(message, dict) else None
    if not isinstance(message, dict) or not isinstance(uplink, dict):
        raise Unreadable("no uplink of The Things Stack v3; expected an object with uplink_message")
    ids = message.get("end_device_ids")
    device = ids.get("device_id") if isinstance(ids, dict) else None
    if sensor.device is not None and device != sensor.device:
        raise Unreadable(f"uplink of device {str(device)[:40]!r}; expected {sensor.device!r}")
    time = uplink.get("received_at") or message.get("received_at") or came_s
    found = [*_normalized(uplink.get("normalized_payload")), *_decoded(uplink.get("decoded_payload"))]
    if not found:
        raise Unreadable("uplink without values; expected decoded_payload or normalized_payload (a payload formatter)")
    known = {measure: (value, unit) for measure, value, unit in reversed(found) if sensor.measured(measure, "")}
    return [
        Raw(number, sensor.id, measure, "", time, value, unit)
        for number, (measure, (value, unit)) in enumerate(sorted(known.items()), 1)
    ]


def _normalized(payload: Any) -> Iterator[tuple[str, Any, str | None]]:
    for item in payload if isinstance(payload, list) else [payload]:
        for (group, name), (measure, unit) in NORMALIZED.items():
            inner = item.get(group) if isinstance(item, dict) else None
            if isinstance(inner, dict) and name in inner:
                yield measure, inner[name], unit


def _decoded(payload: Any) -> Iterator[tuple[str, Any, None]]:
    """Yield the members that are called like a measure; they come in the unit that the sensor is registered with."""
    for name, value in payload.items() if isinstance(payload, dict) else ():
        if name in MEASURES:
            yield name, value, None
