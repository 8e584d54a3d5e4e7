"""`parvis rules`: evaluate the rules of all services."""

import asyncio
import os
import signal
from time import time
from typing import TYPE_CHECKING

import typer

from parvis.doors import DATA_DIR, Config, DataDir, Redis, place, times_of, until_signal

if TYPE_CHECKING:
    from hypervisor.settings import Settings


def rules_command(
    config: Config = None,
    redis: Redis = None,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Evaluate rules and open alerts and cases, until Ctrl-C. Several may run: one is active, the others stand by."""
    from hypervisor.settings import Settings

    url, times = place(config, redis, data_dir).url, times_of(config)
    typer.echo("parvis rules: evaluating (Ctrl-C ends it)", err=True)
    if asyncio.run(_until_signal(url, Settings(config_file=config, **times))) == signal.SIGINT:
        raise typer.Exit(130)


async def _until_signal(url: str, settings: "Settings") -> int:
    """Evaluate until SIGTERM or SIGINT; return which it was."""
    from hypervisor.days_off import KindsOff
    from hypervisor.ending import end
    from hypervisor.redis_feed import RedisFeed
    from hypervisor.rules.evaluator import Evaluator
    from hypervisor.rules.process import Rules
    from hypervisor.store.redis_store import RedisStore

    stopped, said = until_signal()
    feed, store = RedisFeed(url), RedisStore(url)
    evaluator = Evaluator(feed, store, time, os.urandom, off=KindsOff(settings, time))
    rules = Rules(evaluator, store, f"rules-{os.getpid()}-{os.urandom(4).hex()}")
    work, waiting = asyncio.create_task(rules.run()), asyncio.create_task(stopped.wait())
    try:
        await asyncio.wait((work, waiting), return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            work.result()  # it never ends by itself: a fault is told
        return said[0]
    finally:
        waiting.cancel()
        await end(work)
        await feed.close()
        await store.close()
