"""Fixtures of the Redis side: a client of the shared server, and servers and processes of a test's own."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis

from pipeline.redis_client import RedisClient, connect
from tests.pipeline.redis.builders import python
from tests.pipeline.redis.proxy import Proxy

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def client(valkey_url: str) -> Iterator[RedisClient]:
    client = connect(valkey_url, Path())
    yield client
    client.close()


@pytest.fixture
def redis(valkey_url: str) -> Iterator["Redis"]:
    """A plain look at the shared server, as text."""
    with Redis.from_url(valkey_url, decode_responses=True) as plain:
        yield plain


@pytest.fixture
def proxy(valkey_server: Path, valkey_url: str, short_dir: Path) -> Iterator[Proxy]:
    """A relay to the shared server."""
    proxy = Proxy(short_dir / "proxy", valkey_server)
    yield proxy
    proxy.close()


@pytest.fixture
def start() -> Iterator[Start]:
    """Start Python code as a process (`builders.python`); whatever still runs afterwards is killed."""
    started: list[subprocess.Popen[str]] = []

    def start_one(code: str, *arguments: object) -> "subprocess.Popen[str]":
        started.append(python(code, *arguments))
        return started[-1]

    yield start_one
    for process in started:
        process.kill()
        process.communicate()
