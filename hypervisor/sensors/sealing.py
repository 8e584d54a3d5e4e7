"""Seals what is due, for as long as a process runs; several may, each bucket is sealed once."""

import asyncio
import logging

from hypervisor.sensors.ledger import Ledger
from hypervisor.store.values import StoreAway

EVERY_S = 5.0

_log = logging.getLogger(__name__)


async def seal(ledger: Ledger) -> None:
    """Seal what is due, until it is cancelled."""
    while True:
        try:
            await ledger.seal_due()
        except StoreAway:  # it comes back, or somebody reads it in the log
            _log.warning("sensors: the store is away; buckets are sealed when it is back")
        await asyncio.sleep(EVERY_S)
