"""The workers: take a token, hand over the head of its lane, give the token back with what became of it."""

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

from hypervisor.delivery.channels.channel import Answer, Channel, Letter
from hypervisor.delivery.directory import Directory
from hypervisor.delivery.model import Email, Subscription
from hypervisor.delivery.queue import Head, Queue, Result, Token
from hypervisor.delivery.schedule import next_digest_s, pause_s
from hypervisor.delivery.settings import DeliverySettings
from hypervisor.store.values import StoreAway

DRAIN_S = 3.0
CONSUMER_S = 3600.0  # a worker without tokens, silent for so long, has ended
DIGEST_MOST = 500  # events in one mail
BACKOFF_S = (0.1, 0.3, 1.0, 2.0)

_log = logging.getLogger(__name__)


class Workers:
    """One process's slots: some for receivers that are well, others for those that fail."""

    def __init__(
        self,
        queue: Queue,
        directory: Directory,
        channels: Mapping[str, Channel],
        settings: DeliverySettings,
        now: tuple[Callable[[], float], Callable[[], float]],
        consumer: str,
    ) -> None:
        self._queue, self._directory, self._channels = queue, directory, channels
        self._settings, self._consumer = settings, consumer
        self._clock, self._random = now
        self._running: dict[bool, set[asyncio.Task[None]]] = {False: set(), True: set()}
        self._stopping = False

    async def run(self) -> None:
        """Go on until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._take(sick=False))
            group.create_task(self._take(sick=True))
            group.create_task(self._tend())

    async def drain(self) -> None:
        """Take nothing more, and give the attempts that run a moment to end; the others are taken over by others."""
        self._stopping = True
        running = self._running[False] | self._running[True]
        if running:
            await asyncio.wait(running, timeout=DRAIN_S)
        for task in running:
            task.cancel()

    async def _take(self, sick: bool) -> None:
        """Fill the slots; a full house waits for the first to end."""
        slots, running = self._settings.sick_slots if sick else self._settings.slots, self._running[sick]
        failures = 0
        while not self._stopping:
            free = slots - len(running)
            if not free:
                await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                continue
            try:
                tokens = await self._queue.tokens(sick, self._consumer, free, wait_s=1.0)
                failures = 0
            except StoreAway:
                await asyncio.sleep(BACKOFF_S[min(failures, len(BACKOFF_S) - 1)])
                failures += 1
                continue
            for token in tokens:
                self._begin(token, running)

    async def _tend(self) -> None:
        """Let lanes go on whose moment has come, and take over what others left."""
        looked_s = 0.0
        while True:
            try:
                await self._queue.tend()
                if self._clock() - looked_s >= self._settings.claim_after_s / 4:
                    looked_s = self._clock()
                    await self._take_over()
            except StoreAway as error:
                _log.debug("queue: %s", error)
            await asyncio.sleep(self._settings.tend_s)

    async def _take_over(self) -> None:
        await self._queue.forget_consumers(CONSUMER_S)
        for sick in (False, True):
            running = self._running[sick]
            free = (self._settings.sick_slots if sick else self._settings.slots) - len(running)
            if free > 0:
                for token in await self._queue.abandoned(sick, self._consumer, self._settings.claim_after_s, free):
                    self._begin(token, running)

    def _begin(self, token: Token, running: set[asyncio.Task[None]]) -> None:
        task = asyncio.create_task(self._serve(token))
        running.add(task)
        task.add_done_callback(running.discard)

    async def _serve(self, token: Token) -> None:
        """Serve one token. What the server did not hear of is taken over by another worker later."""
        try:
            await self.serve(token)
        except StoreAway as error:
            _log.debug("a token is left to others: %s", error)

    async def serve(self, token: Token) -> None:
        """Deliver what a token stands for, once, and give it back."""
        kept = await self._directory.get(token.subscription)
        digest = kept is not None and isinstance(kept.value.channel, Email)
        head = await self._queue.head(token, DIGEST_MOST if digest else 1)
        if kept is None:
            await self._queue.forget(token.subscription)
            await self._queue.finish(token, Result("ok"))
        elif not head.messages:
            await self._queue.finish(token, Result("ok"))
        elif head.held or kept.value.state != "active":
            await self._queue.hold(token.subscription, held=True)
            await self._queue.finish(token, Result("hold"))
        else:
            await self._attempt(token, kept.value, head)

    async def _attempt(self, token: Token, subscription: Subscription, head: Head) -> None:
        stored = [json.loads(one.body) for one in head.messages]
        at_s, began = self._clock(), perf_counter()
        letter = Letter(token.subscription, subscription, stored, at_s)
        answer = await self._answer(letter)
        attempts = head.attempts + 1
        result = await self._judge(token, subscription, head, answer, attempts)
        log = [
            json.dumps(_line(one, attempts, at_s, perf_counter() - began, result, answer), ensure_ascii=False)
            for one in stored
        ]
        await self._queue.finish(token, _with_log(result, log))

    async def _answer(self, letter: Letter) -> Answer:
        channel = self._channels.get(letter.subscription.channel.type)
        if channel is None:
            return Answer("failed", error="the operator has not set up this channel")
        try:
            async with asyncio.timeout(self._settings.timeout_s):
                return await channel.deliver(letter)
        except TimeoutError:
            return Answer("failed", error="no answer in time")

    async def _judge(
        self, token: Token, subscription: Subscription, head: Head, answer: Answer, attempts: int
    ) -> Result:
        """Return what follows from an answer; a receiver that is gone, or was dead for days, is disabled."""
        ids = [one.id for one in head.messages]
        now_s = self._clock()
        if answer.verdict == "accepted":
            channel = subscription.channel
            again_s = 0.0
            if isinstance(channel, Email) and len(ids) < DIGEST_MOST:  # a full one goes on at once
                again_s = next_digest_s(channel, now_s)
            return Result("ok", ids, again_s, attempts=attempts)
        failing_s = now_s - head.failing_since_s if head.failing_since_s else 0.0
        if answer.verdict == "stop" or failing_s > self._settings.disable_after_s:
            days = f"failing for {failing_s / 86_400:.1f} days; last: {answer.error}"
            await self._directory.disable(token.subscription, str(answer.error) if answer.verdict == "stop" else days)
            await self._queue.hold(token.subscription, held=True)
            return Result("hold", ids, attempts=attempts)
        pause = pause_s(self._settings, attempts, self._random, answer.retry_after_s)
        if pause is None:
            return Result("dead", ids, reason=f"{attempts} attempts; last: {answer.error}", attempts=attempts)
        return Result("retry", ids, now_s + pause, attempts=attempts)


SAID = {"ok": "delivered", "retry": "failed", "dead": "dead", "hold": "disabled"}


def _line(
    stored: Mapping[str, Any], attempt: int, at_s: float, took_s: float, result: Result, answer: Answer
) -> dict[str, Any]:
    """Return one line of the delivery log."""
    line = {
        "id": stored["event"]["id"],
        "kind": stored["event"]["type"].removeprefix("parvis."),
        "lane": stored["lane"],
        "attempt": attempt,
        "at": datetime.fromtimestamp(at_s, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "took_ms": round(took_s * 1000, 1),
        "outcome": SAID[result.outcome],
        "status": answer.status,
        "error": answer.error,
        "source": stored["source"],
        "position": stored["position"],
    }
    return line


def _with_log(result: Result, log: list[str]) -> Result:
    return Result(result.outcome, result.ids, result.due_s, result.reason, result.attempts, log)
