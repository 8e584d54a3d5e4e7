"""How fast Parvis counts, and what it costs: `parvis bench throughput`.

Each setting runs in a process of its own, with a real embedded server: decode, detect, track, analyse, publish.
Times are CPU time of the whole process; memory is PSS (a shared page counts in part), the server not included.
"""

import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer

from benchmarks import report
from benchmarks.report import Row
from models.onnx import OnnxDetector, OnnxRuntime
from models.registry import resolve
from models.runtime import Contents, RunSession, Size
from parvis.cli import guarded
from parvis.commands.choose import chosen_camera
from pipeline.analyze import metered
from pipeline.analyzers.observed import Every
from pipeline.analyzers.watch import Watch
from pipeline.build import analyzers_for, classes_of, description_of, source_spec, tracker_for
from pipeline.config_file import load_config
from pipeline.meter import Meter
from pipeline.observation import Quality
from pipeline.publisher import Publisher
from pipeline.redis_client import connect
from pipeline.redis_sink import RedisSink
from pipeline.runner import run
from pipeline.schedule import every, step_for
from pipeline.settle import settle
from pipeline.sources import SourceSpec, nominal_fps, open_source
from pipeline.tracks import Tracks

STAGES = ("decode", "detect", "inference", "track", "analyze", "publish")
DEFAULT_FPS = "auto,2"


@dataclass(frozen=True, slots=True)
class Setting:
    """One run."""

    footage: Path
    config: Path
    fps: str  # detections a second, or auto
    loops: int
    device: str


class TimedRuntime(OnnxRuntime):
    """ONNX Runtime, its inference timed apart from what goes before and after it."""

    def __init__(self, meter: Meter, threads: int) -> None:
        super().__init__(threads)
        self._meter = meter

    def open(self, path: Path, contents: Contents, device: str, size: Size) -> RunSession:
        """Return a session whose calls are timed."""
        return self._meter.timed("inference", super().open(path, contents, device, size))


def main(
    footage: Annotated[Path, typer.Option(help="A clip.")] = report.ROOT / "benchmarks/footage/plaza.mp4",
    config: Annotated[Path, typer.Option(help="What is measured in it.")] = report.ROOT / "configs/demo.yaml",
    fps: Annotated[str, typer.Option(help="Detections a second, with commas; or auto.")] = DEFAULT_FPS,
    loops: Annotated[int, typer.Option(min=1, help="How often the clip is played.")] = 1,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or tensorrt.")] = "auto",
    json_target: Annotated[str | None, typer.Option("--json", help="Write the figures here; - is stdout.")] = None,
) -> None:
    """Run the whole pipeline over a clip and print speed, cost a stage and memory."""
    rows: list[Row] = []
    for rate in fps.split(","):
        setting = Setting(footage.resolve(), config.resolve(), rate.strip(), loops, device)
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:
            rows += _rows(setting, pool.submit(measure, setting).result())
    report.show(f"Throughput on {report.hardware_line()}", *_table(rows))
    report.write(rows, json_target)


def measure(setting: Setting) -> dict[str, float]:
    """Return the figures of one run, by name."""
    loaded = load_config(setting.config)
    camera = chosen_camera(loaded, None)
    meter = Meter()
    detector = OnnxDetector(
        resolve(loaded.site.detector.model), setting.device, 0.1, classes_of((camera,)),
        runtime=lambda threads: TimedRuntime(meter, threads),
    )  # fmt: skip
    spec = replace(source_spec(loaded, camera), source=str(setting.footage), pace="fast", loop=setting.loops > 1)
    source_fps = nominal_fps([setting.footage], spec.fps)
    step = step_for(source_fps, "auto" if setting.fps == "auto" else float(setting.fps))
    with TemporaryDirectory(prefix="parvis-bench-", ignore_cleanup_errors=True) as folder:
        sink = RedisSink(
            lambda: connect("embedded", Path(folder)), camera.id, "bench", loaded.site.retention, time.monotonic, False
        )
        sink.describe(description_of(loaded, camera))
        quality = Quality(device=detector.status.device, model=detector.status.model, revision=camera.revision)
        publisher = Publisher(camera, "bench", time.time(), sink, lambda: quality)
        source = open_source(spec, every(step))
        memory = _Memory(source, setting.loops, meter)
        analyzers, _ = analyzers_for(camera, detector.labels, Every(step / source_fps), lambda: detector.status)
        tracker = tracker_for(detector.labels, loaded.site.detector)
        update = [metered(meter, analyzer) for analyzer in (Watch(publisher.look), *analyzers)]
        detector(_picture(spec.source))  # the session for this camera's shape is opened before the clock starts
        meter.total_s.clear()
        settle()
        cpu_s, wall_s = time.process_time(), time.monotonic()
        decoded = meter.each("decode", source)
        publish = meter.timed("publish", publisher)
        run(decoded, meter.timed("detect", detector), meter.timed("track", tracker.update), [memory, *update], publish)
        meter.timed("publish", publisher.close)()
        cpu_s, wall_s = time.process_time() - cpu_s - meter.total_s["memory"], time.monotonic() - wall_s
    frames, looks = source.status.frames, memory.looks
    pieces = {stage: frames if stage == "decode" else looks for stage in STAGES}
    return {
        "frames": frames,
        "cpu_s": cpu_s,
        "wall_s": wall_s,
        "video_s": frames / source_fps,
        "peak_pss_mib": max(memory.pss_mib),
        "pss_growth_mib": memory.growth_mib(),
        "other_ms": (cpu_s - meter.total_s["inference"]) * 1000 / frames,
        **{f"{stage}_ms": meter.total_s[stage] * 1000 / pieces[stage] for stage in STAGES},
    }


class _Memory:
    """Reads this process's memory once a second of video, ends the source after the wanted loops."""

    def __init__(self, source: Any, loops: int, meter: Meter) -> None:
        self._source, self._loops = source, loops
        self._read = meter.timed("memory", pss_mib)
        self.looks = 0
        self.pss_mib = [pss_mib()]
        self._after_loop: dict[int, float] = {}

    def update(self, tracks: Tracks) -> tuple[()]:
        """Count the look."""
        self.looks += 1
        if self.looks % 20 == 0:
            self.pss_mib.append(self._read())
        loop = self._source.status.loop
        if loop not in self._after_loop and loop > 0:
            self._after_loop[loop] = self._read()
        if loop >= self._loops > 1:
            self._source.close()
        return ()

    def close(self) -> tuple[()]:
        """Read a last time."""
        self.pss_mib.append(self._read())
        return ()

    def growth_mib(self) -> float:
        """Return by how much memory after the last loop exceeds that after the third."""
        early = self._after_loop.get(3)
        return max(self._after_loop.values()) - early if early is not None else 0.0


def pss_mib() -> float:
    """Return the proportional set size of this process, MiB (Linux)."""
    for line in Path("/proc/self/smaps_rollup").read_text(encoding="utf-8").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _picture(path: str) -> Any:
    source = open_source(SourceSpec(path), every(1))
    try:
        return next(frame.image for frame in source if frame.image is not None)
    finally:
        source.close()


def _rows(setting: Setting, found: dict[str, float]) -> list[Row]:
    name = setting.footage.name
    settings = f"{setting.fps} fps, {setting.loops} loops, {setting.device}"
    derived = {
        "frames_per_s": (found["frames"] / found["wall_s"], "1/s"),
        "cpu_s_per_video_s": (found["cpu_s"] / found["video_s"], "s/s"),
        "cameras_per_core": (found["video_s"] / found["cpu_s"], "1"),
        "all_but_inference_ms_per_frame": (found["other_ms"], "ms"),
        "peak_pss": (found["peak_pss_mib"], "MiB"),
        "pss_growth_after_loop_3": (found["pss_growth_mib"], "MiB"),
        **{f"{stage}_cpu": (found[f"{stage}_ms"], "ms") for stage in STAGES},
    }
    return [
        Row("throughput", name, "parvis", settings, metric, round(value, 4), unit)
        for metric, (value, unit) in derived.items()
    ]


def _table(rows: list[Row]) -> tuple[list[str], list[list[str]]]:
    settings = list(dict.fromkeys(row.settings for row in rows))
    metrics = list(dict.fromkeys((row.metric, row.unit) for row in rows))
    values = {(row.metric, row.settings): f"{row.value:.3f}" for row in rows}
    body = [[f"{metric} [{unit}]", *(values[metric, setting] for setting in settings)] for metric, unit in metrics]
    return ["figure", *settings], body


if __name__ == "__main__":
    application = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    application.command()(main)
    raise SystemExit(guarded(lambda: application(standalone_mode=False, prog_name="parvis bench throughput")))
