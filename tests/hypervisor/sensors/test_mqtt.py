"""A real broker, a real publisher, the real command: values arrive, and come back after the broker was away."""

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiomqtt
import pytest

from hypervisor.sensors.listener import Listener
from hypervisor.sensors.mqtt import Broker, WrongBroker
from hypervisor.store.values import NEW, Commit
from tests.hypervisor.builders import NOON
from tests.hypervisor.sensors.builders import sensor, value
from tests.hypervisor.sensors.test_adapters import UPLINK

MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")


class Mosquitto:
    """A broker on the loopback, to be ended and started again on its port."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._config = folder / "mosquitto.conf"
        self._config.write_text(f"listener {self.port} 127.0.0.1\nallow_anonymous true\n", encoding="utf-8")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        assert MOSQUITTO is not None
        self._process = subprocess.Popen(
            [MOSQUITTO, "-c", str(self._config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for _ in range(200):
            with socket.socket() as asked:
                if asked.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise AssertionError("mosquitto did not start")

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            self._process = None


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    if MOSQUITTO is None:
        pytest.skip("mosquitto is not installed (apt-get install mosquitto)")
    one = Mosquitto(tmp_path)
    one.start()
    yield one
    one.stop()


async def publish(port: int, topic: str, message: Any) -> None:
    text = message if isinstance(message, bytes) else json.dumps(message).encode()
    async with aiomqtt.Client("127.0.0.1", port, protocol=aiomqtt.ProtocolVersion.V5) as client:
        await client.publish(topic, text, qos=1)


class Subscriber:
    """`parvis sensors listen` as a process, and what it says."""

    def __init__(self, redis: str, port: int) -> None:
        program = "from parvis.cli import main; main()"
        self.process = subprocess.Popen(
            [sys.executable, "-c", program, "sensors", "listen", "--redis", redis],
            env=os.environ | {"PARVIS_MQTT": f"mqtt://someone:geheim@127.0.0.1:{port}"},
            stderr=subprocess.PIPE,
            text=True,
        )
        self.said = ""

    def until(self, phrase: str) -> None:
        """Read until it has said something."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said += line
            if phrase in line:
                return
        raise AssertionError(self.said)

    def end(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        _, rest = self.process.communicate(timeout=30)
        self.said += rest


async def arrived(ledger: Any, count: int) -> dict[str, Any]:
    for _ in range(200):
        last = (await ledger.last(["air-1"]))["air-1"]
        if len(last) >= count:
            return dict(last)
        await asyncio.sleep(0.05)
    raise AssertionError("nothing arrived")


def test_values_arrive_by_mqtt_and_again_after_the_broker_was_away(
    run: Any, broker: Mosquitto, valkey_url: str
) -> None:
    subscriber = Subscriber(valkey_url, broker.port)

    async def story(store: Any, ledger: Any) -> None:
        one = sensor("air-1", "pm10", "no2")
        await store.commit(Commit([ledger.sensors.change("air-1", one, at_s=NOON, expect=NEW)]))
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        topic = "parvis/sensors/air-1/values"
        subscriber.until("listening at")
        await publish(broker.port, topic, b"\xff no JSON")
        await publish(broker.port, topic, value(18.4) | {"time": now})
        assert (await arrived(ledger, 1))["pm10"].value == 18.4
        broker.stop()
        subscriber.until("the broker is away")
        broker.start()
        subscriber.until("listening at")
        await publish(broker.port, topic, {"values": [value(20) | {"time": now, "measure": "no2"}]})
        assert set(await arrived(ledger, 2)) == {"pm10", "no2"}

    try:
        run(story)
    finally:
        subscriber.end()
    assert subscriber.process.returncode == 0, subscriber.said
    assert "is no JSON" in subscriber.said
    assert "geheim" not in subscriber.said
    assert "Traceback" not in subscriber.said


@pytest.mark.parametrize(
    ("topic", "payload", "kept"),
    [
        ("parvis/sensors/bin-1/values", value(50) | {"measure": "filling"}, 1),
        ("parvis/sensors/bin-1/values", {"values": [value(50) | {"measure": "filling"}] * 2}, 1),
        ("parvis/sensors/bin-1/payload", UPLINK, 1),
        ("v3/ville@ttn/devices/eui-70b3d57ed005a1b2/up", UPLINK, 1),
        ("v3/ville@ttn/devices/unknown/up", UPLINK, None),
        ("parvis/sensors/nobody/values", value(1), None),
        ("parvis/sensors/bin-1/values", {"value": 1}, None),
        ("parvis/sensors/bin-1/values", [], None),
        ("elsewhere", {}, None),
        ("parvis/sensors/bin-1/values", "x" * 300_000, None),
        ("parvis/sensors/bin-1/values", value(50) | {"measure": "filling", "time": "2026-03-02"}, 0),
    ],
)
def test_messages_are_taken_by_topic(run: Any, topic: str, payload: Any, kept: int | None) -> None:
    async def story(store: Any, ledger: Any) -> Any:
        one = sensor("bin-1", "filling", adapter="ttn-v3", device="eui-70b3d57ed005a1b2")
        tags = (f"device:{one.device}",)
        await store.commit(Commit([ledger.sensors.change("bin-1", one, at_s=NOON, expect=NEW, tags=tags)]))
        return await Listener(ledger, lambda: NOON).take(topic, json.dumps(payload).encode())

    report = run(story)
    assert (None if report is None else report.kept) == kept


@pytest.mark.parametrize("url", ["", "http://host", "mqtt://", "mqtt://host:port", "host:1883"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(WrongBroker, match="expected mqtt://host:1883"):
        Broker.parse(url)


def test_a_broker_is_shown_without_its_password() -> None:
    broker = Broker.parse("mqtts://some%40one:geh%3Aeim@host")
    assert (broker.port, broker.tls, broker.user, broker.password) == (8883, True, "some@one", "geh:eim")
    assert "geh" not in repr(broker)
