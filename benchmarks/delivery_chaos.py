"""Chaos: workers, the server and the receivers are killed at random while events are told; then sets are compared.

A receiver drops repeats by id, as it is told to. After that nothing may be lost, nothing be there twice, and within a
lane (a case, a camera) the order must be that in which it was told.
"""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.delivery_town import LOOPBACK, Teller, Town, kept, subscribe
from hypervisor.delivery.redis_queue import RedisQueue
from hypervisor.delivery.settings import DeliverySettings
from hypervisor.store.values import StoreAway

CAMERAS = tuple(f"cam-{n}" for n in range(3))
CASES = tuple(f"case-{n}" for n in range(8))
RECEIVERS = 5
WORKERS = 2
PAUSE_S = (0.4, 1.6)  # between two blows
TELL_S = 0.01
MOST_BEHIND = 1500
"""Deliveries that may wait before telling pauses: a machine that is too slow for the load would fill the queues up to
their bound, and what is beyond that becomes dead letters, as it should."""
QUICK = DeliverySettings(
    webhook_allow_nets=LOOPBACK,
    retry_s=(0.1, 0.2, *([0.4] * 500)),  # a killed receiver is asked again soon; nobody is given up
    timeout_s=1.0,
    claim_after_s=1.5,
    lease_s=1.0,
    refresh_s=0.5,
)


@dataclass(slots=True)
class Verdict:
    """What became of what was told."""

    expected: int = 0  # deliveries: events × subscriptions
    received: int = 0  # requests that were accepted
    repeats: int = 0  # of these, ids that had been accepted before: a receiver drops them
    unkept: int = 0  # events that the server had acknowledged and did not keep: nobody could deliver these
    lost: int = 0
    foreign: int = 0  # ids that nobody told
    disordered: int = 0  # first acceptances that came before an earlier one of their lane
    kills: dict[str, int] = field(default_factory=dict)
    drained_s: float = 0.0  # from the last event to the last delivery

    @property
    def is_clean(self) -> bool:
        """Tell whether nothing was lost, invented or out of order."""
        return self.expected > 0 and self.unkept == self.lost == self.foreign == self.disordered == 0


def run(folder: Path, seconds: float, seed: int, blows: Sequence[str] = ("worker", "server", "receivers")) -> Verdict:
    """Tell and kill for so long; then let everything be delivered and compare."""
    town = Town(folder, QUICK, faults=0.1, fsync="always")
    town.start(WORKERS)
    try:
        return asyncio.run(_run(town, seconds, random.Random(seed), blows))
    finally:
        town.stop()


async def _run(town: Town, seconds: float, chance: random.Random, blows: Sequence[str]) -> Verdict:
    teller = Teller(town.url, CAMERAS)
    teller.describe()
    subscriptions = await subscribe(town, [(town.address(f"/good/{n}"), {}) for n in range(RECEIVERS)])
    await asyncio.sleep(2 * QUICK.refresh_s + 1)  # from when on they are owed everything
    told: dict[str, list[str]] = defaultdict(list)
    verdict, end_s = Verdict(), time.monotonic() + seconds
    backlog = Backlog(town, subscriptions)
    watching = asyncio.create_task(backlog.run())
    violence = asyncio.create_task(_violence(town, end_s, chance, blows, verdict.kills))
    while time.monotonic() < end_s:
        name = chance.choice(CASES + CAMERAS)
        told[name].append(await (teller.observe(name) if name in CAMERAS else teller.say(name)))
        await asyncio.sleep(TELL_S)
        while backlog.waiting > MOST_BEHIND and time.monotonic() < end_s:
            await asyncio.sleep(0.1)
    await violence
    watching.cancel()
    await teller.close()
    verdict.drained_s = await _drained(town, subscriptions, RECEIVERS * sum(map(len, told.values())), 60 + seconds)
    verdict.unkept = len({one for ids in told.values() for one in ids} - await kept(town.url))
    judge(told, town.received, verdict)
    return verdict


class Backlog:
    """How many deliveries wait, as of a moment ago."""

    def __init__(self, town: Town, subscriptions: Sequence[str]) -> None:
        self._url, self._subscriptions, self.waiting = town.url, subscriptions, 0

    async def run(self) -> None:
        """Look again and again until cancelled."""
        queue = RedisQueue(self._url, QUICK)
        try:
            while True:
                with suppress(StoreAway):
                    counts = await queue.counts(self._subscriptions)
                    self.waiting = sum(one.waiting for one in counts.values())
                await asyncio.sleep(0.3)
        finally:
            await queue.close()


async def _violence(
    town: Town, end_s: float, chance: random.Random, blows: Sequence[str], kills: dict[str, int]
) -> None:
    """Kill one thing after the other, and start it again."""
    while time.monotonic() < end_s and blows:
        await asyncio.sleep(chance.uniform(*PAUSE_S))
        blow = chance.choice(blows)
        kills[blow] = kills.get(blow, 0) + 1
        if blow == "worker":
            victim = town.workers.pop(chance.randrange(len(town.workers)))
            victim.kill()
            victim.wait()
            town.start_worker()
        elif blow == "server":
            town.server.kill()
            await asyncio.sleep(chance.uniform(0.1, 0.5))
            await asyncio.to_thread(town.server.start)
        else:
            assert town.receivers is not None
            town.receivers.kill()
            town.receivers.wait()
            await asyncio.sleep(chance.uniform(0.1, 0.5))
            await asyncio.to_thread(town.start_receivers)


async def _drained(town: Town, subscriptions: Sequence[str], expected: int, most_s: float) -> float:
    """Wait until all is accepted and nothing waits any more; return how long that took."""
    queue, begin_s = RedisQueue(town.url, QUICK), time.monotonic()
    waited = 0
    while time.monotonic() - begin_s < most_s:
        await asyncio.sleep(0.2)
        try:
            counts = await queue.counts(subscriptions)
        except StoreAway:
            continue
        waiting = sum(one.waiting for one in counts.values())
        queued = sum(one.totals.get("queued", 0) for one in counts.values())
        waited = waited + 1 if waiting == 0 and queued >= expected else 0
        if waited == 3:
            break
    await queue.close()
    return time.monotonic() - begin_s


def judge(told: Mapping[str, Sequence[str]], received: Path, verdict: Verdict) -> None:
    """Compare what was told with what each receiver accepted."""
    lanes = {one: (lane, place) for lane, ids in told.items() for place, one in enumerate(ids)}
    accepted: dict[str, dict[str, None]] = defaultdict(dict)
    for line in received.read_text(encoding="utf-8").splitlines():
        _, receiver, event, *_ = line.split("\t")
        verdict.received += 1
        if event in accepted[receiver]:
            verdict.repeats += 1
        accepted[receiver][event] = None
    for number in range(RECEIVERS):
        ids = accepted[f"/good/{number}"]
        verdict.expected += len(lanes)
        verdict.lost += len(lanes.keys() - ids.keys())
        verdict.foreign += len(ids.keys() - lanes.keys())
        reached: dict[str, int] = defaultdict(lambda: -1)
        for event in ids:
            if event in lanes:
                lane, place = lanes[event]
                verdict.disordered += place < reached[lane]
                reached[lane] = max(reached[lane], place)
