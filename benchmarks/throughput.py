"""How many cameras a core serves, ours and others': `parvis bench throughput`.

Every run is a process tree of its own on one core, warm before the clock starts; what counts is the processor time of
the whole tree for a second of video, decoding and the embedded server included (`benchmarks.tree`). A camera sends
what its clip says; cameras per core is seconds of video over seconds of processor time. What each run counted is
matched with the truth, so that nobody is quick by counting badly. An operating point of ours is a configuration.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from benchmarks import report
from benchmarks.best_peer import Field, field_of
from benchmarks.contenders import Contender, Footage, Ours, footage_of, operating_points
from benchmarks.footage.encode import resized
from benchmarks.hold import Held, hold
from benchmarks.parts import decode_rows, detector_rows
from benchmarks.report import Row
from benchmarks.rounds import NEAREST_RATIO, STATED, interleaved, phases_of, ratio_row, rows_of
from benchmarks.scaling import scaling_rows
from benchmarks.stages import stage_rows
from benchmarks.sweep import KEPT, versions
from benchmarks.tables import show
from parvis.cli import guarded
from pipeline.errors import Refused

CONFIGS = [report.ROOT / "configs" / name for name in ("throughput.yaml", "throughput-roundabout.yaml")]
PARTS = ("rounds", "stages", "scaling", "decode", "detector")
SUBSTREAM = (640, 360)
SUBSTREAM_BITS = 0.09
"""Bits a pixel: half a megabit a second at 25 frames a second."""
PHASES = 10


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asks for."""

    parts: tuple[str, ...]
    rounds: int
    core: int | None
    device: str
    peers: bool
    substream: bool
    only: str


def main(
    config: Annotated[
        list[Path] | None, typer.Option(help="An operating point; several times.", show_default="configs/throughput*")
    ] = None,
    footage: Annotated[Path | None, typer.Option(help="A clip in place of the camera's source.")] = None,
    truth: Annotated[Path | None, typer.Option(help="What is in it (parvis.truth/1).", show_default="by name")] = None,
    rounds: Annotated[int, typer.Option(min=1, help="Interleaved rounds.")] = 5,
    parts: Annotated[str, typer.Option(help=f"Some of {', '.join(PARTS)}, with commas; or all.")] = "rounds,stages",
    core: Annotated[int, typer.Option(help="The core that runs are pinned to; -1: none.")] = 0,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or tensorrt.")] = "auto",
    substream: Annotated[bool, typer.Option(help="Take a 640×360 substream too, apart.")] = True,
    peers: Annotated[bool, typer.Option("--peers", help="Run other systems too (`make peers`).")] = False,
    only: Annotated[str, typer.Option(help="Of the peers' sweep, settings with this text.")] = "",
    cameras: Annotated[int, typer.Option(min=0, help="Hold so many real-time cameras as well.")] = 0,
    seconds: Annotated[int, typer.Option(min=10, help="For so long.")] = 60,
    json_target: report.Target = None,
) -> None:
    """Count clips at operating points, beside other systems if asked, and print cameras a core, error and cost."""
    wanted = _parts(parts)
    if device in ("cuda", "tensorrt") and report.machine()["gpu"] is None:
        typer.echo(f"--device {device}: no graphics card is at hand, so nothing is measured", err=True)
        return
    asked = Asked(wanted, rounds, core if core >= 0 else None, device, peers, substream, only)
    rows: list[Row] = []
    for point, path in operating_points(config or CONFIGS, footage):
        if not path.exists() and config is None and footage is None:
            typer.echo(f"{path.name} is not here (it does not ship): {point.name} is left out", err=True)
            continue
        rows += _point_rows(Ours(point, footage_of(path, truth), device), asked)
    if cameras:
        rows += _hold_rows((config or CONFIGS)[0], footage, cameras, seconds)
    show(rows)
    report.write(rows, json_target, versions() if peers else {})


def _parts(text: str) -> tuple[str, ...]:
    wanted = PARTS if text == "all" else tuple(filter(None, text.split(",")))
    unknown = [part for part in wanted if part not in PARTS]
    if unknown:
        raise Refused(f"parvis bench throughput: --parts: got {unknown[0]!r}; expected {', '.join(PARTS)} or all")
    return wanted


def _point_rows(ours: Ours, asked: Asked) -> list[Row]:
    rows: list[Row] = []
    if "rounds" in asked.parts:
        rows += _round_rows(ours, asked)
    if "stages" in asked.parts:
        rows += stage_rows(ours, asked.core)
    if "scaling" in asked.parts:
        rows += scaling_rows(ours)
    if "decode" in asked.parts:
        rows += decode_rows(ours, asked.core, asked.rounds)
    if "detector" in asked.parts:
        rows += detector_rows(ours, asked.core, asked.rounds)
    return rows


def _round_rows(ours: Ours, asked: Asked) -> list[Row]:
    footage = ours.footage
    own = [ours, *([_substream(ours)] if asked.substream else [])]
    wanted: list[tuple[Contender, float]] = [(one, 0.0) for one in own]
    found = (
        field_of(footage, asked.core, asked.only)
        if asked.peers and footage.truth
        else Field(None, None, None, None, [])
    )
    if found.defaults is not None:
        wanted.append((found.defaults.contender, float("inf")))
    chosen = found.best or found.nearest
    if chosen is not None:
        wanted.append((chosen.contender, chosen.spent[0].cpu_s))
    results = interleaved(wanted, footage, asked.core, asked.rounds)
    for result in results[: len(own)]:
        assert isinstance(result.contender, Ours)
        result.errors = phases_of(result.contender, PHASES)
    rows = [row for result in results for row in rows_of(result, footage)] + found.rows
    for theirs in results[len(own) :]:
        near = found.nearest is not None and theirs.contender == found.nearest.contender
        metric = NEAREST_RATIO if near else "times_the_cameras"
        rows += [ratio_row(mine, theirs, footage, metric) for mine in results[: len(own)]]
    return rows + _bar_rows(footage, found)


def _bar_rows(footage: Footage, found: Field) -> list[Row]:
    bar = found.bar or STATED.get(footage.name)
    named = {"best_peer": found.best, "nearest_peer": found.nearest}
    rows = [
        Row("throughput", footage.name, one.contender.system, one.contender.settings, metric, 1.0, "1")
        for metric, one in named.items()
        if one is not None
    ]
    if bar is not None:
        rows += [
            Row("throughput", footage.name, "bar", "equal error", metric, round(value, 4), "1")
            for metric, value in (("event_f1", bar.f1), ("wape", bar.wape))
        ]
    return rows


def _substream(ours: Ours) -> Ours:
    """Return ours on the clip as the camera's second stream would bring it."""
    footage = ours.footage
    rate = round(SUBSTREAM[0] * SUBSTREAM[1] * footage.fps * SUBSTREAM_BITS)
    target = KEPT / f"{footage.path.stem}-{SUBSTREAM[0]}x{SUBSTREAM[1]}.mp4"
    path = resized(footage.path, target, SUBSTREAM, rate)
    return replace(ours, footage=replace(footage, path=path, size=SUBSTREAM), name="parvis, 640x360 substream")


def _hold_rows(config: Path, footage: Path | None, cameras: int, seconds: int) -> list[Row]:
    ((_, path),) = operating_points([config], footage)
    alone = hold(config, path, 1, min(seconds, 30))
    return Held(alone, hold(config, path, cameras, seconds)).rows()


if __name__ == "__main__":
    application = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    application.command()(main)
    raise SystemExit(guarded(lambda: application(standalone_mode=False, prog_name="parvis bench throughput")))
