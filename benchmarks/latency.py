"""How soon a crossing is known: `parvis bench latency`.

Network cameras (Motion JPEG over HTTP) show a composed walker who goes to and fro over a line; the real `parvis run`
and `parvis serve` watch and serve them, and one subscriber reads `/v1/stream`. A dry run of the same loop over the same
pictures says at which picture a crossing is decided, so the clock starts when exactly that picture has been sent:

- *frame to published*: until the server wrote the event (the milliseconds of its id)
- *published to subscriber*: from there until the subscriber has read it
- *frame to subscriber*: both together

Small pictures, few a second and a small input, so that 32 cameras fit on 2 cores: what a loaded machine adds by
queueing is not in these figures. A camera that looks less often adds, before the clock starts, up to the time between
two looks.
"""

import http.client
import json
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from benchmarks import report
from benchmarks.cameras import Cameras
from benchmarks.footage.walker import Walk, walk
from benchmarks.report import ROOT, Row
from benchmarks.site import LAWFUL
from benchmarks.tree import start
from models.detections import Detector
from parvis.cli import guarded
from parvis.doors import get, guest, shown
from pipeline.analyzers.line import LineAnalyzer
from pipeline.analyzers.watch import Watch
from pipeline.build import detector_for, tracker_for
from pipeline.config_file import LoadedSite, load_config
from pipeline.embedded import url_of
from pipeline.errors import Failed, Refused
from pipeline.frame import Frame
from pipeline.runner import run
from pipeline.tracks import Tracks

LINE = {"id": "middle", "from": [0.5, 1.0], "to": [0.5, 0.0], "classes": ["person"]}
STEPS = 8
"""Pictures there, and as many back."""

WARM_S = 20.0
START_S = 60.0
PERCENTILES = (50, 95, 99)


@dataclass(frozen=True, slots=True)
class Heard:
    """One event as the subscriber got it; seconds since the Unix epoch."""

    camera: int
    direction: str
    published_s: float
    read_s: float


def main(
    cameras: Annotated[str, typer.Option(help="How many cameras, with commas.")] = "1,8,32",
    seconds: Annotated[int, typer.Option(min=10, help="How long each.")] = 60,
    fps: Annotated[float, typer.Option(min=0.5, help="Pictures a second; each is looked at.")] = 2.0,
    input_px: Annotated[int, typer.Option("--input", help="Longer side of the detector's input, px.")] = 320,
    json_target: report.Target = None,
) -> None:
    """Measure from the deciding picture to the published event, and from there to a subscriber."""
    counts = _counts(cameras)
    rows: list[Row] = []
    for count in counts:
        rows += measured(count, seconds, fps, input_px)
    body = [[row.settings, row.metric, f"{row.value:.0f} {row.unit}", str(row.n)] for row in rows]
    report.show(f"Latency on {report.hardware_line()}", ["cameras", "figure", "value", "events"], body)
    report.write(rows, json_target)


def measured(count: int, seconds: float, fps: float, input_px: int) -> list[Row]:
    """Return the figures with so many cameras.

    Raises:
        Failed: if not every camera is heard of.
    """
    with tempfile.TemporaryDirectory(prefix="parvis-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        draft = _site(folder, [f"http://127.0.0.1/{n}" for n in range(count)], input_px)
        detector = detector_for(draft.site.detector, draft.site.cameras, draft.path.parent)
        film = walk(ROOT / "benchmarks/footage/plaza.mp4", detector, STEPS)
        decided = deciding(film, draft, detector, fps)
        with Cameras(film.jpegs, fps, count) as served:
            site = _site(folder, [served.url(n) for n in range(count)], input_px)
            heard = _listen(site, seconds)
            spans = _spans(heard, served.sent, decided)
    return _rows(f"{count} cameras, {fps:g} pictures a second, input {input_px}", spans)


def deciding(shown: Walk, site: LoadedSite, detector: Detector, fps: float) -> dict[str, set[int]]:
    """Return by direction at which picture of the loop a crossing is told, once the walker has gone round a few times.

    Raises:
        Failed: if the walker is not counted once each way.
    """
    rounds, length = 4, len(shown.pictures)
    size = (shown.pictures[0].shape[1], shown.pictures[0].shape[0])
    frames = (Frame(n, n / fps, shown.pictures[n % length], size) for n in range(rounds * length))
    at, told = 0, {"forward": set[int](), "backward": set[int]()}

    def see(tracks: Tracks) -> None:
        nonlocal at
        at = tracks.frame_index

    def keep(event: object) -> None:
        if at >= length:  # the first round has the start in it
            told[event.direction].add(at % length)  # type: ignore[attr-defined]

    tracker = tracker_for(detector.labels, site.site.detector)
    lines = [LineAnalyzer(line, detector.labels) for line in site.site.cameras[0].lines]
    run(frames, detector, tracker.update, [Watch(see), *lines], keep)
    if any(len(places) != 1 for places in told.values()):
        raise Failed(f"the walker is told at pictures {told}; expected one each way")
    return told


def _counts(text: str) -> list[int]:
    if not all(part.isdigit() and int(part) for part in text.split(",")):
        raise Refused(f"parvis bench latency: --cameras: got {text!r}; expected numbers such as 1,8,32")
    return [int(part) for part in text.split(",")]


def _site(folder: Path, sources: Sequence[str], input_px: int) -> LoadedSite:
    cameras = [
        {"id": f"cam-{number:03}", "source": source, "lines": [LINE], **LAWFUL} for number, source in enumerate(sources)
    ]
    detector = {"model": "yolov8n", "fps": 10, "input": input_px}
    site = {"parvis": 1, "site": {"id": "latency"}, "data_dir": str(folder / "data"), "detector": detector}
    (folder / "site.yaml").write_text(json.dumps({**site, "cameras": cameras}), encoding="utf-8")
    return load_config(folder / "site.yaml")


def _listen(site: LoadedSite, seconds: float) -> list[Heard]:
    """Run pipeline and hypervisor, and return what a subscriber hears after the start."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (site.path.parent / "log").open("w+b") as log:
        pipes = (subprocess.DEVNULL, log, log)
        environ = {"PYTHONPATH": str(ROOT)}
        begin = [sys.executable, "-P", "-m", "parvis"]
        processes = [start([*begin, "run", str(site.path)], environ=environ, pipes=pipes)]
        try:
            serve = ["serve", "--config", str(site.path), "--port", str(port)]
            processes.append(start([*begin, *serve], environ=environ, pipes=pipes))
            heard = _subscribed(port, url_of(site.data_dir), len(site.site.cameras), seconds)
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(START_S)
                process.kill()
                process.wait()
        if heard is None:
            log.seek(0)
            said = log.read().decode(errors="replace").strip().splitlines() or ["nothing was said"]
            raise Failed(f"not every camera was heard of: {said[-1]}")
        return heard


def _subscribed(port: int, store: str, cameras: int, seconds: float) -> list[Heard] | None:
    """Read the stream; return what came once every camera has been heard of, None if that does not happen."""
    stream, line = _connected(port, store)
    heard: list[Heard] = []
    over = threading.Event()
    reader = threading.Thread(target=_read, args=(stream, heard, over), name="subscriber", daemon=True)
    reader.start()
    try:
        return _heard(heard, cameras, seconds)
    finally:
        over.set()
        line.shutdown(socket.SHUT_RDWR)  # ends a reader that waits for a line
        reader.join(START_S)
        stream.close()
        line.close()


def _heard(heard: Sequence[Heard], cameras: int, seconds: float) -> list[Heard] | None:
    """Return what is heard within some seconds, from when every camera has been heard of."""
    until_s = time.monotonic() + START_S + 3 * cameras
    while len({one.camera for one in heard}) < cameras:
        if time.monotonic() > until_s:
            return None
        time.sleep(0.2)
    time.sleep(WARM_S / 4)
    first = len(heard)
    time.sleep(seconds)
    return list(heard[first:])


def _connected(port: int, store: str) -> tuple[http.client.HTTPResponse, socket.socket]:
    until_s = time.monotonic() + START_S
    while True:
        with suppress(OSError):
            get(port, "/readyz")
            break
        if time.monotonic() > until_s:
            raise Failed("the hypervisor does not answer")
        time.sleep(0.2)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=START_S)
    connection.request("GET", "/v1/stream?kind=crossing", headers=shown(guest(store).key))
    line = connection.sock
    answer = connection.getresponse()
    if answer.status != http.client.OK:
        raise Failed(f"the hypervisor answers {answer.status}")
    return answer, line


def _read(stream: http.client.HTTPResponse, heard: list[Heard], over: threading.Event) -> None:
    data, ident = "", ""
    while not over.is_set():
        line = stream.readline().decode().rstrip("\n")
        if line.startswith("data:"):
            data = line.removeprefix("data:").strip()
        elif line.startswith("id:"):
            ident = line.removeprefix("id:").strip()
        elif not line and data:
            read_s, told = time.time(), json.loads(data)
            camera = int(told["camera_id"].removeprefix("cam-"))
            heard.append(Heard(camera, told["detail"]["direction"], int(ident.partition("-")[0]) / 1000, read_s))
            data = ""


def _spans(
    heard: Sequence[Heard], sent: Sequence[Sequence[tuple[int, float]]], decided: dict[str, set[int]]
) -> dict[str, list[float]]:
    """Return by figure what each event took, milliseconds."""
    spans: dict[str, list[float]] = {"frame_to_published": [], "published_to_subscriber": [], "frame_to_subscriber": []}
    for one in heard:
        moments = [
            s for place, s in sent[one.camera] if place in decided[one.direction] and s <= one.published_s + 0.001
        ]
        if not moments:
            continue
        spans["frame_to_published"].append((one.published_s - moments[-1]) * 1000)
        spans["published_to_subscriber"].append((one.read_s - one.published_s) * 1000)
        spans["frame_to_subscriber"].append((one.read_s - moments[-1]) * 1000)
    return spans


def _rows(settings: str, spans: dict[str, list[float]]) -> list[Row]:
    rows = []
    for name, values in spans.items():
        if not values:
            raise Failed("no event was heard; expected one each way and round")
        for percentile in PERCENTILES:
            value = round(float(np.percentile(values, percentile)), 1)
            low, high = round(min(values), 1), round(max(values), 1)
            rows.append(
                Row(
                    "latency",
                    "walker",
                    "parvis",
                    settings,
                    f"{name}_p{percentile}",
                    value,
                    "ms",
                    len(values),
                    low,
                    high,
                )
            )
    return rows


if __name__ == "__main__":
    application = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    application.command()(main)
    raise SystemExit(guarded(lambda: application(standalone_mode=False, prog_name="parvis bench latency")))
