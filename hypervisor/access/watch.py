"""Ends event streams whose key was revoked, or whose session is over, while they were open."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from hypervisor.access.guard import Doorkeeper
from hypervisor.access.principal import Principal
from hypervisor.store.values import StoreAway

_log = logging.getLogger(__name__)


class Watch:
    """Looks again and again whether those who listen may still do so."""

    def __init__(
        self, doorkeeper: Doorkeeper, every_s: float, pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._doorkeeper = doorkeeper
        self._every_s = every_s
        self._pause = pause
        self._listening: dict[object, tuple[Principal, Callable[[], None]]] = {}
        self._somebody = asyncio.Event()

    def __len__(self) -> int:
        return len(self._listening)

    @contextmanager
    def over(self, principal: Principal, end: Callable[[], None]) -> Iterator[None]:
        """Watch over one stream; `end` is called once its principal is no longer let in."""
        mark = object()
        self._listening[mark] = (principal, end)
        self._somebody.set()
        try:
            yield
        finally:
            self._listening.pop(mark, None)
            if not self._listening:
                self._somebody.clear()

    async def run(self) -> None:
        """Look until cancelled; nobody listening costs nothing."""
        while True:
            await self._somebody.wait()
            await self._pause(self._every_s)
            try:
                await self.look()
            except StoreAway as error:  # nothing can be read now, so nothing is told on the streams either
                _log.debug("who listens could not be checked: %s", error)

    async def look(self) -> None:
        """End the streams of those who are no longer let in."""
        asked = dict(self._listening)  # who comes while the answer is awaited was not asked about
        standing = await self._doorkeeper.standing(principal for principal, _ in asked.values())
        for mark, (principal, end) in asked.items():
            if principal.credential not in standing and self._listening.pop(mark, None) is not None:
                end()
