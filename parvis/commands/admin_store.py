"""`parvis admin backup`, `restore` and `migrate`: all that is kept, as a file and in its current form."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from parvis.backing_up import checked, lines_of, write
from parvis.doors import DATA_DIR, Config, DataDir, Redis, told, unprepared
from pipeline.errors import Failed, Refused


def backup_command(
    file: Annotated[
        Path | None, typer.Argument(help="File to write (default: parvis-<time>.backup).", show_default=False)
    ] = None,
    figures: Annotated[bool, typer.Option("--figures", help="The cameras' figures and streams too.")] = False,
    config: Config = None,
    redis: Redis = None,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Write all that services own, and the audit log, as it is at one moment; everything may go on meanwhile. Keep the
    file like a password: secrets of receivers are in it. History and pictures of deposits are files: copy them from the
    data directory afterwards."""
    from hypervisor.store.backup import dump
    from hypervisor.store.migrations import form_of
    from hypervisor.store.values import StoreAway

    path = file or Path(f"parvis-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.backup")
    url, folder = unprepared(config, redis, data_dir)
    form = told(url, lambda who: form_of(who.store))
    try:
        written = write(path, dump(url, figures), figures, form)
    except StoreAway as error:
        raise Failed(f"parvis: {error}; nothing was written") from None
    typer.echo(str(path))
    typer.echo(f"{written.lines} parts, {path.stat().st_size / 1e6:.1f} MB", err=True)
    past = [one.stat().st_size for one in (folder / "history").rglob("*.parquet")]
    if past:  # in this order: what moves meanwhile is in both, rather than in none
        size = f"{len(past)} files, {sum(past) / 1e6:.1f} MB"
        typer.echo(f"history ({size}) is not in it; copy {folder / 'history'} now, after the backup", err=True)


def restore_command(
    file: Annotated[Path, typer.Argument(help="A file of parvis admin backup.", show_default=False)],
    config: Config = None,
    redis: Redis = None,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Write a backup into an empty store, whole or not at all. Keys that were revoked after the backup are valid
    again: revoke them once more. Everybody signs in again."""
    from hypervisor.store.backup import NotEmpty, load
    from hypervisor.store.values import StoreAway

    held = checked(file)
    place = unprepared(config, redis, data_dir)
    try:
        count = load(place.url, lines_of(file), round(time.time() * 1000))
    except NotEmpty as error:
        raise Refused(f"restore: the store {error}; expected an empty one (another --data-dir or --redis)") from None
    except StoreAway as error:
        raise Failed(f"restore: {error}; what had been written was taken away again, as far as it answered") from None
    typer.echo(f"{count} keys of {held.made_at} are there; parvis admin audit verify checks the log", err=True)


def migrate_command(config: Config = None, redis: Redis = None, data_dir: DataDir = DATA_DIR) -> None:
    """Change what is kept into the form that this Parvis serves. Stop everything else, and make a backup before."""
    from hypervisor.access.principal import LOCAL
    from hypervisor.store.migrations import CURRENT, form_of, migrate

    url = unprepared(config, redis, data_dir).url
    before = told(url, lambda who: form_of(who.store))
    if before == CURRENT:
        typer.echo(f"it has form {CURRENT} already", err=True)
        return
    changed = told(url, lambda who: migrate(who.store, time.time, LOCAL.actor))
    typer.echo(f"form {before} became {CURRENT}: {changed} documents changed", err=True)
