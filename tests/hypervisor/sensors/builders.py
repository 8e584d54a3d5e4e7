"""Sensors and their values as services send them; what a test does not say has a plain default."""

from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request

from hypervisor.access.principal import Principal
from hypervisor.sensors.model import Sensor
from tests.hypervisor.builders import NOON

SCOPES = frozenset({"flows:read", "sensors:read", "sensors:write", "exports:read"})


def at(offset_s: float = 0.0) -> str:
    """Return a moment near noon as text."""
    return datetime.fromtimestamp(NOON + offset_s, UTC).isoformat()


def body(sensor: str = "air-1", *measures: str | dict[str, Any], **members: Any) -> dict[str, Any]:
    """Return a registration; measures by name, or whole."""
    listed = [{"measure": one} if isinstance(one, str) else one for one in measures or ("pm10",)]
    return {"id": sensor, "measures": listed, "interval_s": 60} | members


def sensor(*args: Any, **members: Any) -> Sensor:
    """Return a registered sensor."""
    fields = body(*args, **members)
    return Sensor.model_validate(fields | {"service": "environment", "registered_at": datetime.fromtimestamp(0, UTC)})


def value(number: float, offset_s: float = 0.0, **members: Any) -> dict[str, Any]:
    """Return a value of pm10 near noon."""
    return {"measure": "pm10", "time": at(offset_s), "value": float(number)} | members


class KeyRing:
    """Lets in by a header, as one of two services; for tests of who may what."""

    async def principal(self, request: Request) -> Principal:
        """Return the key of the service that the header names."""
        service = request.headers.get("x-service", "environment")
        return Principal("key", f"k-{service}", service, SCOPES - set(request.headers.get("x-without", "").split()))

    async def standing(self, principals: Any) -> frozenset[str]:
        """Return all of them."""
        return frozenset(one.credential for one in principals)
