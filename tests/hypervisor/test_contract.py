"""The API answers as its OpenAPI document says, whatever is sent: schemathesis asks all routes."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import time

import pytest

from tests.hypervisor.access.house import House
from tests.hypervisor.builders import NOON, Site, zone
from tests.hypervisor.running import serving

CONFIG = Path(__file__).with_name("schemathesis.toml")


@pytest.fixture
def asked(valkey_url: str, site: Site) -> Iterator[list[str]]:
    """Serve a house with two cameras; yield the command that asks it with a key that may do everything."""
    house = House(valkey_url, time, requests_at_once=1_000_000, metrics_on_loopback=False)
    for camera in ("nord", "sud"):
        site.camera(camera, zones=(zone("esplanade", "occupancy", "heatmap"),))
        site.state(camera)
        site.bucket(NOON - 60, camera=camera, forward=3)
        site.tell(camera=camera)
    key = house.key("admin")
    with serving(house.app()) as port:
        where = f"http://127.0.0.1:{port}/openapi.json"
        command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "run", where]
        # An event stream does not end; test_stream.py and access/test_streams.py read it.
        yield [*command, "--header", f"Authorization: Bearer {key}", "--exclude-path-regex", "/stream$"]


def run(command: list[str], folder: Path, *options: str) -> None:
    """Run it in a folder of the test's own: it keeps what it found beside itself."""
    ended = subprocess.run([*command, *options], cwd=folder, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout[-20_000:] + ended.stderr[-2000:]


def test_a_few_requests_to_every_route_are_answered_as_documented(asked: list[str], tmp_path: Path) -> None:
    run(asked, tmp_path, "--phases", "examples,fuzzing", "--max-examples", "1")


@pytest.mark.long
def test_many_requests_to_every_route_are_answered_as_documented(asked: list[str], tmp_path: Path) -> None:
    run(asked, tmp_path, "--phases", "examples,coverage,fuzzing,stateful", "--max-examples", "30")
