"""The last minutes counted again in a process of their own: seconds of pure Python, which would hold up every camera of
the worker if they were spent in it. What was seen goes through a pipe, and only counts come back."""

import logging
import os
import subprocess
from collections.abc import Iterator

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from pipeline import children
from pipeline.asks import Counts
from pipeline.config import CameraConfig
from pipeline.desk.recent import ROW
from pipeline.recount import recount_looks
from pipeline.tracks import Tracks

LIMIT_S = 40.0

_log = logging.getLogger(__name__)


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Minutes(_Message):
    """What was seen; the rows of all looks follow as bytes (`pipeline.desk.recent.ROW`)."""

    size: tuple[int, int]
    labels: tuple[str, ...]
    interval_s: float
    looks: tuple[tuple[float, int, int, tuple[int, ...]], ...]  # seconds, frame, rows, who has ended


class Task(_Message):
    """What is to be counted: a camera as it is configured, and as it is proposed."""

    before: CameraConfig
    after: CameraConfig
    minutes: Minutes


class Result(_Message):
    """What both count."""

    before: Counts
    after: Counts


def in_child(task: Task, rows: bytes, limit_s: float = LIMIT_S) -> Result | None:
    """Return what a child counts; None if it does not within the limit."""
    child = children.start(["replay"], piped=True)
    try:
        said, _ = child.communicate(task.model_dump_json(by_alias=True).encode() + b"\n" + rows, limit_s)
        return Result.model_validate_json(said)
    except (subprocess.TimeoutExpired, ValidationError, OSError) as error:
        _log.error("the last minutes could not be counted again: %s", type(error).__name__)
        return None
    finally:
        child.kill()
        child.communicate()


def answer(said: bytes) -> bytes:
    """Return what a child answers to what it is told."""
    if hasattr(os, "sched_setaffinity"):  # not on the worker's own core alone, where it would wait for the cameras
        os.sched_setaffinity(0, range(os.cpu_count() or 1))
    os.nice(10)
    head, _, rows = said.partition(b"\n")
    task = Task.model_validate_json(head)
    result = Result(before=_counted(task.before, task.minutes, rows), after=_counted(task.after, task.minutes, rows))
    return result.model_dump_json().encode()


def _counted(camera: CameraConfig, minutes: Minutes, rows: bytes) -> Counts:
    counted = recount_looks(camera, tracks_of(minutes, rows), minutes.labels, minutes.interval_s)
    return Counts(lines=counted.counts, zones=counted.zones)


def tracks_of(minutes: Minutes, rows: bytes) -> Iterator[Tracks]:
    """Yield what was seen, as it was."""
    table, start = np.frombuffer(rows, ROW), 0
    for at_s, frame, count, ended in minutes.looks:
        part = table[start : start + count]
        start += count
        yield Tracks(
            frame, at_s, minutes.size, part["number"].astype(np.int64), np.ascontiguousarray(part["xyxy"]),
            part["class_id"].astype(np.int32), part["confirmed"].copy(), frozenset(ended),
        )  # fmt: skip
