"""What every route needs, made once by `create_app` and found through the request."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Annotated

from fastapi import Depends, Request

from hypervisor.access.first import First
from hypervisor.access.guard import Doorkeeper
from hypervisor.access.principal import Principal
from hypervisor.access.provider import Provider
from hypervisor.access.sessions import Sessions
from hypervisor.access.watch import Watch
from hypervisor.configuring.file import ConfigFile
from hypervisor.delivery.queue import Queue
from hypervisor.feed import Feed
from hypervisor.glance import Glances
from hypervisor.granted import GrantedFeed
from hypervisor.hub import Hub
from hypervisor.metrics import Requests
from hypervisor.pictures.line import Line
from hypervisor.pictures.viewers import Viewers
from hypervisor.rendering.series import Points
from hypervisor.settings import Settings
from hypervisor.store.values import Store


@dataclass(frozen=True, slots=True)
class Context:
    """The parts of one application."""

    feed: Feed  # as who asks may see it: other cameras do not exist
    settings: Settings
    clock: Callable[[], float]  # seconds since the Unix epoch
    hub: Hub
    requests: Requests
    store: Store
    doorkeeper: Doorkeeper
    sessions: Sessions
    watch: Watch
    queue: Queue
    line: Line  # to the pipeline
    viewers: Viewers  # who watch live
    points: Points
    provider: Provider | None = None  # where people sign in instead
    config: ConfigFile | None = None  # the file that `serve` was given
    glances: Glances = field(default_factory=Glances)
    first: First = field(default_factory=lambda: First(None))  # how the first member is made


def _context(request: Request) -> Context:
    context: Context = request.app.state.context
    principal: Principal | None = request.scope.get("principal")
    granted = frozenset[str]() if principal is None else principal.cameras
    return context if granted is None else replace(context, feed=GrantedFeed(context.feed, granted))


Ctx = Annotated[Context, Depends(_context)]
