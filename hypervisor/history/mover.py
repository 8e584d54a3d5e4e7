"""Moves cases that were resolved long ago, and copies the lives of deposits, into history. For who keeps it, by lease.

A case is never lost between the two places: it is written, synchronised, renamed and read again, and only then deleted,
in one commit with its line in the audit log. A case that somebody changed meanwhile stays where it is. Deposits are
copied: Redis lets go of them by itself.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from hypervisor.cases.model import Case
from hypervisor.cleanliness.deposits import Deposit
from hypervisor.feed import Feed, History
from hypervisor.history.archive import COLLECTION, TOLD, Archive, deposit_record
from hypervisor.history.duck import Damaged
from hypervisor.history.records import OPEN_MS, Record, month_of
from hypervisor.history.shelf import Handled, handled_of, note
from hypervisor.store.values import Act, Change, Commit, Conflict, Doc, Fence, Store

DAY_S = 86_400
AT_ONCE = 200
"""Cases that move in one commit."""

ACTOR, ACTION = "system:history", "case.archive"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Mover:
    """Moves what is due; one turn at a time."""

    archive: Archive
    feed: Feed
    store: Store
    clock: Callable[[], float]
    cases_days: float = 400  # after it was resolved, a case moves
    keep_days: float = 1830

    async def turn(self, fence: Fence) -> int:
        """Move what is due; return how many cases moved. A file that cannot be read is told, and moves nothing.

        Raises:
            OSError: if the files cannot be written.
            FeedAway, StoreAway: if Redis does not answer.
            Fenced: another one keeps history by now.
        """
        moved = 0
        try:
            moved = await self._move_cases(fence)
            await self._copy_deposits()
        except Damaged as error:
            _log.error("history: %s; what would move into it stays in Redis. Move it away, or bring a copy", error)
        await asyncio.to_thread(self._drop)
        return moved

    async def _move_cases(self, fence: Fence) -> int:
        limit_s, moved = self.clock() - self.cases_days * DAY_S, 0
        before: tuple[int, str] = (round(limit_s * 1000), "")  # what was opened later was resolved later
        while True:
            docs = await self.store.listed(COLLECTION, "", before, AT_ONCE)
            due = [doc for doc in docs if _is_due(doc, limit_s)]
            if due:
                await asyncio.to_thread(self.archive.cases.put, [_case(doc) for doc in due])
                moved += await self._delete(due, fence)
            if len(docs) < AT_ONCE:
                return moved
            before = docs[-1].order, docs[-1].id

    async def _delete(self, docs: Sequence[Doc], fence: Fence) -> int:
        """Delete what lies in a file by now, but what was changed since it was read."""
        left, now_s = {doc.id: doc for doc in docs}, self.clock()
        while left:
            changes = [Change(COLLECTION, doc.id, None, doc.version) for doc in left.values()]
            acts = [Act(ACTOR, None, ACTION, f"{COLLECTION}/{one}", now_s) for one in left]
            try:
                await self.store.commit(Commit(changes, (), acts, fence=fence))
            except Conflict as error:
                left.pop(error.doc_id)
            else:
                break
        return len(left)

    async def _copy_deposits(self) -> None:
        """Copy, once a day, every deposit of which something was told since."""
        folder, clock_s = self.archive.deposits.folder, self.clock()
        before, today = handled_of(folder), datetime.fromtimestamp(clock_s, UTC).date()
        if before is not None and before.last >= today:
            return
        server_s, _ = await self.feed.deposits_told([], None)
        for camera in await self.feed.cameras():  # one at a time: they can be many
            _, told = await self.feed.deposits_told([camera], before.server_s if before else None)
            records = list(_deposits(camera, told))
            if records:
                await asyncio.to_thread(self.archive.deposits.put, records)
        await asyncio.to_thread(note, folder, Handled(server_s, clock_s, today))

    def _drop(self) -> None:
        limit: date = (datetime.fromtimestamp(self.clock(), UTC) - timedelta(days=self.keep_days)).date()
        if gone := self.archive.cases.drop_before(limit) + self.archive.deposits.drop_before(limit):
            _log.info("history: cases and deposits from before %s were deleted (%d files)", limit, gone)


def _is_due(doc: Doc, limit_s: float) -> bool:
    case = Case.model_validate_json(doc.body)
    return case.state == "resolved" and case.resolved_at is not None and case.resolved_at.timestamp() < limit_s


def _case(doc: Doc) -> Record:
    """Return a case as a file keeps it: in the month in which it was resolved, as that says how long it stays."""
    case = Case.model_validate_json(doc.body)
    from_ms, to_ms = (round(one.timestamp() * 1000) for one in (case.opened_at, case.resolved_at or case.updated_at))
    return Record(doc.id, doc.version, month_of(to_ms), doc.order, from_ms, to_ms, doc.tags, doc.body)


def _deposits(camera: str, told: Sequence[History]) -> Iterator[Record]:
    for history in told:
        one = Deposit.of(camera, history)
        from_ms = round(one.first_seen_s * 1000)
        to_ms = OPEN_MS if one.seen_until_s == float("inf") else round(one.seen_until_s * 1000)
        if one.state == "absorbed":  # what an operator called normal never counts, but is known to be so
            to_ms = round(history[-1].observed_at.timestamp() * 1000)
        body = TOLD.dump_json(tuple(history), by_alias=True).decode()
        yield Record(
            deposit_record(camera, one.id), len(history), month_of(from_ms), from_ms, from_ms, to_ms, (camera,), body
        )
