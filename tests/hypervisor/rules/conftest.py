"""A square in a real server, an evaluation, and one application for all tests: it keeps nothing between them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tests.hypervisor.builders import NOON, Site, application, line, zone
from tests.hypervisor.conftest import Clock
from tests.hypervisor.rules.builders import Judge, Minutes, Names


@pytest.fixture(scope="session")
def shared(valkey_server: Path) -> Iterator[tuple[TestClient, Clock]]:
    """Yield a client, and the clock of its application."""
    clock = Clock()
    app = application(f"unix://{valkey_server}", clock=clock, doorkeeper=Names())
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        yield client, clock


@pytest.fixture
def clock(shared: tuple[TestClient, Clock]) -> Clock:
    """Return the clock, at noon again."""
    shared[1].now_s = NOON
    return shared[1]


@pytest.fixture
def square(site: Site) -> Site:
    """Return a site with one camera on a square, that runs."""
    site.camera("nord", lines=(line(),), zones=(zone(),))
    return site


@pytest.fixture
def api(square: Site, shared: tuple[TestClient, Clock], clock: Clock) -> TestClient:
    """Return the client, in front of a square."""
    return shared[0]


@pytest.fixture
def minutes(square: Site, clock: Clock) -> Minutes:
    """Return what seals minutes."""
    return Minutes(square, clock)


@pytest.fixture
def judge(square: Site, valkey_url: str, clock: Clock) -> Iterator[Judge]:
    """Yield an evaluation that was started before anything was told."""
    found = Judge(valkey_url, clock)
    found.services("safety", "mobility", "cleanliness")
    found(0.0)
    yield found
    found.close()
