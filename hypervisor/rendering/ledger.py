"""Which stored buckets have changed since they were read, told from the indexes that their writers keep.

The score of a bucket in its index is the second of its last write plus how long it is kept. So whatever was written
since the highest score that is known here has that score or a higher one, and one short question tells all of it. What
could break that is checked each time, and if in doubt everything of that index counts as changed:

- buckets are kept for a shorter time now (scores would come back lower): the index itself expires at the last write
  plus the time they are kept *now*, which must be the highest score;
- an index was deleted and begun anew: a witness, one of its entries, must be there, unchanged.

Scores are whole seconds, so a second write in the same one leaves no trace. A day is *settled* at a moment if its last
write is known to lie two seconds back: only then what is read may be kept.
"""

import math
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple

from hypervisor.feed import Asked, Feed, Written

DAY_S = 86_400
SETTLED_S = 2
"""Of these, one is that scores are whole seconds, the other is for what a question takes."""

MOST_INDEXES = 512
"""Indexes that are remembered (about 100 kB for 400 days); others are read anew when they are asked for."""

_numbers = count(1)


class _Write(NamedTuple):
    """The last write of one bucket, or of several."""

    score: int
    seen_s: float  # when it was first known here
    change: int  # its number here: the later, the higher


@dataclass(slots=True)
class _Day:
    """What is known of the buckets that start on one day (UTC)."""

    lowest: int  # score of the first one to expire, when the index was read
    whole: _Write  # of all that were there when the index was read
    later: dict[int, _Write] = field(default_factory=dict)  # start → of those that were written since

    @property
    def last_score(self) -> int:
        """Return the score of the last one to expire."""
        return max([self.whole.score, *(write.score for write in self.later.values())])


@dataclass(slots=True)
class _Index:
    """What is known of one index."""

    step_s: int
    highest: int
    witness: tuple[str, int]
    change: int  # whatever was kept before it is not of this one
    days: dict[int, _Day] = field(default_factory=dict)


class View:
    """One index at one moment of the server: what is kept is good, and what is read may be kept."""

    def __init__(self, now_s: float, index: _Index | None) -> None:
        self.now_s, self._index = now_s, index

    def stamp(self, from_s: int, to_s: int) -> int | None:
        """Return the number of the last change of buckets that start in [from, to); None if it cannot be said."""
        if self._index is None:
            return None
        last = 0
        for day in self._days(from_s, to_s):
            if day.lowest <= self.now_s + 1 and day.last_score + SETTLED_S >= self.now_s:
                return None  # some of it expires about now
            last = max(last, day.whole.change)
            if day.later:
                starts = range(from_s, to_s, self._index.step_s)
                last = max(last, *(day.later[start].change if start in day.later else 0 for start in starts))
        return last or self._index.change

    def expires_s(self, from_s: int, to_s: int) -> float:
        """Return until when what is read now is good, if nothing is written."""
        alive = (day.lowest - 1.0 for day in self._days(from_s, to_s) if day.lowest > self.now_s)
        return min(alive, default=math.inf)

    def settled(self, from_s: int, to_s: int) -> bool:
        """Return whether another write in the second of the last one would have been seen."""
        if self._index is None:
            return False
        top = self._index.highest
        return all(
            top - write.score >= SETTLED_S or self.now_s - write.seen_s >= SETTLED_S
            for write in self._writes(from_s, to_s)
        )

    def _days(self, from_s: int, to_s: int) -> list[_Day]:
        days = {} if self._index is None else self._index.days
        numbers = range(from_s // DAY_S, (to_s - 1) // DAY_S + 1)
        return [days[number] for number in numbers if number in days]

    def _writes(self, from_s: int, to_s: int) -> list[_Write]:
        days = self._days(from_s, to_s)
        found = [day.whole for day in days]
        if self._index is not None and any(day.later for day in days):
            starts = range(from_s, to_s, self._index.step_s)
            found += [day.later[start] for day in days for start in starts if start in day.later]
        return found


class Ledger:
    """Remembers indexes."""

    def __init__(self) -> None:
        self._indexes: OrderedDict[tuple[str, int], _Index] = OrderedDict()

    async def look(self, feed: Feed, cameras: Sequence[str], step_s: int) -> dict[str, View]:
        """Return how the indexes of cameras are now."""
        now_s, told = await feed.written([self._question(camera, step_s) for camera in cameras])
        lost = []
        for camera, written in zip(cameras, told, strict=True):
            index = self._indexes.get((camera, step_s))
            if index is None or not _goes_on(index, written):
                lost.append(camera)
            else:
                _hear(index, written.entries, now_s)
        if lost:
            now_s, told = await feed.written([Asked(camera, step_s) for camera in lost])
            for camera, written in zip(lost, told, strict=True):
                self._begin(camera, step_s, written, now_s)
        views = {}
        for camera in cameras:
            index = self._indexes.get((camera, step_s))
            if index is not None:
                self._indexes.move_to_end((camera, step_s))
            views[camera] = View(now_s, index)
        while len(self._indexes) > MOST_INDEXES:
            self._indexes.popitem(last=False)
        return views

    def _question(self, camera: str, step_s: int) -> Asked:
        index = self._indexes.get((camera, step_s))
        # Of one that is not known, a first question would say all twice.
        return Asked(camera, step_s, index.highest, index.witness[0]) if index else Asked(camera, step_s, 2**53)

    def _begin(self, camera: str, step_s: int, written: Written, now_s: float) -> None:
        """Learn all of an index; one that nobody keeps up is not remembered, so nothing is kept of it."""
        self._indexes.pop((camera, step_s), None)
        highest = max((score for _, score in written.entries), default=0)
        if not written.entries or not _is_kept_up(highest, written):
            return
        # One in the middle: it neither expires soon nor is it written every second.
        start, score = written.entries[len(written.entries) // 2]
        index = _Index(step_s, highest, (start, score), next(_numbers))
        for start, score in written.entries:
            write = _Write(score, now_s, index.change)
            day = index.days.setdefault(int(start) // DAY_S, _Day(score, write._replace(score=0)))
            day.lowest = min(day.lowest, score)
            if highest - score < SETTLED_S:  # one by one, so that the last write does not make its whole day doubtful
                day.later[int(start)] = write
            elif score > day.whole.score:
                day.whole = write
        self._indexes[camera, step_s] = index


def _goes_on(index: _Index, written: Written) -> bool:
    """Return whether an index is still the one that is known, kept up as before."""
    if written.witness != index.witness[1] or not written.entries:
        return False
    return _is_kept_up(max(score for _, score in written.entries), written)


def _is_kept_up(highest: int, written: Written) -> bool:
    """Return whether the highest score is that of the last write."""
    return 0 <= written.expires_s - highest <= 1


def _hear(index: _Index, entries: Iterable[tuple[str, int]], now_s: float) -> None:
    """Note what was written since the last look."""
    for start, score in entries:
        number = int(start) // DAY_S
        if number not in index.days:
            _fold(index)
            index.days[number] = _Day(score, _Write(0, 0.0, index.change))
        day = index.days[number]
        day.lowest = min(day.lowest, score)
        if score > day.later.get(int(start), day.whole).score:
            day.later[int(start)] = _Write(score, now_s, next(_numbers))
        index.highest = max(index.highest, score)


def _fold(index: _Index) -> None:
    """Keep one number for each day that is long over, instead of one for each bucket."""
    newest = max(index.days, default=0)
    for number, day in index.days.items():
        if number < newest - 1 and day.later:
            day.whole = max([day.whole, *day.later.values()], key=lambda write: write.change)
            day.later = {}
