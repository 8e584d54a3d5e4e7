"""Rules, an evaluation that goes step by step, and clients of several services."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from itertools import count
from time import sleep
from typing import Any, TypeVar

from fastapi import Request
from fastapi.testclient import TestClient

from hypervisor.access.principal import SCOPES, Principal
from hypervisor.problems import Refusal
from hypervisor.redis_feed import RedisFeed
from hypervisor.rules.evaluator import Evaluator
from hypervisor.store.redis_store import RedisStore
from hypervisor.store.values import Change, Commit, Message, Store
from tests.hypervisor.builders import NOON, Site
from tests.hypervisor.conftest import Clock

Answer = TypeVar("Answer")
EVERYTHING = frozenset(SCOPES) - {"admin"}


class Names:
    """A doorkeeper that believes who says who they are, in `X-Service`, with `X-Cameras` or `X-Scopes` for less."""

    async def principal(self, request: Request) -> Principal:
        """Return the key of the service that the request names."""
        service = request.headers.get("x-service")
        if service is None:
            raise Refusal("not-authenticated", "nobody said who asks")
        cameras, scopes = request.headers.get("x-cameras"), request.headers.get("x-scopes")
        return Principal(
            "key",
            f"k-{service}",
            service,
            EVERYTHING if scopes is None else frozenset(scopes.split()),
            None if cameras is None else frozenset(cameras.split()),
        )

    async def standing(self, principals: Iterable[Principal]) -> frozenset[str]:
        """Return all of them."""
        return frozenset(one.credential for one in principals)


def as_service(service: str, **more: str) -> dict[str, str]:
    """Return the headers of a service's key."""
    return {"X-Service": service} | {f"X-{name.title()}": value for name, value in more.items()}


def flow(rule_id: str = "crowd", **members: Any) -> dict[str, Any]:
    """Return a rule: more than 8 people on the esplanade, as a minute's mean."""
    watch = {"kind": "flow", "measure": "occupancy", "camera": "nord", "zone": "esplanade", "bucket": "1m"}
    watch |= members.pop("watch", {})
    watch = {name: value for name, value in watch.items() if value is not None}
    condition = {"is": "above", "threshold": 8.0} | members.pop("condition", {})
    condition = {name: value for name, value in condition.items() if value is not None}
    return {"id": rule_id, "name": "Crowd", "watch": watch, "condition": condition, "severity": "high"} | members


def people(n: float) -> dict[str, int]:
    """Return the bucket fields of a minute with so many people on the esplanade, on average."""
    return {"o|esplanade|person|ms": round(n * 60_000)}


class Minutes:
    """Writes minutes as a camera seals them, one after the other."""

    def __init__(self, site: Site, clock: Clock) -> None:
        self.site, self.clock = site, clock
        self.at = {"nord": int(NOON)}

    def __call__(self, *values: float | None, camera: str = "nord", **fields: Any) -> None:
        """Seal a minute for each mean number of people; None leaves one out."""
        for value in values:
            start = self.at.setdefault(camera, int(NOON))
            if value is not None:
                self.seal(start, camera=camera, more=people(value), **fields)
            self.at[camera] = start + 60
            self.clock.now_s = max(self.clock.now_s, start + 70.0)

    def seal(self, start: int, step_s: int = 60, camera: str = "nord", **fields: Any) -> None:
        """Write one sealed bucket and tell of it."""
        self.site.bucket(start, step_s, camera, **fields)
        self.site.tell("bucket.sealed", camera, start, subject=str(step_s), value=1.0, unit="bucket", detail={})


class Judge:
    """The evaluation, in a loop of its own: `judge()` does all that there is to do now."""

    def __init__(self, url: str, clock: Clock) -> None:
        self.url, self.clock, self._runner, self._n = url, clock, asyncio.Runner(), count(1)
        self._made: list[Evaluator] = []
        self.evaluator = self.another()
        self._lease = "one"

    def another(self) -> Evaluator:
        """Return an evaluation that knows nothing yet, as of a process that was started again."""
        made = Evaluator(RedisFeed(self.url), RedisStore(self.url, self.clock), self.clock, self._random)
        self._made.append(made)
        return made

    def restart(self) -> None:
        """Go on with another one."""
        self.evaluator = self.another()

    def __call__(self, after_s: float = 2.0) -> None:
        """Let time pass, and evaluate until nothing waits."""
        self.clock.now_s += after_s
        sleep(0.003)  # what was written in the server's current millisecond is read in the next
        self.run(self._judged)

    def run(self, story: Callable[[], Awaitable[Answer]]) -> Answer:
        """Run something in the evaluation's loop."""

        async def told() -> Answer:
            return await story()

        return self._runner.run(told())

    async def _judged(self) -> None:
        fence = await self.evaluator.store.lease("rules", self._lease, 60)
        assert fence is not None
        while await self.evaluator.step(fence):
            pass

    def bus(self) -> list[Message]:
        """Return all messages so far."""
        store: Store = self.evaluator.store
        return [one.message for one in self.run(lambda: store.bus("0-0", 10_000))]

    def kinds(self) -> list[str]:
        """Return what was told, in order."""
        return [one.kind for one in self.bus()]

    def services(self, *names: str) -> None:
        """Make services known."""
        changes = [Change("services", name, "{}") for name in names]
        self.run(lambda: self.evaluator.store.commit(Commit(changes)))

    def commit(self, commit: Commit) -> None:
        """Commit something as another process would."""
        self.run(lambda: self.evaluator.store.commit(commit))

    def close(self) -> None:
        """Close the loop."""
        self.run(self._closed)
        self._runner.close()

    async def _closed(self) -> None:
        for one in self._made:
            await one.feed.close()
            await one.store.close()

    def _random(self, n: int) -> bytes:
        return next(self._n).to_bytes(n, "big")


def made(api: TestClient, rule: dict[str, Any], service: str = "safety") -> dict[str, Any]:
    """Make a rule of a service; return it."""
    answer = api.post("/v1/rules", json=rule, headers=as_service(service))
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def alerts(api: TestClient, service: str = "safety", **asked: str) -> list[dict[str, Any]]:
    """Return what a service is alerted of, the newest first."""
    answer = api.get("/v1/alerts", params={"state": "all"} | asked, headers=as_service(service))
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def cases(api: TestClient, service: str = "safety", **asked: Any) -> list[dict[str, Any]]:
    """Return the cases of a service, the newest first."""
    everything = {"state": ["open", "acknowledged", "resolved"]}
    answer = api.get("/v1/cases", params=everything | asked, headers=as_service(service))
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items
