"""Checks the audit log: each line's hash follows from the line and the hash before it."""

from typing import NamedTuple

from hypervisor.store.redis_store import next_hash
from hypervisor.store.values import Store

PAGE = 1000


class Verdict(NamedTuple):
    """What was found."""

    lines: int  # up to the fault, or all
    tip: str  # hash of the last good line; empty without lines
    fault: str | None  # position of the first line that does not follow from the one before
    known: bool  # whether the hash that was to be found is there


async def verify(store: Store, known: str = "") -> Verdict:
    """Read the whole log. `known` is a hash that was noted earlier and elsewhere: only so is a cut-off end noticed.

    A line that was changed, put in, moved or removed makes the next one not follow.
    """
    after, tip, lines, found = "0-0", "", 0, not known
    while page := await store.audit(after, PAGE):
        for line in page:
            if line.hash != next_hash(tip, line.text):
                return Verdict(lines, tip, line.position, found)
            after, tip, lines = line.position, line.hash, lines + 1
            found = found or tip == known
    return Verdict(lines, tip, None, found)
