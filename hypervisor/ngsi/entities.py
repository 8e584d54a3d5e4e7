"""From what is told to NGSI-LD entities in normalized form: pure, one function for every channel that speaks NGSI-LD.

| told | entities |
|---|---|
| `bucket.sealed` of a camera | for each line `CrowdFlowObserved` (persons, both ways), `TrafficFlowObserved` |
| | (vehicle × way) and, where the camera has a location, `ItemFlowObserved` (class × way) |
| a camera (its state) | `Device` |
| `sensor.value` | `AirQualityObserved`, `NoiseLevelObserved`, `WeatherObserved`, `WasteContainer`, as its measures |
| | are; counters as persons or vehicles at a line |
| `alert.…` | `Alert` |
| `indicator.reckoned` | a `KeyPerformanceIndicator` for each value |

What nobody watched makes no entity: a missing figure must not look like a zero. Ids are the same every time for the
same place, so a broker's upsert replaces the entity and its history is the broker's.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from hypervisor.indicators import kpi
from hypervisor.ngsi import sensors
from hypervisor.ngsi.forms import (
    Entity,
    finished,
    geo,
    instant,
    link,
    moment,
    prop,
    urn,
)
from hypervisor.store.values import Message
from hypervisor.wire import Camera, CrossingTotal, Event, SealedBucket
from pipeline.observation import CameraDescription

VEHICLES: Mapping[str, tuple[str, str | None]] = {
    "bicycle": ("bicycle", None),
    "cyclist": ("bicycle", None),
    "motorcycle": ("motorcycle", None),
    "car": ("car", None),
    "van": ("van", None),
    "bus": ("bus", None),
    "truck": ("lorry", None),
    "tram": ("tram", None),
    "train": ("tram", None),
    "e_scooter": ("moped", "eScooter"),
}
"""Class → vehicleType and vehicleSubType of the Smart Data Models, which have no e-scooter of their own."""

PERSONS = frozenset({"person", "pedestrian"})

Told = Message | Event | Camera


def entities_of(event: Told, cameras: Mapping[str, CameraDescription]) -> list[Entity]:
    """Return the entities that tell what an event tells; `cameras` describes those that may be told of."""
    if isinstance(event, Message) and event.kind == "indicator.reckoned":
        return kpi.of_message(event)  # of another model's context, and finished
    return [finished(entity) for entity in _made(event, cameras)]


def _made(event: Told, cameras: Mapping[str, CameraDescription]) -> Iterator[Entity]:
    if isinstance(event, Message):
        yield from _of_message(event, cameras)
    elif isinstance(event, Camera):
        yield device(event)
    elif event.camera_id in cameras and event.bucket is not None and event.bucket.status != "not_observed":
        yield from _flows(event.bucket, cameras[event.camera_id])


def device(camera: Camera) -> Entity:
    """Return a camera as a device. Neither its source nor a picture is told."""
    return {
        "id": urn("Device", f"camera:{camera.id}"),
        "type": "Device",
        "name": prop(camera.name or camera.id),
        "category": prop(["sensor"]),
        "controlledProperty": prop(["trafficFlow", "occupancy"]),
        "deviceState": prop(camera.state),
        **({"dateLastValueReported": instant(camera.last_frame_at)} if camera.last_frame_at else {}),
        **({"location": geo(camera.location)} if camera.location else {}),
    }


def _of_message(message: Message, cameras: Mapping[str, CameraDescription]) -> Iterator[Entity]:
    if message.kind == "sensor.value":
        yield from sensors.entities(message)
    elif message.kind.startswith("alert."):
        yield alert(message, cameras)


def _flows(bucket: SealedBucket, camera: CameraDescription) -> Iterator[Entity]:
    lines = dict.fromkeys(total.line for total in bucket.crossings)
    for line in lines:
        totals = [total for total in bucket.crossings if total.line == line]
        persons = [total for total in totals if total.class_name in PERSONS]
        if persons:
            yield _crowd(bucket, camera, line, persons)
        for total in totals:
            if total.class_name in VEHICLES:
                yield _traffic(bucket, camera, total)
            if camera.location is not None:
                yield _items(bucket, camera, total)


def _observed(bucket: SealedBucket, camera: CameraDescription) -> dict[str, Any]:
    """Return what all observations of a bucket have in common."""
    begin, end = moment(bucket.start), moment(bucket.end)
    return {
        "dateObserved": prop(f"{begin}/{end}"),
        "dateObservedFrom": instant(bucket.start),
        "dateObservedTo": instant(bucket.end),
        "coverage": prop(bucket.coverage, "C62"),
        "refDevice": link(urn("Device", f"camera:{camera.id}")),
        **({"location": geo(camera.location)} if camera.location else {}),
    }


def _crowd(bucket: SealedBucket, camera: CameraDescription, line: str, persons: list[CrossingTotal]) -> Entity:
    return {
        "id": urn("CrowdFlowObserved", f"{camera.id}:{line}:{bucket.step_s}"),
        "type": "CrowdFlowObserved",
        "name": prop(_name(camera, line)),
        "peopleCount": prop(sum(total.value for total in persons), "C62", moment(bucket.end)),
        **_observed(bucket, camera),
    }


def _traffic(bucket: SealedBucket, camera: CameraDescription, total: CrossingTotal) -> Entity:
    """Return a traffic flow; `intensity` is the number in the period, not a rate (the model's own definition)."""
    kind, sub_kind = VEHICLES[total.class_name]
    local = f"{camera.id}:{total.line}:{total.class_name}:{total.direction}:{bucket.step_s}"
    return {
        "id": urn("TrafficFlowObserved", local),
        "type": "TrafficFlowObserved",
        "name": prop(_name(camera, total.line)),
        "intensity": prop(total.value, "C62", moment(bucket.end)),
        "vehicleType": prop(kind),
        **({"vehicleSubType": prop(sub_kind)} if sub_kind else {}),
        "laneDirection": prop(total.direction),
        **_observed(bucket, camera),
    }


def _items(bucket: SealedBucket, camera: CameraDescription, total: CrossingTotal) -> Entity:
    """Return a flow of items; the model wants a lane: a line's place among the camera's lines."""
    order = [line.id for line in camera.lines]
    lane = order.index(total.line) + 1 if total.line in order else 1
    local = f"{camera.id}:{total.line}:{total.class_name}:{total.direction}:{bucket.step_s}"
    return {
        "id": urn("ItemFlowObserved", local),
        "type": "ItemFlowObserved",
        "name": prop(_name(camera, total.line)),
        "intensity": prop(total.value, "C62", moment(bucket.end)),
        "itemType": prop("people" if total.class_name in PERSONS else "vehicle"),
        "itemSubType": prop(total.class_name),
        "laneId": prop(lane),
        "laneDirection": prop(total.direction),
        **_observed(bucket, camera),
        "dateObserved": instant(bucket.end),  # here the model wants a moment, not an interval
    }


def _name(camera: CameraDescription, line: str) -> str:
    named = next((one.name for one in camera.lines if one.id == line and one.name), line)
    return f"{camera.name or camera.id}, {named}"


CATEGORIES: Mapping[str, tuple[str, str | None]] = {
    "crowd": ("security", "crowdRisk"),
    "queue": ("traffic", "trafficJam"),
    "stopped": ("traffic", "carStopped"),
    "wrong_way": ("traffic", "carWrongDirection"),
    "air": ("environment", "airPollution"),
}
"""What is wrong → category and subCategory of the Alert model."""

_CATEGORY_OF: tuple[tuple[Callable[[Mapping[str, Any]], bool], str], ...] = (
    (lambda data: str(data.get("measure")) in ("occupancy", "occupancy_max", "density", "crowded"), "crowd"),
    (lambda data: str(data.get("measure")) in ("queue", "wait"), "queue"),
    (lambda data: str(data.get("measure")).startswith("stopped"), "stopped"),
    (lambda data: str(data.get("measure")) == "wrong_way", "wrong_way"),
    (lambda data: str(data.get("measure")) in sensors.AIR, "air"),
)


def alert(message: Message, cameras: Mapping[str, CameraDescription]) -> Entity:
    """Return an alert; the same entity from its opening to its closing (then with `validTo`)."""
    data = message.data
    category, sub_category = _category(data)
    source = str(data.get("sensor") or data.get("camera") or next(iter(message.cameras), ""))
    origin = f"sensor:{source}" if data.get("sensor") else f"camera:{source}"
    location = cameras[source].location if source in cameras else None
    closed = data.get("closed_at")
    text = data.get("text")
    return {
        "id": urn("Alert", str(data.get("id", message.subject))),
        "type": "Alert",
        "category": prop(category),
        **({"subCategory": prop(sub_category)} if sub_category else {}),
        "severity": prop(data.get("severity", "medium")),
        "alertSource": link(urn("Device", origin) if source else urn("Service", "parvis")),
        "dateIssued": instant(message.time_s),
        **({"validFrom": instant(data["opened_at"])} if data.get("opened_at") else {}),
        **({"validTo": instant(closed)} if closed else {}),
        **({"description": prop(text["fr"])} if isinstance(text, Mapping) and text.get("fr") else {}),
        **({"location": geo(location)} if location else {}),
        "data": prop({key: data[key] for key in ("measure", "line", "zone", "place", "figures") if data.get(key)}),
    }


def _category(data: Mapping[str, Any]) -> tuple[str, str | None]:
    found = next((name for asked, name in _CATEGORY_OF if asked(data)), None)
    if found is not None:
        return CATEGORIES[found]
    return ("environment", None) if data.get("kind") in ("deposit", "sensor") else ("traffic", None)
