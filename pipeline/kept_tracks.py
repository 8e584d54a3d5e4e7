"""Anonymised tracks on disk, for `parvis recount`: the one place where tracks outlive the process. Off by default.

A file holds one hour of one run: for each look and confirmed object the time within the hour, a number, the class and
where its foot was, in thousandths of width and height. No picture, no box, no score. Numbers are drawn at random for
each hour, so nobody can be followed from one hour into the next. Files are readable by their owner only.

Form: gzip members, one after the other, so that a process may die at any time. The first line is a header in JSON;
rows of `ROW` follow. A row with number 0 says that the camera looked and nobody was there.
"""

import gzip
import json
import logging
import os
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import Failed
from pipeline.tracks import Tracks

ROW = np.dtype([("ms", "<u4"), ("number", "<u4"), ("class_id", "u1"), ("x", "<u2"), ("y", "<u2")])
SCHEMA = "parvis.tracks/1"
FLUSH_S = 60.0
HOUR_S = 3600
_THOUSANDTHS = 1000

_Row = tuple[int, int, int, int, int]
_log = logging.getLogger(__name__)


def folder_of(data_dir: Path, camera_id: str) -> Path:
    """Return where the tracks of a camera are kept."""
    return data_dir / "tracks" / camera_id


def drop_old(folder: Path, tracks_days: float, now_s: float) -> None:
    """Delete what was written more than so many days ago; all of it where nothing is to be kept."""
    for path in folder.glob("*.gz"):
        if tracks_days <= 0 or path.stat().st_mtime < now_s - tracks_days * 86400:
            path.unlink(missing_ok=True)


@dataclass(slots=True)
class _Hour:
    """What is kept of one hour, until it is written."""

    start_s: int  # seconds since the Unix epoch
    path: Path
    numbers: dict[int, int] = field(default_factory=dict)  # of tracks that live
    given: set[int] = field(default_factory=set)
    young: dict[int, list[_Row]] = field(default_factory=dict)  # not confirmed yet
    rows: list[_Row] = field(default_factory=list)
    written_s: float = 0.0


class Keeper(Protocol):
    """Takes the tracks of one run."""

    def see(self, tracks: Tracks) -> None:
        """Take one look."""

    def close(self) -> None:
        """End."""


class NoKeeper:
    """Keeps nothing, as most cameras do."""

    def see(self, tracks: Tracks) -> None:
        """Forget it."""

    def close(self) -> None:
        """Do nothing."""


class TrackKeeper:
    """Writes the tracks of one run.

    Args:
        folder: where; it is made, for its owner only.
        run: name of the run: the same run played again replaces its files.
        origin_s: seconds since the Unix epoch of the tracks' time 0.
        about: labels of the classes, and the seconds between two looks.
        random: numbers from 1 to 2^32 - 1 that nobody can guess.
    """

    def __init__(
        self, folder: Path, run: str, origin_s: float, about: tuple[tuple[str, ...], float], random: Callable[[], int]
    ) -> None:
        self._folder, self._run, self._origin_s = folder, run, origin_s
        self._labels, self._interval_s = about
        self._random = random
        self._hour: _Hour | None = None
        self._broken = False

    def see(self, tracks: Tracks) -> None:
        """Keep one look. A disk that cannot be written ends the keeping, never the counting."""
        if self._broken:
            return
        at_s = self._origin_s + tracks.time_s
        try:
            hour = self._hour_at(at_s, tracks)
            self._take(hour, tracks, round((at_s - hour.start_s) * 1000))
            if not 0 <= at_s - hour.written_s < FLUSH_S:
                self._flush(at_s)
        except OSError as error:
            self._broken = True
            _log.error("%s: %s; no tracks are kept any more", self._folder, error.strerror or error)

    def close(self) -> None:
        """Write what is left."""
        try:
            if not self._broken and self._hour is not None:
                self._flush(0.0)
        except OSError as error:
            _log.error("%s: %s; the last tracks are not kept", self._folder, error.strerror or error)

    def _hour_at(self, at_s: float, tracks: Tracks) -> _Hour:
        start_s = int(at_s // HOUR_S) * HOUR_S
        if self._hour is not None and self._hour.start_s == start_s:
            return self._hour
        if self._hour is not None:
            self._flush(at_s)
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        name = f"{datetime.fromtimestamp(start_s, UTC):%Y-%m-%dT%H}Z-{zlib.crc32(self._run.encode()):08x}.gz"
        self._hour = _Hour(start_s, self._folder / name, written_s=at_s)
        header = {
            "schema": SCHEMA, "start_s": start_s, "size": tracks.size, "labels": self._labels,
            "interval_s": self._interval_s,
        }  # fmt: skip
        self._hour.path.unlink(missing_ok=True)
        _append(self._hour.path, json.dumps(header).encode() + b"\n")
        return self._hour

    def _take(self, hour: _Hour, tracks: Tracks, ms: int) -> None:
        for track_id in tracks.ended:
            hour.numbers.pop(track_id, None)
            hour.young.pop(track_id, None)
        places = np.clip(tracks.foot / np.array(tracks.size), 0, 1) * _THOUSANDTHS
        columns = (tracks.track_id, tracks.class_id, tracks.confirmed, np.round(places).astype(int))
        for track_id, class_id, confirmed, (x, y) in zip(*(column.tolist() for column in columns), strict=True):
            young = hour.young.setdefault(track_id, [])
            young.append((ms, self._number(hour, track_id), class_id, x, y))
            if confirmed:
                hour.rows += hour.young.pop(track_id)
        hour.rows.append((ms, 0, 0, 0, 0))

    def _number(self, hour: _Hour, track_id: int) -> int:
        while track_id not in hour.numbers:
            number = self._random()
            if number not in hour.given:
                hour.given.add(number)
                hour.numbers[track_id] = number
        return hour.numbers[track_id]

    def _flush(self, at_s: float) -> None:
        assert self._hour is not None
        rows, self._hour.rows, self._hour.written_s = self._hour.rows, [], at_s
        if rows:
            _append(self._hour.path, np.array(rows, ROW).tobytes())


@dataclass(frozen=True, slots=True, eq=False)
class KeptHour:
    """One file, read."""

    start_s: int
    size: tuple[int, int]
    labels: tuple[str, ...]
    interval_s: float
    rows: NDArray[np.void]  # of `ROW`, by time


def kept_hours(folder: Path, from_s: float, to_s: float) -> Iterator[KeptHour]:
    """Yield the hours that begin in a span (seconds since the Unix epoch), oldest first.

    Raises:
        Failed: if a file cannot be read.
    """
    for path in sorted(folder.glob("*.gz")):
        start_s = datetime.strptime(path.name[:13] + "+0000", "%Y-%m-%dT%H%z").timestamp()
        if from_s <= start_s < to_s:
            yield _read(path)


def _read(path: Path) -> KeptHour:
    content = b""
    try:
        with gzip.open(path) as file:
            while part := file.read1(1 << 20):
                content += part
    except EOFError:  # the process died while it wrote the last member
        pass
    except OSError as error:
        raise Failed(f"{path}: {error.strerror or error}; expected tracks kept by parvis run") from error
    first, _, rest = content.partition(b"\n")
    header = json.loads(first)
    rows = np.frombuffer(rest[: len(rest) // ROW.itemsize * ROW.itemsize], ROW)
    rows = rows[np.argsort(rows["ms"], kind="stable")]
    width, height = header["size"]
    return KeptHour(header["start_s"], (width, height), tuple(header["labels"]), header["interval_s"], rows)


def looks_of(hour: KeptHour, number_from: int) -> Iterator[Tracks]:
    """Yield the looks of an hour as tracks; their ids begin at `number_from`, and each ends after its last row.

    The boxes are made up: their foot is where it was, and they are so tall that a line's dead band is widest.
    """
    rows = hour.rows
    numbers, ids = np.unique(rows["number"], return_inverse=True)
    last_ms = np.zeros(len(numbers), np.int64)
    np.maximum.at(last_ms, ids, rows["ms"].astype(np.int64))
    looks = np.split(np.arange(len(rows)), np.flatnonzero(np.diff(rows["ms"].astype(np.int64))) + 1)
    before_ms = -1
    for index, part in enumerate(part for part in looks if len(part)):
        ms = int(rows["ms"][part[0]])
        ended = np.flatnonzero((last_ms == before_ms) & (numbers > 0))
        before_ms = ms
        present = part[rows["number"][part] > 0]
        yield _look(hour, (index, ms), rows[present], ids[present] + number_from, ended + number_from)


def _look(
    hour: KeptHour, when: tuple[int, int], rows: NDArray[np.void], ids: NDArray[np.int64], ended: NDArray[np.int64]
) -> Tracks:
    width, height = hour.size
    x, y = rows["x"] / _THOUSANDTHS * width, rows["y"] / _THOUSANDTHS * height
    return Tracks(
        when[0], hour.start_s + when[1] / 1000, hour.size, ids.astype(np.int64),
        np.stack([x, y - height, x, y], axis=1).astype(np.float32), rows["class_id"].astype(np.int32),
        np.ones(len(rows), np.bool_), frozenset(ended.tolist()),
    )  # fmt: skip


def _append(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "ab") as file:
        file.write(gzip.compress(content, mtime=0))
