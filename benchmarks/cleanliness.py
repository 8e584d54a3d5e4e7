"""`parvis bench cleanliness`: how well deposits are found, how often where there are none, and what that costs.

T1 composites of things and decoys on real footage · T2 a real deposit beside a seated man · T3 real footage without
deposits · T4 both under stress. All at the bench profile, which is printed; the product waits longer.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import typer

from benchmarks import deposit_rows, plates, report
from benchmarks.composites import Paste, composed
from benchmarks.cutouts import Half, cutouts_here
from benchmarks.deposit_runs import (
    LEAST_S,
    STRESSES,
    T_CLEAR_S,
    T_OPEN_S,
    Eyes,
    dropped,
    memory_mib,
    play,
    seen_by,
)  # fmt: skip
from benchmarks.deposit_scenes import Sprites, Stage, decoys, scene, sprites_from
from benchmarks.deposit_score import Score, Truth, score, told_in
from benchmarks.plates import Clip, Picture
from benchmarks.report import Row
from models.detections import Detections
from models.onnx import OnnxDetector
from models.registry import resolve
from parvis.cli import guarded
from pipeline.cleanliness.seen import HIDING, NAMED
from pipeline.errors import Refused

Taken = list[tuple[float, Picture]]
Seen = list[Detections | None]
FRAMES_A_SECOND = 25

ALONE = 1000
"""What is added to the seed for composites of decoys alone, so that they are others."""


def main(
    scenes: Annotated[int, typer.Option(help="Composites of each background.", min=1, max=50)] = 3,
    decoy_scenes: Annotated[
        int, typer.Option(help="Composites of decoys alone, of each background.", min=0, max=50)
    ] = 1,
    half: Annotated[str, typer.Option(help="Which half of the cut-outs: report or tuning.")] = "report",
    seed: Annotated[int, typer.Option(help="Seed of everything that is drawn.")] = 1,
    model: Annotated[str, typer.Option(help="Detector that tells people, animals and vehicles.")] = "yolov8n",
    stress: Annotated[bool, typer.Option("--stress/--no-stress", help="Run T4, too.")] = True,
    json_target: report.Target = None,
) -> None:
    """Measure how well deposits are found."""
    if half not in ("report", "tuning"):
        raise Refused(f"parvis bench cleanliness: --half: got {half!r}; expected report or tuning")
    cv2.setNumThreads(1)
    eyes = _eyes(model)
    typer.echo(
        f"profile: t_open {T_OPEN_S:g} s, t_clear {T_CLEAR_S:g} s; clips under {LEAST_S:g} s do not count", err=True
    )
    if not cutouts_here():
        typer.echo(
            f"{plates.CLEANLINESS} is not here (it does not ship): things are drawn, T2 and most of T3 left out",
            err=True,
        )
    chosen: Half = "tuning" if half == "tuning" else "report"
    sprites = _sprites(eyes)
    composites = list(_composites(eyes, sprites, scenes, (seed, chosen), scene))
    alone = list(_composites(eyes, sprites, decoy_scenes, (seed + ALONE, chosen), decoys))
    rows = deposit_rows.composite_rows("T1", "as is", _scored(composites + alone, eyes))
    rows += _seated(eyes)
    negatives = list(_negatives(eyes))
    rows += deposit_rows.negative_rows("T3", "as is", _scored(negatives, eyes))
    if stress:
        rows += _stressed(composites, negatives, eyes, seed)
    rows += _cost(eyes)
    report.show(f"Deposits, on {report.hardware_line()}", *deposit_rows.table(rows))
    report.write(rows, json_target)


Case = tuple[Clip, Taken, Seen, list[Truth]]
PutDown = Callable[[Stage, np.random.Generator], list[Paste]]


def _eyes(model: str) -> Eyes:
    file = resolve(model)
    known = frozenset(file.labels or OnnxDetector(file, "cpu").labels)
    detector = OnnxDetector(file, "auto", 0.1, (HIDING | frozenset(NAMED)) & known)
    return Eyes(detector.labels, detector)


def _here(clip: Clip) -> bool:
    if not Path(clip.path).exists():
        typer.echo(f"{clip.path} is not here (it does not ship): {clip.name} is left out", err=True)
        return False
    return True


def _composites(
    eyes: Eyes, sprites: Sprites, scenes: int, drawn: tuple[int, Half], put_down: PutDown
) -> Iterator[Case]:
    seed, half = drawn
    for c, clip in enumerate(plates.PLATES):
        if not scenes or not _here(clip):
            continue
        taken = plates.pictures(clip)
        plate = plates.plate_of(taken)
        for n in range(scenes):
            random = np.random.default_rng([seed, c, n, half == "report"])
            pastes = put_down(Stage(clip, plate, taken[-1][0], sprites, half), random)
            passer = sprites.people[int(random.integers(len(sprites.people)))]
            made = composed(taken, plate, pastes, passer, random)
            across = plate.shape[1] / 320
            truths = [
                Truth(p.what, _floats(p.box), p.put_s, p.removed_s, max(p.alpha.shape[:2]) / across) for p in pastes
            ]
            names = ", ".join(f"{p.what} {p.name}" for p in pastes)
            typer.echo(f"T1 {clip.name} {n}, seed {[seed, c, n, int(half == 'report')]}: {names}", err=True)
            yield clip, made, seen_by(eyes, made), truths


def _sprites(eyes: Eyes) -> Sprites:
    """Return people and cars of the footage that is here."""
    taken = plates.pictures(plates.PLAZA)
    people = sprites_from(taken, plates.plate_of(taken), eyes.detect, {eyes.labels.index("person")})
    cars = []
    if plates.ROUNDABOUT.path.exists():
        taken = plates.pictures(plates.ROUNDABOUT)
        wanted = {eyes.labels.index("car"), eyes.labels.index("truck")}
        cars = sprites_from(taken, plates.plate_of(taken), eyes.detect, wanted)
    return Sprites(tuple(people), tuple(cars))


def _negatives(eyes: Eyes) -> Iterator[Case]:
    for clip in plates.NEGATIVES:
        if not _here(clip):
            continue
        taken = plates.pictures(clip)
        if taken[-1][0] < LEAST_S - 1:
            typer.echo(f"{clip.name}: {taken[-1][0]:.0f} s are under {LEAST_S:g} s: watched, not counted", err=True)
        yield clip, taken, seen_by(eyes, taken), []


def _scored(cases: list[Case], eyes: Eyes) -> list[tuple[Clip, Score]]:
    found = []
    for clip, taken, seen, truths in cases:
        told, _ = play(clip, taken, seen, eyes)
        long_enough = taken[-1][0] >= LEAST_S - 1
        hours = taken[-1][0] / 3600 if long_enough else 0.0
        found.append((clip, score(truths, told_in(told, taken[0][1].shape[1::-1]), hours)))
    return found


def _seated(eyes: Eyes) -> list[Row]:
    """T2: never open on the man; the bag beside him may be told."""
    clip = plates.SEATED
    if not _here(clip):
        return []
    taken = plates.pictures(clip)
    size = taken[0][1].shape[1::-1]
    bag = Truth("bag", (128.0, 140.0, 166.0, 188.0), 7.8, None)
    told, _ = play(clip, taken, seen_by(eyes, taken), eyes)
    return deposit_rows.seated_rows(clip.name, score([bag], told_in(told, size), 0.0))


def _stressed(composites: list[Case], negatives: list[Case], eyes: Eyes, seed: int) -> list[Row]:
    """T4: the same pictures changed; the detector's boxes are those of the pictures as they were."""
    rows: list[Row] = []
    random = np.random.default_rng([seed, 4])
    for name, change in STRESSES.items():
        for bench, cases, made in (
            ("T4 composites", composites, deposit_rows.composite_rows),
            ("T4 negatives", negatives, deposit_rows.negative_rows),
        ):
            changed = [(clip, change(taken, random), seen, truths) for clip, taken, seen, truths in cases]
            rows += made(bench, name, _scored(changed, eyes))
    for bench, cases, made in (
        ("T4 composites", composites, deposit_rows.composite_rows),
        ("T4 negatives", negatives, deposit_rows.negative_rows),
    ):
        fewer = [(clip, taken, dropped(seen, random), truths) for clip, taken, seen, truths in cases]
        rows += made(bench, "a third dropped", _scored(fewer, eyes))
    return rows


def _cost(eyes: Eyes) -> list[Row]:
    """Cost and memory, on pictures 960 px wide with people in them."""
    taken = [(at_s, cv2.resize(p, (960, 540))) for at_s, p in plates.pictures(plates.PLAZA, 1.0)[:40]]
    frames = [(at_s, np.asarray(picture, np.uint8)) for at_s, picture in taken]
    seen = seen_by(eyes, frames)
    rows = []
    for width_px in (480, 960):
        _, sample_ms = play(plates.PLAZA, frames, seen, eyes, width_px)
        memory = memory_mib(plates.PLAZA, frames[:20], eyes, width_px)
        rows += deposit_rows.cost_rows(width_px, sample_ms, sample_ms / FRAMES_A_SECOND, memory, len(frames))
    return rows


def _floats(box: tuple[int, int, int, int]) -> tuple[float, float, float, float]:
    return float(box[0]), float(box[1]), float(box[2]), float(box[3])


if __name__ == "__main__":
    application = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    application.command()(main)
    raise SystemExit(guarded(lambda: application(standalone_mode=False, prog_name="parvis bench cleanliness")))
