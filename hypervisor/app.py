"""The application: `create_app` puts it together, out of parts that are passed in."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from time import time

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from hypervisor import problems
from hypervisor.access.guard import Doorkeeper, OpenHouse
from hypervisor.context import Context
from hypervisor.edge import Edge, internal_error
from hypervisor.feed import Feed
from hypervisor.hub import Hub
from hypervisor.metrics import Requests
from hypervisor.openapi import complete
from hypervisor.routes import cameras, cleanliness, exports, figures, health, pages, sensors, stream, values
from hypervisor.settings import Settings
from hypervisor.store.values import Store

_log = logging.getLogger(__name__)

ABOUT = """Counts and flow events from the cameras a city already has.

Times are UTC. Errors are problem documents (RFC 9457). Unknown query parameters are refused."""


def create_app(
    feed: Feed,
    store: Store,
    settings: Settings | None = None,
    clock: Callable[[], float] = time,
    doorkeeper: Doorkeeper | None = None,
) -> FastAPI:
    """Return the application that answers from `feed` and `store`; it closes both when it stops.

    `clock` gives seconds since the Unix epoch.
    """
    settings = settings or Settings()
    requests = Requests()
    app = FastAPI(
        title="Parvis",
        version="1",
        description=ABOUT,
        docs_url=None,  # FastAPI's pages load scripts from foreign hosts; /docs is our own
        redoc_url=None,
        lifespan=_lifespan,
        responses=problems.responses("unknown-host", "internal-error"),
    )
    app.state.context = Context(feed, settings, clock, Hub(feed, settings), requests, store, doorkeeper or OpenHouse())
    for routes in (health, cameras, figures, cleanliness, stream, pages, sensors, values, exports):
        app.include_router(routes.router)
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"), name="static")
    problems.install(app)
    app.add_exception_handler(Exception, internal_error)
    app.add_middleware(Edge, allowed_hosts=settings.allowed_hosts, observe=requests.observe)
    complete(app)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Run the hub as long as the application serves."""
    context: Context = app.state.context
    task = asyncio.create_task(context.hub.run())
    task.add_done_callback(lambda ended: _broken(ended, context.hub))
    yield
    context.hub.close()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    await context.feed.close()
    await context.store.close()


def _broken(task: asyncio.Task[None], hub: Hub) -> None:
    """End all streams if the hub died of a fault: an open stream that stays silent would look like a quiet city."""
    if not task.cancelled() and task.exception() is not None:
        _log.critical("event streams ended", exc_info=task.exception())
        hub.close()
