"""One camera counted by the product, as a program that waits for the word: `python -m benchmarks.counting JOB OUT`.

JOB is JSON: `{"config": file, "stages": bool}`; the configuration's first camera plays a recording that began at
`benchmarks.site.RECORDED_AT_S`, at full speed. What happens is what happens in a worker: `CameraWatch` decodes,
detects, follows, counts and publishes to the embedded server. OUT takes what a subscriber finds there afterwards:
`{"crossings": [[line, class, direction, time in s]], "frames", "looks", "device", "model", "stages": {name: s}}`.
With `stages` the loop's parts are timed, by the clock of its own thread.
"""

import asyncio
import json
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.peers import word
from benchmarks.site import RECORDED_AT_S
from hypervisor.feed import BucketName, Position
from hypervisor.redis_feed import RedisFeed
from models.detections import Detections, Image
from parvis.cli import guarded
from pipeline import camera as camera_module
from pipeline.analyze import metered
from pipeline.build import detector_for, source_spec
from pipeline.camera import CameraWatch
from pipeline.config_file import LoadedSite, load_config
from pipeline.embedded import ensure_server
from pipeline.events import Event
from pipeline.frame import Frame
from pipeline.meter import Meter
from pipeline.redis_client import connect
from pipeline.runner import Analyzer
from pipeline.settle import settle
from pipeline.sources import open_source
from pipeline.tracks import Tracks

PAGE = 1000


def main(job: Path, out: Path) -> None:
    """Get warm, wait, count, and write what was published."""
    asked = json.loads(job.read_text(encoding="utf-8"))
    loaded = load_config(Path(asked["config"]))
    camera = loaded.site.cameras[0]
    detector = detector_for(loaded.site.detector, (camera,), loaded.path.parent)
    detector(_blank(loaded))  # opens the session for this camera's shape
    url = ensure_server(loaded.data_dir)
    meter = Meter(time.thread_time)
    if asked.get("stages"):
        _time_stages(meter)
    watch = CameraWatch(loaded, camera, detector, partial(connect, loaded.redis, loaded.data_dir))
    settle()
    for _ in word.stretches():
        watch.watch()
        word.done(watch.state(ended=True).frames, over=True)
        break
    state = watch.state(ended=True)
    found = asyncio.run(_published(url, camera.id, state.frames / _fps(loaded)))
    about = {"frames": state.frames, "device": state.device, "model": state.model, "error": state.error}
    out.write_text(json.dumps({**found, **about, "stages": dict(meter.total_s)}), encoding="utf-8")


def _blank(loaded: LoadedSite) -> Image:
    """Return a grey picture of the camera's size."""
    source = open_source(source_spec(loaded, loaded.site.cameras[0]), lambda *_: True)
    try:
        size = next(iter(source)).size
    finally:
        source.close()
    return np.full((size[1], size[0], 3), 114, np.uint8)


def _fps(loaded: LoadedSite) -> float:
    source = open_source(source_spec(loaded, loaded.site.cameras[0]), lambda *_: False)
    try:
        return source.status.fps or 1.0
    finally:
        source.close()


def _time_stages(meter: Meter) -> None:
    """Stand between the camera's watch and its loop: the loop stays as it is."""
    plain = vars(camera_module)["run"]

    def run(
        frames: Iterable[Frame],
        detect: Callable[[Image], Detections],
        track: Callable[[Frame, Detections], Tracks],
        analyzers: Sequence[Analyzer],
        emit: Callable[[Event], None],
    ) -> None:
        plain(
            meter.each("decode", frames),
            meter.timed("detect", detect),
            meter.timed("track", track),
            [metered(meter, analyzer) for analyzer in analyzers],
            meter.timed("publish", emit),
        )

    vars(camera_module)["run"] = run


async def _published(url: str, camera: str, duration_s: float) -> dict[str, Any]:
    """Return the crossings on the camera's stream, and the looks of its buckets."""
    feed = RedisFeed(url)
    try:
        crossings, after, more = [], Position(0, 0, ""), True
        await asyncio.sleep(0.005)  # the feed takes only what is older than the server's millisecond
        while more:
            page = await feed.read(frozenset(), after, PAGE)
            after, more = page.position, page.more
            told = [item.observation for item in page.items if item.observation.kind == "crossing"]
            crossings += [
                [one.subject, one.detail["class"], one.detail["direction"], one.observed_at.timestamp() - RECORDED_AT_S]
                for one in told
            ]
        minutes = range(RECORDED_AT_S, RECORDED_AT_S + round(duration_s) + 61, 60)
        buckets = await feed.buckets([BucketName(camera, 60, start) for start in minutes])
        looks = sum(bucket.get("q|processed", 0) for bucket in buckets.values())
        return {"crossings": crossings, "looks": looks}
    finally:
        await feed.close()


if __name__ == "__main__":
    arguments = [Path(argument) for argument in sys.argv[1:3]]
    raise SystemExit(guarded(lambda: main(*arguments)))
