"""The process `parvis rules`: one is active by lease, others wait; it outlives the server going away."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from hypervisor.feed import FeedAway
from hypervisor.rules.evaluator import Evaluator
from hypervisor.store.values import Conflict, Fence, Fenced, Store, StoreAway

LEASE = "rules"
LEASE_S = 5.0
"""A process that says nothing for so long has lost its place."""

POLL_S = 0.5
BACKOFF_S = 2.0

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Rules:
    """Evaluates until it is cancelled."""

    evaluator: Evaluator
    store: Store
    holder: str  # unique to this process
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    _is_active: bool = False

    async def run(self) -> None:
        """Take the lease, evaluate, and give it back when cancelled."""
        try:
            while True:
                await self.pause(await self.turn())
        finally:
            with suppress(StoreAway):  # it ends by itself
                await asyncio.shield(self.store.release(LEASE, self.holder))

    async def turn(self) -> float:
        """Do one step if this process is the active one; return how long to wait until the next."""
        try:
            fence = await self.store.lease(LEASE, self.holder, LEASE_S)
            self._tell(fence)
            if fence is None:
                self.evaluator.forget()
                return POLL_S * 2
            return 0.0 if await self.evaluator.step(fence) else POLL_S
        except Conflict as error:
            _log.info("%s; judged again", error)  # somebody changed a case meanwhile
        except Fenced:
            _log.warning("another process evaluates the rules by now")
            self._is_active = False
        except (StoreAway, FeedAway) as error:
            _log.warning("%s; waiting", error)
            self.evaluator.forget()
            return BACKOFF_S
        self.evaluator.forget()
        return 0.0

    def _tell(self, fence: Fence | None) -> None:
        if (fence is not None) != self._is_active:
            self._is_active = fence is not None
            _log.info("rules are evaluated here" if self._is_active else "rules are evaluated by another process")
