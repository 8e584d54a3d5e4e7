"""What lies in history beside hours: cases that were resolved long ago, and the lives of deposits. For who reads."""

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path

from pydantic import TypeAdapter

from hypervisor.cases.model import Case
from hypervisor.feed import History
from hypervisor.history.records import Record, RecordFiles
from hypervisor.store.documents import Documents, Kept
from hypervisor.store.values import Store
from pipeline.observation import Observation

CASES, DEPOSITS = "cases", "deposits"
COLLECTION = "cases"
TOLD = TypeAdapter(tuple[Observation, ...])


def deposit_record(camera: str, deposit_id: str) -> str:
    """Return the id under which a deposit lies in files: its own is known within its camera only."""
    return f"{camera}/{deposit_id}"


class Archive:
    """The folder of history."""

    def __init__(self, folder: Path) -> None:
        self.cases, self.deposits = RecordFiles(folder / CASES), RecordFiles(folder / DEPOSITS)

    async def cases_between(self, from_s: float, to_s: float) -> list[Case]:
        """Return the cases that were there in a period, epoch seconds."""
        found = await asyncio.to_thread(self.cases.between, _ms(from_s), _ms(to_s))
        return [Case.model_validate_json(one.body) for one in found]

    async def deposits_between(self, cameras: Iterable[str], from_s: float, to_s: float) -> dict[str, list[History]]:
        """Return what was told of each deposit that lay there in a period, epoch seconds, by camera."""
        found: dict[str, list[History]] = {camera: [] for camera in cameras}
        if found:
            for one in await asyncio.to_thread(self.deposits.between, _ms(from_s), _ms(to_s), list(found)):
                found[one.tags[0]].append(TOLD.validate_json(one.body))
        return found

    async def deposit(self, cameras: Iterable[str], deposit_id: str) -> History:
        """Return what was told of one deposit of these cameras, oldest first; empty if there is none."""
        named = [deposit_record(camera, deposit_id) for camera in cameras]
        found = await asyncio.to_thread(self.deposits.found, named)
        return TOLD.validate_json(found[0].body) if found else ()


class AllCases(Documents[Case]):
    """Cases wherever they are kept: in the store, and those that were resolved long ago in files.

    The store is asked first: a case is deleted there only once it lies in a file. What is in both is the store's.
    """

    def __init__(self, store: Store, folder: Path | None) -> None:
        super().__init__(store, COLLECTION, Case)
        self._files = RecordFiles(folder / CASES) if folder is not None else None

    async def get(self, doc_id: str) -> Kept[Case] | None:
        """Return one case."""
        found = await super().get(doc_id)
        if found is not None or self._files is None:
            return found
        record = await asyncio.to_thread(self._files.find, doc_id)
        return None if record is None else _kept(record)

    async def is_live(self, doc_id: str) -> bool:
        """Tell whether a case is in the store, where it can be changed."""
        return await super().get(doc_id) is not None

    async def listed(self, tag: str = "", before: tuple[int, str] | None = None, limit: int = 1000) -> list[Kept[Case]]:
        """Return cases newest first. Those that are not resolved are in the store alone."""
        live = await super().listed(tag, before, limit)
        if self._files is None or tag.startswith("live"):
            return live
        if len(live) == limit and live[-1].order > await asyncio.to_thread(self._files.newest_ms):
            return live
        past = await asyncio.to_thread(self._files.listed, tag, before, limit)
        there = await self.many([one.id for one in past])
        both = [*live, *(_kept(one) for one in past if one.id not in there)]
        return sorted(both, key=lambda one: (one.order, one.id), reverse=True)[:limit]


def _kept(record: Record) -> Kept[Case]:
    return Kept(record.id, record.version, Case.model_validate_json(record.body), record.order_ms)


def without(histories: Sequence[History], known: Sequence[History]) -> list[History]:
    """Return those of deposits that are not known already."""
    ids = {one[-1].detail["deposit"] for one in known}
    return [one for one in histories if one[-1].detail["deposit"] not in ids]


def _ms(at_s: float) -> int:
    return round(at_s * 1000)
