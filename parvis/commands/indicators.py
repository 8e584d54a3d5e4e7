"""`parvis indicators`: what the library holds, whether a city's own files are right, and values at the command line."""

import asyncio
import json
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Column, Table

from parvis.doors import DATA_DIR, Config, DataDir, Redis, place, times_of
from pipeline.errors import Refused

if TYPE_CHECKING:
    from hypervisor.indicators.library import Library
    from hypervisor.settings import Settings

OWN, HISTORY = "indicators", "history"
HOUR_S, DAY_S = 3600, 86_400
MOST_DAYS = 400

app = typer.Typer(no_args_is_help=True)
Folder = Annotated[
    Path | None, typer.Option("--own", help="Folder with the city's own YAML files.", show_default=False)
]


@app.command("list")
def list_command(
    own: Folder = None,
    theme: Annotated[str | None, typer.Option("--theme", help="Only this theme.", show_default=False)] = None,
    lang: Annotated[str, typer.Option("--lang", help="fr or en.")] = "fr",
) -> None:
    """Print the indicators: id, name, unit and what they need."""
    from hypervisor.indicators.wire import item_of

    library = _library(own)
    if theme is not None and theme not in library.themes:
        raise Refused(f"--theme {theme}: is unknown; expected one of {', '.join(library.themes)}")
    if lang not in ("fr", "en"):
        raise Refused(f"--lang {lang}: expected fr or en")
    table = Table("theme", Column("id", no_wrap=True), "name", "unit", "needs")
    items = [item_of(library, one) for one in library.all.values() if theme in (None, one.theme)]
    for item in items:
        needs = [*item.measures, *(getattr(one, lang) for one in item.facts), *item.parameters]
        table.add_row(item.theme, item.id, getattr(item.name, lang), item.unit, ", ".join(needs))
    Console().print(table)
    typer.echo(f"{len(items)} indicators")


@app.command("check")
def check_command(own: Folder = None) -> None:
    """Read every file, and compute every indicator's example: it must be what was reckoned by hand."""
    from hypervisor.indicators.examples import fault_of

    library, wrong = _library(own), 0
    for ready in library.all.values():
        try:
            fault = fault_of(ready)
        except ValueError as error:
            fault = str(error)
        if fault is not None:
            typer.echo(f"{ready.indicator.id}: example: {fault}", err=True)
            wrong += 1
    if wrong:
        raise Refused(f"{wrong} of {len(library.all)} examples are not what they are by hand")
    typer.echo(f"{len(library.all)} indicators are right, each with its example")


@app.command("compute")
def compute_command(
    indicator: Annotated[list[str] | None, typer.Argument(help="Ids; without: all.", show_default=False)] = None,
    spot: Annotated[
        str | None,
        typer.Option("--of", help="place/ID, camera/ID or sensor/ID; without: everything.", show_default=False),
    ] = None,
    begin: Annotated[
        str | None, typer.Option("--from", help="ISO 8601; without: 28 days before the end.", show_default=False)
    ] = None,
    end: Annotated[str | None, typer.Option("--to", help="ISO 8601; without: now.", show_default=False)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, a line an indicator.")] = False,
    config: Config = None,
    redis: Redis = None,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Print indicators of a period with their intervals, or why there is none."""
    from hypervisor.settings import Settings

    asked = (_spot(spot), *_period(begin, end))  # before anything is started: a mistake costs nothing
    url, folder = place(config, redis, data_dir)
    own = folder / OWN
    library = _library(own if own.is_dir() else None)
    unknown = [one for one in indicator or [] if one not in library.all]
    if unknown:
        raise Refused(f"indicator {unknown[0]!r} is unknown; see parvis indicators list")
    settings = Settings(config_file=config, **times_of(config))
    values = asyncio.run(_values((url, folder), library, indicator or list(library.all), asked, settings))
    if as_json:
        for one in values:
            typer.echo(json.dumps(one, ensure_ascii=False))
        return
    table = Table("indicator", "value", "95 %", "unit", "watched")
    for one in values:
        name = library.all[one["indicator"]].indicator.name.fr
        interval = "" if one.get("low") is None else f"{one['low']:g} – {one['high']:g}"
        covered = "" if one.get("coverage") is None else f"{one['coverage']:.0%}"
        shown = f"{one['value']:g}" if one.get("value") is not None else f"— {one['why']['fr']}"
        table.add_row(name, shown, interval, one["unit"], covered)
    Console().print(table)


def _library(own: Path | None) -> "Library":
    from hypervisor.indicators.library import library, shipped

    if own is not None and not own.is_dir():
        raise Refused(f"--own {own}: is no folder; expected one with YAML files")
    return shipped() if own is None else library(own)


def _period(begin: str | None, end: str | None) -> tuple[int, int]:
    from hypervisor.query import moment

    try:
        to_s = int(min(moment(end).timestamp() if end else time(), time()) // HOUR_S * HOUR_S)
        from_s = int(moment(begin).timestamp() // HOUR_S * HOUR_S) if begin else to_s - 28 * DAY_S
    except ValueError as error:
        raise Refused(f"--from or --to: {error}") from None
    if not 0 < to_s - from_s <= MOST_DAYS * DAY_S:
        raise Refused(f"--from: expected a moment before --to, by {MOST_DAYS} days at most")
    return from_s, to_s


async def _values(
    where: tuple[str, Path], library: "Library", ids: list[str], asked: tuple[Any, int, int], settings: "Settings"
) -> list[dict[str, Any]]:
    from zoneinfo import ZoneInfo

    from hypervisor.access.principal import LOCAL
    from hypervisor.days_off import public_days
    from hypervisor.history.archive import Archive
    from hypervisor.history.files import HourFiles
    from hypervisor.history.kept import KeptPast
    from hypervisor.indicators.compute import World, computed
    from hypervisor.indicators.kept_facts import KeptFacts, Papers
    from hypervisor.indicators.scoping import Ground, scope_of
    from hypervisor.problems import Refusal
    from hypervisor.redis_feed import RedisFeed
    from hypervisor.store.redis_store import RedisStore

    (url, folder), (spot, from_s, to_s) = where, asked
    feed, store = RedisFeed(url), RedisStore(url)
    past = KeptPast(HourFiles(folder / HISTORY), feed, store, time)
    try:
        scope, _ = await scope_of(Ground(feed, store, time), LOCAL, spot, await past.known())
        papers = Papers(store, from_s, Archive(folder / HISTORY))
        facts = KeptFacts(papers, feed, LOCAL, scope, from_s, to_s, library.parameters)
        holidays = public_days(settings, from_s, to_s)
        world = World(past, facts, scope, from_s, to_s, ZoneInfo(settings.timezone), holidays)
        found = await computed([library.all[one] for one in ids], world)
        return [one.model_dump(mode="json", exclude_none=True) for one in found]
    except Refusal as error:
        raise Refused(str(error.detail)) from None
    finally:
        await feed.close()
        await store.close()


def _spot(text: str | None) -> Any:
    from hypervisor.indicators.scoping import Spot

    if text is None:
        return Spot()
    kind, _, name = text.partition("/")
    if kind not in ("place", "camera", "sensor") or not name:
        raise Refused(f"--of {text}: expected place/ID, camera/ID or sensor/ID")
    return Spot(**{kind: name})
