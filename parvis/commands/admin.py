"""`parvis admin`: services, members and keys, for whoever runs the machine."""

import sys
import time
from collections.abc import Iterable
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Column, Table

from parvis.commands.admin_store import backup_command, migrate_command, restore_command
from parvis.commands.apply import apply_command
from parvis.doors import DATA_DIR, Config, DataDir, Redis, checked, place, told
from pipeline.errors import Failed, Refused

if TYPE_CHECKING:
    from hypervisor.access.directory import Directory
    from hypervisor.store.documents import Kept

app = typer.Typer(no_args_is_help=True)
users = typer.Typer(no_args_is_help=True)
services = typer.Typer(no_args_is_help=True)
keys = typer.Typer(no_args_is_help=True)
app.command("apply")(apply_command)
audit = typer.Typer(no_args_is_help=True)
app.add_typer(users, name="user", help="Members: people who sign in.")
app.add_typer(services, name="service", help="Services: who owns keys, members, rules and cases.")
app.add_typer(keys, name="key", help="API keys of services.")
app.add_typer(audit, name="audit", help="The log of who did what.")
app.command("backup")(backup_command)
app.command("restore")(restore_command)
app.command("migrate")(migrate_command)

Scopes = Annotated[
    list[str] | None, typer.Option("--scope", help="What it may do; repeat it. See docs/access.md.", show_default=False)
]
Cameras = Annotated[
    list[str] | None, typer.Option("--camera", help="The only cameras it sees; repeat it.", show_default=False)
]
Kinds = Annotated[
    list[str] | None, typer.Option("--kind", help="The only kinds of events it hears; repeat it.", show_default=False)
]
MemberId = Annotated[str, typer.Argument(help="The name to sign in with.", show_default=False)]
WORKING = ("flows:read", "evidence:read", "alerts:read", "cases:read", "cases:write", "sensors:read", "exports:read")
"""What somebody who handles cases needs: a member without --scope gets these."""


@services.command("add")
def add_service(
    service: Annotated[str, typer.Argument(help="Its id, for ever.", show_default=False)],
    name: Annotated[str, typer.Option("--name", help="How it is called.", show_default=False)],
    contact: Annotated[str, typer.Option("--contact", help="Whom to ask; other services see it.")] = "",
    config: Config = None,
    redis: Redis = None,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Make a service."""
    from hypervisor.access.principal import LOCAL
    from hypervisor.access.wire import NewServiceBody

    body = checked(NewServiceBody, id=service, name=name, contact=contact)
    told(place(config, redis, data_dir).url, lambda who: who.keep_service(LOCAL, body.id, body.service()))
    typer.echo(f"service {service} is there", err=True)


@services.command("list")
def list_services(config: Config = None, redis: Redis = None, data_dir: DataDir = DATA_DIR) -> None:
    """List the services."""
    found = told(place(config, redis, data_dir).url, lambda who: who.services.listed())
    _print(("service", "name", "contact"), ((one.id, one.value.name, one.value.contact) for one in found))


@users.command("add")
def add_user(
    member: MemberId,
    service: Annotated[str, typer.Option("--service", help="The service the person works for.", show_default=False)],
    name: Annotated[str | None, typer.Option("--name", help="How the person is called.", show_default=False)] = None,
    scope: Scopes = None,
    admin: Annotated[bool, typer.Option("--admin", help="May do everything, of all services.")] = False,
    camera: Cameras = None,
    kind: Kinds = None,
    subject: Annotated[
        str | None,
        typer.Option("--subject", help="Signs in at the OpenID provider, which calls it so.", show_default=False),
    ] = None,
    config: Config = None,
    redis: Redis = None,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Make a member; asks for the password, or reads its first line from standard input. Makes the service if it is
    the first."""
    from hypervisor.access.kept import Member, Service
    from hypervisor.access.passwords import Passwords
    from hypervisor.access.principal import LOCAL
    from hypervisor.access.wire import NewMemberBody

    scopes = ["admin"] if admin else scope or list(WORKING)
    given = {"id": member, "name": name or member, "service": service, "scopes": scopes, "cameras": camera}
    checked(NewMemberBody, **given, kinds=kind, subject=subject)  # before anybody types a password
    body = checked(
        NewMemberBody, **given, kinds=kind, subject=subject, password=None if subject else _password(f"of {member}")
    )
    password = Passwords().hashed(body.password) if body.password is not None else None
    made = Member(name=body.name, service=service, grants=body.grants(), password=password, subject=subject)

    async def story(directory: "Directory") -> None:
        if not await directory.services.listed(limit=1):
            await directory.keep_service(LOCAL, service, Service(name=service))
        await directory.keep_member(LOCAL, body.id, made)

    told(place(config, redis, data_dir).url, story)
    typer.echo(f"{member} of {service} can sign in", err=True)


@users.command("list")
def list_users(config: Config = None, redis: Redis = None, data_dir: DataDir = DATA_DIR) -> None:
    """List the members."""
    found = told(place(config, redis, data_dir).url, lambda who: who.members.listed())
    _print(
        ("member", "name", "service", "scopes", "cameras", "signs in"),
        (
            (
                one.id,
                one.value.name,
                one.value.service,
                _words(one.value.grants.scopes),
                _words(one.value.grants.cameras),
                ("here" if one.value.password else "at the provider") if one.value.active else "no",
            )
            for one in found
        ),
    )


@users.command("remove")
def remove_user(member: MemberId, config: Config = None, redis: Redis = None, data_dir: DataDir = DATA_DIR) -> None:
    """Remove a member; its sessions end."""
    from hypervisor.access.principal import LOCAL

    async def story(directory: "Directory") -> None:
        await directory.remove_member(LOCAL, member, (await directory.known_member(member)).version)

    told(place(config, redis, data_dir).url, story)
    typer.echo(f"{member} is removed", err=True)


@users.command("password")
def change_password(member: MemberId, config: Config = None, redis: Redis = None, data_dir: DataDir = DATA_DIR) -> None:
    """Give a member a new password; its sessions end."""
    from hypervisor.access.passwords import Passwords
    from hypervisor.access.principal import LOCAL

    url = place(config, redis, data_dir).url
    found = told(url, lambda who: who.known_member(member))
    password = Passwords().hashed(_long_enough(_password(f"of {member}")))
    changed = found.value.model_copy(update={"password": password, "subject": None})
    told(url, lambda who: who.keep_member(LOCAL, member, changed, found.version))
    typer.echo(f"{member} has a new password", err=True)


@keys.command("create")
def create_key(
    service: Annotated[str, typer.Option("--service", help="The service it is for.", show_default=False)],
    scope: Scopes = None,
    purpose: Annotated[str, typer.Option("--purpose", help="What for; two keys of one may be valid.")] = "default",
    camera: Cameras = None,
    kind: Kinds = None,
    days: Annotated[float | None, typer.Option("--days", min=0.001, help="Its life.", show_default=False)] = None,
    config: Config = None,
    redis: Redis = None,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Make a key and print it: once, and never again."""
    from hypervisor.access.directory import NewKey
    from hypervisor.access.principal import LOCAL, SCOPES
    from hypervisor.access.wire import NewKeyBody

    if not scope:
        raise Refused(f"parvis admin key create: --scope: none given; expected one or more of {', '.join(SCOPES)}")
    given: dict[str, Any] = {"service": service, "scopes": scope, "purpose": purpose}
    body = checked(NewKeyBody, **given, cameras=camera, kinds=kind)
    ends_s = None if days is None else time.time() + timedelta(days=days).total_seconds()
    wanted = NewKey(service, purpose, body.grants(), ends_s)
    _, text = told(place(config, redis, data_dir).url, lambda who: who.create_key(LOCAL, wanted))
    typer.echo(str(text))
    typer.echo("keep it now: it is not told again", err=True)


@keys.command("revoke")
def revoke_key(
    key: Annotated[str, typer.Argument(help="Its id: the middle part.", show_default=False)],
    config: Config = None,
    redis: Redis = None,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """End a key for good, and its open streams with it."""
    from hypervisor.access.principal import LOCAL

    told(place(config, redis, data_dir).url, lambda who: who.revoke_key(LOCAL, key))
    typer.echo(f"key {key} is revoked", err=True)


@keys.command("list")
def list_keys(config: Config = None, redis: Redis = None, data_dir: DataDir = DATA_DIR) -> None:
    """List the keys, valid or not; never their texts."""
    found = told(place(config, redis, data_dir).url, lambda who: who.keys.listed())
    now_s = time.time()
    _print(
        ("key", "service", "purpose", "scopes", "cameras", "state", "expires"),
        (_key_row(one, now_s) for one in found),
    )


@audit.callback()
def _audit() -> None:
    """The log of who did what."""


@audit.command("verify")
def verify_audit(
    tip: Annotated[
        str, typer.Option("--tip", help="A hash noted earlier: must still be in the log.", show_default=False)
    ] = "",
    config: Config = None,
    redis: Redis = None,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Check that no line was changed or removed, and print the hash of the last one to be noted elsewhere."""
    from hypervisor.store.chain import verify

    found = told(place(config, redis, data_dir).url, lambda who: verify(who.store, tip))
    if found.fault is not None:
        raise Failed(f"audit log: line {found.fault} does not follow from the one before; {found.lines} good before it")
    if not found.known:
        raise Failed(f"audit log: {tip[:12]}… is not in it any more: its end was cut off, or it is another log")
    typer.echo(found.tip or "the log is empty")
    typer.echo(f"{found.lines} lines, each follows from the one before", err=True)


def _key_row(one: "Kept[Any]", now_s: float) -> tuple[str, ...]:
    from hypervisor.access.wire import KeyItem

    shown = KeyItem.members_of(one, now_s)
    expires = shown["expires_at"].astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC") if shown["expires_at"] else "never"
    grants = one.value.grants
    words = (_words(grants.scopes), _words(grants.cameras))
    return (one.id, shown["service"], shown["purpose"], *words, shown["state"], expires)


def _password(whose: str) -> str:
    """Ask for a password twice, unseen; or read a line of standard input where there is no terminal."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    return str(typer.prompt(f"password {whose}", hide_input=True, confirmation_prompt=True))


def _long_enough(password: str) -> str:
    from hypervisor.access.passwords import LONGEST, SHORTEST

    if not SHORTEST <= len(password) <= LONGEST:
        raise Refused(f"password: expected {SHORTEST} to {LONGEST} characters")
    return password


def _words(values: Iterable[str] | None) -> str:
    return "all" if values is None else " ".join(sorted(values))


def _print(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    table = Table(Column(heads[0], no_wrap=True), *heads[1:])
    for row in rows:
        table.add_row(*row)
    Console().print(table)
