"""What tests of kept points need: a store with a clock of its own, and somebody who asks everything twice."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from pydantic_core import to_json

from hypervisor.feed import Asked, Bucket, BucketName, Feed, Written
from hypervisor.query import SeriesQuery
from hypervisor.rendering.series import Points
from hypervisor.series import SeriesReader
from hypervisor.settings import Settings
from pipeline import keys
from pipeline.observation import CameraDescription
from tests.hypervisor.builders import NOON, line

HOUR_S, DAY_S = 3600, 86_400
KEPT_S = {900: 3 * DAY_S, 3600: 5 * DAY_S}


class Store:
    """Redis as this needs it, with a clock that a test moves: indexes and buckets as ingest.lua writes them."""

    def __init__(self) -> None:
        self.now_s = NOON
        self.kept_s = dict(KEPT_S)
        self.described: dict[str, CameraDescription] = {}
        self.stored: dict[BucketName, tuple[float, dict[str, int]]] = {}  # expires, fields
        self.index: dict[tuple[str, int], dict[str, int]] = {}
        self.index_ends: dict[tuple[str, int], float] = {}
        self.read = 0

    def describe(self, camera: str = "nord", **members: Any) -> None:
        usual = {"name": camera, "purpose": "operations", "revision": "0" * 12, "min_step_s": 60, "lines": (line(),)}
        self.described[camera] = CameraDescription(id=camera, **cast(Any, usual | members))

    def write(
        self, start: int, step_s: int = HOUR_S, camera: str = "nord", covered_ms: int = 0, sealed: int = 0
    ) -> None:
        name, own = BucketName(camera, step_s, start), (camera, step_s)
        old = self.stored.get(name, (0.0, {}))
        known = dict(old[1]) if old[0] > self.now_s else {}
        crossed = keys.crossing_field("entree", "person", "forward")
        for field, n in ((crossed, 1), ("q|covered_ms", covered_ms), ("q|sealed", sealed)):
            known[field] = known.get(field, 0) + n
        self.stored[name] = (self.now_s + self.kept_s[step_s], known)
        entries = self.index.get(own, {}) if self.index_ends.get(own, 0) > self.now_s else {}
        entries[str(start)] = int(self.now_s) + self.kept_s[step_s]
        self.index[own] = {one: score for one, score in entries.items() if score > int(self.now_s)}
        self.index_ends[own] = self.now_s + self.kept_s[step_s]

    def forget(self, camera: str) -> None:
        for own in [one for one in self.index if one[0] == camera]:
            del self.index[own]
        self.stored = {name: kept for name, kept in self.stored.items() if name.camera != camera}

    async def cameras(self) -> Mapping[str, CameraDescription]:
        return dict(sorted(self.described.items()))

    async def buckets(self, wanted: Sequence[BucketName]) -> dict[BucketName, Bucket]:
        self.read += len(wanted)
        found = {name: self.stored[name] for name in wanted if name in self.stored}
        return {name: dict(fields) for name, (ends, fields) in found.items() if ends > self.now_s}

    async def newest(self, cameras: Sequence[str], step_s: int) -> int | None:
        return None

    async def written(self, asked: Sequence[Asked]) -> tuple[float, list[Written]]:
        answers = []
        for one in asked:
            own = (one.camera, one.step_s)
            entries = self.index.get(own, {}) if self.index_ends.get(own, 0) > self.now_s else {}
            least = -1 if one.since is None else one.since
            told = sorted(((start, score) for start, score in entries.items() if score >= least), key=lambda e: e[1])
            ends = int(self.index_ends[own]) if entries else -2
            answers.append(Written(told, entries.get(one.witness), ends))
        return self.now_s, answers


class Asking:
    """Asks the same question with and without what is kept."""

    def __init__(self, store: Store, most_bytes: int = 2**20) -> None:
        self.store, self.points = store, Points(most_bytes)
        self.reader = SeriesReader(cast(Feed, store), Settings(), lambda: store.now_s)

    def same(self, **asked: Any) -> bytes:
        """Return the answer, after comparing it with one that keeps nothing; note how many buckets it read."""
        query = SeriesQuery.model_validate({"measure": "crossings", "bucket": "1h"} | asked)
        page = asyncio.run(self.reader.page(query))
        before = self.store.read
        text, cursor = asyncio.run(self.points.page(self.reader, query))
        self.buckets_read = self.store.read - before
        assert text == to_json(page)
        assert cursor == page["next"]
        return text


def past(days: float, until_s: float = NOON) -> dict[str, Any]:
    """Return a range that ends at noon, or then."""
    return {"from": f"{iso(until_s - days * DAY_S)}", "to": iso(until_s)}


def iso(at_s: float) -> str:
    """Return a moment as the API takes it."""
    return datetime.fromtimestamp(at_s, UTC).isoformat()
