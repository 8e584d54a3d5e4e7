"""`parvis history`: move days that are over into files, and say what lies there."""

import asyncio
import os
import signal
from functools import partial
from pathlib import Path
from time import time
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from parvis.doors import DATA_DIR, Config, DataDir, Redis, bounds_in, place, times_of, unprepared, until_signal

FOLDER = "history"
app = typer.Typer(no_args_is_help=True)


@app.command("keep")
def keep_command(
    config: Config = None,
    redis: Redis = None,
    data_dir: DataDir = DATA_DIR,
    once: Annotated[bool, typer.Option("--once", help="Write what is due, say how many days it was, end.")] = False,
) -> None:
    """Write each day to a file once it is over, and judge recommendations once a day, until Ctrl-C.

    Several may run: one writes, the others stand by.
    """
    url, folder = place(config, redis, data_dir)
    if not once:
        typer.echo("parvis history: keeping (Ctrl-C ends it)", err=True)
    daily = _daily(config, folder)  # what is wrong with calendars or bounds is told before anything runs
    if asyncio.run(_until_signal(url, folder / FOLDER, once, daily)) == signal.SIGINT:
        raise typer.Exit(130)


@app.command("status")
def status_command(config: Config = None, redis: Redis = None, data_dir: DataDir = DATA_DIR) -> None:
    """Print which months and days lie in files, and how large they are."""
    from hypervisor.history.files import HourFiles

    files = HourFiles(unprepared(config, redis, data_dir).folder / FOLDER)
    table = Table("period", "file", "MB", title=f"History in {files.folder}")
    kept = [*((f"{month:%Y-%m}", path) for month, path in files.months().items())]
    kept += [(str(day), path) for day, path in files.days().items()]
    for period, path in sorted(kept):
        table.add_row(period, path.name, f"{path.stat().st_size / 1e6:.1f}")
    Console().print(table)


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


async def _until_signal(url: str, folder: Path, once: bool, daily: dict[str, Any]) -> int:
    """Keep until SIGTERM or SIGINT; return which it was."""
    from hypervisor.history.files import HourFiles
    from hypervisor.history.keeper import Keeper, keep
    from hypervisor.history.kept import KeptPast
    from hypervisor.recommendations.daily import DailyJudge, judge_daily
    from hypervisor.redis_feed import RedisFeed
    from hypervisor.store.redis_store import RedisStore

    stopped, said = until_signal()
    feed, store = RedisFeed(url), RedisStore(url)
    past = KeptPast(HourFiles(folder), feed, store, time)
    keeper = Keeper(past, store, f"history-{os.getpid()}-{os.urandom(4).hex()}", time)
    try:
        if once:
            typer.echo(f"parvis history: {await keeper.turn()} days written", err=True)
        else:
            judge = DailyJudge(past, feed, store, keeper.holder, time, **daily)
            await asyncio.gather(keep(keeper, stopped), judge_daily(judge, stopped))
        return said[0] if said else 0
    finally:
        await keeper.release()
        await feed.close()
        await store.close()
