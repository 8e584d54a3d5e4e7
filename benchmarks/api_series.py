"""How long /v1/series takes over many days and lines: every hour of every line is a figure."""

import http.client
import json
import re
import time
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlencode

import numpy as np

from benchmarks.report import Row
from parvis.doors import shown
from pipeline.config import RetentionConfig
from pipeline.errors import Failed
from pipeline.keys import crossing_field
from pipeline.observation import CameraDescription, LineDescription
from pipeline.publish import Entry, Increment
from pipeline.redis_client import connect

LINES_A_CAMERA = 5
HOUR_S = 3600
PERCENTILES = (50, 95)
SETTLED_S = 2.5  # a write in the second of the question could be repeated unseen


def measured(url: str, port: int, key: str, requests: int, lines: int, days: int) -> list[Row]:
    """Fill the hours of all lines, then ask for them again and again; a range of several pages is read to its end.

    Timed is from the question to the last byte: what the asker makes of it is the asker's. The first question finds
    nothing kept (`cold`); what was written within the last two seconds is kept from the second one on.
    """
    end_s = int(time.time()) // HOUR_S * HOUR_S
    begin_s = end_s - days * 24 * HOUR_S
    fill(url, lines // LINES_A_CAMERA, begin_s, end_s)
    times = {name: datetime.fromtimestamp(at_s, UTC).isoformat() for name, at_s in (("from", begin_s), ("to", end_s))}
    asked = {"measure": "crossings", "bucket": "1h", "direction": "forward", **times}
    connection = http.client.HTTPConnection("127.0.0.1", port)
    cold, first = _whole(connection, asked, key)
    points = _points(first)
    if points != lines * days * 24:
        raise Failed(f"{points} points came; expected {lines * days * 24}")
    connection.close()  # an idle one is closed by the server; the next question opens another
    time.sleep(SETTLED_S)
    _whole(connection, asked, key)
    whole_ms, page_ms = [], list[float]()
    for _ in range(requests):
        took, bodies = _whole(connection, asked, key)
        if bodies != first:
            raise Failed("the same question was answered otherwise")
        whole_ms.append(sum(took))
        page_ms += took
    connection.close()
    settings = f"{lines} lines, {days} days at 1 h, {points} points"
    figures = [
        (f"{name}_p{p}", round(float(np.percentile(took, p)), 1), "ms", len(took))
        for name, took in (("whole_range", whole_ms), ("page", page_ms))
        for p in PERCENTILES
    ]
    figures += [("cold_whole_range", round(sum(cold), 1), "ms", 1), ("pages", len(cold), "", 1)]
    figures.append(("bytes", round(sum(map(len, first)) / 1e6, 1), "MB", 1))
    return [Row("api", "series", "parvis", settings, *figure) for figure in figures]


def _whole(connection: http.client.HTTPConnection, asked: dict[str, str], key: str) -> tuple[list[float], list[bytes]]:
    """Read a range to its end; return how long each page took, ms, and the pages."""
    took, bodies, cursor = [], list[bytes](), dict[str, str]()
    while True:
        begin = time.perf_counter()
        connection.request("GET", f"/v1/series?{urlencode(asked | cursor)}", headers=shown(key))
        answer = connection.getresponse()
        bodies.append(answer.read())
        took.append((time.perf_counter() - begin) * 1000)
        if answer.status != http.client.OK:
            raise Failed(f"/v1/series answers {answer.status}: {bodies[-1][:200].decode()}")
        found = re.search(r"[?&]cursor=([^&>]+)>", answer.headers.get("Link", ""))
        if found is None:
            return took, bodies
        cursor = {"cursor": unquote(found[1])}


def _points(bodies: list[bytes]) -> int:
    every = (one for body in bodies for one in json.loads(body)["series"])
    return sum(len(one["points"]) for one in every if one["camera"].startswith("line-"))


def fill(url: str, cameras: int, begin_s: int, end_s: int) -> None:
    """Write the hours of all lines, as pipelines do."""
    client, retention = connect(url, Path(), 20.0), RetentionConfig()
    for number in range(cameras):
        name = f"line-{number}"
        client.describe(
            CameraDescription(
                id=name, name=name, purpose="operations", revision="0" * 12, min_step_s=60,
                lines=tuple(_line(n) for n in range(LINES_A_CAMERA)),
            )
        )  # fmt: skip
        increments = [Increment(crossing_field(f"l{n}", "person", "forward"), 7) for n in range(LINES_A_CAMERA)]
        watched = (
            Increment("q|covered_ms", HOUR_S * 1000),
            Increment("q|expected", 100),
            Increment("q|processed", 100),
        )
        entries = [
            Entry(seq, float(at_s), None, (*increments, *watched), (HOUR_S,))
            for seq, at_s in enumerate(range(begin_s, end_s, HOUR_S), 1)
        ]
        for first in range(0, len(entries), 100):
            client.ingest(name, "e1", entries[first : first + 100], retention)
    client.close()


def _line(number: int) -> LineDescription:
    return LineDescription.model_validate(
        {
            "id": f"l{number}", "from": (0.5, 0.0), "to": (0.5, 1.0), "classes": ("person",),
            "directions": {"forward": "a", "backward": "b"},
        }
    )  # fmt: skip
