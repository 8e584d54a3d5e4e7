"""What many tests share: a real server of Redis's protocol, one for the session, emptied for every test."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from pipeline.embedded_owner import ServerProcess

pytest_plugins = ("tests.house",)


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep prepared models and choices of the tests, and of the processes that they start, apart from the user's."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PARVIS_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def valkey_server() -> Iterator[Path]:
    """Run a server without persistence for the session; yield its socket. It dies with pytest, kill -9 included."""
    folder = Path(tempfile.mkdtemp(prefix="parvis-"))  # short: a socket's path has 108 bytes at most
    server = ServerProcess(folder, folder / "socket", ("--appendonly", "no"))
    server.start()
    yield folder / "socket"
    server.stop()
    shutil.rmtree(folder)


@pytest.fixture
def valkey_url(valkey_server: Path) -> str:
    """Return the URL of an empty server."""
    url = f"unix://{valkey_server}"
    with Redis.from_url(url) as client:
        client.flushall()
    return url


@pytest.fixture
def short_dir() -> Iterator[Path]:
    """A directory whose name leaves room for a socket's."""
    folder = Path(tempfile.mkdtemp(prefix="parvis-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def own_server(short_dir: Path) -> Iterator[ServerProcess]:
    """A server of the test's own, to be stopped and started; it keeps its data. Not started yet."""
    server = ServerProcess(short_dir, short_dir / "socket", ("--appendonly", "yes"))
    yield server
    server.stop()
