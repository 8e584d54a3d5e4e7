"""NGSI-LD notifications as values of sensors (ETSI GS CIM 009; as Orion-LD, Stellio and Scorpio send them).

Attributes may be normalized (`{"type": "Property", "value": 1.2, "unitCode": "GQ"}`), concise (the same without type)
or simplified (the bare value).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hypervisor.sensors.ledger import Ledger
from hypervisor.sensors.model import Sensor
from hypervisor.sensors.values import Fault, Raw, Unreadable

ENTITIES_MOST = 1000

ATTRIBUTES: Mapping[str, str] = {
    **{
        name: name
        for name in ("pm1", "pm25", "pm10", "no", "no2", "nox", "o3", "so2", "co", "c6h6", "co2", "temperature")
    },
    "relativeHumidity": "humidity",
    "atmosphericPressure": "pressure",
    "pressure": "pressure",
    "windSpeed": "wind_speed",
    "windDirection": "wind_direction",
    "precipitation": "precipitation",
    "LAeq": "laeq",
    "LAmax": "lamax",
    "fillingLevel": "filling",
    "batteryLevel": "battery",
    "peopleCount": "passages",
    "intensity": "passages",
}
"""Attribute of the Smart Data Models → measure. Short names: a full IRI is read by its last part."""

SHARES = frozenset({"relativeHumidity", "fillingLevel", "batteryLevel"})
"""The models define these as 0..1; without a unitCode they are (the models' own definition, not a guess)."""


class Notification(BaseModel):
    """What a context broker posts when entities change."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    type: str = Field(pattern="^Notification$")
    id: str = Field(default="", max_length=512)
    subscriptionId: str = Field(default="", max_length=512)  # the standard's own name
    notifiedAt: str = Field(default="", max_length=64)
    data: list[dict[str, Any]] = Field(max_length=ENTITIES_MOST)

    @staticmethod
    def read(found: Any) -> "Notification":
        """Check what came.

        Raises:
            Unreadable: it is no notification.
        """
        if isinstance(found, dict) and isinstance(found.get("data"), dict):
            found = found | {"data": [found["data"]]}
        try:
            return Notification.model_validate(found)
        except ValidationError as error:
            fault = error.errors()[0]
            where = ".".join(str(part) for part in fault["loc"]) or "body"
            raise Unreadable(f"no NGSI-LD notification: {where}: {fault['msg']}") from None


async def raws_of(notification: Notification, ledger: Ledger) -> Sequence[Raw | Fault]:
    """Return the values of entities that sensors are registered for, and a fault for each other entity."""
    found: list[Raw | Fault] = []
    for number, entity in enumerate(notification.data, 1):
        entity_id = str(entity.get("id", entity.get("@id", "")))[:256]
        takers = await ledger.sensors.listed(f"entity:{entity_id}", limit=1)
        if takers:
            found += _values(number, entity, takers[0].value)
        else:
            found.append(
                Fault(number, "id", f"entity {entity_id[:80]!r} is no sensor's; expected a registered `entity`")
            )
    return found


def _values(number: int, entity: dict[str, Any], sensor: Sensor) -> Iterator[Raw | Fault]:
    observed = _moment(entity.get("dateObserved")) or _moment(entity.get("dateObservedTo"))
    for name, attribute in entity.items():
        short = name.rpartition("/")[2]
        measure = ATTRIBUTES.get(short)
        if measure is None or sensor.measured(measure, "") is None:
            continue
        value, unit, at = _property(attribute)
        time = at or observed
        if time is None:
            yield Fault(number, short, "has neither observedAt nor dateObserved; expected when it was measured")
            continue
        yield Raw(number, sensor.id, measure, "", time, value, unit or ("1" if short in SHARES else None))


def _property(attribute: Any) -> tuple[Any, str | None, Any]:
    """Return value, unit and moment of an attribute, in whichever form it came."""
    if not isinstance(attribute, dict):
        return attribute, None, None
    unit, at = attribute.get("unitCode"), attribute.get("observedAt")
    return attribute.get("value"), str(unit)[:16] if unit is not None else None, _moment(at)


def _moment(attribute: Any) -> Any:
    """Return a moment out of a property, a typed value or text; of an interval its end."""
    for name in ("value", "@value"):
        if isinstance(attribute, dict):
            attribute = attribute.get(name, attribute.get("@value"))
    if isinstance(attribute, str) and "/" in attribute:
        attribute = attribute.rpartition("/")[2]
    return attribute if isinstance(attribute, str) and attribute else None
