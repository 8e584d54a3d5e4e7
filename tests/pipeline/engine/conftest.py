"""A server, and workers that are gone at the end of a test."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.pipeline.engine.bench import Bench
from tests.served import Server


@pytest.fixture
def server(valkey_url: str) -> Server:
    """Return a look into an empty server."""
    return Server(valkey_url)


@pytest.fixture
def bench(server: Server) -> Iterator[Callable[..., Bench]]:
    """Make workers that are gone at the end."""
    made: list[Bench] = []

    def make(**options: Any) -> Bench:
        made.append(Bench(server, **options))
        return made[-1]

    yield make
    for one in made:
        one.worker.leave()
