"""Whether so many real-time cameras hold: the real `parvis run`, watched from outside.

Recorded cameras play in a loop at their own speed. Every second the tree's processor time is read, every ten its
memory, and at the end what the embedded server knows of each camera: frames, dropped looks, looks due and made.
"""

import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.progress import Progress

from benchmarks.report import ROOT, Row
from benchmarks.site import derived, settings_of
from benchmarks.tree import Tree, start
from hypervisor.feed import BucketName, FeedAway
from hypervisor.redis_feed import RedisFeed
from pipeline.config_file import LoadedSite
from pipeline.embedded import answers, socket_path
from pipeline.errors import Failed
from pipeline.observation import CameraState

START_S = 60.0
STEADY_AFTER_S = 300.0
"""Memory is compared from here on: what is loaded late has been loaded."""

MEMORY_EVERY_S = 10.0

KEPT = {"events_max": 400}
"""What the server keeps of each camera's passages: as many as a busy place has in less than five minutes. So its store
is full when memory is compared, and what grows from there on is a leak, not the log that the retention allows."""


@dataclass(slots=True)
class Hold:
    """What was seen of one run."""

    clip: str
    settings: str
    cameras: int
    seconds: float = 0.0
    cpu_s: float = 0.0
    pss_mib: list[tuple[float, float]] = field(default_factory=list)  # (seconds since the start, MiB)
    states: list[CameraState] = field(default_factory=list)
    dropped_before: int = 0  # while models were loaded, before every camera ran
    fps: list[float] = field(default_factory=list)  # frames a second that came, by camera
    due: int = 0
    made: int = 0
    fps_wanted: float = 0.0

    @property
    def dropped(self) -> int:
        """Return how many looks were dropped since every camera ran."""
        return sum(state.dropped for state in self.states) - self.dropped_before

    @property
    def worst(self) -> float:
        """Return the largest departure of a camera's frame rate from its footage's, as a share."""
        return max((abs(fps / self.fps_wanted - 1) for fps in self.fps), default=1.0)

    @property
    def memory_mib(self) -> float:
        """Return the memory of the tree, median of the last third."""
        return statistics.median(mib for _, mib in self.pss_mib[-max(1, len(self.pss_mib) // 3) :])

    @property
    def growth_mib(self) -> float | None:
        """Return how much more memory the last five minutes held than those after the first five; None if too short."""
        late = [mib for at_s, mib in self.pss_mib if at_s >= self.seconds - STEADY_AFTER_S]
        early = [mib for at_s, mib in self.pss_mib if STEADY_AFTER_S <= at_s < 2 * STEADY_AFTER_S]
        enough = self.seconds >= 3 * STEADY_AFTER_S
        return statistics.median(late) - statistics.median(early) if enough else None


@dataclass(frozen=True, slots=True)
class Held:
    """One camera, and many."""

    alone: Hold
    many: Hold

    def rows(self) -> list[Row]:
        """Return the figures."""
        many, alone = self.many, self.alone
        figures: list[tuple[str, float, str]] = [
            ("dropped_looks", many.dropped, "looks"),
            ("looks_made_of_due", many.made / many.due if many.due else 0.0, "1"),
            ("worst_departure_of_rate", many.worst, "1"),
            ("cpu_cores", many.cpu_s / many.seconds, "cores"),
            ("running", sum(state.state == "running" for state in many.states), "cameras"),
            ("pss_per_camera", many.memory_mib / many.cameras, "MiB"),
        ]
        if many.cameras > 1:
            each = (many.memory_mib - alone.memory_mib) / (many.cameras - 1)
            figures.append(("pss_per_additional_camera", each, "MiB"))
        if many.growth_mib is not None:
            figures.append(("pss_growth_after_five_minutes", many.growth_mib, "MiB"))
        settings = f"{many.cameras} cameras, {many.seconds:.0f} s, {many.settings}"
        return [
            Row("throughput", many.clip, "parvis run", settings, metric, round(float(value), 4), unit, many.cameras)
            for metric, value, unit in figures
        ]


def hold(config: Path, footage: Path, cameras: int, seconds: float) -> Hold:
    """Watch so many cameras for so long, in real time, as the configuration says.

    Raises:
        Failed: if `parvis run` ends before.
    """
    with tempfile.TemporaryDirectory(prefix="parvis-bench-", ignore_cleanup_errors=True) as name:
        changes = [
            {"id": f"cam-{number:03}", "source": str(footage), "pace": "realtime", "loop": True}
            for number in range(cameras)
        ]
        site = derived(config, Path(name) / "site.yaml", changes, retention=KEPT)
        with (Path(name) / "log").open("w+b") as log:
            command = [sys.executable, "-P", "-m", "parvis", "run", str(site.path)]
            process = start(command, environ={"PYTHONPATH": str(ROOT)}, pipes=(subprocess.DEVNULL, log, log))
            try:
                found = Hold(footage.name, settings_of(config), cameras)
                asyncio.run(_watch(process, site, found, seconds))
                return found
            except Failed:
                log.seek(0)
                lines = log.read().decode(errors="replace").strip().splitlines() or ["ended without a word"]
                raise Failed(f"parvis run: {lines[-1]}") from None
            finally:
                process.terminate()
                try:
                    process.wait(START_S)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


async def _watch(process: "subprocess.Popen[bytes]", site: LoadedSite, found: Hold, seconds: float) -> None:
    names = [camera.id for camera in site.site.cameras]
    feed = await _feed_of(process, site)
    try:
        before = await _running(process, feed, names)
        tree, began_s, began_at = Tree(process.pid), time.monotonic(), time.time()
        cpu_s, next_s = tree.sample(), 0.0
        with Progress(transient=True) as progress:
            task = progress.add_task(f"{len(names)} cameras in real time", total=seconds)
            while (now_s := time.monotonic() - began_s) < seconds:
                if process.poll() is not None:
                    raise Failed("parvis run ended")
                tree.sample()
                if now_s >= next_s:
                    found.pss_mib.append((now_s, tree.pss_mib()))
                    next_s += MEMORY_EVERY_S
                progress.update(task, completed=now_s)
                await asyncio.sleep(1.0)
        after = await feed.states(names)
        found.seconds, found.cpu_s = time.monotonic() - began_s, tree.sample() - cpu_s
        found.states = list(after.values())
        found.dropped_before = sum(state.dropped for state in before.values())
        found.fps = [_rate(before[name], after[name]) for name in names]
        await _looks(feed, names, began_at, found)
    finally:
        await feed.close()
    found.fps_wanted = _fps_of(site)


async def _feed_of(process: "subprocess.Popen[bytes]", site: LoadedSite) -> RedisFeed:
    socket, until_s = socket_path(site.data_dir), time.monotonic() + START_S
    while not (socket.exists() and answers(socket)):
        if process.poll() is not None or time.monotonic() > until_s:
            raise Failed("its embedded server does not answer")
        await asyncio.sleep(0.1)
    return RedisFeed(f"unix://{socket}")


async def _running(process: "subprocess.Popen[bytes]", feed: RedisFeed, names: Sequence[str]) -> dict[str, CameraState]:
    """Return the states once every camera runs and looks."""
    until_s = time.monotonic() + START_S + 2 * len(names)
    while process.poll() is None and time.monotonic() < until_s:
        try:
            states = await feed.states(names)
        except FeedAway:
            states = {}
        if len(states) == len(names) and all(one.state == "running" and one.fps_detected for one in states.values()):
            return states
        await asyncio.sleep(0.5)
    raise Failed("not every camera runs")


async def _looks(feed: RedisFeed, names: Sequence[str], began_at: float, found: Hold) -> None:
    """Read looks due and made from the whole minutes since the start, or all there is in a shorter run."""
    first = int(began_at // 60) * 60
    minutes = list(range(first, int(time.time() // 60) * 60 + 60, 60))
    whole = minutes[1:-1] or minutes
    buckets = await feed.buckets([BucketName(name, 60, start) for name in names for start in whole])
    found.due = sum(bucket.get("q|expected", 0) for bucket in buckets.values())
    found.made = sum(bucket.get("q|processed", 0) for bucket in buckets.values())


def _rate(before: CameraState, after: CameraState) -> float:
    """Return frames a second between two states, by the cameras' own clock."""
    span_s = (after.updated_at - before.updated_at).total_seconds()
    return (after.frames - before.frames) / span_s if span_s > 0 else 0.0


def _fps_of(site: LoadedSite) -> float:
    from pipeline.sources import nominal_fps  # only here: watching needs no OpenCV

    return nominal_fps([Path(site.resolve_source(site.site.cameras[0]))])
