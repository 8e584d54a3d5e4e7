"""`parvis soak`: watch for deposits without telling anybody, label what was found, tell how often it was wrong."""

import json
import signal
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from parvis.soaking import NO, UNCLEAR, YES, Found, Soaked, keep_labels, read_labels, report, soaked
from pipeline import children
from pipeline.config_file import load_config
from pipeline.embedded import ensure_server
from pipeline.errors import Failed, Refused

WORDS = {"y": YES, "yes": YES, "n": NO, "no": NO, "u": UNCLEAR, "unclear": UNCLEAR}
BEGUN, LABELS = "soak.json", "labels.json"
POLL_S = 0.5
DAY_S = 86_400


def soak_command(
    config: Annotated[Path, typer.Argument(help="Configuration file (YAML).", show_default=False)],
    days: Annotated[float, typer.Option("--days", min=0.0, max=90, help="How long, from its first start.")] = 7.0,
    out: Annotated[Path, typer.Option("--out", help="Folder of the soak: its own server, pictures, labels.")] = Path(
        "soak"
    ),
    label: Annotated[bool, typer.Option("--label", help="Say of each deposit found whether it was one.")] = False,
    answers: Annotated[Path | None, typer.Option("--answers", help="Labels as JSON: id to yes, no or unclear.")] = None,
) -> None:
    """Watch all cameras for some days without telling any service; then label, and see precision and false alarms."""
    loaded = load_config(config)
    if not any(zone.deposit_rules for camera in loaded.site.cameras for zone in camera.zones):
        raise Refused(f"{config}: cameras: no zone is watched for deposits; expected one with measures: [deposits]")
    out.mkdir(parents=True, exist_ok=True, mode=0o700)
    interrupted = not (label or answers) and _watch(config, out, days)
    url = ensure_server(out)
    found = soaked(url, out)
    labels = read_labels(out / LABELS)
    if answers is not None:
        labels |= _known(read_labels(answers), found, answers)
        keep_labels(out / LABELS, labels)
    elif label:
        _ask(found, labels, out / LABELS)
    for row in report(found, labels):
        typer.echo(row)
    if interrupted:
        raise typer.Exit(130)


def _watch(config: Path, out: Path, days: float) -> bool:
    """Run the pipeline on a server of its own until the time is over, all recordings have ended, or Ctrl-C (True)."""
    until_s = _begun(out / BEGUN) + days * DAY_S
    if time.time() >= until_s:
        typer.echo(f"{out}: its {days:g} days are over; --days for longer, --label to label", err=True)
        return False
    stopped: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        stopped.append(number)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    # The same file, another server and another folder: nothing of it reaches a service.
    environ = {"PARVIS_REDIS": "embedded", "PARVIS_DATA": str(out.resolve())}
    pipeline = children.start(["run", str(config)], environ)
    typer.echo(f"parvis soak: watching until {time.ctime(until_s)}; Ctrl-C pauses, the same command goes on", err=True)
    try:
        while pipeline.poll() is None and not stopped and time.time() < until_s:
            time.sleep(POLL_S)
    finally:
        ended = pipeline.poll()
        children.stop([pipeline])
        for number, handler in before.items():
            signal.signal(number, handler)
    if ended not in (None, 0):
        raise Failed(f"parvis soak: the pipeline ended with exit code {ended}; its message is above")
    return signal.SIGINT in stopped


def _begun(path: Path) -> float:
    """Return when the soak began, epoch seconds; now if it has not.

    Raises:
        Refused: if the note of it is damaged.
    """
    try:
        return float(json.loads(path.read_text(encoding="utf-8"))["begun_s"])
    except FileNotFoundError:
        now_s = time.time()
        path.write_text(json.dumps({"schema": "parvis.soak/1", "begun_s": now_s}) + "\n", encoding="utf-8")
        return now_s
    except (ValueError, KeyError, TypeError) as error:
        raise Refused(f"{path}: is damaged; expected begun_s in it, or no such file") from error


def _ask(found: Soaked, labels: dict[str, str], path: Path) -> None:
    """Ask in the terminal for what has no label yet; each answer is kept as it is given."""
    waiting = [one for one in found.found if one.id not in labels]
    if waiting and not sys.stdin.isatty():
        raise Refused(
            f"parvis soak: {len(waiting)} to label, and nobody to ask; expected a terminal, or --answers FILE"
        )
    for number, one in enumerate(waiting, 1):
        typer.echo(_shown(one, f"{number}/{len(waiting)}"))
        said = ""
        while said not in (*WORDS, "q"):
            said = typer.prompt("a deposit? yes, no, unclear, or q to stop [y/n/u/q]").strip().lower()
        if said == "q":
            return
        labels[one.id] = WORDS[said]
        keep_labels(path, labels)


def _shown(one: Found, number: str) -> str:
    until = f" to {one.cleared_at}" if one.cleared_at else ", still there"
    where = f"{one.camera}/{one.zone}"
    pictures = "".join(f"\n  {path}" for path in one.pictures) or "\n  no picture is kept (purpose statistics)"
    return f"{number}  {where}  {one.type}  {one.first_seen}{until}  ({one.id}){pictures}"


def _known(given: dict[str, str], found: Soaked, path: Path) -> dict[str, str]:
    """Return the labels, if each is of a deposit that was found."""
    ids = {one.id for one in found.found}
    strange = [name for name in given if name not in ids]
    if strange:
        raise Refused(f"{path}: {strange[0]!r} was not found in this soak; expected ids of it")
    return given
