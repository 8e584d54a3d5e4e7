"""`parvis run`: the pipeline for every camera, supervised; and the hidden `parvis worker` that it starts."""

import logging
import math
import os
import queue
import signal
import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from parvis.commands.check import calendar_problems, model_problems, source_problems
from pipeline import children
from pipeline.config_faults import ConfigError
from pipeline.config_file import LoadedSite, load_config
from pipeline.errors import Refused

if TYPE_CHECKING:
    from pipeline.desk.prober import Prober
    from pipeline.engine.control import Order, PipeLink, Report
    from pipeline.engine.follow import ConfigTeller
    from pipeline.engine.supervisor import Supervisor

Config = Annotated[Path, typer.Argument(help="Configuration file (YAML).", show_default=False)]
POLL_S = 0.1

_log = logging.getLogger(__name__)


def run_command(
    config: Config,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, help="Worker processes.", show_default="one a core")
    ] = None,
    stay: Annotated[
        bool, typer.Option("--stay", help="Go on following the file when all recordings have ended.")
    ] = False,
) -> None:
    """Watch every camera until all recordings end or Ctrl-C; a worker that dies is started again.

    A change of the file is followed within two seconds: only the cameras that it is about are touched. While it names
    none, the file is waited for.
    """
    from pipeline.engine.cores import cores  # only here, as below: what other commands load, they need
    from pipeline.engine.follow import ConfigWatch
    from pipeline.redis_client import connect

    watch = ConfigWatch(config)
    loaded = load_config(config)
    _refuse_what_cannot_start(loaded, stay)
    connect(loaded.redis, loaded.data_dir).close()
    usable = cores()
    links: dict[int, PipeLink] = {}
    supervisor = _supervisor(loaded, workers or len(usable), usable, links)
    teller = _teller(supervisor)
    interrupted = note_signals()
    supervisor.start()
    teller.start()
    prober = _prober(supervisor)
    try:
        while not interrupted and (supervisor.step() or stay or not supervisor.loaded.site.cameras):
            news = watch.changed()
            if news is not None:
                _follow(supervisor, teller, news)
            time.sleep(POLL_S)
    finally:
        children.stop([link.process for link in links.values()])
        teller.end()
        prober.end()
    if interrupted and interrupted[0] == signal.SIGINT:
        raise typer.Exit(130)
    raise typer.Exit(1 if supervisor.failed and not interrupted else 0)


def _teller(supervisor: "Supervisor") -> "ConfigTeller":
    """Return what tells through Redis which configuration is followed, and by which models."""
    from pipeline.engine.follow import ConfigTeller
    from pipeline.engine.models_told import models_told
    from pipeline.redis_client import connect

    loaded = supervisor.loaded
    return ConfigTeller(
        lambda: connect(loaded.redis, loaded.data_dir),
        loaded.site,
        lambda: models_told(supervisor.loaded, supervisor.looks),
    )


def worker_command(
    core: Annotated[int | None, typer.Option("--core", help="The core to stay on.")] = None,
    share: Annotated[float, typer.Option("--share", help="How many cores it may use.")] = 1.0,
) -> None:
    """Watch the cameras that standard input says, in this process."""
    from pipeline.engine.cores import pin

    pin(core)  # before anything that starts threads is loaded: they stay where it is
    from pipeline.desk.desk import Desk
    from pipeline.engine.control import listen, take_over_output
    from pipeline.engine.overload import Overload
    from pipeline.engine.worker import Worker, work
    from pipeline.redis_client import connect
    from pipeline.redis_line import RedisLine, open_line

    orders: queue.SimpleQueue[Order | None] = queue.SimpleQueue()
    out = take_over_output()
    listen(sys.stdin, orders.put)
    worker = Worker(
        lambda loaded: connect(loaded.redis, loaded.data_dir), overload=Overload(share), cores=math.ceil(share)
    )

    def report(told: "Report") -> None:
        with suppress(OSError):  # nobody listens any more; that standard input is closed says so, too
            out.write(told.model_dump_json() + "\n")
            out.flush()

    def line() -> RedisLine | None:
        return None if worker.loaded is None else open_line(worker.loaded.redis, worker.loaded.data_dir)

    desk = Desk(worker.windows, line)
    desk.start()
    work(worker, orders, report)
    desk.end()
    logging.shutdown()
    os._exit(0)  # threads that are stuck inside a library (a camera that does not answer) would crash an orderly end


def replay_command() -> None:
    """Count again what standard input says."""
    from pipeline.desk.replay import answer
    from pipeline.engine.control import take_over_output

    out = take_over_output()
    out.write(answer(sys.stdin.buffer.read()).decode())
    out.flush()


def probe_command() -> None:
    """Try the source that standard input says, and say what it is like."""
    from pipeline.desk.probe import probe
    from pipeline.desk.prober import Task
    from pipeline.engine.control import take_over_output

    out = take_over_output()
    task = Task.model_validate_json(sys.stdin.buffer.read())
    out.write(probe(task.source, task.limit_s).model_dump_json())
    out.flush()
    os._exit(0)  # as a worker does: a thread may be stuck inside a library


def note_signals() -> list[int]:
    """Return a list to which the signals that ask for an end are added as they come."""
    interrupted: list[int] = []

    def end(number: int, _frame: FrameType | None) -> None:
        interrupted.append(number)

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    return interrupted


def _supervisor(loaded: LoadedSite, workers: int, usable: list[int], links: "dict[int, PipeLink]") -> "Supervisor":
    """Return the supervisor; `links` holds the worker of each slot from its start on."""
    from pipeline.engine.control import PipeLink
    from pipeline.engine.cores import WORKER, core_of
    from pipeline.engine.supervisor import Supervisor

    def launch(slot: int, slots: int) -> PipeLink:
        core = core_of(slot, slots, usable)
        place = ["--share", f"{len(usable) / slots:.3f}", *([] if core is None else ["--core", str(core)])]
        links[slot] = PipeLink(children.start(["worker", *place], WORKER, piped=True))
        return links[slot]

    return Supervisor(loaded, workers, launch)


def _prober(supervisor: "Supervisor") -> "Prober":
    """Begin to try sources for who asks."""
    from pipeline.desk.prober import Prober
    from pipeline.redis_line import open_line

    first = supervisor.loaded  # where Redis is does not change while it runs
    prober = Prober(lambda: supervisor.loaded, lambda: open_line(first.redis, first.data_dir))
    prober.start()
    return prober


def _follow(supervisor: "Supervisor", teller: "ConfigTeller", news: LoadedSite | ConfigError) -> None:
    """Take over a new configuration, or say why not: then the old one goes on."""
    from pipeline.engine.changes import AT_START, unfollowed

    before = supervisor.loaded.site
    if isinstance(news, LoadedSite):
        known = {before.detector_of(camera).model for camera in before.cameras}
        fresh = {news.site.detector_of(camera).model for camera in news.site.cameras} - known
        problems = model_problems(news)[0] if fresh else []
        news = ConfigError(problems) if problems else news
    if isinstance(news, ConfigError):
        _log.error("the configuration has changed and cannot be used; the old one goes on:\n%s", news)
        teller.refused(news)
        return
    for name in unfollowed(before, news.site):
        _log.warning("%s: %s has changed; that takes effect when parvis run is started again", news.path, name)
    kept = news.site.model_copy(update={name: getattr(before, name) for name in AT_START})
    if kept != before:
        supervisor.follow(replace(news, site=kept))
    teller.followed(kept)


def _refuse_what_cannot_start(loaded: LoadedSite, stay: bool) -> None:
    """Refuse a model that cannot be used, or a site without one usable camera; one bad camera stops no other.

    Where the file is waited for, or followed in any case, a camera that cannot be used may yet be mended.
    """
    problems, _ = model_problems(loaded)
    if problems:
        raise Refused("\n".join(str(problem) for problem in problems))
    broken = source_problems(loaded) + calendar_problems(loaded)
    usable = len(loaded.site.cameras) - len({problem.field.partition(".")[0] for problem in broken})
    if broken and not usable and not stay:
        raise Refused("\n".join(str(problem) for problem in broken))
    for problem in broken:
        with suppress(OSError):  # the disk that holds the log may be full: cameras are watched all the same
            typer.echo(str(problem), err=True)
