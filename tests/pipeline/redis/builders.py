"""Entries, states and processes for the tests of the Redis side."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from redis import Redis

from pipeline import keys
from pipeline.config import RetentionConfig
from pipeline.observation import CameraDescription, CameraState, Observation
from pipeline.publish import Entry, Increment

T0 = 1_777_852_800  # a full hour of 2026
OWNER = """
import sys
from pathlib import Path
from pipeline.embedded_owner import own
own(Path(sys.argv[1]), 64, until_unused=False, ready=lambda path: print(path, flush=True))
"""
FORWARD = "c|entree|person|forward"
KEPT = RetentionConfig()


def told(seq: int, at_s: float) -> Observation:
    return Observation(
        id=f"cam:e:{seq}",
        camera_id="cam",
        kind="crossing",
        subject="entree",
        observed_at=datetime.fromtimestamp(at_s, UTC),
        value=1,
        unit="crossing",
        detail={"class": "person", "direction": "forward"},
    )


def crossing(seq: int, at_s: float | None = None) -> Entry:
    """One crossing; without a moment, one every half second from T0."""
    at_s = T0 + seq / 2 if at_s is None else at_s
    return Entry(seq, at_s, told(seq, at_s), (Increment(FORWARD, 1),), keys.STEPS_S)


def change(seq: int, at_s: float, *increments: Increment, steps_s: tuple[int, ...] = keys.STEPS_S) -> Entry:
    """A change of buckets that nobody is told of."""
    return Entry(seq, at_s, None, increments, steps_s)


def sealing(seq: int, start_s: int, step_s: int = 60) -> Entry:
    return change(seq, float(start_s), Increment("q|sealed", 1, "max"), steps_s=(step_s,))


def state(events_lost: int = 0) -> CameraState:
    moment = datetime.fromtimestamp(T0, UTC)
    return CameraState(
        id="cam",
        name="Cam",
        state="running",
        since=moment,
        updated_at=moment,
        purpose="operations",
        events_lost=events_lost,
    )


def description(name: str = "Cam") -> CameraDescription:
    return CameraDescription(id="cam", name=name, purpose="operations", revision="0" * 12, min_step_s=900)


def bucket(redis: "Redis", step_s: int, start: int = T0) -> dict[str, int]:
    fields: Any = redis.hgetall(keys.bucket("cam", step_s, start))
    return {name: int(value) for name, value in fields.items()}


def stream(redis: "Redis") -> list[str]:
    """What the camera's subscribers are told, oldest first."""
    found: Any = redis.xrange(keys.stream("cam"))
    return [fields["o"] for _, fields in found]


def total(redis: "Redis", field: str = FORWARD, step_s: int = 60) -> int:
    """Sum of a field over all buckets of a step."""
    found = redis.scan_iter(f"{keys.bucket_prefix('cam')}{step_s}:*", count=1000)
    return sum(int(redis.hget(key, field) or 0) for key in found)


def eventually(happened: Callable[[], bool], within_s: float = 5.0) -> bool:
    """Wait for what other threads and processes do."""
    deadline = time.monotonic() + within_s
    while not happened():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def runs(process_id: int) -> bool:
    """Whether a process exists and is not a zombie."""
    try:
        state_letter = Path(f"/proc/{process_id}/stat").read_text().rpartition(") ")[2][:1]
    except OSError:
        return False
    return state_letter not in "ZX"


def python(code: str, *arguments: object) -> "subprocess.Popen[str]":
    """Run a piece of Python in a process of its own, with this tree on its path."""
    tree = str(Path(__file__).resolve().parents[3])
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": tree},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def said(process: "subprocess.Popen[str]") -> str:
    """The next line that a process writes."""
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, "the process ended"  # who waits for a line would wait for ever
    return line.strip()
