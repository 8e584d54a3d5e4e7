"""`parvis run` while its configuration is edited and its workers are killed: who is not meant does not notice."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from hypervisor.configuring.file import ConfigFile
from pipeline.children import STOP_S
from tests.hypervisor.builders import application
from tests.parvis.test_run import worker_of
from tests.running import process, until
from tests.served import Server
from tests.sites import MIDDLE, camera, draw_walk, to_and_fro, write_site

SLOW_START_S = 40.0
"""What a machine that does other things may take to start two processes with their models."""


def live(camera_id: str, **fields: Any) -> dict[str, Any]:
    """Return a recording in a loop at its own speed: it stands for a live camera."""
    return camera(camera_id, loop=True, recorded_at=None, pace="realtime", **fields)


def states(server: Server, camera_id: str) -> list[str]:
    return [o["detail"]["state"] for o in server.told("camera.state", camera_id)]


def fault(server: Server) -> Any:
    return json.loads(server.redis.get("parvis1:configuration") or "{}").get("fault")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("reload")
    draw_walk(made / "clip.mp4", to_and_fro(2))
    return made


@pytest.fixture
def running(folder: Path, valkey_url: str) -> Iterator[tuple[Server, Any]]:
    """A pipeline of two cameras, each on a worker of its own, both running."""
    server = Server(valkey_url)
    config = write_site(folder, live("a"), live("b"))
    with process("run", config, "--workers", 2, PARVIS_REDIS=valkey_url) as run:
        until(lambda: all(server.state(one).get("frames", 0) > 3 for one in ("a", "b")), SLOW_START_S)
        yield server, run
        os.kill(run.pid, signal.SIGTERM)
        assert run.wait(STOP_S + 5) == 0


def test_the_file_is_followed_while_it_runs(folder: Path, running: tuple[Server, Any]) -> None:
    """A line more, then a fault, then a camera less: each within two seconds, and the other camera never notices."""
    server, _ = running
    other = {**MIDDLE, "id": "other", "from": [0.55, 1.0], "to": [0.55, 0.0]}
    write_site(folder, live("a", lines=[MIDDLE, other]), live("b"))
    took_s = within(lambda: '"other"' in server.redis.hget("parvis1:cameras", "a"))
    until(lambda: server.total("c|other|person|forward", camera_id="a") > 0)
    assert states(server, "a").count("running") == 1, "no new connection for a line"
    assert took_s < 2 * slowness()

    config = folder / "site.yaml"
    whole = config.read_text()
    config.write_text(whole.replace('"from"', '"form"'))
    within(lambda: "unknown key" in (fault(server) or ""))
    assert states(server, "a")[-1] == states(server, "b")[-1] == "running"
    config.write_text(whole)
    within(lambda: server.redis.get("parvis1:configuration") is not None and fault(server) is None)

    write_site(folder, live("b"))
    within(lambda: server.state("a")["state"] == "ended")
    assert states(server, "b") == states(server, "b")[:2], "starting and running, and nothing since"
    assert states(server, "b")[-1] == "running"


def test_a_worker_killed_is_back_soon_and_the_other_is_not_touched(running: tuple[Server, Any]) -> None:
    server, run = running
    looks = server.total("q|processed", camera_id="a")
    os.kill(worker_of(run.pid, slot=0), signal.SIGKILL)
    took_s = within(lambda: states(server, "a").count("running") == 2)
    assert took_s < 5 * slowness()
    until(lambda: server.total("q|processed", camera_id="a") > looks)
    assert states(server, "b").count("running") == 1
    assert "failed" not in states(server, "b")


def within(happened: Any) -> float:
    """Wait for something; return how long it took."""
    began_s = time.monotonic()
    until(happened, SLOW_START_S)
    return time.monotonic() - began_s


def slowness() -> float:
    """Return by how much others slow this machine down now: how many processes want each core."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux")
def test_a_disk_that_is_full_for_logs_stops_nothing(tmp_path: Path, valkey_url: str) -> None:
    server = Server(valkey_url)
    draw_walk(tmp_path / "clip.mp4", to_and_fro(2))
    config = write_site(tmp_path, camera(), camera("bad", source="absent.mp4"))
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "parvis", "run", str(config)],
            env={**os.environ, "PARVIS_REDIS": valkey_url},
            stdout=full,
            stderr=full,
            timeout=60,
            check=False,
        )
    assert ended.returncode == 1, "for the camera that is missing, not for the log"
    assert server.total("c|middle|person|forward") == 1
    assert server.state("bad")["state"] == "failed"


def test_an_empty_file_is_waited_for_and_a_camera_in_it_is_watched(tmp_path: Path, valkey_url: str) -> None:
    """The API writes the camera; without `--stay` the pipeline ends with it."""
    server = Server(valkey_url)
    draw_walk(tmp_path / "clip.mp4", to_and_fro(1))
    config = write_site(tmp_path)
    whole = json.loads(config.read_text())
    (only,) = whole["cameras"]
    config.write_text(json.dumps({**whole, "cameras": []}))
    app = application(valkey_url, config=ConfigFile(config, tmp_path / "kept"))
    with (
        process("run", config, "--workers", 1, PARVIS_REDIS=valkey_url) as run,
        TestClient(app, "http://127.0.0.1") as api,
    ):
        until(lambda: (api.get("/v1/config").json()["followed"] or {}).get("fault", "") is None, SLOW_START_S)
        began_s = time.monotonic()
        revision = api.post("/v1/config/cameras", json=only).json() and api.get("/v1/config").json()["revision"]
        until(lambda: api.get("/v1/config").json()["followed"]["revision"] == revision, SLOW_START_S)
        assert time.monotonic() - began_s < 2 * slowness()
        assert run.wait(SLOW_START_S) == 0
    assert server.total("c|middle|person|forward") == 1
