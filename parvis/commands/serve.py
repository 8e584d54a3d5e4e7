"""`parvis serve`: the hypervisor on this machine."""

import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from pipeline.config_file import load_config
from pipeline.embedded import ensure_server

START_TIMEOUT_S = 3.0


def serve(
    config: Annotated[
        Path | None,
        typer.Option("--config", help="Configuration file: says which Redis. Without: --redis.", show_default=False),
    ] = None,
    host: Annotated[str, typer.Option("--host", help="Address to listen on; loopback only for now.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port; 0 takes a free one.")] = 8080,
    redis: Annotated[
        str | None,
        typer.Option("--redis", envvar="PARVIS_REDIS", help="URL or embedded; wins over --config.", show_default=False),
    ] = None,
    data_dir: Annotated[
        Path, typer.Option("--data-dir", envvar="PARVIS_DATA", help="Data directory, when no --config is given.")
    ] = Path("./.parvis"),
) -> None:
    """Serve the API and the page until Ctrl-C."""
    from hypervisor.app import create_app  # only here: a camera's worker is the smaller for it
    from hypervisor.delivery.redis_queue import RedisQueue
    from hypervisor.redis_feed import RedisFeed
    from hypervisor.server import listen
    from hypervisor.server import serve as serve_until_signal
    from hypervisor.settings import Settings
    from hypervisor.store.redis_store import RedisStore
    from pipeline.redis_client import connect

    with listen(host, port) as bound:  # before anything is started: a port in use costs nothing
        url, folder, site = where(config, redis, data_dir)
        connect(url, data_dir, START_TIMEOUT_S).close()
        shown = f"[{host}]" if ":" in host else host
        typer.echo(f"parvis: http://{shown}:{bound.getsockname()[1]} (Ctrl-C ends it)", err=True)
        # Uvicorn raises the signal again once it has closed down: SIGTERM is how a supervisor says "done".
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        serve_until_signal(
            create_app(
                RedisFeed(url),
                RedisStore(url),
                Settings(evidence_dir=folder / "cleanliness", site=site),
                queue=RedisQueue(url),
            ),
            bound,
        )


def where(config: Path | None, redis: str | None, data_dir: Path) -> tuple[str, Path, str]:
    """Return the URL of the server, started if it is the embedded one, the data directory, and the site's id."""
    loaded = load_config(config) if config else None
    server = redis or (loaded.redis if loaded else "embedded")
    folder = loaded.data_dir if loaded else data_dir
    site = loaded.site.site.id if loaded else "parvis"
    return (ensure_server(folder) if server == "embedded" else server), folder, site
