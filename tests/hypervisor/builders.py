"""A site in a real server, written as the pipelines write it; what a test does not say has a plain default."""

from collections.abc import Callable
from datetime import UTC, datetime
from time import time
from typing import Any, cast

from fastapi import FastAPI
from redis import Redis

from hypervisor.access.guard import Doorkeeper, OpenHouse
from hypervisor.app import create_app
from hypervisor.configuring.file import ConfigFile
from hypervisor.delivery.redis_queue import RedisQueue
from hypervisor.pictures.redis_line import RedisLine
from hypervisor.redis_feed import RedisFeed
from hypervisor.settings import Settings
from hypervisor.store.redis_store import RedisStore
from pipeline import keys
from pipeline.observation import CameraDescription, CameraState, LineDescription, Observation, Quality, ZoneDescription

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC).timestamp()
"""A Monday in winter, 13:00 in Paris; the fake clock of most tests stands there."""

QUALITY = Quality(device="cpu", model="yolov8n", revision="0f3ac1e09b7d")


def line(line_id: str = "entree", *classes: str) -> LineDescription:
    """Return a vertical line."""
    return LineDescription.model_validate(
        {
            "id": line_id,
            "from": (0.5, 0.0),
            "to": (0.5, 1.0),
            "classes": classes or ("person",),
            "directions": {"forward": "vers l'ouest", "backward": "vers l'est"},
        }
    )


def zone(zone_id: str = "esplanade", *measures: str) -> ZoneDescription:
    """Return a square zone."""
    corners = ((0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9))
    return ZoneDescription(id=zone_id, points=corners, classes=("person",), measures=measures or ("occupancy", "dwell"))


def application(
    url: str,
    settings: Settings | None = None,
    clock: Callable[[], float] = time,
    doorkeeper: Doorkeeper | None = None,
    config: ConfigFile | None = None,
) -> FastAPI:
    """Return the application over a server; it lets everybody in as the machine's owner unless told otherwise."""
    parts = (RedisFeed(url), RedisStore(url, clock), settings, clock, doorkeeper or OpenHouse())
    return create_app(*parts, queue=RedisQueue(url, clock=clock), line=RedisLine(url), config=config)


class Site:
    """Writes cameras, states, buckets and observations."""

    def __init__(self, url: str) -> None:
        self.redis = Redis.from_url(url, decode_responses=True, protocol=2)
        self._seq = 0

    def camera(self, camera: str = "nord", **members: Any) -> CameraDescription:
        """Describe a camera; `statistics=True` for that purpose."""
        purpose = "statistics" if members.pop("statistics", False) else "operations"
        members = {
            "name": camera.title(),
            "purpose": purpose,
            "revision": QUALITY.revision,
            "min_step_s": 900 if purpose == "statistics" else 60,
            "lines": (line(),),
        } | members
        description = CameraDescription(id=camera, **members)
        self.redis.hset(keys.CAMERAS, camera, description.model_dump_json(by_alias=True))
        return description

    def state(self, camera: str = "nord", at_s: float = NOON, **members: Any) -> CameraState:
        """Tell a camera's state as of `at_s`."""
        at = datetime.fromtimestamp(at_s, UTC)
        members = {
            "name": camera.title(),
            "state": "running",
            "since": at,
            "purpose": "operations",
            "fps_in": 10.0,
            "fps_detected": 10.0,
            "device": "cpu",
            "model": "yolov8n",
            "frames": 6000,
            "last_frame_at": at,
            "updated_at": at,
        } | members
        state = CameraState.model_validate({"id": camera} | members)
        self.redis.set(keys.state(camera), state.model_dump_json())
        return state

    def bucket(self, start_s: float, step_s: int = 60, camera: str = "nord", **fields: Any) -> None:
        """Write a bucket: `forward`, `backward` crossings of persons at the entree, `covered`, and `more` fields."""
        covered = fields.pop("covered", 1.0)
        stored = {
            keys.crossing_field("entree", "person", "forward"): fields.pop("forward", 0),
            keys.crossing_field("entree", "person", "backward"): fields.pop("backward", 0),
            "q|covered_ms": round(covered * step_s * 1000),
            "q|expected": step_s * 10,
            "q|processed": round(covered * step_s * 10),
            f"q|device|{QUALITY.device}": round(covered * step_s * 10),
            f"q|model|{QUALITY.model}": round(covered * step_s * 10),
            f"q|revision|{QUALITY.revision}": round(covered * step_s * 10),
            "q|sealed": int(fields.pop("sealed", True)),
        } | cast(dict[str, int], fields.pop("more", {}))
        assert not fields, f"unknown: {fields}"
        start = int(start_s)
        self.redis.hset(keys.bucket(camera, step_s, start), mapping=cast(Any, stored))
        self.redis.zadd(keys.bucket_index(camera, step_s), {str(start): start + 10**9})

    def tell(self, kind: str = "crossing", camera: str = "nord", at_s: float = NOON, **members: Any) -> Observation:
        """Append an observation to a camera's stream and return it."""
        self._seq += 1
        members = {
            "subject": {"crossing": "entree", "dwell": "esplanade", "bucket.sealed": "60"}.get(kind, ""),
            "value": 1.0,
            "unit": {"crossing": "crossing", "dwell": "s"}.get(kind, "state"),
            "quality": QUALITY,
            "detail": {"class": "person", "direction": "forward"} if kind == "crossing" else {},
        } | members
        observation = Observation.model_validate(
            {
                "id": f"{camera}:e1:{self._seq}",
                "camera_id": camera,
                "kind": kind,
                "observed_at": datetime.fromtimestamp(at_s, UTC),
                **members,
            }
        )
        self.redis.xadd(keys.stream(camera), {"o": observation.model_dump_json()})
        return observation

    def close(self) -> None:
        """Let go of the connection."""
        self.redis.close()
