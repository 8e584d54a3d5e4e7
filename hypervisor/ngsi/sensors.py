"""Sealed buckets of sensors as NGSI-LD entities."""

from collections.abc import Iterator, Mapping
from typing import Any

from hypervisor.ngsi.forms import Entity, geo, instant, link, moment, prop, urn
from hypervisor.sensors.measures import MEASURES
from hypervisor.sensors.units import kept_unit
from hypervisor.sensors.wire import SealedFigure, SealedSensorBucket
from hypervisor.store.values import Message

AIR = ("pm1", "pm25", "pm10", "no", "no2", "nox", "o3", "so2", "co", "c6h6", "co2")

WEATHER: Mapping[str, str] = {
    "temperature": "temperature",
    "humidity": "relativeHumidity",
    "pressure": "atmosphericPressure",
    "wind_speed": "windSpeed",
    "wind_direction": "windDirection",
    "precipitation": "precipitation",
}
"""Measure → attribute. The models give humidity as 0..1 and directions as −180..180."""

NOISE: Mapping[str, str] = {"laeq": "LAeq", "lamax": "LAmax"}


def entities(message: Message) -> Iterator[Entity]:
    """Yield the entities of one sealed bucket: what was not observed has none."""
    bucket = SealedSensorBucket.model_validate(message.data)
    observed = {one.measure: one for one in bucket.figures if one.value is not None and one.status != "not_observed"}
    if any(measure in AIR for measure in observed) and bucket.location is not None:
        yield _air(bucket, observed)
    elif any(measure in WEATHER for measure in observed) and bucket.location is not None:
        yield _weather(bucket, observed)
    if any(measure in NOISE for measure in observed) and bucket.location is not None:
        yield _noise(bucket, observed)
    if "filling" in observed and bucket.location is not None:
        yield _container(bucket, observed["filling"])
    for one in bucket.figures:
        if one.measure == "passages" and one.value is not None and one.status != "not_observed":
            yield _passages(bucket, one)


def _common(bucket: SealedSensorBucket) -> dict[str, Any]:
    return {
        "name": prop(bucket.name or bucket.sensor),
        "refDevice": link(urn("Device", f"sensor:{bucket.sensor}")),
        **({"location": geo(bucket.location)} if bucket.location else {}),
    }


def _end(bucket: SealedSensorBucket) -> str:
    return moment(float(bucket.start_s + bucket.step_s))


def _value(one: SealedFigure, bucket: SealedSensorBucket) -> dict[str, Any]:
    """Return a figure with its unit, its moment and how much of the time it stands for."""
    value, code = one.value, kept_unit(MEASURES[one.measure].dimension).cefact
    if one.measure == "humidity" and value is not None:
        value, code = round(value / 100, 4), "C62"
    if one.measure == "wind_direction" and value is not None:
        value = value - 360 if value > 180 else value
    return prop(value, code, _end(bucket)) | {"coverage": prop(one.coverage, "C62")}


def _air(bucket: SealedSensorBucket, observed: Mapping[str, SealedFigure]) -> Entity:
    weather = {WEATHER[name]: _value(one, bucket) for name, one in observed.items() if name in WEATHER}
    pressure = weather.pop("atmosphericPressure", None)
    return {
        "id": urn("AirQualityObserved", f"{bucket.sensor}:{bucket.step_s}"),
        "type": "AirQualityObserved",
        "dateObserved": instant(_end(bucket)),
        **{name: _value(one, bucket) for name, one in observed.items() if name in AIR},
        **weather,
        **({"pressure": pressure} if pressure else {}),
        **_common(bucket),
    }


def _weather(bucket: SealedSensorBucket, observed: Mapping[str, SealedFigure]) -> Entity:
    return {
        "id": urn("WeatherObserved", f"{bucket.sensor}:{bucket.step_s}"),
        "type": "WeatherObserved",
        "dateObserved": instant(_end(bucket)),
        **{WEATHER[name]: _value(one, bucket) for name, one in observed.items() if name in WEATHER},
        **_common(bucket),
    }


def _noise(bucket: SealedSensorBucket, observed: Mapping[str, SealedFigure]) -> Entity:
    return {
        "id": urn("NoiseLevelObserved", f"{bucket.sensor}:{bucket.step_s}"),
        "type": "NoiseLevelObserved",
        "dateObservedFrom": instant(float(bucket.start_s)),
        "dateObservedTo": instant(_end(bucket)),
        **{NOISE[name]: _value(one, bucket) for name, one in observed.items() if name in NOISE},
        **_common(bucket),
    }


def _container(bucket: SealedSensorBucket, filling: SealedFigure) -> Entity:
    level = prop(round((filling.value or 0.0) / 100, 4), "C62", _end(bucket))
    return {
        "id": urn("WasteContainer", bucket.sensor),
        "type": "WasteContainer",
        "fillingLevel": level | {"coverage": prop(filling.coverage, "C62")},
        **_common(bucket),
    }


def _passages(bucket: SealedSensorBucket, one: SealedFigure) -> Entity:
    persons = one.class_name in (None, "person", "pedestrian")
    kind, attribute = ("CrowdFlowObserved", "peopleCount") if persons else ("TrafficFlowObserved", "intensity")
    local = ":".join(part for part in (bucket.sensor, one.channel, str(bucket.step_s)) if part)
    vehicle = {} if persons else {"vehicleType": prop({"truck": "lorry"}.get(str(one.class_name), one.class_name))}
    begin, end = moment(float(bucket.start_s)), _end(bucket)
    return {
        "id": urn(kind, local),
        "type": kind,
        attribute: prop(round(one.value or 0), "C62", end) | {"coverage": prop(one.coverage, "C62")},
        **vehicle,
        **({"laneDirection": prop(one.direction)} if one.direction and not persons else {}),
        "dateObserved": prop(f"{begin}/{end}"),
        "dateObservedFrom": instant(begin),
        "dateObservedTo": instant(end),
        **_common(bucket),
    }
