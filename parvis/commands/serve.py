"""`parvis serve`: the hypervisor on this machine, or behind a proxy for others."""

import os
import signal
import sys
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from parvis.doors import DATA_DIR, Config, DataDir, Redis, bounds_in, checked, place, site_of, times_of, told
from pipeline.config_faults import ConfigError, Problem, dotted
from pipeline.config_file import load_config
from pipeline.errors import Refused
from pipeline.map_config import MapConfig

if TYPE_CHECKING:
    from hypervisor.settings import Settings

OIDC_SECRET = "PARVIS_OIDC_SECRET"
FIRST = """parvis: nobody can sign in yet. Make the first member, and a key for a program:
  parvis admin user add NAME --service SERVICE --admin{where}
  parvis admin key create --service SERVICE --scope flows:read{where}"""


def serve(
    config: Config = None,
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port; 0 takes a free one.")] = 8080,
    redis: Redis = None,
    data_dir: DataDir = DATA_DIR,
    name: Annotated[
        list[str] | None,
        typer.Option("--name", help="A name it may be asked under besides localhost; repeat it.", show_default=False),
    ] = None,
    root_path: Annotated[
        str, typer.Option("--root-path", help="Prefix under which a proxy serves it, such as /parvis.")
    ] = "",
    trusted_proxy: Annotated[
        list[str] | None,
        typer.Option(
            "--trusted-proxy", help="Address or network whose X-Forwarded headers are believed.", show_default=False
        ),
    ] = None,
    oidc_issuer: Annotated[
        str | None,
        typer.Option("--oidc-issuer", help=f"OpenID provider; its secret is in {OIDC_SECRET}.", show_default=False),
    ] = None,
    oidc_client: Annotated[str, typer.Option("--oidc-client", help="What this is called there.")] = "parvis",
    hint: Annotated[bool, typer.Option(hidden=True, help="Say how to make the first member.")] = True,
) -> None:
    """Serve the API and the page until Ctrl-C. On another address than the loopback only once there is a member or a
    key."""
    from hypervisor.app import create_app  # only here: a camera's worker is the smaller for it
    from hypervisor.configuring.file import ConfigFile
    from hypervisor.delivery.redis_queue import RedisQueue
    from hypervisor.pictures.redis_line import RedisLine
    from hypervisor.redis_feed import RedisFeed
    from hypervisor.server import LOOPBACK, listen
    from hypervisor.server import serve as serve_until_signal
    from hypervisor.store.redis_store import RedisStore

    proxies = _proxies(trusted_proxy or [])
    names = [*_names(name or []), *([] if host in (*LOOPBACK, "0.0.0.0", "::") else [host])]
    settings = _settings(names, root_path, bool(proxies), _provider(oidc_issuer, oidc_client))
    ground = _ground(config)
    with listen(host, port) as bound:  # before anything is started: a port in use costs nothing
        url, folder = place(config, redis, data_dir)
        empty = told(url, lambda who: who.is_empty())
        if empty and host not in LOOPBACK:
            raise Refused(f"--host {host}: nobody can sign in yet; expected a member first (parvis admin user add)")
        shown = f"[{host}]" if ":" in host else host
        typer.echo(f"parvis: http://{shown}:{bound.getsockname()[1]}{root_path} (Ctrl-C ends it)", err=True)
        if empty and hint:
            where = f" --config {config}" if config else ""
            typer.echo(FIRST.format(where=where), err=True)
        # Uvicorn raises the signal again once it has closed down: SIGTERM is how a supervisor says "done".
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        update = {
            "evidence_dir": folder / "cleanliness",
            "history_dir": folder / "history",
            "indicators_dir": folder / "indicators",
            "recommendations_dir": bounds_in(folder),
            "site": site_of(config),
            "map": ground,
            **times_of(config),
            "config_file": config,
        }
        settings = settings.model_copy(update=update)
        file = None if config is None else ConfigFile(config, folder / "configuration")
        feed, store, queue, line = RedisFeed(url), RedisStore(url), RedisQueue(url), RedisLine(url)
        app = create_app(feed, store, settings, queue=queue, line=line, config=file)
        serve_until_signal(app, bound, proxies)


def _settings(names: list[str], root_path: str, behind_proxy: bool, provider: Any) -> "Settings":
    from hypervisor.access.first import ENVIRONMENT
    from hypervisor.settings import Settings

    if root_path and (not root_path.startswith("/") or root_path.endswith("/") or not root_path.isprintable()):
        raise Refused(f"--root-path {root_path}: expected a path such as /parvis")
    # Through a proxy on this machine strangers come from the loopback too: nobody reads the metrics without a key.
    return Settings(
        allowed_hosts=(*Settings().allowed_hosts, *(f"[{one}]" if ":" in one else one for one in names)),
        root_path=root_path,
        metrics_on_loopback=not (behind_proxy or root_path),
        provider=provider,
        first_digest=os.environ.pop(ENVIRONMENT, None),
    )


def _ground(config: Path | None) -> MapConfig:
    """Return what the map is drawn on, with the path of its background made absolute."""
    from hypervisor.pages.ground import fault_of

    if config is None:
        return MapConfig()
    loaded = load_config(config)
    if loaded.site.map.background is None:
        return loaded.site.map
    path = loaded.path.parent / loaded.site.map.background
    if fault := fault_of(path):
        place = ("map", "background")
        raise ConfigError([Problem(loaded.path, loaded.line_of(*place), dotted(place), f"{path.name} {fault}")])
    return loaded.site.map.model_copy(update={"background": path})


def _provider(issuer: str | None, client: str) -> Any:
    from hypervisor.access.provider import ProviderSettings

    if issuer is None:
        return None
    secret = os.environ.get(OIDC_SECRET)
    if not secret:
        raise Refused(f"--oidc-issuer: its secret is missing; expected it in {OIDC_SECRET}")
    return checked(ProviderSettings, issuer=issuer, client_id=client, client_secret=secret)


def _names(given: list[str]) -> list[str]:
    """Return the names as a Host header has them.

    Raises:
        Refused: if one could never be asked for, such as an address with a scheme, a port or a path.
    """
    for one in given:
        if not one.isascii() or not one.replace(":", "").replace(".", "").replace("-", "").isalnum() or _has_port(one):
            raise Refused(f"--name {one}: expected a name or an address alone, such as parvis.ville.example")
    return given


def _has_port(name: str) -> bool:
    return name.count(":") == 1  # an address of IPv6 has more


def _proxies(given: list[str]) -> list[str]:
    for one in given:
        try:
            ip_network(one)
        except ValueError:
            raise Refused(f"--trusted-proxy {one}: expected an address or a network such as 10.0.0.0/8") from None
    return given
