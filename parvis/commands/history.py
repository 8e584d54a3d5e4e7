"""`parvis history`: move days that are over into files, and say what lies there."""

import asyncio
import os
import signal
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from parvis.doors import DATA_DIR, Config, DataDir, Redis, place, unprepared, until_signal

if TYPE_CHECKING:
    from hypervisor.indicators.kept.keeper import ValueKeeper

FOLDER = "history"
app = typer.Typer(no_args_is_help=True)


@app.command("keep")
def keep_command(
    config: Config = None,
    redis: Redis = None,
    data_dir: DataDir = DATA_DIR,
    once: Annotated[bool, typer.Option("--once", help="Write what is due, say how many days it was, end.")] = False,
) -> None:
    """Write each day to a file once it is over, reckon indicators, judge recommendations once a day, until Ctrl-C.

    Several may run: one writes, the others stand by.
    """
    url, folder = place(config, redis, data_dir)
    if not once:
        typer.echo("parvis history: keeping (Ctrl-C ends it)", err=True)
    if asyncio.run(_until_signal(url, folder, once)) == signal.SIGINT:
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


async def _until_signal(url: str, folder: Path, once: bool) -> int:
    """Keep until SIGTERM or SIGINT; return which it was."""
    from hypervisor.history.files import HourFiles
    from hypervisor.history.keeper import Keeper, keep
    from hypervisor.history.kept import KeptPast
    from hypervisor.indicators.kept.files import ValueFiles
    from hypervisor.indicators.kept.keeper import ValueKeeper, keep_values
    from hypervisor.recommendations.daily import DailyJudge, judge_daily
    from hypervisor.redis_feed import RedisFeed
    from hypervisor.store.redis_store import RedisStore

    stopped, said = until_signal()
    feed, store = RedisFeed(url), RedisStore(url)
    past = KeptPast(HourFiles(folder / FOLDER), feed, store, time)
    keeper = Keeper(past, store, f"history-{os.getpid()}-{os.urandom(4).hex()}", time)
    files = ValueFiles(folder / FOLDER)
    values = ValueKeeper(past, feed, store, files, folder / "indicators", keeper.holder, time)
    try:
        if once:
            typer.echo(f"parvis history: {await keeper.turn()} days written", err=True)
            typer.echo(f"parvis history: indicators of {await _all(values)} places and periods reckoned", err=True)
        else:
            judge = DailyJudge(past, feed, store, keeper.holder, time)
            await asyncio.gather(keep(keeper, stopped), judge_daily(judge, stopped), keep_values(values, stopped))
        return said[0] if said else 0
    finally:
        await keeper.release()
        await feed.close()
        await store.close()


async def _all(values: "ValueKeeper") -> int:
    """Reckon until nothing is due; return how many places and periods that were."""
    reckoned = 0
    while (kept := await values.turn()) is not None:
        reckoned += kept.reckoned
        if not kept.left:
            break
    return reckoned
