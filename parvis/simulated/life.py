"""Three months in the town hall: deposits are told, rules open alerts and cases, and services see to them.

Nothing is written past the doors: cameras' observations go through the pipeline's ingest, alerts and cases are made by
the process that evaluates rules, and what people do goes through the API with keys and `If-Match`. Only the clock is
the simulation's.
"""

import asyncio
import os
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime
from heapq import heappop, heappush
from random import Random
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from hypervisor.access.directory import Directory
from hypervisor.app import create_app
from hypervisor.cases.model import Case
from hypervisor.delivery.redis_queue import RedisQueue
from hypervisor.redis_feed import RedisFeed
from hypervisor.rules.evaluator import Evaluator
from hypervisor.rules.process import Rules
from hypervisor.settings import Settings
from hypervisor.store.documents import Documents
from hypervisor.store.redis_store import RedisStore
from parvis.simulated.ground import GARE, TIMEZONE, sensors
from parvis.simulated.hall import Hall, Moment, office_s
from parvis.simulated.telling import EPOCH, Telling, tellings
from pipeline.config import RetentionConfig

if TYPE_CHECKING:
    from parvis.simulated.town import Town
    from pipeline.redis_client import RedisClient

DAY_S, HOUR_S = 86_400, 3600
SETTLED_S = 0.002  # what was told in the server's current millisecond is read after it
OBSTACLE_D = 4.0  # an obstacle on the carriageway every so many days
WATCHED = ("bulky", "bin_overflow")
RULE = {
    "id": "depots",
    "name": "Encombrants et corbeilles pleines",
    "watch": {"kind": "deposit", "types": WATCHED},
    "severity": "medium",
    "due_s": 48 * HOUR_S,
}
Act = Callable[[], Coroutine[Any, Any, None]]


@dataclass(slots=True)
class Life:
    """One simulation, from its first moment to its last."""

    hall: Hall
    rules: Rules
    store: RedisStore
    redis: "RedisClient"
    clock: Moment
    chance: Random
    end_s: float
    _waiting: list[tuple[float, int, Act]] = field(default_factory=list)
    _number: int = 0
    _taken_up: set[str] = field(default_factory=set)  # cases that somebody will take up
    _ending: set[str] = field(default_factory=set)  # and those that somebody will resolve

    async def run(self, told: list[Telling]) -> None:
        """Let all of it happen, in order."""
        for sensor in sensors():
            await self.hall.asked("environment", "POST", "/v1/sensors", sensor)
        await self.hall.asked("cleanliness", "POST", "/v1/rules", RULE)
        await self.rules.turn()
        for one in told:
            self._at(one.at_s, lambda one=one: self._told(one))  # type: ignore[misc]
        at_s = self.clock.now_s
        while (at_s := at_s + DAY_S * self.chance.expovariate(1 / OBSTACLE_D)) < self.end_s:
            day_s = at_s - at_s % DAY_S + self.chance.uniform(7, 18) * HOUR_S
            self._at(day_s, self._obstacle)
        while self._waiting and self._waiting[0][0] < self.end_s:
            self.clock.now_s, _, act = heappop(self._waiting)
            await act()

    def _at(self, at_s: float, act: Act) -> None:
        self._number += 1
        heappush(self._waiting, (at_s, self._number, act))

    async def _told(self, one: Telling) -> None:
        """Tell of a deposit; rules are evaluated where they may have something to say of it."""
        self.redis.ingest(one.camera, EPOCH, [one.entry], RetentionConfig())
        observation = one.entry.observation
        if observation is None or observation.detail["type"] not in WATCHED:
            return
        await asyncio.sleep(SETTLED_S)
        while await self.rules.turn() == 0.0:  # more waits
            pass
        for case in await self._open():
            self._look(case)

    def _look(self, case: Case) -> None:
        """See to a case: somebody takes it up, and somebody resolves it once the ground is clean."""
        now_s, name = self.clock.now_s, case.id
        if case.topic != "cleanliness":
            return
        if case.state == "open" and name not in self._taken_up:
            self._taken_up.add(name)
            self._at(office_s(self.chance, now_s, self._hour(), 1.5), lambda: self._take_up(name))
        if not case.open_alerts and name not in self._ending:
            self._ending.add(name)
            self._at(now_s + self.chance.uniform(0.3, 3.0) * HOUR_S, lambda: self._resolve(name))

    async def _take_up(self, case: str) -> None:
        if (await self._read(case)).state != "open":
            return
        await self._do("cleanliness", case, "acknowledge")
        if self.chance.random() < 0.2:
            await self._do("cleanliness", case, "share", {"service": "mobility"})

    async def _resolve(self, case: str) -> None:
        self._ending.discard(case)
        found = await self._read(case)
        if found.state == "resolved" or found.open_alerts:
            return
        await self._do("cleanliness", case, "resolve", {"comment": "Enlevé."})
        if self.chance.random() < 0.06:
            self._at(self.clock.now_s + self.chance.uniform(4, 20) * HOUR_S, lambda: self._reopen(case))

    async def _reopen(self, case: str) -> None:
        """Say that it was not over, unless the same ground has another case by now."""
        where = (await self._read(case)).where
        if any(one.where == where for one in await self._open()):
            return
        await self._do("cleanliness", case, "reopen", {"comment": "Des débris restent."})
        self._ending.add(case)
        self._at(self.clock.now_s + self.chance.uniform(2, 8) * HOUR_S, lambda: self._resolve(case))

    async def _obstacle(self) -> None:
        """Open a case by hand: something blocks the carriageway, and mobility sees to it, often with others."""
        if any(one.topic == "obstacle" for one in await self._open()):
            return
        body = {"title": "Obstacle sur la chaussée", "topic": "obstacle", "camera": GARE.id, "zone": "bord"}
        made = await self.hall.asked("mobility", "POST", "/v1/cases", body | {"severity": "critical"})
        name, now_s = str(made["id"]), self.clock.now_s
        taken_s = now_s + 0.4 * HOUR_S * self.chance.lognormvariate(0, 0.8)
        self._at(taken_s, lambda: self._do("mobility", name, "acknowledge"))
        if self.chance.random() < 0.5:
            self._at(taken_s + 60, lambda: self._do("mobility", name, "share", {"service": "cleanliness"}))
        self._at(taken_s + self.chance.uniform(0.5, 4.0) * HOUR_S, lambda: self._do("mobility", name, "resolve"))

    async def _do(self, service: str, case: str, what: str, body: object = None) -> None:
        """Do a deed with the version that was read last, as a page does."""
        kept = await self._cases.get(case)
        version = f'"{kept.version}"' if kept else ""
        await self.hall.asked(service, "POST", f"/v1/cases/{case}/{what}", body or {}, version)

    async def _read(self, case: str) -> Case:
        kept = await self._cases.get(case)
        assert kept is not None  # cases are kept for years
        return kept.value

    async def _open(self) -> list[Case]:
        return [one.value for one in await self._cases.listed("live")]

    @property
    def _cases(self) -> Documents[Case]:
        return Documents(self.store, "cases", Case)

    def _hour(self) -> int:
        return datetime.fromtimestamp(self.clock.now_s, UTC).astimezone(ZoneInfo(TIMEZONE)).hour


async def live(url: str, redis: "RedisClient", built: "Town", seed: int) -> None:
    """Let the city's services live through what was watched; cameras are described already.

    Raises:
        Failed: if the hypervisor refuses something.
    """
    clock = Moment(float(built.local.first_s))
    store, feed = RedisStore(url, clock), RedisFeed(url)
    queue = RedisQueue(url, clock=clock)
    try:
        hall = Hall(create_app(feed, store, Settings(), clock, queue=queue))
        await hall.open(Directory(store, clock, os.urandom))
        rules = Rules(Evaluator(feed, store, clock, os.urandom), store, "simulated")
        end_s = built.local.first_s + HOUR_S * len(built.local.hour)
        life = Life(hall, rules, store, redis, clock, Random(seed), float(end_s))
        try:
            await life.run(tellings(built))
        finally:
            await store.release("rules", "simulated")
    finally:
        await asyncio.gather(feed.close(), store.close(), queue.close())
