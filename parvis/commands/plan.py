"""`parvis plan`: what the cameras of a site cost on this machine, and whether it carries them."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from parvis.commands.check import model_problems
from pipeline.config_file import load_config
from pipeline.engine import steps
from pipeline.engine.cores import cores
from pipeline.errors import Refused

if TYPE_CHECKING:
    from pipeline.engine.plan import Plan, Row


def plan_command(
    config: Annotated[Path, typer.Argument(help="Configuration file (YAML).", show_default=False)],
    seconds: Annotated[float, typer.Option("--seconds", min=1, max=600, help="How long each camera is measured.")] = 5,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, help="Worker processes.", show_default="one a core")
    ] = None,
) -> None:
    """Measure every camera for some seconds; say how many of them this machine carries, and what would be shed.

    Cameras with the same source and detector are opened once. Nothing is written and Redis is not needed.
    """
    from pipeline.engine.detectors import Detectors  # only here: what other commands load, they need
    from pipeline.engine.plan import measure_all, plan_of

    loaded = load_config(config)
    problems, _ = model_problems(loaded)
    if problems:
        raise Refused("\n".join(str(problem) for problem in problems))
    detectors = Detectors()
    rows = measure_all(
        loaded,
        lambda camera: detectors.of(loaded, camera),
        seconds,
        lambda camera_id: typer.echo(f"measuring {camera_id} …", err=True),
    )
    unknown = [row for row in rows if row.cost is None]
    for row in unknown:
        typer.echo(f"{row.camera.id}: not measured: {row.fault}", err=True)
    if len(unknown) == len(rows):
        raise Refused(f"{config}: no camera could be measured; expected one at least")
    count = workers or len(cores())
    _print_costs(rows)
    _print_plan(rows, plan_of(rows, count), count)
    raise typer.Exit(1 if unknown else 0)


def _print_costs(rows: "Sequence[Row]") -> None:
    table = Table(
        Column("camera", overflow="fold"), "picture", "looks/s", "decode", "detect", "rest", "total", "a core carries"
    )
    for row in rows:
        cost = row.cost
        if cost is None:
            table.add_row(row.camera.id, "not measured")
            continue
        name = f"{row.camera.id} (as {row.like})" if row.like else row.camera.id
        shares = (f"{share:.1%}" for share in (cost.decode, cost.detect, cost.rest, cost.total))
        carried = "what is left" if row.last_step == steps.FULL else f"{1 / cost.total:.1f}"
        picture = f"{cost.size[0]}x{cost.size[1]} {cost.fps:.4g} fps"
        table.add_row(name, picture, f"{cost.looks:.1f}", *shares, carried)
    Console().print(table)


def _print_plan(rows: "Sequence[Row]", plan: "Plan", count: int) -> None:
    from pipeline.engine.overload import FULL, TARGET

    measured = sum(len(group) for group in plan.groups)
    typer.echo(
        f"{measured} of {len(rows)} cameras need {sum(plan.loads):.2f} of {count} cores; "
        f"of cameras like these this machine carries {plan.carries} (at {TARGET:.0%} of its cores)."
    )
    for number, (group, load) in enumerate(zip(plan.groups, plan.loads, strict=True), 1):
        typer.echo(f"worker {number}: {load:.2f} of a core, {len(group)} cameras: {', '.join(group)}")
    if any(row.last_step == steps.FULL and row.cost is not None for row in rows):
        typer.echo("Recordings with pace fast take what is left, and are not counted.")
    if not plan.shed:
        tight = any(load > TARGET for load in plan.loads)
        typer.echo("It fits, with hardly any room." if tight and max(plan.loads) < FULL else "Nothing would be shed.")
        return
    by_step: dict[int, list[str]] = defaultdict(list)
    for step in plan.shed:
        by_step[step.step].append(step.camera)
    for number, names in sorted(by_step.items()):
        typer.echo(f"would be shed: {len(names)} cameras to {steps.NAMES[number]}: {', '.join(sorted(names))}")
