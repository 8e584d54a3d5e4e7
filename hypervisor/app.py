"""The application: `create_app` puts it together, out of parts that are passed in."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from time import time

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from hypervisor import problems
from hypervisor.access.counter import Counter
from hypervisor.access.directory import Directory
from hypervisor.access.first import First
from hypervisor.access.gate import Gate
from hypervisor.access.guard import Doorkeeper, check
from hypervisor.access.idempotency import Idempotency
from hypervisor.access.passwords import Passwords
from hypervisor.access.porter import Porter
from hypervisor.access.provider import Provider
from hypervisor.access.sessions import Sessions
from hypervisor.access.watch import Watch
from hypervisor.configuring.file import ConfigFile
from hypervisor.context import Context
from hypervisor.delivery.queue import Queue
from hypervisor.edge import Edge, internal_error
from hypervisor.ending import end
from hypervisor.feed import Feed
from hypervisor.head import Head
from hypervisor.hub import Hub
from hypervisor.metrics import Requests
from hypervisor.openapi import complete
from hypervisor.pages.problem import problem_page
from hypervisor.pages.routers import PAGES
from hypervisor.pictures.line import Line, NoLine
from hypervisor.pictures.viewers import Viewers
from hypervisor.rendering.series import Points
from hypervisor.routes import (
    access,
    administration,
    alerts,
    audit,
    calendars,
    cameras,
    case_acts,
    cases,
    cleanliness,
    configuration,
    configuration_versions,
    cross,
    deliveries,
    experiments,
    exports,
    figures,
    first,
    health,
    holidays,
    indicator_history,
    indicators,
    overview,
    pictures,
    places,
    recommendations,
    rule_preview,
    rules,
    sensors,
    sign_in,
    stream,
    subscriptions,
    values,
)
from hypervisor.settings import Settings
from hypervisor.store.values import Store

_log = logging.getLogger(__name__)

ROUTERS = (
    tuple(
        one.router
        for one in (
            *(health, cameras, figures, cleanliness, stream),
            *(access, sign_in, first, audit),
            *(places, calendars, rule_preview, rules, alerts, cases, case_acts),
            *(subscriptions, deliveries),
            *(sensors, values, exports),
            *(pictures, configuration, configuration_versions),
            *(overview, administration),
            *(indicator_history, indicators, experiments, recommendations, cross, holidays),
        )
    )
    + PAGES
)
"""Every route there is; each says which scope it needs, or is named as open (`hypervisor.access.guard`)."""

ABOUT = """Counts and flow events from the cameras a city already has.

Times are UTC. Errors are problem documents (RFC 9457). Unknown query parameters are refused."""


def create_app(  # noqa: PLR0913 - whatever the application is made of is passed in
    feed: Feed,
    store: Store,
    settings: Settings | None = None,
    clock: Callable[[], float] = time,
    doorkeeper: Doorkeeper | None = None,
    passwords: Passwords | None = None,
    *,
    queue: Queue,
    config: ConfigFile | None = None,
    line: Line | None = None,
) -> FastAPI:
    """Return the application that answers from `feed`, `store` and `queue`; it closes them when it stops.

    `clock` gives seconds since the Unix epoch. Without a doorkeeper, keys and members of the store are let in; without
    a `line`, nobody answers for cameras' pictures; without `config`, the configuration can be neither read nor changed.
    """
    settings = settings or Settings()
    requests = Requests()
    sessions = Sessions(Directory(store, clock, os.urandom), passwords or Passwords())
    doorkeeper = doorkeeper or Porter(sessions)
    line = line or NoLine()
    app = FastAPI(
        title="Parvis",
        version="1",
        description=ABOUT,
        docs_url=None,  # FastAPI's pages load scripts from foreign hosts; /docs is our own
        redoc_url=None,
        lifespan=_lifespan,
        responses=problems.responses("unknown-host", "internal-error"),
    )
    app.state.context = Context(
        feed,
        settings,
        clock,
        Hub(feed, store, settings),
        requests,
        store,
        doorkeeper,
        sessions,
        Watch(doorkeeper, settings.watch_s),
        queue,
        line,
        Viewers(line, settings.max_viewers),
        Points(settings.points_kept_mib * 2**20),
        None if settings.provider is None else Provider(settings.provider, clock),
        config,
        first=First(settings.first_digest),
    )
    check(ROUTERS)
    for router in ROUTERS:
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"), name="static")
    problems.install(app, problem_page)
    app.add_exception_handler(Exception, internal_error)
    app.add_middleware(Idempotency, store=store, clock=clock)
    counter = Counter(store, settings, clock)
    app.add_middleware(Gate, doorkeeper=doorkeeper, counter=counter, metrics_on_loopback=settings.metrics_on_loopback)
    app.add_middleware(Edge, settings=settings, observe=requests.observe)
    app.add_middleware(Head)
    complete(app, ROUTERS)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Run the hub as long as the application serves."""
    context: Context = app.state.context
    tasks = [asyncio.create_task(part) for part in (context.hub.run(), context.watch.run())]
    for task in tasks:
        task.add_done_callback(lambda ended: _broken(ended, context.hub))
    yield
    context.hub.close()
    context.viewers.close()
    await end(*tasks)
    await context.feed.close()
    await context.store.close()
    await context.queue.close()
    await context.line.close()


def _broken(task: asyncio.Task[None], hub: Hub) -> None:
    """End all streams if what serves or watches them died of a fault: one that stays silent would look like a quiet
    city, and one that nobody watches would outlive its key."""
    if not task.cancelled() and task.exception() is not None:
        _log.critical("event streams ended", exc_info=task.exception())
        hub.close()
