"""Lanes and tokens on a real server: in order, within bounds, and nothing left behind."""

from collections.abc import Callable
from typing import Any

from hypervisor.delivery import queue_keys
from hypervisor.delivery.queue import Batch, Item, Result, Token
from hypervisor.store import keys
from hypervisor.store.values import Fence
from tests.hypervisor.conftest import Clock
from tests.hypervisor.delivery.conftest import SETTINGS, Town

Run = Callable[..., Any]
EMPTY = {"ready": 0, "failing": 0, "due": 0, "messages": 0}


async def put(town: Town, *items: tuple[str, str, str], **members: Any) -> bool:
    found = [Item(*one) for one in items]
    return await town.queue.enqueue(Batch(found, {one.id: f'"{one.id}"' for one in found}, **members))


async def take(town: Town, sick: bool = False, consumer: str = "w") -> list[Token]:
    return await town.queue.tokens(sick, consumer, 100, 0.001)


async def finish(town: Town, token: Token, outcome: Any = "ok", **members: Any) -> bool:
    head = await town.queue.head(token, 1)
    return await town.queue.finish(token, Result(outcome, [one.id for one in head.messages], **members))


def test_marks_and_queue_move_together_or_not_at_all(town: Run) -> None:
    async def story(one: Town) -> None:
        assert await put(one, ("s", "a", "m1"), expect={"at": ""}, marks={"at": "1-0"})
        assert not await put(one, ("s", "a", "m1"), expect={"at": ""}, marks={"at": "1-0"})  # an answer was lost
        assert (await one.store.marks())["at"] == "1-0"
        assert (await one.queue.counts(["s"]))["s"].waiting == 1
        assert not await put(one, ("s", "a", "m2"), fence=Fence("deliver", 7))
        assert (await one.queue.counts(["s"]))["s"].waiting == 1

    town(story)


def test_only_the_head_of_a_lane_is_out_at_a_time(town: Run) -> None:
    async def story(one: Town) -> None:
        await put(one, ("s", "a", "m1"), ("s", "a", "m2"), ("s", "b", "m3"))
        first, other = await take(one)
        assert await take(one) == []
        assert [m.id for m in (await one.queue.head(first, 1)).messages] == ["m1"]
        await finish(one, first)
        (again,) = await take(one)
        assert [m.id for m in (await one.queue.head(again, 1)).messages] == ["m2"]
        await finish(one, again)
        await finish(one, other)
        assert await one.queue.sizes() == EMPTY

    town(story)


def test_a_body_is_kept_once_for_all_who_need_it(town: Run) -> None:
    async def story(one: Town) -> None:
        await put(one, *((f"s{n}", "a", "m1") for n in range(20)))
        assert (await one.queue.sizes())["messages"] == 1
        for token in await take(one):
            await finish(one, token)
        assert await one.queue.sizes() == EMPTY

    town(story)


def test_a_subscription_has_a_few_tokens_and_a_failing_one_a_single_one_apart(town: Run, clock: Clock) -> None:
    async def story(one: Town) -> None:
        await put(one, *(("dead", f"lane-{n}", f"m{n}") for n in range(50)))
        out = await take(one)
        assert len(out) == SETTINGS.per_subscription
        for token in out:
            await finish(one, token, "retry", due_s=clock() + 5)
        assert await take(one) == []
        assert len(await take(one, sick=True)) == 1
        await put(one, ("well", "a", "x"))
        assert [token.subscription for token in await take(one)] == ["well"]

    town(story)


def test_a_receiver_that_is_well_again_gets_its_tokens_back(town: Run, clock: Clock) -> None:
    async def story(one: Town) -> None:
        await put(one, *(("s", f"lane-{n}", f"m{n}") for n in range(10)))
        for token in await take(one):
            await finish(one, token, "retry", due_s=clock() + 5)
        (probe,) = await take(one, sick=True)
        await finish(one, probe)
        assert len(await take(one)) == SETTINGS.per_subscription

    town(story)


def test_the_token_of_a_worker_that_died_is_taken_over_and_the_late_one_does_nothing(town: Run) -> None:
    async def story(one: Town) -> None:
        await put(one, ("s", "a", "m1"), ("s", "a", "m2"))
        (mine,) = await take(one, consumer="dies")
        assert await one.queue.abandoned(False, "heir", 60, 10) == []
        (taken,) = await one.queue.abandoned(False, "heir", 0, 10)
        assert taken == mine
        assert await finish(one, taken)
        assert not await finish(one, mine)
        (following,) = await take(one)
        assert [m.id for m in (await one.queue.head(following, 1)).messages] == ["m2"]

    town(story)


def test_more_than_a_queue_holds_becomes_dead_letters_and_says_so(town: Run) -> None:
    async def story(one: Town) -> None:
        await put(one, *(("s", "a", f"m{n}") for n in range(8)))
        counts = (await one.queue.counts(["s"]))["s"]
        assert (counts.waiting, counts.dead, counts.totals["overflow"]) == (5, 3, 3)
        dead = await one.queue.dead("s", None, 10)
        assert {letter.reason for letter in dead} == {"overflow: 5 messages wait already"}
        await put(one, *(("s", "a", f"n{n}") for n in range(4)))
        counts = (await one.queue.counts(["s"]))["s"]
        assert (counts.dead, counts.totals["dead_dropped"]) == (4, 3)  # the oldest gave way
        assert (await one.queue.sizes())["messages"] == 9

    town(story, SETTINGS.model_copy(update={"most_waiting": 5, "most_dead": 4}))


def test_dead_letters_end(town: Run, clock: Clock) -> None:
    async def story(one: Town) -> None:
        await put(one, ("s", "a", "m1"))
        (token,) = await take(one)
        await finish(one, token, "dead", reason="10 attempts")
        clock.now_s += SETTINGS.kept_s - 1
        assert await one.queue.expire("s") == 0
        clock.now_s += 2
        assert await one.queue.expire("s") == 1
        assert await one.queue.sizes() == EMPTY

    town(story)


def test_what_is_paused_waits_and_goes_on(town: Run, clock: Clock) -> None:
    async def story(one: Town) -> None:
        await put(one, ("s", "a", "m1"), ("s", "b", "m2"))
        first, second = await take(one)
        await finish(one, second, "retry", due_s=clock() + 300)
        await one.queue.hold("s", held=True)
        await finish(one, first, "hold")
        assert await take(one) + await take(one, sick=True) == []
        await one.queue.hold("s", held=False, retry=True)
        assert {token.lane for token in await take(one) + await take(one, sick=True)} == {"a", "b"}

    town(story)


def test_a_deleted_subscription_leaves_nothing_behind(town: Run, clock: Clock) -> None:
    async def story(one: Town) -> None:
        await put(one, *(("s", f"lane-{n % 700}", f"m{n}") for n in range(900)))
        tokens = await take(one)
        await finish(one, tokens[0], "dead", reason="x", log=['{"id": "m0"}'])
        await finish(one, tokens[1], "retry", due_s=clock() + 5, log=['{"id": "m1"}'])
        await one.queue.forget("s")
        for token in tokens[2:] + await take(one) + await take(one, sick=True):
            await finish(one, token)
        left = [key async for key in one.queue._redis.scan_iter(f"{queue_keys.PREFIX}*")]  # type: ignore[attr-defined]
        assert sorted(left) == [queue_keys.READY, queue_keys.SICK]  # the streams, empty, with their groups
        assert await one.queue.sizes() == EMPTY
        assert queue_keys.PREFIX.startswith(keys.PREFIX)

    town(story)


def test_a_thousand_messages_leave_nothing_behind(town: Run) -> None:
    async def story(one: Town) -> None:
        for first in range(0, 1000, 500):
            await put(one, *((f"s{n % 40}", f"lane-{n % 7}", f"m{n}") for n in range(first, first + 500)))
        while tokens := await take(one):
            for token in tokens:
                await finish(one, token)
        assert await one.queue.sizes() == EMPTY

    town(story)
