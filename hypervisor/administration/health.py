"""How the parts of an installation are, as seen from this process."""

import os
import shutil
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from pydantic import Field

from hypervisor.access.wire import Told
from hypervisor.context import Context
from hypervisor.delivery.directory import Directory, Making
from hypervisor.rules.lag import lag_of
from pipeline.observation import ConfigurationState

PINGS = 5
LEASES = ("rules", "deliver")
"""Processes of which one is active at a time, by the lease that it holds."""


class Server(Told):
    """The server that keeps the figures."""

    version: str = Field(examples=["9.1.2"])
    latency_ms: float = Field(description="of an empty request, median of five")
    used_bytes: int = Field(description="memory in use")
    most_bytes: int | None = Field(description="memory that it may use; null: no limit is set")
    policy: str = Field(description="what it does when it is full: anything but `noeviction` drops counts")
    persistence: str = Field(description="aof (each second or better), rdb (now and then) or none: lost at a restart")
    saved_well: bool = Field(description="false: its last attempt to write to disk failed")
    up_s: int = Field(description="seconds since it was started")


class Process(Told):
    """A process of which one is active at a time."""

    name: str = Field(description="rules or deliver")
    holder: str | None = Field(description="who is active; null: nobody is")
    behind_s: float | None = Field(default=None, description="rules: how far behind the newest observations it is")


class DeliveriesTold(Told):
    """What waits to be delivered."""

    messages: int = Field(description="kept for receivers")
    failing: int = Field(description="lanes whose receiver does not take them")
    dead: int = Field(description="dead letters: given up")
    subscriptions: int


class Disk(Told):
    """The disk where this process keeps pictures."""

    free_bytes: int
    total_bytes: int


class HealthTold(Told):
    """How everything is."""

    at: datetime
    redis: Server
    streams: int = Field(description="event streams open at this process")
    streams_most: int
    processes: list[Process]
    deliveries: DeliveriesTold
    configuration: ConfigurationState | None = Field(description="what `parvis run` follows; null: none runs")
    disk: Disk | None = Field(description="null: this process keeps nothing on disk")


async def health_of(context: Context, now: datetime) -> HealthTold:
    """Ask every part how it is; a store that does not answer is an error of its own (`redis-away`)."""
    return HealthTold(
        at=now,
        redis=await _server(context),
        streams=len(context.hub),
        streams_most=context.settings.max_clients,
        processes=await _processes(context),
        deliveries=await _deliveries(context),
        configuration=await context.feed.configuration(),
        disk=disk_of(context.settings.evidence_dir),
    )


def server_of(info: Mapping[str, Any], latency_ms: float) -> Server:
    """Return what a server's INFO says, in words of ours."""
    aof, rdb = bool(info.get("aof_enabled")), int(info.get("rdb_last_save_time", 0)) > int(_started_s(info)) + 1
    well = [info.get("rdb_last_bgsave_status", "ok"), info.get("aof_last_write_status", "ok") if aof else "ok"]
    return Server(
        version=str(info.get("valkey_version") or info.get("redis_version", "unknown")),
        latency_ms=round(latency_ms, 2),
        used_bytes=int(info.get("used_memory", 0)),
        most_bytes=int(info.get("maxmemory", 0)) or None,
        policy=str(info.get("maxmemory_policy", "noeviction")),
        persistence="aof" if aof else "rdb" if rdb else "none",
        saved_well=all(one == "ok" for one in well),
        up_s=int(info.get("uptime_in_seconds", 0)),
    )


def disk_of(folder: Path | None) -> Disk | None:
    """Return how full the disk of a folder is, whether or not the folder is there already."""
    if folder is None:
        return None
    there = next((one for one in (folder, *folder.absolute().parents) if one.exists()), None)
    if there is None:
        return None
    usage = shutil.disk_usage(there)
    return Disk(free_bytes=usage.free, total_bytes=usage.total)


def _started_s(info: Mapping[str, Any]) -> float:
    return float(info.get("server_time_usec", 0)) / 1e6 - float(info.get("uptime_in_seconds", 0))


async def _server(context: Context) -> Server:
    times_ms = []
    for _ in range(PINGS):
        began_s = perf_counter()
        await context.feed.ping()
        times_ms.append((perf_counter() - began_s) * 1e3)
    return server_of(await context.store.server(), median(times_ms))


async def _processes(context: Context) -> list[Process]:
    lag = await lag_of(context.feed, context.store)
    holders = {name: await context.store.holder(name) for name in LEASES}
    behind = {"rules": None if lag is None else round(lag.behind_s, 1)}
    return [Process(name=name, holder=holders[name], behind_s=behind.get(name)) for name in LEASES]


async def _deliveries(context: Context) -> DeliveriesTold:
    every = await Directory(context.store, Making(context.clock, os.urandom)).all()
    counts, sizes = await context.queue.counts(list(every)), await context.queue.sizes()
    return DeliveriesTold(
        messages=sizes["messages"],
        failing=sizes["failing"],
        dead=sum(one.dead for one in counts.values()),
        subscriptions=len(every),
    )
