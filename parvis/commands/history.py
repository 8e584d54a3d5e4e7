"""`parvis history`: move days that are over into files, say what lies there, and whether it can be read."""

import asyncio
import signal
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from parvis.doors import DATA_DIR, Config, DataDir, Redis, place, unprepared, until_signal
from pipeline.errors import Failed

if TYPE_CHECKING:
    from hypervisor.history.condition import Condition
    from parvis.keeping import Plan

FOLDER = "history"
app = typer.Typer(no_args_is_help=True)


@app.command("keep")
def keep_command(
    config: Config = None,
    redis: Redis = None,
    data_dir: DataDir = DATA_DIR,
    once: Annotated[bool, typer.Option("--once", help="Write what is due, say how many days it was, end.")] = False,
) -> None:
    """Write each day to a file once it is over, and what comes late into its day; move resolved cases; reckon
    indicators; judge recommendations once a day; until Ctrl-C.

    Several may run: one writes, the others stand by. How long things stay says `retention` of the configuration.
    """
    from parvis.keeping import Plan

    url, folder = place(config, redis, data_dir)
    plan = Plan.of(config, folder)  # what is wrong with calendars or bounds is told before anything runs
    if not once:
        typer.echo("parvis history: keeping (Ctrl-C ends it)", err=True)
    if asyncio.run(_until_signal(url, folder, plan, once)) == signal.SIGINT:
        raise typer.Exit(130)


@app.command("status")
def status_command(config: Config = None, redis: Redis = None, data_dir: DataDir = DATA_DIR) -> None:
    """Print what lies in files: periods, rows, sizes. Exit code 1: a file cannot be read."""
    from hypervisor.history.condition import conditions
    from hypervisor.history.shelf import handled_of

    folder = unprepared(config, redis, data_dir).folder
    found = list(conditions(folder / FOLDER, whole=False))
    table = Table("kind", "period", "rows", "MB", title=f"History in {folder / FOLDER}")
    for one in found:
        rows = "damaged" if one.rows is None else f"{one.rows:,}"
        table.add_row(one.kind, one.period, rows, f"{one.size / 1e6:.1f}")
    Console().print(table)
    handled = handled_of(folder / FOLDER / "hours")
    until = f"days up to {handled.last} are in files" if handled else "parvis history keep has not run yet"
    typer.echo(f"{len(found)} files, {sum(one.size for one in found) / 1e6:.1f} MB; {until}")
    _tell_damage(found, folder)


@app.command("check")
def check_command(
    config: Config = None,
    redis: Redis = None,
    data_dir: DataDir = DATA_DIR,
    mend: Annotated[
        bool, typer.Option("--mend", help="Write damaged hours anew from what Redis still has of them.")
    ] = False,
) -> None:
    """Read every file of history wholly, and name those that are damaged. Exit code 1: there is one."""
    from hypervisor.history.condition import conditions

    url, folder = unprepared(config, redis, data_dir)
    found = list(conditions(folder / FOLDER, whole=True))
    damaged = [one for one in found if one.fault is not None and one.kind == "hours"]
    if mend and damaged:
        asyncio.run(_mend(url, folder, damaged))
        found = list(conditions(folder / FOLDER, whole=True))
    typer.echo(f"{len(found)} files, {sum(one.size for one in found) / 1e6:.1f} MB read")
    _tell_damage(found, folder)


def _tell_damage(found: list["Condition"], folder: Path) -> None:
    """Name what is damaged, by its path below the data directory, and end with exit code 1 if anything is."""
    damaged = [one for one in found if one.fault is not None]
    for one in damaged:
        typer.echo(f"{one.path.relative_to(folder)}: {one.fault}; {_advice(one)}", err=True)
    if damaged:
        raise typer.Exit(1)


def _advice(one: "Condition") -> str:
    copy = "bring a copy, or move it away"
    if one.kind == "hours":
        return f"the rest is read; parvis history check --mend writes anew what Redis still has, else {copy}"
    return f"the rest is read; {copy}"


async def _mend(url: str, folder: Path, damaged: list["Condition"]) -> None:
    from hypervisor.history.keeper import NotFree
    from parvis.keeping import Plan, keeping

    async with keeping(url, folder, Plan.of(None, folder)) as found:
        for one in damaged:
            day = date.fromisoformat(one.period if len(one.period) > 7 else f"{one.period}-01")
            try:
                days, rows = await found.keeper.mend(day)
            except NotFree as error:
                raise Failed(f"parvis history check --mend: {error}") from None
            told = f"written anew, {days} days, {rows} rows; the damaged one is beside it"
            typer.echo(
                f"{one.path.relative_to(folder)}: {told if rows else 'Redis has nothing of it any more'}", err=True
            )


async def _until_signal(url: str, folder: Path, plan: "Plan", once: bool) -> int:
    """Keep until SIGTERM or SIGINT; return which it was."""
    from parvis.keeping import keeping

    stopped, said = until_signal()
    async with keeping(url, folder, plan) as found:
        if once:
            typer.echo(f"parvis history: {await found.keeper.turn()} days written", err=True)
            typer.echo(f"parvis history: indicators of {await found.reckoned()} places and periods reckoned", err=True)
        else:
            await found.until(stopped)
    return said[0] if said else 0
