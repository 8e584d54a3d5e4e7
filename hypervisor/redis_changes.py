"""What was written since an earlier look, told from indexes whose scores are moments of writing.

A writer scores each entry with the second of writing plus how long it is kept, and lets the index itself expire as
long after the last write (`pipeline/ingest.lua`). How long that is, is not known here and may be configured anew; but
whatever was written in the last n seconds under what holds now lies at most n seconds below the index's own end, and
not above it. So the end says where to look. (What came between the last look and a change of the retention may be
overlooked; what came before it was seen by the last look.)
"""

import math
from collections.abc import Sequence
from typing import Any

NO_END = -1
SLACK_S = 1
"""Scores are whole seconds."""


async def told_since(redis: Any, indexes: Sequence[str], since_s: float | None) -> tuple[float, list[list[str]]]:
    """Return the server's time, and of each index the entries that were written since; None: all of them.

    The time is asked first: what is written meanwhile belongs to the next look.
    """
    pipe = redis.pipeline(transaction=False)
    pipe.time()
    for index in indexes:
        pipe.pexpiretime(index)
    (seconds, micros), *ends_ms = await pipe.execute()
    now_s = seconds + micros / 1e6
    pipe = redis.pipeline(transaction=False)
    for index, end_ms in zip(indexes, ends_ms, strict=True):
        if since_s is None or end_ms == NO_END:  # one without an end says nothing: all of it may have changed
            pipe.zrange(index, "-inf", "+inf", byscore=True)
        else:
            end_s = end_ms / 1000
            first = math.floor(end_s - (now_s - since_s)) - SLACK_S
            pipe.zrange(index, first, math.ceil(end_s) + SLACK_S, byscore=True)
    return now_s, await pipe.execute()
