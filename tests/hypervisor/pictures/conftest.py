"""A worker with its desk and the application in front of it, over one real server."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tests.hypervisor.builders import application
from tests.hypervisor.pictures.street import Street
from tests.served import Server


@pytest.fixture
def server(valkey_url: str) -> Server:
    """Return a look into an empty server."""
    return Server(valkey_url)


@pytest.fixture
def street(server: Server, tmp_path: Path) -> Iterator[Street]:
    """Yield a street with cameras that are watched once it is told which."""
    one = Street(server, tmp_path)
    yield one
    one.close()


@pytest.fixture
def web(valkey_url: str) -> Iterator[TestClient]:
    """Yield a client of the application, in process."""
    with TestClient(application(valkey_url), base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        yield client
