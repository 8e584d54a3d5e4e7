"""`parvis demo`: the whole system in real processes, on a drawn film; the bundled one in the long run."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.running import alive_with, command_of, process, refusal, until
from tests.sites import camera, draw_walk, to_and_fro, write_site

SERIES = "/v1/series?measure=crossings&bucket=1h"


@pytest.fixture
def port() -> int:
    """A port that is free now."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A film in a loop, and its site."""
    draw_walk(tmp_path / "clip.mp4", to_and_fro(6))
    return write_site(tmp_path, camera(pace="realtime", loop=True, recorded_at=None))


def opening(demo: "subprocess.Popen[str]") -> tuple[str, dict[str, str]]:
    """Return what the demonstration prints first, and the header for programs in it."""
    assert demo.stdout is not None
    text = ""
    while "Ctrl-C" not in text:
        line = demo.stdout.readline()
        assert line, f"it ended: {text}"
        text += line
    name, value = text.split("KEY='")[1].split("'")[0].split(": ")
    return text, {name: value}


def get(port: int, path: str, key: dict[str, str] | None = None) -> Any:
    """Return what the API answers, None while it does not."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path, headers=key or {})
        answer = connection.getresponse()
        body = answer.read()
        return (json.loads(body) if "json" in answer.getheader("Content-Type", "") else body) or True
    except OSError:
        return None
    finally:
        connection.close()


def crossings(port: int, key: dict[str, str]) -> int:
    """Return how many the API has counted so far."""
    series = (get(port, SERIES, key) or {"series": []}).get("series", [])
    return sum(point["value"] or 0 for one in series for point in one["points"])


def next_crossing(port: int, key: dict[str, str]) -> dict[str, Any]:
    """Return the next crossing that the event stream tells."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/v1/stream", headers=key)
    answer = connection.getresponse()
    name = ""
    try:
        while row := answer.readline().decode():
            if row.startswith("event: "):
                name = row.split()[1]
            if row.startswith("data: ") and name == "crossing":
                return dict(json.loads(row[6:]))
    finally:
        connection.close()
    raise AssertionError("the stream ended")


def test_once_prints_the_counts_and_ends(config: Path, port: int, short_dir: Path) -> None:
    with process("demo", "--once", "--port", port, "--config", config, TMPDIR=str(short_dir)) as demo:
        out, err = demo.communicate(timeout=30)
        assert demo.returncode == 0, err
    rows = [line.replace("│", " ").split() for line in out.splitlines() if "middle" in line]
    assert sorted(rows) == [["cam", "middle", "person", way, "3"] for way in ("backward", "forward")]
    assert "Traceback" not in err
    until(lambda: not alive_with(short_dir), within_s=5)


def test_it_serves_live_figures_until_ctrl_c(config: Path, port: int, short_dir: Path) -> None:
    with process("demo", "--port", port, "--config", config, TMPDIR=str(short_dir)) as demo:
        said, key = opening(demo)
        until(lambda: crossings(port, key) > 0)
        assert b"<html" in get(port, "/", key).lower()
        assert b"password" in get(port, "/sign-in").lower()
        assert next_crossing(port, key)["subject"] == "middle"
        os.killpg(demo.pid, signal.SIGINT)  # as a terminal does: to all of its group
        time.sleep(0.2)
        os.killpg(demo.pid, signal.SIGINT)  # by someone who cannot wait
        _, err = demo.communicate(timeout=15)
        assert demo.returncode == 130
    assert all(text in said for text in (f"http://127.0.0.1:{port}/", "curl", "/v1/stream", "Ctrl-C"))
    assert "nobody can sign in" not in err
    assert "Traceback" not in err
    assert get(port, "/readyz") is None
    until(lambda: not alive_with(short_dir), within_s=5)


@pytest.mark.parametrize("victim", ["its parent", pytest.param("itself", marks=pytest.mark.long)])
def test_a_kill_leaves_no_process(config: Path, port: int, short_dir: Path, victim: str) -> None:
    command = f"{sys.executable} -m parvis demo --port {port} --config {config}; true"
    environ = {**os.environ, "TMPDIR": str(short_dir)}  # the mark of all processes that come of it
    parent = subprocess.Popen(["sh", "-c", command], env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until(lambda: any("\0worker\0" in command_of(number) for number in alive_with(short_dir)))
        demo = next(number for number in alive_with(short_dir) if "\0demo\0" in command_of(number))
        os.kill(parent.pid if victim == "its parent" else demo, signal.SIGKILL)
        until(lambda: not alive_with(short_dir), within_s=10)
    finally:
        for process_id in alive_with(short_dir):
            with suppress(ProcessLookupError):
                os.kill(process_id, signal.SIGKILL)
        parent.kill()
        parent.wait()


def test_a_port_in_use_is_refused(capsys: pytest.CaptureFixture[str], config: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        said = refusal(capsys, "demo", "--port", number, "--config", config)
    assert said == f"parvis demo: port {number}: Address already in use; expected a free one, see --port"


@pytest.mark.long
def test_the_bundled_footage_is_counted_once(port: int) -> None:
    with process("demo", "--once", "--port", port) as demo:
        out, err = demo.communicate(timeout=300)
        assert demo.returncode == 0, err
    assert out.count("passage") == 2
    assert out.count("traversee") == 2


@pytest.mark.long
def test_a_deposit_on_the_drawn_street_is_seen_by_stream_and_api(port: int) -> None:
    with process("demo", "--cleanliness", "--once", "--port", port) as demo:
        out, err = demo.communicate(timeout=300)
        assert demo.returncode == 0, f"{out}\n{err}"
    states = [row.split("│")[3].strip() for row in out.splitlines() if "rue-trottoir-" in row]
    assert states == ["opened", "worsened", "cleared"]
    (taken,) = re.findall(r"time-to-clean (\d+) s \(median of 1\)", out)
    assert abs(int(taken) - 108) <= 10
