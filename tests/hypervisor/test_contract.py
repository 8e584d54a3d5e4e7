"""The API answers as its OpenAPI document says, whatever is sent: schemathesis asks for all routes."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.config import SchemathesisConfig

from tests.hypervisor.access.house import House
from tests.hypervisor.builders import NOON, Site, zone
from tests.hypervisor.conftest import Clock

FEW, MANY = 2, 60
"""Examples a route: at every run, and in the long one."""


@pytest.fixture
def schema(valkey_url: str, clock: Clock, site: Site) -> Iterator[Any]:
    """Yield the API of a house with two cameras, asked with a key that may do everything."""
    house = House(valkey_url, clock, requests_at_once=1_000_000)
    for camera in ("nord", "sud"):
        site.camera(camera, zones=(zone("esplanade", "occupancy", "heatmap"),))
        site.state(camera)
        site.bucket(NOON - 60, camera=camera, forward=3)
        site.tell(camera=camera)
    app, key = house.app(), house.key("admin")
    yield schemathesis.openapi.from_asgi("/openapi.json", app, headers={"Authorization": f"Bearer {key}"})


def test_x(schema: Any) -> None:
    print([o.label if hasattr(o,'label') else o for o in schema.get_all_operations()])
