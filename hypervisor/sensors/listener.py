"""What arrives by MQTT, whoever carries it: topics of our own, and those of The Things Stack.

| topic | message |
|---|---|
| `<prefix>/sensors/<sensor>/values` | one value, or `{"values": [...]}` as over HTTP |
| `<prefix>/sensors/<sensor>/payload` | what the sensor's `adapter` reads |
| `v3/<application>/devices/<device>/up` | an uplink; the sensor is the one registered with that `device` |
"""

import logging
from collections.abc import Callable
from typing import Any

from pydantic import ValidationError

from hypervisor.sensors.adapters import ADAPTERS
from hypervisor.sensors.intake import Intake, IntakeReport, message
from hypervisor.sensors.ledger import Ledger
from hypervisor.sensors.model import Sensor
from hypervisor.sensors.values import Raw, Unreadable
from hypervisor.sensors.wire import ValueOf, Values

LONGEST = 256 * 2**10

_log = logging.getLogger(__name__)


class Listener:
    """Takes messages in. Who may publish to a topic is the broker's to say."""

    def __init__(self, ledger: Ledger, clock: Callable[[], float], prefix: str = "parvis") -> None:
        self._ledger, self._clock, self._prefix = ledger, clock, prefix

    @property
    def topics(self) -> tuple[str, ...]:
        """Return what to subscribe to."""
        return (f"{self._prefix}/sensors/+/values", f"{self._prefix}/sensors/+/payload", "v3/+/devices/+/up")

    async def take(self, topic: str, payload: bytes) -> IntakeReport | None:
        """Keep what a message holds; None, and a line in the log, for one that cannot be read.

        Raises:
            StoreAway: it was not kept; take it again.
        """
        try:
            if len(payload) > LONGEST:
                raise Unreadable(f"has {len(payload)} bytes; expected {LONGEST} at most")
            sensor, what = await self._sensor(topic.removeprefix(f"{self._prefix}/").split("/"))
            intake = Intake(self._ledger, self._clock, lambda _: True)
            await intake.values(self._raws(sensor, what, message(payload)))
        except Unreadable as error:
            _log.warning("sensors: a message at %s is left out: %s", topic[:200], error)
            return None
        report = intake.report()
        if report.refused:
            first = report.faults[0]
            _log.warning(
                "sensors: %d of %d values at %s are refused; %d: %s: %s",
                *(report.refused, report.received, topic[:200], first.item, first.name, first.detail),
            )
        return report

    async def _sensor(self, parts: list[str]) -> tuple[Sensor, str]:
        match parts:
            case ["sensors", name, ("values" | "payload") as what]:
                kept = await self._ledger.sensors.get(name)
            case ["v3", _, "devices", device, "up"]:
                what = "payload"
                kept = next(iter(await self._ledger.sensors.listed(f"device:{device}", limit=1)), None)
            case _:
                raise Unreadable("the topic is none of ours")
        if kept is None:
            raise Unreadable("no sensor is registered for it")
        return kept.value, what

    def _raws(self, sensor: Sensor, what: str, found: Any) -> list[Raw]:
        if what == "payload":
            if sensor.adapter is None:
                raise Unreadable(f"sensor {sensor.id!r} names no adapter")
            return list(ADAPTERS[sensor.adapter](found, sensor, self._clock()))
        try:
            many = isinstance(found, dict) and "values" in found
            values = Values.model_validate(found).values if many else [ValueOf.model_validate(found)]
        except ValidationError as error:
            fault = error.errors()[0]
            raise Unreadable(f"{'.'.join(map(str, fault['loc'])) or 'message'}: {fault['msg']}") from None
        return [Raw(n, sensor.id, v.measure, v.channel, v.time, v.value, v.unit) for n, v in enumerate(values, 1)]
