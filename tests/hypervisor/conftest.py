"""A site in a real server, and the application in front of it."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from hypervisor.settings import Settings
from tests.hypervisor.builders import NOON, Site, application


class Clock:
    """A clock that stands until a test moves it."""

    def __init__(self) -> None:
        self.now_s = NOON

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    """Return a clock that stands at noon."""
    return Clock()


@pytest.fixture
def site(valkey_url: str) -> Iterator[Site]:
    """Yield an empty site."""
    writer = Site(valkey_url)
    yield writer
    writer.close()


@pytest.fixture
def api(valkey_url: str, clock: Clock) -> Iterator[TestClient]:
    """Yield a client of the application, in process."""
    app = application(valkey_url, Settings(max_points=200, max_points_page=1000), clock)
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        yield client
