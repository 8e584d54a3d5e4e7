"""What every route needs, made once by `create_app` and found through the request."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from hypervisor.access.guard import Doorkeeper
from hypervisor.delivery.queue import Queue
from hypervisor.feed import Feed
from hypervisor.hub import Hub
from hypervisor.metrics import Requests
from hypervisor.settings import Settings
from hypervisor.store.values import Store


@dataclass(frozen=True, slots=True)
class Context:
    """The parts of one application."""

    feed: Feed
    settings: Settings
    clock: Callable[[], float]  # seconds since the Unix epoch
    hub: Hub
    requests: Requests
    store: Store
    doorkeeper: Doorkeeper
    queue: Queue


def _context(request: Request) -> Context:
    context: Context = request.app.state.context
    return context


Ctx = Annotated[Context, Depends(_context)]
