"""Ends tasks for certain."""

import asyncio

AGAIN_S = 0.1
"""After so long a task that was cancelled is cancelled again."""


async def end(*tasks: asyncio.Task[None]) -> None:
    """Cancel tasks until they have ended; what they raised is theirs to tell.

    One cancellation may be swallowed on the way: `asyncio.wait_for` of Python 3.11 does so, and a connection to Redis
    that is just being opened has been seen to.
    """
    going = set(tasks)
    while going:
        for task in going:
            task.cancel()
        _, going = await asyncio.wait(going, timeout=AGAIN_S)
