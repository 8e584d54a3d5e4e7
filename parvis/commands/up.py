"""`parvis up`: everything that a city needs, in one command, from nothing."""

import signal
import time
import urllib.request
from pathlib import Path
from typing import Annotated

import typer

from parvis.commands.run import note_signals
from parvis.doors import DATA_DIR, place, refuse_taken, told
from parvis.supervising import Household, Start
from pipeline import children
from pipeline.config_file import load_config
from pipeline.errors import Failed, Refused

CONFIG = Path("parvis.yaml")
START_S, POLL_S = 60.0, 0.1

EMPTY = """\
# A site of Parvis. `parvis up` runs it. Cameras can be added on the page, or here: both write this file.
# docs/configuration.md explains every key, and `parvis check` names every fault in it.
parvis: 1
site: {id: city, name: "", timezone: Europe/Paris}
redis: embedded        # figures are kept by a small server of its own, in data_dir
data_dir: ./.parvis
detector: {model: yolov8n, device: auto, score: 0.3, fps: auto}

# A camera needs an id and a source. A password stays out of the file as ${NAME}, read from the environment:
#   - {id: square, source: "rtsp://viewer:${SQUARE_PASSWORD}@10.0.0.7/stream"}
cameras: []
"""


def up_command(
    config: Annotated[
        Path, typer.Argument(help="Configuration file; made, without cameras, if there is none.")
    ] = CONFIG,
    host: Annotated[str, typer.Option("--host", help="Address of the page.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port of the page.")] = 8080,
) -> None:
    """Run cameras, page, rules, deliveries and history until Ctrl-C; what dies is started again.

    Where nobody can sign in yet, it prints a code with which the first member is made on the page.
    """
    if _made(config):
        typer.echo(f"parvis up: {config} is new, without cameras; add them on the page", err=True)
    load_config(config)
    refuse_taken("up", host, port)
    code, url = _first_code(config), _address(host, port)
    interrupted = note_signals()
    household = Household(_starter(code), lambda text: typer.echo(f"parvis up: {text}", err=True))
    try:
        shared = ["--config", str(config)]
        household.add("serve", ["serve", "--no-hint", *shared, "--host", host, "--port", str(port)])
        if _wait_until_ready(household, url, interrupted):
            household.add("run", ["run", str(config), "--stay"])
            household.add("rules", ["rules", *shared])
            household.add("deliver", ["deliver", *shared])
            household.add("history", ["history", "keep", *shared])
            _tell(url, code)
        while not interrupted:
            household.step()
            time.sleep(POLL_S)
    finally:
        household.end()
    if interrupted and interrupted[0] == signal.SIGINT:
        raise typer.Exit(130)


def _made(config: Path) -> bool:
    """Write an empty configuration if there is none."""
    try:
        with config.open("x", encoding="utf-8") as file:
            file.write(EMPTY)
    except FileExistsError:
        return False
    except OSError as error:
        raise Refused(f"{config}: cannot be written: {error.strerror}; expected a folder that exists") from None
    return True


def _address(host: str, port: int) -> str:
    """Return where the page is found from this machine."""
    near = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{near}]:{port}" if ":" in near else f"http://{near}:{port}"


def _first_code(config: Path) -> str | None:
    """Return a new code if nobody can sign in yet."""
    from hypervisor.access.first import new_code  # only here: what other commands load, they need

    url = place(config, None, DATA_DIR).url
    return new_code() if told(url, lambda who: who.is_empty()) else None


def _starter(code: str | None) -> Start:
    """Return how processes are started; only the page knows of the code, and only its digest."""
    from hypervisor.access.first import ENVIRONMENT, digest_of

    known = {} if code is None else {ENVIRONMENT: digest_of(code)}
    return lambda command: children.start(command, known if command[0] == "serve" else None)


def _wait_until_ready(household: Household, url: str, interrupted: list[int]) -> bool:
    until_s = time.monotonic() + START_S
    while not interrupted:
        if not household.alive("serve"):
            raise Failed("parvis up: the page ended before it was ready; its message is above")
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=POLL_S * 10):
                return True
        except OSError:
            if time.monotonic() > until_s:
                raise Failed(f"parvis up: the page was not ready after {START_S:.0f} s") from None
            time.sleep(POLL_S)
    return False


def _tell(url: str, code: str | None) -> None:
    typer.echo(f"\nParvis runs: {url}/ (Ctrl-C ends it)")
    if code is not None:
        typer.echo(f"Nobody can sign in yet. Open that page and type this code, once: {code}")
