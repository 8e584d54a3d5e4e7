"""What `parvis bench delivery` runs: a server of its own, delivering processes, receivers, and what is told."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path

from benchmarks.report import ROOT
from benchmarks.tree import start
from hypervisor.access.directory import Directory as People
from hypervisor.access.directory import NewKey
from hypervisor.access.kept import Grants, Service
from hypervisor.access.principal import LOCAL
from hypervisor.delivery.desk import Desk
from hypervisor.delivery.directory import Making
from hypervisor.delivery.model import NewSubscription
from hypervisor.delivery.redis_queue import RedisQueue
from hypervisor.delivery.settings import DeliverySettings
from hypervisor.feed import Position
from hypervisor.redis_feed import RedisFeed
from hypervisor.store.redis_store import RedisStore
from hypervisor.store.values import NEW, Change, Commit, Conflict, Message, StoreAway
from pipeline.config import RetentionConfig
from pipeline.embedded_owner import ServerProcess
from pipeline.errors import Refused
from pipeline.observation import CameraDescription, Observation
from pipeline.publish import Entry
from pipeline.redis_client import RedisAway, RedisClient, connect

LOOPBACK = (ip_network("127.0.0.0/8"),)
SETTINGS = DeliverySettings(webhook_allow_nets=LOOPBACK)
SCOPES = frozenset({"flows:read", "alerts:read", "cases:read"})
SERVICE = "mobility"


class Server(ServerProcess):
    """A server that can be killed."""

    def kill(self) -> None:
        """Kill it as a power cut would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()


class Town:
    """One server, its delivering processes and its receivers."""

    def __init__(
        self, folder: Path, settings: DeliverySettings = SETTINGS, faults: float = 0.0, fsync: str = "everysec"
    ) -> None:
        self.folder, self.settings, self.faults = folder, settings, faults
        # `always`: what was acknowledged is on disk. With `everysec` a killed server may lose what it had not written.
        self.server = Server(folder, folder / "socket", ("--appendonly", "yes", "--appendfsync", fsync))
        self.url = f"unix://{folder / 'socket'}"
        self.received = folder / "received.tsv"
        self.workers: list[subprocess.Popen[bytes]] = []
        self.receivers: subprocess.Popen[bytes] | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self._runs = 0

    def start(self, workers: int) -> None:
        """Start everything."""
        self.server.start()
        self.start_receivers()
        for _ in range(workers):
            self.start_worker()

    def start_worker(self) -> None:
        """Start one delivering process."""
        self.workers.append(self._python("benchmarks.delivery_worker", self.url, self.settings.model_dump_json()))

    def start_receivers(self) -> None:
        """Start the receivers, and wait until they listen."""
        self._runs += 1
        self.receivers = self._python(
            "benchmarks.delivery_receivers", str(self.port), str(self.received), str(self.faults), str(self._runs)
        )
        end_s = time.monotonic() + 20
        while time.monotonic() < end_s:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.02)
        raise Refused("the receivers do not listen")

    def stop(self) -> None:
        """End everything that was started."""
        for process in [*self.workers, *filter(None, [self.receivers])]:
            process.kill()
            process.wait()
        self.server.stop()

    def address(self, path: str) -> str:
        """Return the address of a receiver."""
        return f"http://127.0.0.1:{self.port}{path}"

    def _python(self, module: str, *arguments: str) -> "subprocess.Popen[bytes]":
        with (self.folder / f"{module}.log").open("ab") as log:
            pipes = (subprocess.DEVNULL, log, log)
            command = [sys.executable, "-P", "-m", module, *arguments]
            return start(command, environ={"PYTHONPATH": str(ROOT)}, pipes=pipes)


async def subscribe(town: Town, wanted: Sequence[tuple[str, dict[str, object]]]) -> list[str]:
    """Make a service with a key, and a webhook subscription for each address and filter; return their ids."""
    store, queue = RedisStore(town.url), RedisQueue(town.url)
    feed = RedisFeed(town.url)
    people = People(store, time.time, os.urandom)
    await people.keep_service(LOCAL, SERVICE, Service(name="Mobility"))
    await people.create_key(LOCAL, NewKey(SERVICE, "default", Grants(scopes=SCOPES)))
    desk = Desk((feed, store), queue, Making(time.time, os.urandom))
    world, names = await desk.world(), []
    for url, asked in wanted:
        body = {"name": url, "service": SERVICE, "channel": {"type": "webhook", "url": url}, "filter": asked}
        names.append((await desk.make(LOCAL, NewSubscription.model_validate(body), world)).id)
    for one in (store, queue, feed):
        await one.close()
    return names


def camera(name: str) -> CameraDescription:
    """Return the description of a camera."""
    return CameraDescription(id=name, name=name, purpose="operations", revision="0" * 12, min_step_s=60)


async def kept(url: str) -> set[str]:
    """Return the ids of everything that the server keeps of what was told."""
    feed, store = RedisFeed(url), RedisStore(url)
    ids: set[str] = set()
    at, more, after = Position(0, 0, ""), True, "0-0"
    while more:
        page = await feed.read(frozenset(), at, 1000)
        ids |= {one.observation.id for one in page.items}
        at, more = page.position, page.more
    while told := await store.bus(after, 1000):
        ids |= {one.message.id for one in told}
        after = told[-1].position
    await feed.close()
    await store.close()
    return ids


class Teller:
    """Tells observations and messages, each exactly once whatever the server does meanwhile."""

    def __init__(self, url: str, cameras: Sequence[str]) -> None:
        self._url, self._cameras, self._seq = url, cameras, dict.fromkeys(cameras, 0)
        self._client: RedisClient | None = None
        self._store = RedisStore(url)
        self._cases: dict[str, int] = {}

    async def observe(self, name: str) -> str:
        """Tell a crossing of a camera; return its id. The server refuses what it has already."""
        self._seq[name] += 1
        seq, now_s = self._seq[name], time.time()
        observation = Observation(
            id=f"{name}:e1:{seq}", camera_id=name, kind="crossing", subject="entree",
            observed_at=datetime.fromtimestamp(now_s, UTC), value=1.0, unit="crossing",
            detail={"class": "person", "direction": "forward", "n": seq - 1, "told": now_s},
        )  # fmt: skip
        entry = Entry(seq, now_s, observation, (), ())
        while True:
            try:
                self._connected().ingest(name, "e1", [entry], RetentionConfig())
            except (RedisAway, Refused):
                self._let_go()
                await asyncio.sleep(0.05)
            else:
                return observation.id

    async def say(self, case: str) -> str:
        """Tell a message of a case; return its id. A repeat meets the document of the first time."""
        number = self._cases.get(case, 0)
        self._cases[case] = number + 1
        name, now_s = f"{case}-{number}", time.time()
        message = Message(name, "case.updated", now_s, case, case, (SERVICE,), (), {"n": number, "told": now_s})
        while True:
            try:
                await self._store.commit(Commit([Change("bench", name, "{}", NEW)], [message]))
            except StoreAway:
                await asyncio.sleep(0.05)
            except Conflict:
                return name
            else:
                return name

    async def close(self) -> None:
        """Let go of connections."""
        await self._store.close()
        self._let_go()

    def _let_go(self) -> None:
        if self._client is not None:
            self._client.close()
        self._client = None

    def _connected(self) -> RedisClient:
        if self._client is None:
            self._client = connect(self._url, Path(), 2.0)
        return self._client

    def describe(self) -> None:
        """Describe the cameras."""
        for name in self._cameras:
            self._connected().describe(camera(name))
