"""How commands reach what the hypervisor keeps: which server, and one story told to its directory."""

import asyncio
import json
import os
import signal
import socket
import urllib.parse
import urllib.request
from collections.abc import Awaitable, Callable
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

import typer
from pydantic import BaseModel, ValidationError

from pipeline.config_file import load_config
from pipeline.days_off import DaysOff
from pipeline.embedded import ensure_server
from pipeline.errors import Refused
from pipeline.redis_client import connect

if TYPE_CHECKING:
    from hypervisor.access.directory import Directory

Answer = TypeVar("Answer")
Body = TypeVar("Body", bound=BaseModel)
START_TIMEOUT_S = 3.0
ANSWER_S = 30.0
READING = ("flows:read", "evidence:read", "alerts:read", "cases:read", "sensors:read", "exports:read")
"""What a demonstration and a benchmark ask."""


Config = Annotated[
    Path | None,
    typer.Option("--config", help="Configuration file: says which Redis. Without: --redis.", show_default=False),
]
Redis = Annotated[
    str | None,
    typer.Option("--redis", envvar="PARVIS_REDIS", help="URL or embedded; wins over --config.", show_default=False),
]
DataDir = Annotated[
    Path, typer.Option("--data-dir", envvar="PARVIS_DATA", help="Data directory, when no --config is given.")
]
"""How every command is told where everything is kept."""

DATA_DIR = Path("./.parvis")


class Place(NamedTuple):
    """Where everything is kept."""

    url: str  # of the Redis server
    folder: Path  # the data directory


def place(config: Path | None, redis: str | None, data_dir: Path) -> Place:
    """Return where everything is kept; the embedded server is started if it is the one.

    Raises:
        Refused: if the configuration is wrong, nobody answers, or what is kept has a form that is not served.
    """
    from time import time

    from hypervisor.store.migrations import prepare  # only here: what other commands load, they need

    found = unprepared(config, redis, data_dir)
    told(found.url, lambda who: prepare(who.store, time))
    return found


def unprepared(config: Path | None, redis: str | None, data_dir: Path) -> Place:
    """Return where everything is kept, whatever its form: for those who copy or change it.

    Raises:
        Refused: if the configuration is wrong, or nobody answers.
    """
    loaded = load_config(config) if config else None
    where = redis or (loaded.redis if loaded else "embedded")
    folder = loaded.data_dir if loaded else data_dir
    url = ensure_server(folder) if where == "embedded" else where
    connect(url, folder, START_TIMEOUT_S).close()
    return Place(url, folder)


def until_signal() -> tuple[asyncio.Event, list[int]]:
    """Return what is set at SIGTERM or SIGINT, and where it is noted which came; for a running event loop."""
    stopped, said = asyncio.Event(), list[int]()

    def end(number: int) -> None:
        said.append(number)
        stopped.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, end, number)
    return stopped, said


def site_of(config: Path | None) -> str:
    """Return the id of the configured site; `parvis` without a configuration."""
    return load_config(config).site.site.id if config else "parvis"


def times_of(config: Path | None) -> dict[str, Any]:
    """Return what a configuration says of time, as settings: zone, days off, how long quarters are kept.

    Raises:
        Refused: if a calendar of days off cannot be read.
    """
    if config is None:
        return {}
    file = load_config(config).site
    if file.site.holidays is not None:
        DaysOff(file.site.holidays, config.parent, ZoneInfo(file.site.timezone))
    kept = file.retention.quarters_d
    return {"timezone": file.site.timezone, "holidays": file.site.holidays, "quarters_d": kept}


def bounds_in(folder: Path) -> Path:
    """Return where a city keeps bounds of recommendations, under a data folder.

    Raises:
        ConfigError: if they are not understood.
    """
    from hypervisor.recommendations.bounds import kept_catalogue

    kept_catalogue(folder / "recommendations")
    return folder / "recommendations"


def told(url: str, story: Callable[["Directory"], Awaitable[Answer]]) -> Answer:
    """Tell a story to the directory of a server, and return what comes of it.

    Raises:
        Refused: if the directory refuses, or the server goes away.
    """
    from time import time

    from hypervisor.access.directory import Directory  # only here: what other commands load, they need
    from hypervisor.problems import Refusal
    from hypervisor.store.migrations import WrongForm
    from hypervisor.store.redis_store import RedisStore
    from hypervisor.store.values import Conflict, StoreAway

    async def with_store() -> Answer:
        store = RedisStore(url, time)
        try:
            return await story(Directory(store, time, os.urandom))
        finally:
            await store.close()

    try:
        return asyncio.run(with_store())
    except Refusal as error:
        raise Refused(f"parvis: {error.detail}") from None
    except Conflict as error:
        raise Refused(f"parvis: {error}: somebody changed it at the same moment; try again") from None
    except (StoreAway, WrongForm) as error:
        raise Refused(f"parvis: {error}") from None


def checked(model: type[Body], **given: Any) -> Body:
    """Return what was given as the API would take it.

    Raises:
        Refused: with each fault and the option it is of.
    """
    try:
        return model.model_validate(given)
    except ValidationError as error:
        faults = [f"{_typed(one['loc'])}: {one['msg'].removeprefix('Value error, ')}" for one in error.errors()]
        raise Refused(f"parvis: {'; '.join(faults)}") from None


_REPEATED = {"scopes": "--scope", "cameras": "--camera", "kinds": "--kind"}
"""Lists of the API, which are typed as one option a member."""


def _typed(location: tuple[int | str, ...]) -> str:
    """Return a place in a body as whoever typed it knows it."""
    first = str(location[0]) if location else ""
    return _REPEATED.get(first) or ".".join(map(str, location))


class Guest(NamedTuple):
    """A key, and a member with a password, made for one demonstration."""

    key: str
    member: str
    password: str

    def shown(self) -> str:
        """Return how to come in, for whoever tries the demonstration."""
        return (
            f"Sign in as {self.member} with the password {self.password}; for programs, first say in the shell:\n"
            f"  KEY='Authorization: Bearer {self.key}'\n"
        )


def guest(url: str, service: str = "demo") -> Guest:
    """Make a service with a key that reads, and a member of it who may do everything.

    Raises:
        Refused: if the server goes away.
    """
    from hypervisor.access.directory import NewKey
    from hypervisor.access.kept import Grants, Member, Service
    from hypervisor.access.passwords import Passwords
    from hypervisor.access.principal import LOCAL

    password = token_hex(8)
    grants = Grants(scopes=frozenset({"admin"}))

    async def story(directory: "Directory") -> str:
        member = Member(name="Demo", service=service, grants=grants, password=Passwords().hashed(password))
        await directory.keep_service(LOCAL, service, Service(name=service.title()))
        await directory.keep_member(LOCAL, service, member)
        wanted = NewKey(service, "default", Grants(scopes=frozenset(READING)))
        return str((await directory.create_key(LOCAL, wanted))[1])

    return Guest(told(url, story), service, password)


def refuse_taken(command: str, host: str, port: int) -> None:
    """Refuse a port that somebody else listens on, before anything is started.

    Raises:
        Refused: then, or if the address is not this machine's.
    """
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            text = f"parvis {command}: port {port}: {error.strerror}; expected a free one, see --port"
            raise Refused(text) from error


def shown(key: str) -> dict[str, str]:
    """Return the header that shows a key."""
    return {"Authorization": f"Bearer {key}"}


def get(port: int, path: str, key: str = "", **query: str) -> dict[str, Any]:
    """Return what the hypervisor on this machine answers."""
    url = f"http://127.0.0.1:{port}{path}{'?' if query else ''}{urllib.parse.urlencode(query)}"
    asked = urllib.request.Request(url, headers=shown(key) if key else {})
    with urllib.request.urlopen(asked, timeout=ANSWER_S) as answer:
        document: dict[str, Any] = json.loads(answer.read() or b"{}")
        return document
