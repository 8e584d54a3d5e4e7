"""`parvis history`: move days that are over into files, say what lies there, and whether it can be read."""

import asyncio
import os
import signal
from datetime import date
from functools import partial
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from parvis.doors import DATA_DIR, Config, DataDir, Redis, bounds_in, place, times_of, unprepared, until_signal
from pipeline.config import RetentionConfig
from pipeline.config_file import load_config
from pipeline.errors import Failed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from hypervisor.history.condition import Condition
    from hypervisor.history.keeper import Keeper

FOLDER = "history"
app = typer.Typer(no_args_is_help=True)


@app.command("keep")
def keep_command(
    config: Config = None,
    redis: Redis = None,
    data_dir: DataDir = DATA_DIR,
    once: Annotated[bool, typer.Option("--once", help="Write what is due, say how many days it was, end.")] = False,
) -> None:
    """Write each day to a file once it is over, and what comes late into its day; move resolved cases; judge
    recommendations once a day; until Ctrl-C.

    Several may run: one writes, the others stand by. How long things stay says `retention` of the configuration.
    """
    url, folder = place(config, redis, data_dir)
    if not once:
        typer.echo("parvis history: keeping (Ctrl-C ends it)", err=True)
    daily = _daily(config, folder)  # what is wrong with calendars or bounds is told before anything runs
    if asyncio.run(_until_signal(_keeper(url, folder / FOLDER, _retention(config)), daily, once)) == signal.SIGINT:
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

    keeper, close = _keeper(url, folder / FOLDER, RetentionConfig())
    try:
        for one in damaged:
            days, rows = await keeper.mend(
                date.fromisoformat(one.period if len(one.period) > 7 else f"{one.period}-01")
            )
            name = one.path.relative_to(folder)
            if rows:
                typer.echo(f"{name}: written anew, {days} days, {rows} rows; the damaged one is beside it", err=True)
            else:
                typer.echo(f"{name}: Redis has nothing of it any more", err=True)
    except NotFree as error:
        raise Failed(f"parvis history check --mend: {error}") from None
    finally:
        await close()


def _daily(config: Path | None, folder: Path) -> dict[str, Any]:
    """Return what the daily judge is told of the site: its zone, its days off, the city's bounds."""
    from hypervisor.days_off import days_off
    from hypervisor.recommendations.bounds import kept_catalogue
    from hypervisor.settings import Settings

    times = times_of(config)
    settings = Settings(config_file=config, **times)
    bounds = bounds_in(folder)
    zone = {"timezone": settings.timezone} if times else {}
    return {"off": partial(days_off, settings), "rules": partial(kept_catalogue, bounds), **zone}


def _retention(config: Path | None) -> RetentionConfig:
    return load_config(config).site.retention if config else RetentionConfig()


def _keeper(url: str, folder: Path, retention: RetentionConfig) -> "tuple[Keeper, Callable[[], Awaitable[None]]]":
    from hypervisor.history.archive import Archive
    from hypervisor.history.files import HourFiles
    from hypervisor.history.keeper import Keeper
    from hypervisor.history.kept import KeptPast
    from hypervisor.history.mover import Mover
    from hypervisor.redis_feed import RedisFeed
    from hypervisor.store.redis_store import RedisStore

    feed, store = RedisFeed(url), RedisStore(url)
    past = KeptPast(HourFiles(folder), feed, store, time)
    mover = Mover(Archive(folder), feed, store, time, retention.cases_d, retention.history_d)
    holder = f"history-{os.getpid()}-{os.urandom(4).hex()}"
    keeper = Keeper(past, store, holder, time, retention.history_d, mover)

    async def close() -> None:
        await keeper.release()
        await feed.close()
        await store.close()

    return keeper, close


async def _until_signal(made: "tuple[Keeper, Callable[[], Awaitable[None]]]", daily: dict[str, Any], once: bool) -> int:
    """Keep until SIGTERM or SIGINT; return which it was."""
    from hypervisor.history.keeper import keep
    from hypervisor.recommendations.daily import DailyJudge, judge_daily

    stopped, said = until_signal()
    keeper, close = made
    try:
        if once:
            typer.echo(f"parvis history: {await keeper.turn()} days written", err=True)
        else:
            judge = DailyJudge(keeper.past, keeper.past.feed, keeper.store, keeper.holder, time, **daily)
            await asyncio.gather(keep(keeper, stopped), judge_daily(judge, stopped))
        return said[0] if said else 0
    finally:
        await close()
