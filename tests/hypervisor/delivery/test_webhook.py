"""Webhooks against a real receiver: signature, retries, order, and everything a receiver can do wrong."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from standardwebhooks import Webhook as Oracle

from hypervisor.delivery.channels.webhook import judged, retry_after_s
from hypervisor.delivery.guarded import Reply
from tests.hypervisor.conftest import Clock
from tests.hypervisor.delivery.conftest import SETTINGS, Town
from tests.hypervisor.delivery.receiver import Got, Receiver

Run = Callable[..., Any]


async def log(town: Town, name: str) -> list[dict[str, Any]]:
    return [json.loads(text) for _, text in await town.queue.log(name, None, 100)]


def test_an_event_arrives_signed_as_cloudevent(town: Run, receiver: Receiver, clock: Clock) -> None:
    async def story(one: Town) -> None:
        name = await one.webhook(receiver, kinds=["alert"])
        event = await one.tell(data={"value": 12, "text": "Été"}, cameras=(), services=("mobility",))
        assert await one.deliver() == 1
        (got,) = receiver.got
        assert got.headers["content-type"] == "application/cloudevents+json; charset=utf-8"
        assert got.headers["webhook-id"] == event
        assert got.event == {
            "specversion": "1.0",
            "id": event,
            "source": "urn:parvis:testville",
            "type": "parvis.alert.opened",
            "subject": "r1",
            "time": "2026-03-02T12:00:00.000Z",
            "datacontenttype": "application/json",
            "partitionkey": "case-1",
            "data": {"value": 12, "text": "Été"},
        }
        kept = await one.desk.directory.get(name)
        assert kept is not None
        (secret,) = kept.value.secrets
        with pytest.MonkeyPatch.context() as patch:  # the oracle compares with its own clock
            patch.setattr("standardwebhooks.webhooks.Webhook._Webhook__verify_timestamp", _moment)
            assert Oracle(secret.text).verify(got.body.decode(), got.headers) == got.event
        (line,) = await log(one, name)
        assert (line["outcome"], line["status"], line["attempt"]) == ("delivered", 204, 1)

    town(story)


def _moment(_: Oracle, header: str) -> Any:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(int(header), UTC)


def test_with_two_secrets_both_receivers_of_a_rotation_can_verify(town: Run, receiver: Receiver) -> None:
    async def story(one: Town) -> None:
        from hypervisor.access.principal import LOCAL

        name = await one.webhook(receiver)
        for _ in range(2):
            kept = await one.desk.find(LOCAL, name)
            await one.desk.rotate(LOCAL, kept)
        kept = await one.desk.find(LOCAL, name)
        assert len(kept.value.secrets) == 2
        await one.tell()
        await one.deliver()
        (got,) = receiver.got
        assert len(got.headers["webhook-signature"].split(" ")) == 2
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("standardwebhooks.webhooks.Webhook._Webhook__verify_timestamp", _moment)
            for secret in kept.value.secrets:
                Oracle(secret.text).verify(got.body.decode(), got.headers)
        await one.desk.retire(LOCAL, kept)
        assert len((await one.desk.find(LOCAL, name)).value.secrets) == 1

    town(story)


def test_the_next_of_a_case_waits_until_the_one_before_is_accepted_and_other_cases_do_not(
    town: Run, receiver: Receiver, clock: Clock
) -> None:
    async def story(one: Town) -> None:
        name = await one.webhook(receiver)
        receiver.script = lambda got: (500 if got.event["partitionkey"] == "a" else 204, {})
        a1, a2, b1 = await one.tell(lane="a"), await one.tell("case.updated", "a"), await one.tell(lane="b")
        await one.deliver()
        assert receiver.ids == [a1, b1]
        clock.now_s += 4.9
        assert await one.deliver() == 0
        clock.now_s += 0.2
        receiver.script = lambda _: (204, {})
        await one.deliver()
        assert receiver.ids == [a1, b1, a1, a2]
        assert [(line["attempt"], line["outcome"]) for line in await log(one, name) if line["id"] == a1] == [
            (2, "delivered"),
            (1, "failed"),
        ]

    town(story)


def test_after_the_stated_schedule_it_is_a_dead_letter_and_the_lane_goes_on(
    town: Run, receiver: Receiver, clock: Clock
) -> None:
    async def story(one: Town) -> None:
        name = await one.webhook(receiver)
        receiver.script = lambda got: (500 if got.event["id"] == first else 204, {})
        first, second = await one.tell(), await one.tell("alert.updated")
        at = [0.0]
        await one.deliver()
        for pause in SETTINGS.retry_s:
            clock.now_s += pause
            at.append(pause)
            assert await one.deliver() >= 1
        assert at[1:5] == [5, 300, 1800, 7200]
        assert receiver.ids == [first] * 10 + [second]
        (letter,) = await one.queue.dead(name, None, 10)
        assert (letter.id, letter.attempts) == (first, 10)
        assert letter.reason == "10 attempts; last: the receiver answered 500"
        receiver.script = lambda _: (204, {})
        assert await one.queue.undead(name, [first], replay=True) == 1
        await one.deliver()
        assert receiver.ids[-1] == first
        assert await one.queue.dead(name, None, 10) == []
        assert await one.queue.sizes() == {"ready": 0, "failing": 0, "due": 0, "messages": 0}

    town(story)


def test_410_disables_and_says_so_to_the_service(town: Run, receiver: Receiver) -> None:
    async def story(one: Town) -> None:
        name = await one.webhook(receiver, kinds=["alert"])
        told = await one.subscribe({"type": "redis_stream", "stream": "notices"}, kinds=["subscription"])
        receiver.script = lambda _: (410, {})
        await one.tell()
        await one.tell("alert.updated")
        await one.deliver()
        assert len(receiver.got) == 1
        kept = await one.desk.directory.get(name)
        assert kept is not None
        assert (kept.value.state, kept.value.reason) == ("disabled", "the receiver answered 410 Gone")
        await one.deliver()
        (line,) = await log(one, told)
        assert line["kind"] == "subscription.disabled"
        await one.tell()  # a disabled one takes nothing
        await one.deliver()
        assert (await one.queue.counts([name]))[name].waiting == 2

    town(story)


def test_one_that_failed_for_five_days_is_disabled(town: Run, receiver: Receiver, clock: Clock) -> None:
    async def story(one: Town) -> None:
        name = await one.webhook(receiver)
        receiver.script = lambda _: (500, {})
        for day in range(7):
            await one.tell(lane=f"case-{day}")
            await one.deliver()
            clock.now_s += 86_400
            kept = await one.desk.directory.get(name)
            assert kept is not None
            if day < 4:
                assert kept.value.state == "active"
        assert kept is not None
        assert kept.value.state == "disabled"
        assert kept.value.reason is not None
        assert kept.value.reason.startswith("failing for ")

    town(story)


def test_retry_after_is_honoured(town: Run, receiver: Receiver, clock: Clock) -> None:
    async def story(one: Town) -> None:
        await one.webhook(receiver)
        receiver.script = lambda _: (429, {"retry-after": "120"})
        await one.tell()
        await one.deliver()
        clock.now_s += 119
        assert await one.deliver() == 0
        clock.now_s += 2
        assert await one.deliver() == 1

    town(story)


def test_what_answers_mean() -> None:
    def said(status: int, **headers: str) -> tuple[str, float | None]:
        answer = judged(Reply(status, {k.replace("_", "-"): v for k, v in headers.items()}, b""), 0.0)
        return answer.verdict, answer.retry_after_s

    assert said(200) == said(202) == said(204) == ("accepted", None)
    assert said(301) == said(404) == said(500) == ("failed", None)
    assert said(410) == ("stop", None)
    assert said(503, retry_after="7") == ("failed", 7.0)
    assert said(500, retry_after="7") == ("failed", None)
    assert retry_after_s("Thu, 01 Jan 1970 00:01:00 GMT", 0.0) == 60.0
    assert retry_after_s("soon", 0.0) is None


def test_a_redirect_is_not_followed(town: Run, receiver: Receiver) -> None:
    async def story(one: Town) -> None:
        name = await one.webhook(receiver)
        receiver.script = lambda _: (302, {"location": f"http://127.0.0.1:{receiver.port}/elsewhere"})
        await one.tell()
        await one.deliver()
        assert [got.path for got in receiver.got] == ["/hook"]
        assert "redirects are not followed" in (await log(one, name))[0]["error"]

    town(story)


def test_a_receiver_that_hangs_costs_the_time_out_only(town: Run, receiver: Receiver) -> None:
    async def story(one: Town) -> None:
        name = await one.webhook(receiver)
        receiver.wait_s = 1.5
        await one.tell()
        await one.deliver()
        (line,) = await log(one, name)
        assert line["error"] == "no answer in time"
        assert line["took_ms"] < 1400

    town(story, SETTINGS.model_copy(update={"timeout_s": 0.3}))


def test_of_an_answer_of_a_gigabyte_only_the_beginning_is_read(town: Run, receiver: Receiver) -> None:
    async def story(one: Town) -> None:
        name = await one.webhook(receiver)
        receiver.body = b"x" * (64 << 20)
        receiver.script = lambda _: (200, {})
        await one.tell()
        await one.deliver()
        (line,) = await log(one, name)
        assert line["outcome"] == "delivered"
        assert "x" * 20 not in json.dumps(line)

    town(story)


def test_consent_is_asked_for_once_where_the_subscription_says_so(town: Run, receiver: Receiver, clock: Clock) -> None:
    async def story(one: Town) -> None:
        await one.subscribe({"type": "webhook", "url": receiver.url, "handshake": True})
        receiver.script = lambda got: (200, {})
        await one.tell()
        await one.deliver()
        assert [got.method for got in receiver.got] == ["OPTIONS"]  # a status alone is no consent
        assert receiver.got[0].headers["webhook-request-origin"] == "parvis"
        receiver.script = consenting
        clock.now_s += 6
        await one.deliver()
        await one.tell("alert.updated")
        await one.deliver()
        assert [got.method for got in receiver.got[1:]] == ["OPTIONS", "POST", "POST"]

    def consenting(got: Got) -> tuple[int, dict[str, str]]:
        return 200, {"WebHook-Allowed-Origin": "parvis", "WebHook-Allowed-Rate": "120"}

    town(story)


def test_a_receiver_inside_the_citys_networks_is_refused(town: Run, receiver: Receiver) -> None:
    async def story(one: Town) -> None:
        name = await one.webhook(receiver)
        await one.tell()
        await one.deliver()
        assert receiver.got == []
        assert "not public" in (await log(one, name))[0]["error"]

    town(story, SETTINGS.model_copy(update={"webhook_allow_nets": ()}))
