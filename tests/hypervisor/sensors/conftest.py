"""The application with two services, and a store beside it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from hypervisor.sensors.ledger import Ledger
from hypervisor.settings import Settings
from hypervisor.store.redis_store import RedisStore
from tests.hypervisor.builders import NOON, application
from tests.hypervisor.conftest import Clock
from tests.hypervisor.sensors.builders import KeyRing

Story = Callable[[RedisStore, Ledger], Awaitable[Any]]


@pytest.fixture(scope="module")
def standing(valkey_server: Path) -> Iterator[tuple[TestClient, Clock]]:
    """Yield one application for all tests of a file: to describe its routes takes longer than to use them."""
    clock = Clock()
    app = application(f"unix://{valkey_server}", Settings(max_points=500, max_points_page=2000), clock, KeyRing())
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        yield client, clock


@pytest.fixture
def clock(standing: tuple[TestClient, Clock]) -> Clock:
    """Return the application's clock; it stands at noon."""
    standing[1].now_s = NOON
    return standing[1]


@pytest.fixture
def services(standing: tuple[TestClient, Clock], clock: Clock, valkey_url: str) -> TestClient:
    """Return a client that is the service `environment` unless its header X-Service says otherwise."""
    return standing[0]


@pytest.fixture
def run(valkey_url: str, clock: Clock) -> Callable[[Story], Any]:
    """Run a story on the store and the ledger."""

    def with_store(story: Story) -> Any:
        async def told() -> Any:
            store = RedisStore(valkey_url, clock)
            try:
                return await story(store, Ledger(store, clock))
            finally:
                await store.close()

        return asyncio.run(told())

    return with_store
