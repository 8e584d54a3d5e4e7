"""Every channel against the receiver that its page shows: the page's program is run as it stands there."""

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from hypervisor.access.principal import LOCAL
from hypervisor.delivery.channels.mqtt import topic_of
from hypervisor.delivery.channels.ngsi_ld import NgsiLdChannel
from hypervisor.delivery.guarded import GuardedClient
from hypervisor.store.values import Message
from hypervisor.wire import Event
from tests.hypervisor.builders import Site
from tests.hypervisor.conftest import Clock
from tests.hypervisor.delivery.conftest import LOOPBACK, SETTINGS, Town
from tests.hypervisor.delivery.examples import WAIT_S, example, free_port
from tests.hypervisor.delivery.receiver import Receiver
from tests.hypervisor.running import running

Run = Callable[..., Any]
BROKER = shutil.which("mosquitto") or shutil.which("/usr/sbin/mosquitto")
needs_broker = pytest.mark.skipif(BROKER is None, reason="mosquitto is not installed")


def test_the_page_on_webhooks_shows_a_receiver_that_works(town: Run, clock: Clock) -> None:
    clock.now_s = time.time()  # the receiver compares with its own clock

    async def story(one: Town) -> None:
        port = free_port()
        name = await one.subscribe({"type": "webhook", "url": f"http://127.0.0.1:{port}/hook"})
        secret = (await one.desk.find(LOCAL, name)).value.secrets[0].text
        with example("webhook", PARVIS_SECRET=secret, PORT=str(port)) as shown:
            event = await one.tell(data={"value": 12})
            await one.deliver()
            assert "parvis.alert.opened r1" in shown.until("'value': 12")
            kept = await one.desk.find(LOCAL, name)
            await one.desk.replay_one(LOCAL, kept, event)
            await one.tell(data={"value": 13})
            await one.work()
            await one.deliver()
            shown.until("'value': 13")
            lines = [json.loads(text) for _, text in await one.queue.log(name, None, 10)]
            assert [line["outcome"] for line in lines] == ["delivered"] * 3
        with example("webhook", PARVIS_SECRET="whsec_" + "A" * 44, PORT=str(port)):
            await one.tell()
            await one.deliver()
            (_, text), *_ = await one.queue.log(name, None, 1)
            assert json.loads(text)["status"] == 401

    town(story)


def test_the_page_on_redis_streams_shows_a_receiver_that_works(town: Run, valkey_url: str) -> None:
    async def story(one: Town) -> None:
        await one.subscribe({"type": "redis_stream", "stream": "my-tool"})
        with example("redis-stream", REDIS=valkey_url) as shown:
            event = await one.tell()
            await one.deliver()
            assert "parvis.alert.opened" in shown.until(event)

    town(story)


def test_the_page_on_the_event_stream_shows_a_receiver_that_comes_back(valkey_url: str, site: Site) -> None:
    site.camera()
    with running(valkey_url) as port, example("event-stream", PARVIS=f"127.0.0.1:{port}", PARVIS_KEY="x") as shown:
        told = site.tell().id
        assert shown.until(told).startswith("crossing")


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[int]:
    """Run a broker with a password; yield its port."""
    port = free_port()
    (tmp_path / "conf").write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n")
    assert BROKER is not None
    process = subprocess.Popen([BROKER, "-c", str(tmp_path / "conf")], stderr=subprocess.DEVNULL)
    end_s = time.monotonic() + WAIT_S
    while time.monotonic() < end_s:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            break
        time.sleep(0.02)
    yield port
    process.kill()
    process.wait()


def with_broker(port: int) -> Any:
    return SETTINGS.model_copy(update={"mqtt_url": SecretStr(f"mqtt://127.0.0.1:{port}"), "timeout_s": 10.0})


@needs_broker
def test_the_page_on_mqtt_shows_a_receiver_that_works(town: Run, broker: int, site: Site) -> None:
    site.camera()

    async def story(one: Town) -> None:
        await one.subscribe({"type": "mqtt"})
        await one.fan()
        with example("mqtt", PORT=str(broker)) as shown:
            site.tell()
            await one.tell()
            await one.deliver()
            assert "parvis.crossing" in shown.until("parvis/testville/crossing/nord/entree")
            shown.until("parvis/testville/alert.opened/r1")

    town(story, with_broker(broker))


@needs_broker
def test_status_content_type_expiry_and_discovery(town: Run, broker: int) -> None:
    import aiomqtt

    async def story(one: Town) -> None:
        await one.subscribe({"type": "mqtt", "retain": True, "home_assistant": True, "expiry_s": 60})
        await one.tell(data={"value": 3})
        assert await one.deliver() == 1
        protocol = aiomqtt.ProtocolVersion.V5
        async with aiomqtt.Client("127.0.0.1", broker, protocol=protocol) as client:
            await client.subscribe("#")
            got = {}
            async for message in client.messages:
                got[str(message.topic)] = message
                if len(got) == 3:
                    break
            event = got["parvis/testville/alert.opened/r1"]
            assert event.retain
            assert event.properties is not None
            assert event.properties.ContentType == "application/cloudevents+json; charset=utf-8"  # type: ignore[attr-defined]
            assert 0 < event.properties.MessageExpiryInterval <= 60  # type: ignore[attr-defined]
            assert got["parvis/testville/status"].payload == b"online"
            (found,) = (one for name, one in got.items() if name.startswith("homeassistant/sensor/"))
            announced = json.loads(bytes(found.payload))
            assert announced["state_topic"] == "parvis/testville/alert.opened/r1"
            await one.parts.channels["mqtt"].close()
            async for message in client.messages:
                if str(message.topic) == "parvis/testville/status":
                    assert message.payload == b"offline"
                    break

    town(story, with_broker(broker))


def test_a_broker_that_is_away_is_a_failed_attempt(town: Run) -> None:
    async def story(one: Town) -> None:
        name = await one.subscribe({"type": "mqtt"})
        await one.tell()
        await one.deliver()
        (_, text), *_ = await one.queue.log(name, None, 1)
        assert json.loads(text)["error"].startswith("the broker did not take it")

    town(story, with_broker(free_port()))


def test_a_channel_that_the_operator_has_not_set_up_says_so(town: Run) -> None:
    async def story(one: Town) -> None:
        name = await one.subscribe({"type": "mqtt"})
        await one.tell()
        await one.deliver()
        (_, text), *_ = await one.queue.log(name, None, 1)
        assert json.loads(text)["error"] == "the operator has not set up this channel"

    town(story)


def test_a_subject_cannot_leave_its_topic() -> None:
    event = {"type": "parvis.alert.opened", "subject": "a/+/#\x00 b"}
    assert topic_of("parvis", "ville", event) == "parvis/ville/alert.opened/a/_/___b"


DAILY = {"type": "email", "to": ["mobilite@ville.example"], "hours": ["14:00"], "timezone": "Europe/Paris"}


def test_the_page_on_e_mail_shows_a_receiver_that_works(town: Run, clock: Clock) -> None:
    port = free_port()

    async def story(one: Town) -> None:
        name = await one.subscribe(DAILY)
        with example("email", PORT=str(port)) as shown:
            await one.tell(data={"text": {"fr": "Esplanade : 85 personnes", "en": "…"}})
            await one.tell("alert.closed", "case-2")
            assert await one.deliver() == 0  # it is 13:00 there
            clock.now_s += 3600
            assert await one.deliver() == 1
            shown.until("Parvis, test : 2 événements to ['mobilite@ville.example']")
            shown.until("Esplanade : 85 personnes")
            shown.until("Alerte close")
            clock.now_s += 86_400
            assert await one.deliver() == 0  # nothing came
            lines = [json.loads(text) for _, text in await one.queue.log(name, None, 10)]
            assert [line["outcome"] for line in lines] == ["delivered", "delivered"]

    town(story, SETTINGS.model_copy(update={"smtp_url": SecretStr(f"smtp://127.0.0.1:{port}"), "timeout_s": 10.0}))


def test_a_mail_server_that_is_away_is_a_failed_attempt_and_the_digest_comes_later(town: Run, clock: Clock) -> None:
    async def story(one: Town) -> None:
        name = await one.subscribe(DAILY)
        await one.tell()
        await one.deliver()
        clock.now_s += 3600
        await one.deliver()
        (_, text), *_ = await one.queue.log(name, None, 1)
        assert json.loads(text)["error"].startswith("the mail server did not take it")
        assert (await one.queue.counts([name]))[name].waiting == 1

    town(story, SETTINGS.model_copy(update={"smtp_url": SecretStr(f"smtp://127.0.0.1:{free_port()}")}))


def test_entities_go_to_a_broker_as_the_page_shows(town: Run, clock: Clock) -> None:
    port = free_port()

    async def story(one: Town) -> None:
        def entities_of(told: Message | Event, _: Any) -> list[dict[str, Any]]:
            kind = told.kind
            return [{"id": f"urn:ngsi-ld:Alert:{told.id}", "type": "Alert"}] if kind == "alert.opened" else []

        client = GuardedClient(LOOPBACK, 5.0)
        one.parts.channels["ngsi_ld"] = NgsiLdChannel(client, one.parts.feed.cameras, entities_of, clock)  # type: ignore[index]
        name = await one.subscribe({"type": "ngsi_ld", "url": f"http://127.0.0.1:{port}/", "tenant": "mobility"})
        with example("ngsi-ld", PORT=str(port)) as shown:
            event = await one.tell(cameras=("nord",), services=("mobility",))
            await one.tell("case.opened")  # makes no entity: accepted without being sent
            await one.deliver()
            assert shown.until(event).startswith("/ngsi-ld/v1/entityOperations/upsert Alert")
            lines = [json.loads(text) for _, text in await one.queue.log(name, None, 10)]
            assert [(line["outcome"], line["status"]) for line in lines] == [("delivered", None), ("delivered", 204)]

    town(story)


def test_a_broker_that_takes_a_part_only_has_failed(town: Run, receiver: Receiver, clock: Clock) -> None:
    async def story(one: Town) -> None:
        client = GuardedClient(LOOPBACK, 5.0)
        entity = {"id": "urn:ngsi-ld:Alert:1", "type": "Alert"}
        one.parts.channels["ngsi_ld"] = NgsiLdChannel(client, one.parts.feed.cameras, lambda *_: [entity], clock)  # type: ignore[index]
        name = await one.subscribe({"type": "ngsi_ld", "url": receiver.url, "tenant": "mobility"})
        receiver.script = lambda _: (207, {})
        await one.tell()
        await one.deliver()
        (_, text), *_ = await one.queue.log(name, None, 1)
        assert json.loads(text)["error"] == "the broker took a part of the entities only"
        assert receiver.got[0].headers["ngsild-tenant"] == "mobility"
        assert receiver.got[0].headers["content-type"] == "application/ld+json"

    town(story)
