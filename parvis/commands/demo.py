"""`parvis demo`: everything on bundled footage, in one go."""

import signal
import subprocess
import tempfile
import time
import urllib.error
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from parvis.bars import bars
from parvis.commands import demo_cleanliness, demo_decisions, demo_services
from parvis.doors import Guest, get, guest, refuse_taken
from pipeline import children
from pipeline.config_file import load_config, yaml_reader
from pipeline.embedded import url_of
from pipeline.errors import Failed, Refused

CONFIG = Path(__file__).resolve().parents[2] / "configs" / "demo.yaml"
START_S = 60.0


class _Ended(Exception):
    """Someone asked the demonstration to end; the number is the signal's."""


def demo_command(
    once: Annotated[bool, typer.Option("--once", help="Run through at full speed, print the counts, end.")] = False,
    cleanliness: Annotated[
        bool, typer.Option("--cleanliness", help="A drawn street: something is left there, and taken away.")
    ] = False,
    services: Annotated[
        bool, typer.Option("--services", help="A crowd, and what three services make of it: rules, webhooks, a case.")
    ] = False,
    decisions: Annotated[
        bool,
        typer.Option("--decisions", help="A simulated city of three months: indicators, an experiment, its sheet."),
    ] = False,
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port of the page, on 127.0.0.1.")] = 8080,
    config: Annotated[Path, typer.Option("--config", help="What is shown.", hidden=True)] = CONFIG,
) -> None:
    """Count the bundled footage, with an embedded server, and show it on a page."""
    _refuse_several(cleanliness, services, decisions)
    if config == CONFIG:
        config = demo_cleanliness.CONFIG if cleanliness else demo_services.CONFIG if services else CONFIG
    if not config.exists():
        raise Refused("parvis demo: needs a source checkout (it holds the footage)")
    refuse_taken("demo", "127.0.0.1", port)
    children.die_with_parent()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    try:
        with tempfile.TemporaryDirectory(prefix="parvis-demo-", ignore_cleanup_errors=True) as folder:
            film = demo_cleanliness.draw(Path(folder)) if cleanliness else None
            written = _demo_config(config, Path(folder), once, film, services)
            if services or decisions:
                (_show_services if services else _show_decisions)(written, once, port)
            else:
                _show(written, once, port, cleanliness)
    except _Ended as ended:
        if ended.args[0] == signal.SIGINT:
            raise typer.Exit(130) from None


def _refuse_several(*asked: bool) -> None:
    if sum(asked) > 1:
        raise Refused("parvis demo: --cleanliness, --services and --decisions are stories of their own; expected one")


def _end(number: int, _frame: object) -> None:
    for again in (signal.SIGTERM, signal.SIGINT):  # impatience must not disturb the end
        signal.signal(again, signal.SIG_IGN)
    raise _Ended(number)


def _show(config: Path, once: bool, port: int, cleanliness: bool) -> None:
    environ = {"PARVIS_DATA": str(config.parent), "PARVIS_REDIS": "embedded"}
    processes: list[subprocess.Popen[bytes]] = []
    try:
        processes.append(children.start(["serve", "--no-hint", "--config", str(config), "--port", str(port)], environ))
        _wait_until_ready(processes, port)
        let_in = guest(url_of(config.parent))
        listener = demo_cleanliness.Listener(port, let_in.key, show=not once) if cleanliness else None
        processes.append(children.start(["run", str(config)], environ))
        if listener is not None:
            listener.start()
        if once and listener is not None:
            demo_cleanliness.run_through(processes[-1], port, listener)
        elif once:
            _run_through(processes[-1], port, let_in.key, config)
        else:
            (demo_cleanliness.show_around if cleanliness else _show_around)(port, let_in)
            _wait_for_an_end(processes)
    finally:
        children.stop(processes[::-1])


def _show_services(config: Path, once: bool, port: int) -> None:
    """Run all processes of a hypervisor, and tell the story of a crowd; go on until Ctrl-C, or end with the story."""
    environ = {"PARVIS_DATA": str(config.parent), "PARVIS_REDIS": "embedded"}
    shared = ["--config", str(config)]
    processes: list[subprocess.Popen[bytes]] = []
    story = None
    try:
        processes.append(children.start(["serve", "--no-hint", *shared, "--port", str(port)], environ))
        _wait_until_ready(processes, port)
        let_in, url = guest(url_of(config.parent)), url_of(config.parent)
        processes.append(children.start(["rules", *shared], environ))
        processes.append(children.start(["deliver", *shared, "--allow-net", demo_services.LOOPBACK], environ))
        within_s = demo_services.ONCE_S if once else demo_services.LIVE_S
        story = demo_services.Story(url, port, lambda: all(one.poll() is None for one in processes), within_s)
        story.subscribe()
        processes.append(children.start(["run", str(config)], environ))
        story.set_rules()
        if not once:
            story.show_around(port, let_in)
        story.end(story.crowd())
        if not once:
            _wait_for_an_end(processes)
    finally:
        children.stop(processes[::-1])
        if story is not None:
            story.receiver.close()


def _show_decisions(config: Path, once: bool, port: int) -> None:
    """Load the simulated city and tell its story, while the footage is counted beside it."""
    environ = {"PARVIS_DATA": str(config.parent), "PARVIS_REDIS": "embedded"}
    processes: list[subprocess.Popen[bytes]] = []
    try:
        processes.append(children.start(["serve", "--no-hint", "--config", str(config), "--port", str(port)], environ))
        _wait_until_ready(processes, port)
        url = url_of(config.parent)
        processes.append(children.start(["run", str(config)], environ))
        built = demo_decisions.load(url, config.parent)
        sheet = demo_decisions.Story(url, port, built).tell()
        if once:
            _run_through(processes[-1], port, guest(url).key, config)
        else:
            demo_decisions.show_around(port, guest(url), sheet)
            _wait_for_an_end(processes)
    finally:
        children.stop(processes[::-1])


def _demo_config(config: Path, folder: Path, once: bool, film: Path | None = None, services: bool = False) -> Path:
    """Write the demonstration's configuration: at full speed and without loop for `--once`; maybe of another film."""
    loaded = load_config(config)
    yaml = yaml_reader()
    raw = yaml.load(config.read_text(encoding="utf-8"))
    for camera, checked in zip(raw["cameras"], loaded.site.cameras, strict=True):
        camera["source"] = loaded.resolve_source(checked) if film is None else str(film)
        if once:
            camera["pace"], camera["loop"] = "fast", services  # a crowd has to come and go
        if once and services:
            camera["recorded_at"] = demo_services.began()
        if once and film is not None:  # it has no date of its own
            camera["recorded_at"] = demo_cleanliness.BEGAN.isoformat()
    path = folder / "demo.yaml"
    with path.open("w", encoding="utf-8") as file:
        yaml.dump(raw, file)
    return path


def _wait_until_ready(processes: list[subprocess.Popen[bytes]], port: int) -> None:
    until_s = time.monotonic() + START_S
    while time.monotonic() < until_s:
        if any(process.poll() is not None for process in processes):
            raise Failed("parvis demo: the hypervisor ended before it was ready; its message is above")
        try:
            get(port, "/readyz")
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise Failed(f"parvis demo: the hypervisor was not ready after {START_S:.0f} s")


def _run_through(pipeline: subprocess.Popen[bytes], port: int, key: str, config: Path) -> None:
    """Wait for the recording's end and print what the API says of it."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with bars(*columns) as progress:
        progress.add_task("counting the bundled footage")
        code = pipeline.wait()
    if code:
        raise Failed(f"parvis demo: the pipeline ended with exit code {code}")
    watched = {camera.id for camera in load_config(config).site.cameras}
    found = get(port, "/v1/series", key, measure="crossings", bucket="1h")["series"]
    _print_counts([series for series in found if series["camera"] in watched])


def _print_counts(counted: list[dict[str, Any]]) -> None:
    table = Table("camera", "line", "class", "direction", "crossings", title="What the hypervisor's API answers")
    total = 0
    for series in counted:
        value = sum(point["value"] or 0 for point in series["points"])
        total += value
        table.add_row(series["camera"], series["line"], series["class"], series["direction"], str(value))
    Console().print(table)
    if not total:
        raise Failed("parvis demo: nothing was counted")


def _show_around(port: int, let_in: Guest) -> None:
    url = f"http://127.0.0.1:{port}"
    typer.echo(
        f"\nParvis counts the bundled footage.\n{let_in.shown()}"
        f"Three things to try:\n"
        f"  the page     {url}/\n"
        f"  the counts   curl -H \"$KEY\" '{url}/v1/series?measure=crossings&bucket=1m'\n"
        f"  the stream   curl -H \"$KEY\" -N '{url}/v1/stream'\n"
        f"Ctrl-C ends it.\n"
    )


def _wait_for_an_end(processes: list[subprocess.Popen[bytes]]) -> None:
    while all(process.poll() is None for process in processes):
        time.sleep(0.2)
    raise Failed("parvis demo: one of its processes ended; its message is above")
