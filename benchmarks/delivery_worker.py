"""A delivering process with settings of the benchmark: the code of `parvis deliver`, shorter pauses for the chaos."""

import asyncio
import logging
import signal
import sys

from hypervisor.delivery import setup
from hypervisor.delivery.process import deliver
from hypervisor.delivery.settings import DeliverySettings


async def main(url: str, settings: DeliverySettings) -> None:
    """Deliver until SIGTERM."""
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    parts = setup.parts(url, settings)
    try:
        await deliver(parts, stopped)
    finally:
        await setup.close(parts)


if __name__ == "__main__":
    logging.basicConfig(level=logging.ERROR)
    asyncio.run(main(sys.argv[1], DeliverySettings.model_validate_json(sys.argv[2])))
