"""Systems that count a clip from file to counts, each a program of its own (`benchmarks.tree.Program`)."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from benchmarks import report
from benchmarks.handover import Directions, count_looks, read_followed, write_jobs
from benchmarks.matching import Score, score
from benchmarks.recorded import Clip
from benchmarks.site import RECORDED_AT, derived, settings_of
from benchmarks.tree import Program
from benchmarks.truthfile import Truth, load_truth
from pipeline.config import LineConfig
from pipeline.config_file import LoadedSite, load_config
from pipeline.events import Crossing
from pipeline.sources import SourceSpec, open_source

TRUTHS = report.ROOT / "benchmarks/truth"


@dataclass(frozen=True, slots=True)
class Footage:
    """A clip, and what truly happens in it."""

    path: Path
    fps: float
    size: tuple[int, int]
    frames: int
    truth: Truth | None

    @property
    def name(self) -> str:
        """Return the clip's name."""
        return self.path.name

    @property
    def duration_s(self) -> float:
        """Return how long it is."""
        return self.frames / self.fps

    def clip(self, labels: tuple[str, ...]) -> Clip:
        """Return it without detections, as peers' answers are read against."""
        times_s = tuple(number / self.fps for number in range(self.frames))
        return Clip(self.name, self.fps, labels, self.size, times_s, ())


def footage_of(path: Path, truth: Path | None = None) -> Footage:
    """Return what a clip is; its truth, if not given, is the one of its name.

    Raises:
        SourceError: if it cannot be read.
    """
    truth = truth or TRUTHS / f"{path.stem}.json"
    source = open_source(SourceSpec(str(path)), lambda *_: False)
    try:
        for _ in source:
            pass
        status = source.status
    finally:
        source.close()
    known = load_truth(truth) if truth.exists() else None
    return Footage(path, status.fps or 1.0, status.size or (0, 0), status.frames, known)


@dataclass(frozen=True, slots=True)
class Answer:
    """What one run counted: by its own rule, and its tracks by our event logic (ours: the same)."""

    own: tuple[Crossing, ...]
    lines: tuple[Crossing, ...]
    about: dict[str, Any] = field(default_factory=dict)

    def scores(self, truth: Truth | None) -> tuple[Score, Score] | None:
        """Return how well both counted."""
        return (score(self.own, truth), score(self.lines, truth)) if truth else None


class Contender(Protocol):
    """A system with its settings, on one clip."""

    @property
    def system(self) -> str:
        """Return its name."""

    @property
    def settings(self) -> str:
        """Return what it was told."""

    @property
    def step(self) -> int:
        """Return how many frames lie between two looks; 1 where only the system knows."""

    def program(self, folder: Path, core: int | None, phase: int = 0) -> Program:
        """Start it, warm; `folder` is for its files, `phase` its first look."""

    def answer(self, folder: Path) -> Answer:
        """Return what it counted, once it has ended."""


@dataclass(frozen=True, slots=True)
class Ours:
    """Parvis as a configuration says, counted by the product's own loop and published to an embedded server."""

    config: Path
    footage: Footage
    device: str = "auto"
    name: str = "parvis"
    stages: bool = False

    @property
    def system(self) -> str:
        """Return its name."""
        return self.name

    @property
    def settings(self) -> str:
        """Return what the configuration asks for."""
        return settings_of(self.config)

    @property
    def step(self) -> int:
        """Return 1: when it looks is its own affair."""
        return 1

    def site(self, folder: Path) -> LoadedSite:
        """Write the configuration with the clip as the camera's recording."""
        folder.mkdir(parents=True, exist_ok=True)
        change = {"source": str(self.footage.path), "pace": "fast", "loop": False, "recorded_at": RECORDED_AT}
        return derived(self.config, folder / "site.yaml", [change], {"device": self.device})

    def program(self, folder: Path, core: int | None, phase: int = 0) -> Program:
        """Start it, warm; it begins with the first frame always."""
        site = self.site(folder)
        job = {"config": str(site.path), "stages": self.stages}
        (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
        files = [str(folder / name) for name in ("job.json", "answer.json")]
        return Program([sys.executable, "-P", "-m", "benchmarks.counting", *files], core)

    def answer(self, folder: Path) -> Answer:
        """Return what a subscriber was told."""
        told = json.loads((folder / "answer.json").read_text(encoding="utf-8"))
        counted = tuple(
            Crossing(line, 0, class_name, direction, round(time_s * self.footage.fps), time_s)
            for line, class_name, direction, time_s in told.pop("crossings")
        )
        return Answer(counted, counted, told)


@dataclass(frozen=True, slots=True)
class Peer:
    """Another system: a script of `benchmarks/peers` in an environment of its own."""

    system: str
    settings: str
    python: Path
    script: Path
    job: dict[str, Any]  # of which step is known here
    footage: Footage
    labels: tuple[str, ...]
    lines: tuple[LineConfig, ...]
    meaning: Directions

    @property
    def step(self) -> int:
        """Return how many frames lie between two looks."""
        return int(self.job["step"])

    def program(self, folder: Path, core: int | None, phase: int = 0) -> Program:
        """Start it, warm."""
        folder.mkdir(parents=True, exist_ok=True)
        jobs = write_jobs(folder, [self.job | {"phase": phase}], self.lines, self.footage.size)
        return Program([str(self.python), str(self.script), str(self.footage.path), str(jobs), str(folder)], core)

    def answer(self, folder: Path) -> Answer:
        """Return what it counted itself, and what our event logic makes of its tracks."""
        clip = self.footage.clip(self.labels)
        (job,) = json.loads((folder / "jobs.json").read_text(encoding="utf-8"))
        found = read_followed(folder, 0, job, clip, self.lines, self.meaning)
        return Answer(found.crossings, tuple(count_looks(found.looks, self.lines, self.labels)))


def operating_points(configs: Sequence[Path], footage: Path | None) -> list[tuple[Path, Path]]:
    """Return each configuration with its clip: `footage`, or what its first camera names, there or in the shared data.

    Raises:
        ConfigError: if one is faulty.
    """
    found = []
    for config in configs:
        loaded = load_config(config)
        named = Path(loaded.resolve_source(loaded.site.cameras[0]))
        found.append((config, footage or (named if named.exists() else report.SHARED / "footage" / named.name)))
    return found
