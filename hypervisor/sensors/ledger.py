"""Keeps what sensors told, each value once, and seals buckets whose time is over."""

import json
from collections.abc import Callable, Sequence
from importlib.resources import files
from typing import Any, Literal, NamedTuple

from hypervisor.sensors import keys
from hypervisor.sensors.buckets import finest_s, read
from hypervisor.sensors.measures import MEASURES
from hypervisor.sensors.model import Sensor
from hypervisor.sensors.values import Checked
from hypervisor.store.documents import Documents
from hypervisor.store.keys import BUS, BUS_MAX
from hypervisor.store.redis_store import message_text
from hypervisor.store.values import Message, Store

Outcome = Literal["kept", "late", "repeated", "full"]

AT_ONCE = 200
"""Values in one Lua call: some ten milliseconds of the server's time."""

TOLD_S = 86_400
"""Buckets that ended longer ago are history when they are first filled: they are kept, but not told on the bus."""

_INGEST = files("hypervisor.sensors").joinpath("ingest.lua").read_text("utf-8")
_SEAL = files("hypervisor.sensors").joinpath("seal.lua").read_text("utf-8")

_CHANGED = """
local call = cjson.decode(ARGV[2])
return redis.call('ZRANGEBYSCORE', call.key, call.since, '+inf')
"""


class Last(NamedTuple):
    """The newest value of one measure."""

    time_ms: int
    value: float
    came_ms: int


class BucketName(NamedTuple):
    """Which bucket of which sensor; `start` in epoch seconds."""

    sensor: str
    step_s: int
    start: int


class Ledger:
    """What sensors told, over the store."""

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store, self._clock = store, clock
        self.sensors = Documents(store, "sensors", Sensor)

    async def add(self, values: Sequence[Checked]) -> list[Outcome]:
        """Keep values; tell of each whether it was kept, came late or came before."""
        outcomes: list[Outcome] = []
        for first in range(0, len(values), AT_ONCE):
            batch = [_plain(value) for value in values[first : first + AT_ONCE]]
            now_s = self._clock()
            call = {
                "now_s": now_s,
                "now_ms": round(now_s * 1000),
                "seen_s": keys.SEEN_S,
                "seen_most": keys.SEEN_MOST,
                "announce_s": TOLD_S,
                "open": keys.OPEN,
                "changed": keys.CHANGED,
                "changed_s": keys.CHANGED_S,
                "kept": list(keys.KEPT_S.items()),
                "values": batch,
            }
            outcomes += await self._store.run(_INGEST, [keys.OPEN], json.dumps(call))
        return outcomes

    async def seal_due(self) -> int:
        """Seal every bucket that is due by now and tell of those that are announced; return how many."""
        sealed = 0
        for _ in range(100):  # the next look comes soon: one is not to go on for ever
            members = await self._store.due(keys.OPEN, self._clock(), AT_ONCE)
            done = await self._seal(members) if members else 0
            sealed += done
            if done < AT_ONCE:
                break
        return sealed

    async def buckets(self, names: Sequence[BucketName]) -> dict[BucketName, dict[str, str]]:
        """Return those that exist."""
        found = await self._store.hashes([keys.bucket(*name) for name in names])
        return {name: fields for name, fields in zip(names, found, strict=True) if fields}

    async def changed_since(self, since_s: float) -> list[BucketName]:
        """Return the hours that changed since a moment although they had been over for an hour."""
        found = await self._store.run(_CHANGED, [keys.CHANGED], json.dumps({"key": keys.CHANGED, "since": since_s}))
        pairs = (str(member).rpartition("|") for member in found)
        return [BucketName(sensor, 3600, int(start)) for sensor, _, start in pairs]

    async def last(self, sensors: Sequence[str]) -> dict[str, dict[str, Last]]:
        """Return the newest value of each measure, by sensor."""
        found = await self._store.hashes([keys.last(sensor) for sensor in sensors])
        return {
            sensor: {measure: _last(text) for measure, text in fields.items()}
            for sensor, fields in zip(sensors, found, strict=True)
        }

    async def _seal(self, members: Sequence[str]) -> int:
        names = [_name(member) for member in members]
        stored = await self.buckets(names)
        sensors = await self.sensors.many(list(dict.fromkeys(name.sensor for name in names)))
        asked = []
        for member, name in zip(members, names, strict=True):
            bucket = stored.get(name, {})
            sensor = sensors[name.sensor].value if name.sensor in sensors else None
            told = sensor is not None and bucket and name.step_s == max(sensor.announce_s, finest_s(sensor.interval_s))
            message = message_text(sealed_message(sensor, name, bucket)) if told and sensor is not None else ""
            asked.append([member, keys.bucket(*name), bucket.get("n", "0"), message])
        answer = await self._store.run(_SEAL, [keys.OPEN, BUS], json.dumps({"bus_max": BUS_MAX, "buckets": asked}))
        return int(answer)


def sealed_message(sensor: Sensor, name: BucketName, bucket: dict[str, str]) -> Message:
    """Return what is told on the bus of a sealed bucket: every measure of the sensor in it.

    Counts of people go to the owner only: other services get them through /v1/series, small ones withheld.
    """
    figures: list[dict[str, Any]] = []
    for one in sensor.measures:
        reading = read([bucket], name.step_s, name.step_s, one.key, sensor.interval_s)
        figures.append(
            {
                "measure": one.measure,
                "channel": one.channel,
                "class": one.class_name,
                "direction": one.direction,
                "unit": MEASURES[one.measure].unit,
                "value": reading.value,
                "min": reading.low,
                "max": reading.high,
                "status": reading.status,
                "coverage": reading.coverage,
                "values_received": reading.received,
                "late": reading.late,
            }
        )
    return Message(
        id=f"sensor:{name.sensor}:{name.step_s}:{name.start}",
        kind="sensor.value",
        time_s=float(name.start + name.step_s),
        subject=name.sensor,
        lane=f"sensor:{name.sensor}",
        services=() if sensor.service is None or (sensor.shared and not sensor.counts_people) else (sensor.service,),
        data={
            "sensor": sensor.id,
            "name": sensor.name,
            "place": sensor.place,
            "location": list(sensor.location) if sensor.location else None,
            "start_s": name.start,
            "step_s": name.step_s,
            "figures": figures,
        },
    )


def _plain(value: Checked) -> list[Any]:
    interval_s = value.sensor.interval_s
    return [
        value.sensor.id,
        value.measure.key,
        value.time_ms,
        value.value,
        *value.parts(),
        interval_s,
        value.sensor.delay_s,
        finest_s(interval_s),
    ]


def _name(member: str) -> BucketName:
    sensor, step_s, start = member.split("|")
    return BucketName(sensor, int(step_s), int(start))


def _last(text: str) -> Last:
    time_ms, value, came_ms = text.split("|")
    return Last(int(time_ms), float(value), int(came_ms))
