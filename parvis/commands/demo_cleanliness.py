"""`parvis demo --cleanliness`: a deposit opens, grows worse and is cleared, seen by the event stream and by the API."""

import http.client
import json
import subprocess
import threading
import time
import urllib.parse
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from parvis.doors import Guest, get, shown
from pipeline.errors import Failed

CONFIG = Path(__file__).resolve().parents[2] / "configs" / "cleanliness.yaml"
BEGAN = datetime.fromisoformat("2026-05-05T10:00:00+02:00")
"""When the scene was filmed, as is said if it runs through at once: so it always tells the same."""

LIFE = ("opened", "worsened", "cleared")
STREAM_S = 600.0  # the stream is silent no longer than its heartbeat, unless the service is gone


def draw(folder: Path) -> Path:
    """Draw the scene into a folder; return the film."""
    from pipeline.drawn_scene import write_scene  # only here: nobody else needs PyAV for a demonstration

    path = folder / "scene.mp4"
    typer.echo("parvis demo: drawing the street …", err=True)
    write_scene(path)
    return path


class Listener(threading.Thread):
    """Listens to the stream, from before the pipeline starts, and keeps what is told of deposits."""

    def __init__(self, port: int, key: str, show: bool) -> None:
        super().__init__(name="stream", daemon=True)
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=STREAM_S)
        self._connection.request("GET", "/v1/stream?kind=deposit", headers=shown(key))
        self._answer = self._connection.getresponse()
        self._show = show
        self.key = key
        self.told: list[dict[str, Any]] = []

    def run(self) -> None:
        """Listen until the service goes away."""
        try:
            for event in self._events():
                self.told.append(event)
                if self._show:
                    typer.echo(_line(event))
        except (OSError, http.client.HTTPException, ValueError):
            return  # the demonstration ends

    def _events(self) -> Iterator[dict[str, Any]]:
        while row := self._answer.readline():
            if row.startswith(b"data: "):
                yield json.loads(row[6:])


def run_through(pipeline: subprocess.Popen[bytes], port: int, listener: Listener) -> None:
    """Wait for the scene's end, and print what stream and API say of it.

    Raises:
        Failed: if a deposit did not open, grow worse and go, or the two differ.
    """
    if code := pipeline.wait():
        raise Failed(f"parvis demo: the pipeline ended with exit code {code}")
    key = listener.key
    found = get(port, "/v1/deposits", key, state="all", **{"from": BEGAN.isoformat()})["items"]
    histories = [get(port, f"/v1/deposits/{one['id']}", key)["history"] for one in found]
    states = [step["state"] for history in histories for step in history]
    _wait_for(listener, len(states))
    table = Table("since the start", "deposit", "state", "kind", "m²", "API", title="What lies on the drawn pavement")
    for event in listener.told:
        detail = event["detail"]
        since = datetime.fromisoformat(event["observed_at"]) - BEGAN
        in_api = any(detail["deposit"] == one["id"] for one in found)
        cells = (detail["deposit"], detail["state"], detail["type"], str(detail["area_m2"]), "yes" if in_api else "no")
        table.add_row(f"{since.total_seconds():.0f} s", *cells)
    Console().print(table)
    period = {"from": BEGAN.isoformat(), "to": (BEGAN + timedelta(minutes=3)).isoformat()}
    (row,) = get(port, "/v1/cleanliness", key, **period)["items"]
    typer.echo(_figures(row))
    told = [event["detail"]["state"] for event in listener.told]
    if sorted(told) != sorted(states) or not set(LIFE) <= set(told):
        raise Failed(f"parvis demo: expected {', '.join(LIFE)} from stream and API, got {told} and {states}")


def show_around(port: int, let_in: Guest) -> None:
    """Say what can be looked at while the scene plays."""
    url = f"http://127.0.0.1:{port}"
    now = urllib.parse.quote(datetime.now().astimezone().isoformat(timespec="minutes"))
    typer.echo(
        f"\nA drawn street, over and over (165 s): a bag is left after 26 s, more after 54 s, and a cart takes\n"
        f"all after 134 s. Deposits are told below as the stream tells them.\n{let_in.shown()}"
        f"Three things to try:\n"
        f"  what lies there   curl -H \"$KEY\" '{url}/v1/deposits'\n"
        f"  the stream        curl -H \"$KEY\" -N '{url}/v1/stream?kind=deposit'\n"
        f"  the figures       curl -H \"$KEY\" '{url}/v1/cleanliness?from={now}'\n"
        f"Ctrl-C ends it.\n"
    )


def _line(event: dict[str, Any]) -> str:
    detail = event["detail"]
    at = datetime.fromisoformat(event["observed_at"]).astimezone()
    size = f", {detail['area_m2']:.2f} m²" if detail["area_m2"] is not None else ""
    where, what = f"{event['camera_id']}/{event['subject']}", f"{detail['state']}, {detail['type']}{size}"
    line = f"{at:%H:%M:%S}  {where}  {detail['deposit']}: {what}"
    if detail["cleared_at"] is None:
        return line
    taken = datetime.fromisoformat(detail["cleared_at"]) - datetime.fromisoformat(detail["counted_from"])
    return f"{line}; lay there for {taken.total_seconds():.0f} s"


def _figures(row: dict[str, Any]) -> str:
    """Return the figures of a zone in a line, or why there are none."""
    seen = (
        f"watched {100 * row['coverage']:.0f} % of 3 minutes; smallest visible thing {row['smallest_cm'] or 0:.0f} cm"
    )
    if row["figures"] is None:
        return f"{row['camera']}/{row['zone']}: {seen}; {'; '.join(note['en'] for note in row['notes'])}"
    taken, grades = row["figures"]["time_to_clean"], row["figures"]["grades"]
    median = taken["median_s"]["value"]
    shown = "not known yet" if median is None else f"{median:.0f} s (median of {taken['cleaned']})"
    good = f"at an acceptable grade {100 * grades['acceptable']:.0f} % of the time"
    return f"{row['camera']}/{row['zone']}: time-to-clean {shown}; {good}; {seen}"


def _wait_for(listener: Listener, number: int) -> None:
    """Give the stream a moment for what the API tells already."""
    until_s = time.monotonic() + 5
    while len(listener.told) < number and time.monotonic() < until_s:
        time.sleep(0.05)
