"""`parvis deliver`: hand over to services what they subscribed to."""

import asyncio
import logging
import signal
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer
from pydantic import SecretStr

from parvis.doors import DATA_DIR, Config, DataDir, Redis, place, site_of, until_signal
from pipeline.errors import Refused

if TYPE_CHECKING:
    from hypervisor.delivery.settings import DeliverySettings


def deliver_command(
    config: Config = None,
    redis: Redis = None,
    data_dir: DataDir = DATA_DIR,
    allow: Annotated[
        list[str] | None,
        typer.Option(
            "--allow-net",
            envvar="PARVIS_WEBHOOK_ALLOW_NETS",
            help="Non-public network that receivers may be in, such as 10.20.0.0/16; may be repeated.",
            show_default=False,
        ),
    ] = None,
    mqtt: Annotated[
        str | None,
        typer.Option(
            envvar="PARVIS_MQTT_URL", help="MQTT broker: mqtt://user:password@host:1883, or mqtts.", show_default=False
        ),
    ] = None,
    smtp: Annotated[
        str | None,
        typer.Option(
            envvar="PARVIS_SMTP_URL", help="Mail server: smtp://user:password@host:587, or smtps.", show_default=False
        ),
    ] = None,
    mail_from: Annotated[
        str, typer.Option("--mail-from", envvar="PARVIS_MAIL_FROM", help="Sender of digests.")
    ] = "parvis@localhost",
) -> None:
    """Deliver to services what they subscribed to, until Ctrl-C. Several may run; one of them reads, all deliver."""
    from hypervisor.delivery.settings import DeliverySettings  # only here: other commands need none of it

    nets = _networks(allow or [])
    _check_server("--mqtt", mqtt, ("mqtt", "mqtts"))
    _check_server("--smtp", smtp, ("smtp", "smtps"))
    if "@" not in mail_from.strip("@") or any(letter.isspace() for letter in mail_from):
        raise Refused(f"--mail-from: {mail_from!r} is no address; expected such as parvis@ville.example")
    url, site = place(config, redis, data_dir).url, site_of(config)
    settings = DeliverySettings(
        site=site,
        webhook_allow_nets=nets,
        mqtt_url=SecretStr(mqtt) if mqtt else None,
        smtp_url=SecretStr(smtp) if smtp else None,
        mail_from=mail_from,
        origin=site,
    )
    typer.echo(f"parvis deliver: site {site} (Ctrl-C ends it)", err=True)
    logging.getLogger("httpcore2").setLevel(logging.WARNING)
    if asyncio.run(_until_signal(url, settings)) == signal.SIGINT:
        raise typer.Exit(130)


async def _until_signal(url: str, settings: "DeliverySettings") -> int:
    """Deliver until SIGTERM or SIGINT; return which it was."""
    from hypervisor.delivery import setup
    from hypervisor.delivery.process import deliver

    stopped, said = until_signal()
    opened = setup.parts(url, settings)
    try:
        await deliver(opened, stopped)
    finally:
        await setup.close(opened)
    return said[0] if said else 0


def _check_server(option: str, url: str | None, schemes: tuple[str, str]) -> None:
    """Refuse what can never be reached now, instead of every message later; no password is in the refusal."""
    if url is None:
        return
    try:
        parts = urlsplit(url)
        usable = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is none
        usable = False
    if not usable:
        raise Refused(f"{option}: is no address of a server; expected {schemes[0]}://host or {schemes[1]}://host:port")


def _networks(texts: list[str]) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(ip_network(one.strip()) for text in texts for one in text.split(",") if one.strip())
    except ValueError as error:
        raise Refused(f"--allow-net: {error}; expected a network such as 10.20.0.0/16") from None
