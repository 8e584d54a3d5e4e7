"""`parvis admin apply`: what services own, out of a YAML file, all of it or nothing."""

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from parvis.doors import DATA_DIR, Config, DataDir, Redis, place, told
from pipeline.config_faults import ConfigError, Problem, dotted, line_of
from pipeline.config_file import plain, read_yaml
from pipeline.errors import Refused

if TYPE_CHECKING:
    from hypervisor.access.directory import Directory
    from hypervisor.applying import Done


def apply_command(
    file: Annotated[Path, typer.Argument(help="YAML file with what services own.", show_default=False)],
    config: Config = None,
    redis: Redis = None,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Keep what a file says of services, calendars, places, sensors, rules, subscriptions; whatever else stays."""
    raw, given = _given(file)
    for done in apply(place(config, redis, data_dir).url, file, raw, given):
        typer.echo(f"{done.section} {done.id}: {done.verb}", err=True)


def apply(url: str, file: Path, raw: Any, given: dict[str, list[Any]]) -> "list[Done]":
    """Apply what was read from a file to a server.

    Raises:
        ConfigError: with every fault and its line; nothing was kept.
    """
    from hypervisor import applying  # only here: what other commands load, they need
    from hypervisor.access.principal import LOCAL
    from hypervisor.feed import FeedAway
    from hypervisor.redis_feed import RedisFeed

    async def story(directory: "Directory") -> "list[Done]":
        feed = RedisFeed(url)
        try:
            return await applying.apply(feed, directory.store, LOCAL, given, time.time())
        finally:
            await feed.close()

    try:
        return told(url, story)
    except applying.NotApplied as error:
        raise ConfigError(
            Problem(file, line_of(raw, fault.place), dotted(fault.place), fault.text) for fault in error.faults
        ) from None
    except FeedAway as error:
        raise Refused(f"parvis: {error}") from None


def _given(file: Path) -> tuple[Any, dict[str, list[Any]]]:
    """Read a file: what it holds with lines, and plainly, with the texts of calendars in place of their files."""
    from hypervisor.apply_sections import SECTIONS

    raw = read_yaml(file)
    given: Any = plain(raw)
    names = ", ".join(SECTIONS)
    if not isinstance(given, dict):
        raise ConfigError([Problem(file, 1, "", f"holds no mapping; expected some of {names}")])
    for name, items in given.items():
        if name not in SECTIONS:
            raise ConfigError(
                [Problem(file, line_of(raw, (name,)), name, f"unknown section; expected some of {names}")]
            )
        if not isinstance(items, list) or not all(isinstance(one, dict) for one in items):
            raise ConfigError([Problem(file, line_of(raw, (name,)), name, "is no list of mappings; expected one")])
    for n, calendar in enumerate(given.get("calendars", [])):
        if "file" in calendar:
            calendar["ics"] = _text(file, raw, n, calendar.pop("file"))
    return raw, given


def _text(file: Path, raw: Any, n: int, name: Any) -> str:
    where = ("calendars", n, "file")
    path = file.parent / str(name)
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not UTF-8 text"
        text = f"{os.fspath(path)}: {reason}; expected an iCalendar file"
        raise ConfigError([Problem(file, line_of(raw, where), dotted(where), text)]) from None
