"""One application for all tests: it keeps nothing of its own between them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tests.hypervisor.builders import NOON, Site, application
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
def api(site: Site, shared: tuple[TestClient, Clock], clock: Clock) -> TestClient:
    """Return the client."""
    return shared[0]
