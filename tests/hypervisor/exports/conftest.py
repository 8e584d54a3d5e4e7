"""One application for all tests of a file, and a site whose figures they write."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from hypervisor.settings import Settings
from tests.hypervisor.builders import NOON, application
from tests.hypervisor.conftest import Clock
from tests.hypervisor.sensors.builders import KeyRing


@pytest.fixture(scope="module")
def standing(valkey_server: Path) -> Iterator[tuple[TestClient, Clock]]:
    """Yield one application: to describe its routes takes longer than to use them."""
    clock = Clock()
    app = application(f"unix://{valkey_server}", Settings(export_name="ville"), clock, KeyRing())
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        yield client, clock


@pytest.fixture
def clock(standing: tuple[TestClient, Clock]) -> Clock:
    """Return the application's clock; it stands two days after the Monday of the figures."""
    standing[1].now_s = NOON + 2 * 86_400
    return standing[1]


@pytest.fixture
def services(standing: tuple[TestClient, Clock], clock: Clock, valkey_url: str) -> TestClient:
    """Return a client that may read exports."""
    return standing[0]
