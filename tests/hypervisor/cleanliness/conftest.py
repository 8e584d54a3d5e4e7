"""A street in a real server, and one application for all tests: it keeps nothing of its own between them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tests.hypervisor.builders import NOON, Site, application
from tests.hypervisor.cleanliness.asked import DAY_S, MIDNIGHT
from tests.hypervisor.cleanliness.builders import Street
from tests.hypervisor.conftest import Clock


@pytest.fixture(scope="session")
def shared(valkey_server: Path) -> Iterator[tuple[TestClient, Clock]]:
    """Yield a client, and the clock of its application."""
    clock = Clock()
    app = application(f"unix://{valkey_server}", clock=clock)
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        yield client, clock


@pytest.fixture
def clock(shared: tuple[TestClient, Clock]) -> Clock:
    """Return the clock, at noon again."""
    shared[1].now_s = NOON
    return shared[1]


@pytest.fixture
def api(shared: tuple[TestClient, Clock], clock: Clock) -> TestClient:
    """Return the client."""
    return shared[0]


@pytest.fixture
def street(site: Site, valkey_url: str) -> Iterator[Street]:
    """Yield an empty street."""
    found = Street(site, valkey_url)
    yield found
    found.close()


@pytest.fixture
def sunday(street: Street) -> Street:
    """Return a pavement of 100 m² that was watched for a Sunday."""
    street.camera()
    street.watched(MIDNIGHT - DAY_S, MIDNIGHT)
    return street
