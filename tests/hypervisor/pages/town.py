"""A town for the pages of services: a square, two services with members, rules that are judged, and who signs in."""

import asyncio
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from ipaddress import ip_network
from typing import Any

import httpx2

from hypervisor.access.principal import LOCAL
from hypervisor.delivery import setup
from hypervisor.delivery.process import deliver
from hypervisor.delivery.settings import DeliverySettings
from hypervisor.store.values import Audited
from tests.hypervisor.access.house import PASSWORD, House
from tests.hypervisor.builders import Site, line, zone
from tests.hypervisor.conftest import Clock
from tests.hypervisor.rules.builders import Judge, Minutes
from tests.hypervisor.running import WAIT_S, serving

WORKS_WITH = (
    *("flows:read", "evidence:read", "alerts:read", "rules:write", "cases:read", "cases:write"),
    *("subscriptions:read", "subscriptions:write", "sensors:read"),
)
QUARTER_S = 900
LOOPBACK = (ip_network("127.0.0.0/8"),)


class Now(Clock):
    """A clock at the present moment, which the evaluation may move on."""

    def __init__(self) -> None:
        self.now_s = time.time()


class Town:
    """A square that is watched, the services `safety` and `mobility`, and the evaluation of rules.

    What runs a loop of its own does so in a thread of its own: the browser's loop fills the test's.
    """

    def __init__(self, url: str, site: Site, **settings: Any) -> None:
        self._apart = ThreadPoolExecutor(1)
        self.port = 0
        self._apart.submit(self._build, url, site, settings).result()

    def _build(self, url: str, site: Site, settings: dict[str, Any]) -> None:
        self.site, self.clock = site, Now()
        self.house = House(url, time.time, sign_ins_per_min=100.0, **settings)
        self.house.service("safety")
        self.site.camera("nord", name="Parvis nord", lines=(line(),), zones=(zone(),), timezone="Europe/Paris")
        self.site.state("nord", at_s=time.time(), name="Parvis nord")
        self._judge = Judge(url, self.clock)
        self._judge(0.0)
        self.minutes = Minutes(site, self.clock)
        self.minutes.at["nord"] = int(time.time()) // 60 * 60 - 1800
        self.house.member("ben", *WORKS_WITH)
        for name in ("ana", "zoe"):
            self.house.member(name, *WORKS_WITH)
            self._move(name, "safety")

    def judge(self) -> None:
        """Evaluate until nothing waits."""
        self._apart.submit(self._judge).result()

    def key(self, service: str) -> str:
        """Make a key of a service: what a program or a colleague does."""
        return self._apart.submit(self.house.key, *WORKS_WITH, service=service).result()

    def audited(self) -> list[Audited]:
        """Return the audit log."""
        return self._apart.submit(self.house.audited).result()

    def administrator(self, name: str) -> None:
        """Make a member who may do everything."""
        self._apart.submit(self.house.member, name, "admin").result()

    def _move(self, name: str, service: str) -> None:
        async def moved(who: Any) -> None:
            kept = await who.members.get(name)
            await who.keep_member(LOCAL, name, kept.value.model_copy(update={"service": service}), kept.version)

        self.house.told(moved)

    def ask(self, key: str, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Ask the API as a program does."""
        known = {"Authorization": f"Bearer {key}", **headers}
        answer = httpx2.request(method, f"http://127.0.0.1:{self.port}{path}", json=body, headers=known, timeout=60)
        assert answer.status_code < 400, answer.text
        return answer.json() if answer.content else None

    def quarters(self, counts: list[int]) -> None:
        """Write so many passages a quarter, the last of them just over."""
        last = int(time.time()) // QUARTER_S * QUARTER_S
        for n, count in enumerate(reversed(counts), 1):
            self.site.bucket(last - n * QUARTER_S, QUARTER_S, forward=count)

    def close(self) -> None:
        """End the evaluation."""
        self._apart.submit(self._judge.close).result()
        self._apart.shutdown()


@contextmanager
def built(url: str, site: Site, **settings: Any) -> Iterator[Town]:
    """Build a town, serve it, and yield it."""
    town = Town(url, site, **settings)
    try:
        with serving(town.house.app()) as town.port:
            yield town
    finally:
        town.close()


def signed_in(page: Any, port: int, name: str, path: str) -> None:
    """Sign in as somebody, and go to a page."""
    page.goto(f"http://127.0.0.1:{port}/sign-in?next={path}")
    page.fill("[name=name]", name)
    page.fill("[name=password]", PASSWORD)
    page.click("form button")
    page.wait_for_url(f"**{path.partition('?')[0]}*")


@contextmanager
def delivering(url: str) -> Iterator[None]:
    """Deliver in a thread, to receivers on the loopback too; what fails once is given up."""
    settings = DeliverySettings(site="testville", webhook_allow_nets=LOOPBACK, jitter=0.0, retry_s=(), timeout_s=2.0)
    ready, loop, stopped = threading.Event(), asyncio.new_event_loop(), asyncio.Event()

    async def told() -> None:
        parts = setup.parts(url, settings)
        ready.set()
        await deliver(parts, stopped)
        await setup.close(parts)

    thread = threading.Thread(target=lambda: loop.run_until_complete(told()), daemon=True)
    thread.start()
    ready.wait()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(stopped.set)
        thread.join(WAIT_S)
        assert not thread.is_alive(), "the delivery did not end"
        loop.close()
