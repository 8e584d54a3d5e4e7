"""`parvis redis`: own the embedded server of a data directory."""

import signal
from pathlib import Path
from typing import Annotated

import typer

from parvis.doors import DATA_DIR, DataDir
from pipeline.config_file import load_config
from pipeline.embedded import DEFAULT_MAXMEMORY_MIB
from pipeline.embedded_owner import own

INTERRUPTED = 130


def redis_command(
    config: Annotated[
        Path | None, typer.Option("--config", help="Configuration file whose data_dir is meant.", show_default=False)
    ] = None,
    data_dir: DataDir = DATA_DIR,
    maxmemory_mib: Annotated[
        int, typer.Option("--maxmemory-mib", min=16, help="Bound of the server's memory; a full server refuses writes.")
    ] = DEFAULT_MAXMEMORY_MIB,
) -> None:
    """Run the embedded Redis-protocol server of a data directory until Ctrl-C.

    Other commands start it by themselves and end it with the last of them; run it by hand to keep it up between them.
    """
    directory = load_config(config).data_dir if config else data_dir

    def ready(socket: Path) -> None:
        typer.echo(
            f"redis: unix://{socket} (data in {directory}, at most {maxmemory_mib} MiB); Ctrl-C ends it", err=True
        )

    if own(directory, maxmemory_mib, until_unused=False, ready=ready) == signal.SIGINT:
        raise typer.Exit(INTERRUPTED)
