"""`parvis run`: the pipeline for every camera, supervised; and the hidden `parvis worker` that it starts."""

import signal
import time
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from parvis.commands.check import calendar_problems, model_problems, source_problems
from pipeline import children
from pipeline.config_file import LoadedSite, load_config
from pipeline.errors import Refused

Config = Annotated[Path, typer.Argument(help="Configuration file (YAML).", show_default=False)]
POLL_S = 0.2


def run_command(
    config: Config,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, help="Worker processes.", show_default="one a core")
    ] = None,
) -> None:
    """Watch every camera until all recordings end or Ctrl-C; a worker that dies is started again."""
    from pipeline.redis_client import connect  # only here, as below: what other commands load, they need
    from pipeline.supervisor import Supervisor, groups_of

    loaded = load_config(config)
    _refuse_what_cannot_start(loaded)
    connect(loaded.redis, loaded.data_dir).close()
    supervisor = Supervisor(
        groups_of(loaded.site.cameras, workers),
        lambda cameras: children.start(["worker", str(config), *cameras]),
    )
    interrupted: list[int] = []

    def end(number: int, _frame: FrameType | None) -> None:
        interrupted.append(number)

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    supervisor.start()
    try:
        while supervisor.step() and not interrupted:
            time.sleep(POLL_S)
    finally:
        supervisor.stop()
    if interrupted and interrupted[0] == signal.SIGINT:
        raise typer.Exit(130)
    raise typer.Exit(1 if supervisor.failed and not interrupted else 0)


def worker_command(
    config: Config,
    camera_ids: Annotated[list[str], typer.Argument(help="Cameras of this worker.", show_default=False)],
) -> None:
    """Watch some cameras in this process."""
    from pipeline.build import detector_for
    from pipeline.redis_client import connect
    from pipeline.worker import work

    loaded = load_config(config)
    cameras = tuple(loaded.site.camera(camera_id) for camera_id in camera_ids)
    detector = detector_for(loaded.site.detector, cameras, loaded.path.parent)
    code = work(loaded, cameras, detector, partial(connect, loaded.redis, loaded.data_dir))
    raise typer.Exit(code)


def _refuse_what_cannot_start(loaded: LoadedSite) -> None:
    """Refuse a model that cannot be used, or a site without one usable camera; one bad camera stops no other."""
    problems, _ = model_problems(loaded)
    if problems:
        raise Refused("\n".join(str(problem) for problem in problems))
    broken = source_problems(loaded) + calendar_problems(loaded)
    if len({problem.field.partition(".")[0] for problem in broken}) >= len(loaded.site.cameras):
        raise Refused("\n".join(str(problem) for problem in broken))
    for problem in broken:
        typer.echo(str(problem), err=True)
