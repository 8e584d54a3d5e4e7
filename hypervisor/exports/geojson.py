"""Where cameras and shared sensors are, as GeoJSON (RFC 7946: longitude first, WGS 84)."""

from collections.abc import Iterable
from typing import Any

from hypervisor.sensors.model import Sensor
from pipeline.observation import CameraDescription


def collection(cameras: Iterable[CameraDescription], sensors: Iterable[Sensor]) -> dict[str, Any]:
    """Return those that have a location.

    Lines and zones are fractions of a picture: they have no place on earth here, so they are properties of their
    camera. What a camera's source is, is nobody's business.
    """
    features = [
        _feature(
            f"camera:{camera.id}",
            camera.location,
            {
                "kind": "camera",
                "name": camera.name,
                "purpose": camera.purpose,
                "lines": [{"id": line.id, "name": line.name, "classes": line.classes} for line in camera.lines],
                "zones": [{"id": zone.id, "name": zone.name, "classes": zone.classes} for zone in camera.zones],
                "finest_step_s": camera.min_step_s,
            },
        )
        for camera in cameras
        if camera.location is not None
    ]
    features += [
        _feature(
            f"sensor:{sensor.id}",
            sensor.location,
            {
                "kind": "sensor",
                "name": sensor.name,
                "maker": sensor.maker,
                "measures": [one.key for one in sensor.measures],
                "interval_s": sensor.interval_s,
            },
        )
        for sensor in sensors
        if sensor.location is not None
    ]
    return {"type": "FeatureCollection", "features": features}


def _feature(name: str, location: tuple[float, float], properties: dict[str, Any]) -> dict[str, Any]:
    point = {"type": "Point", "coordinates": [location[1], location[0]]}
    return {"type": "Feature", "id": name, "geometry": point, "properties": properties}
