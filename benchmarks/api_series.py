"""How long /v1/series takes over many days and lines: every hour of every line is a figure."""

import http.client
import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

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


def measured(url: str, port: int, key: str, requests: int, lines: int, days: int) -> list[Row]:
    """Fill the hours of all lines, then ask for them again and again; a range of several pages is read to its end."""
    end_s = int(time.time()) // HOUR_S * HOUR_S
    begin_s = end_s - days * 24 * HOUR_S
    fill(url, lines // LINES_A_CAMERA, begin_s, end_s)
    times = {name: datetime.fromtimestamp(at_s, UTC).isoformat() for name, at_s in (("from", begin_s), ("to", end_s))}
    asked = {"measure": "crossings", "bucket": "1h", "direction": "forward", **times}
    connection, whole_ms, page_ms, points = http.client.HTTPConnection("127.0.0.1", port), [], [], 0
    for _ in range(requests):
        begin, points, cursor = time.perf_counter(), 0, dict[str, str]()
        while True:
            one = time.perf_counter()
            found = _get(connection, f"/v1/series?{urlencode(asked | cursor)}", key)
            page_ms.append((time.perf_counter() - one) * 1000)
            points += sum(len(each["points"]) for each in found["series"] if each["camera"].startswith("line-"))
            if found["next"] is None:
                break
            cursor = {"cursor": found["next"]}
        whole_ms.append((time.perf_counter() - begin) * 1000)
    connection.close()
    if points != lines * days * 24:
        raise Failed(f"{points} points came; expected {lines * days * 24}")
    settings = f"{lines} lines, {days} days at 1 h, {points} points"
    rows = [
        Row(
            "api",
            "series",
            "parvis",
            settings,
            f"{name}_p{p}",
            round(float(np.percentile(took, p)), 1),
            "ms",
            len(took),
        )
        for name, took in (("whole_range", whole_ms), ("page", page_ms))
        for p in PERCENTILES
    ]
    return [*rows, Row("api", "series", "parvis", settings, "pages", len(page_ms) // requests, "")]


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


def _get(connection: http.client.HTTPConnection, path: str, key: str) -> dict[str, Any]:
    connection.request("GET", path, headers=shown(key))
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != http.client.OK:
        raise Failed(f"/v1/series answers {answer.status}: {body[:200].decode()}")
    found: dict[str, Any] = json.loads(body)
    return found
