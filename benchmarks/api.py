"""What the API carries: `parvis bench api`.

- *ingest*: 5,000 crossings a second into Redis (batches, as pipelines write them) with 4 subscribers of /v1/stream
- *fan-out*: 500 subscribers at 20 events a second
- *series*: /v1/series over 30 days at one hour for 100 lines

The real `parvis serve` over a server of its own; writer and subscribers are processes of their own. Latency is from the
moment an event is made by the writer until a subscriber has read it. The processor time of each part is printed.
"""

import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import numpy as np
import typer

from benchmarks import api_series, report
from benchmarks.api_writer import CAMERAS
from benchmarks.delivery_town import Server
from benchmarks.report import ROOT, Row
from benchmarks.tree import cpu_s, start
from parvis.cli import guarded
from parvis.doors import guest
from pipeline.errors import Failed
from pipeline.observation import CameraDescription
from pipeline.redis_client import connect

PERCENTILES = (50, 95, 99)
START_S = 60.0


class Served(NamedTuple):
    """A hypervisor that runs."""

    url: str  # of its server
    port: int
    key: str
    process: int


def main(
    seconds: Annotated[float, typer.Option(min=2, help="How long each measurement of streams.")] = 20.0,
    rate: Annotated[float, typer.Option(min=1, help="Events a second into Redis, with 4 subscribers.")] = 5000.0,
    subscribers: Annotated[int, typer.Option(min=1, max=500, help="Subscribers at 20 events a second.")] = 500,
    requests: Annotated[int, typer.Option(min=1, help="Requests for series.")] = 40,
    lines: Annotated[int, typer.Option(min=5, help="Lines, five a camera.")] = 100,
    days: Annotated[int, typer.Option(min=1, help="Days of hours that a series covers.")] = 30,
    json_target: report.Target = None,
) -> None:
    """Measure what streams and series carry."""
    rows: list[Row] = []
    with served() as one:
        rows += _streams(one, "ingest", 4, rate, seconds)
    with served() as one:
        rows += _streams(one, "fan-out", subscribers, 20.0, seconds)
    with served() as one:
        rows += api_series.measured(one.url, one.port, one.key, requests, lines, days)
    body = [[row.clip, row.settings, row.metric, f"{row.value:g} {row.unit}", str(row.n)] for row in rows]
    report.show(f"API on {report.hardware_line()}", ["measurement", "settings", "figure", "value", "n"], body)
    report.write(rows, json_target)


@contextmanager
def served() -> Iterator[Served]:
    """Run a server and `parvis serve` over it."""
    with tempfile.TemporaryDirectory(prefix="parvis-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        server, url = Server(folder, folder / "socket", ("--appendonly", "no")), f"unix://{folder / 'socket'}"
        server.start()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = int(free.getsockname()[1])
        with (folder / "log").open("ab") as log:
            command = [sys.executable, "-P", "-m", "parvis", "serve", "--redis", url, "--port", str(port)]
            pipes = (subprocess.DEVNULL, log, log)
            process = start(command, environ={"PYTHONPATH": str(ROOT)}, pipes=pipes)
        try:
            _describe(url)
            _wait(port)
            yield Served(url, port, guest(url).key, process.pid)
        finally:
            process.kill()
            process.wait()
            server.stop()


def _describe(url: str) -> None:
    client = connect(url, Path())
    for number in range(CAMERAS):
        name = f"cam-{number}"
        client.describe(CameraDescription(id=name, name=name, purpose="operations", revision="0" * 12, min_step_s=60))
    client.close()


def _wait(port: int) -> None:
    end_s = time.monotonic() + START_S
    while time.monotonic() < end_s:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/readyz")
            if connection.getresponse().status == http.client.OK:
                return
        except OSError:
            time.sleep(0.1)
        finally:
            connection.close()
    raise Failed("the hypervisor does not answer")


def _streams(one: Served, clip: str, subscribers: int, rate: float, seconds: float) -> Sequence[Row]:
    listening = _python("benchmarks.api_subscribers", str(one.port), one.key, str(subscribers))
    assert listening.stdout is not None
    if listening.stdout.readline().strip() != b"@ready":
        raise Failed("the subscribers could not be opened")
    before = (cpu_s(one.process), cpu_s(listening.pid))
    writer = _python("benchmarks.api_writer", one.url, str(rate), str(seconds))
    written = json.loads(writer.communicate()[0])
    time.sleep(1.0)
    wall_s = written["seconds"] + 1.0
    costs = ((cpu_s(one.process) - before[0]) / wall_s, (cpu_s(listening.pid) - before[1]) / wall_s)
    heard = json.loads(listening.communicate(b"")[0])
    return _rows(clip, f"{subscribers} subscribers, {rate:g} events/s", written, heard, costs)


def _rows(
    clip: str, settings: str, written: dict[str, Any], heard: dict[str, Any], costs: tuple[float, float]
) -> list[Row]:
    took = heard["took_ms"]
    if not took:
        raise Failed(f"{settings}: nothing was heard")
    expected = written["told"] * len(heard["events"])
    figures: list[tuple[str, float, str]] = [
        ("told_per_s", round(written["told"] / written["seconds"], 1), "events/s"),
        ("heard_share", round(sum(heard["events"]) / expected, 6), ""),
        *((f"event_to_subscriber_p{p}", round(float(np.percentile(took, p)), 1), "ms") for p in PERCENTILES),
        ("cpu_of_serve", round(costs[0], 3), "cores"),
        ("cpu_of_subscribers", round(costs[1], 3), "cores"),
    ]
    return [Row("api", clip, "parvis", settings, name, value, unit, len(took)) for name, value, unit in figures]


def _python(module: str, *arguments: str) -> "subprocess.Popen[bytes]":
    search = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    command = [sys.executable, "-P", "-m", module, *arguments]
    pipes = (subprocess.PIPE, subprocess.PIPE, subprocess.DEVNULL)
    return start(command, environ={"PYTHONPATH": search}, pipes=pipes)


if __name__ == "__main__":
    application = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    application.command()(main)
    raise SystemExit(guarded(lambda: application(standalone_mode=False, prog_name="parvis bench api")))
