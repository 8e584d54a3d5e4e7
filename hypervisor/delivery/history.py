"""What was told and is still kept, as candidates: for previews and for replays."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import NamedTuple

from hypervisor.delivery import candidates
from hypervisor.delivery.candidates import Candidate
from hypervisor.events import Wanted, deliveries
from hypervisor.feed import Feed, Position
from hypervisor.store.values import Store

PAGE = 1000


@dataclass(slots=True)
class Looked:
    """How far a look back went."""

    entries: int = 0
    complete: bool = True  # False: there was more than one look takes in


async def between(
    sources: tuple[Feed, Store], span_s: tuple[float, float], scan_max: int, looked: Looked
) -> AsyncIterator[Candidate]:
    """Yield what was told in [from, to), epoch seconds: each source in its order, the cameras' first.

    Looks at `scan_max` entries at most and says in `looked` whether that was all. The order within a lane is kept,
    because a lane is of one source.
    """
    begin, end_ms = Position.before_ms(round(span_s[0] * 1000)), round(span_s[1] * 1000)
    async for found in _observed(sources[0], begin, end_ms):
        looked.entries += found.entries
        for candidate in found.candidates:
            yield candidate
        if looked.entries >= scan_max:
            looked.complete = False
            return
    async for found in _told(sources[1], begin, end_ms):
        looked.entries += found.entries
        for candidate in found.candidates:
            yield candidate
        if looked.entries >= scan_max:
            looked.complete = False
            return


class _Page(NamedTuple):
    entries: int
    candidates: list[Candidate]


async def _observed(feed: Feed, at: Position, end_ms: int) -> AsyncIterator[_Page]:
    more = True
    while more:
        page = await feed.read(frozenset(), at, PAGE)
        items = [one for one in page.items if one.position.ms < end_ms]
        ready = await deliveries(feed, items, Wanted())
        yield _Page(len(items), [candidates.of_observation(one) for one in ready])
        at, more = page.position, page.more and page.position.ms < end_ms


async def _told(store: Store, at: Position, end_ms: int) -> AsyncIterator[_Page]:
    after, more = f"{max(0, at.ms - 1)}-{2**64 - 1}", True
    while more:
        told = await store.bus(after, PAGE)
        within = [one for one in told if int(one.position.partition("-")[0]) < end_ms]
        yield _Page(len(within), [candidates.of_message(one) for one in within])
        more = len(within) == PAGE
        after = told[-1].position if told else after


async def one(sources: tuple[Feed, Store], source: str, position: str, message_id: str) -> Candidate | None:
    """Return what stands at a position, if it is still kept and is what it was."""
    feed, store = sources
    before = candidates.before_position(source, position)
    if source == "feed":
        at = Position.parse(position)
        page = await feed.read(frozenset({at.camera}), Position.parse(before), 1)
        found = [candidates.of_observation(each) for each in await deliveries(feed, page.items, Wanted())]
    else:
        found = [candidates.of_message(each) for each in await store.bus(before, 1)]
    return next((each for each in found if each.id == message_id), None)
