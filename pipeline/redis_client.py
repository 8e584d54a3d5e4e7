"""The pipeline's only door to Redis or Valkey: how it connects, and the few things that it says there.

redis-py may repeat a command by itself after a time-out (how often depends on its version and on how it is set up),
though the server may have done it. Here nothing is repeated behind our back: one command, one answer or one error.
The sink repeats whole batches, and `ingest.lua` makes that safe.
"""

import json
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from pipeline import keys
from pipeline.config import RetentionConfig
from pipeline.deposits import ENDED
from pipeline.embedded import ensure_server
from pipeline.errors import Failed, Refused
from pipeline.observation import CameraDescription, CameraState, ConfigurationState, ModelsTold, Observation
from pipeline.publish import Entry

OLDEST = (7, 2)
_SCHEMES = ("redis", "rediss", "unix")
CONFIGURATION_KEPT_S = 60
_log = logging.getLogger(__name__)


class RedisAway(Failed):
    """Redis did not do what it was asked (gone, silent, full): whether it did it all the same is unknown."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of a batch."""

    applied: int
    repeated: int  # had been applied before
    late: int  # changes to buckets that were sealed, or too old to be kept

    def __add__(self, other: "Applied") -> "Applied":
        """Return what became of two batches."""
        return Applied(self.applied + other.applied, self.repeated + other.repeated, self.late + other.late)


def connect(where: str, data_dir: Path, timeout_s: float = 5.0) -> "RedisClient":
    """Connect to `embedded` (started in `data_dir` if need be) or to the URL of a server.

    Raises:
        Refused: if the URL is wrong, nobody answers within `timeout_s`, or the server is older than 7.2.
    """
    url = ensure_server(data_dir) if where == "embedded" else where
    name = without_secrets(url)
    redis = Redis.from_url(
        url,
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        retry=Retry(NoBackoff(), 0),
        protocol=2,
        decode_responses=True,
        client_name="parvis-pipeline",
    )
    try:
        server = redis.info("server", "memory")
    except (RedisError, OSError) as error:
        redis.close()
        raise Refused(f"redis: {name}: {_reason(error)}; expected a server that answers, or embedded") from error
    check_server(name, server)
    return RedisClient(redis, name)


def without_secrets(url: str) -> str:
    """Return a URL for people: no user, no password, no options.

    Raises:
        Refused: if it is not the URL of a Redis server. The message does not hold the URL, which may hold a password.
    """
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        parts, port = urlsplit(""), ""
    if parts.scheme not in _SCHEMES:
        raise Refused("redis: is not a usable URL; expected embedded, redis://, rediss:// or unix://")
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"


def check_server(name: str, info: dict[str, Any]) -> None:
    """Refuse a server that is too old; warn of one that may drop counts when it is full.

    Raises:
        Refused: if it is older than Redis 7.2 (Valkey tells the Redis version that it is compatible with).
    """
    version = str(info.get("redis_version", "unknown"))
    found = tuple(int(part) for part in version.split(".")[:2] if part.isdecimal())
    if found < OLDEST:
        raise Refused(f"redis: {name}: is version {version}; expected Redis 7.2, Valkey 8 or newer")
    policy = info.get("maxmemory_policy", "noeviction")
    if policy != "noeviction" and info.get("maxmemory", 0):
        _log.warning("redis: %s: maxmemory-policy is %s, so a full server drops counts; set noeviction", name, policy)


class RedisClient:
    """What a pipeline says to Redis. Every method raises `RedisAway` when Redis does not do it."""

    def __init__(self, redis: Redis, name: str) -> None:
        self._redis = redis
        self._name = name
        self._ingest = redis.register_script(files("pipeline").joinpath("ingest.lua").read_text("utf-8"))

    def ingest(self, camera_id: str, epoch: str, entries: Sequence[Entry], retention: RetentionConfig) -> Applied:
        """Apply entries in order, those that were applied before not again, in one atomic call."""
        steps = [(step, retention.seconds(step)) for step in keys.STEPS_S]
        with self._answering():
            answer: Any = self._ingest(
                keys=[
                    keys.mark(camera_id, epoch),
                    keys.stream(camera_id),
                    keys.deposits(camera_id),
                    keys.deposits_kept(camera_id),
                    keys.watch(camera_id),
                    *(keys.bucket_index(camera_id, step) for step in keys.STEPS_S),
                ],
                args=[
                    _packed(entries),
                    keys.bucket_prefix(camera_id),
                    retention.events_max,
                    round(retention.events_h * 3600),
                    longest_s(retention),
                    keys.deposit_prefix(camera_id),
                    round(retention.deposits_d * 86400),
                    keys.DEPOSIT_TOLD,
                    *(value for pair in steps for value in pair),
                ],
            )
        return Applied(*answer)

    def set_state(self, state: CameraState, retention: RetentionConfig) -> None:
        """Replace the camera's state; it is kept as long as its figures."""
        with self._answering():
            self._redis.set(keys.state(state.id), state.model_dump_json(), ex=longest_s(retention))

    def describe(self, description: CameraDescription) -> None:
        """Replace the camera's description (one field a camera of the site, so it needs no end)."""
        with self._answering():
            self._redis.hset(keys.CAMERAS, description.id, description.model_dump_json(by_alias=True))

    def set_configuration(self, state: ConfigurationState) -> None:
        """Tell which configuration is followed; it is told again every few seconds, and ends with whoever tells it."""
        with self._answering():
            self._redis.set(keys.CONFIGURATION, state.model_dump_json(), ex=CONFIGURATION_KEPT_S)

    def set_models(self, told: ModelsTold) -> None:
        """Tell which models are used; told again and ended as the configuration is."""
        with self._answering():
            self._redis.set(keys.MODELS, told.model_dump_json(), ex=CONFIGURATION_KEPT_S)

    def first_start(self, camera_id: str, sha256: str, proposed_s: float, retention: RetentionConfig) -> float:
        """Return when a recording was first played on this camera, epoch seconds; `proposed_s` if that is now."""
        key = keys.recording(camera_id, sha256)
        with self._answering():
            before: Any = self._redis.set(key, repr(proposed_s), nx=True, get=True, ex=longest_s(retention))
            if before is None:
                return proposed_s
            self._redis.expire(key, longest_s(retention))
        return float(before)

    def command(self, camera_id: str, text: str) -> None:
        """Leave a command (JSON) for the camera's worker; the oldest ones give way to the newest."""
        key = keys.commands(camera_id)
        with self._answering():
            self._redis.rpush(key, text)
            self._redis.ltrim(key, -keys.COMMANDS_WAITING, -1)
            self._redis.expire(key, keys.COMMANDS_S)

    def has_deposit(self, camera_id: str, deposit_id: str) -> bool:
        """Return whether a camera has told of a deposit that is still kept."""
        with self._answering():
            return bool(self._redis.exists(keys.deposit(camera_id, deposit_id)))

    def take_commands(self, camera_id: str) -> list[str]:
        """Take what operators asked of a camera since the last time, oldest first."""
        with self._answering():
            found: Any = self._redis.lpop(keys.commands(camera_id), keys.COMMANDS_WAITING)
        return found or []

    def last_seq(self, camera_id: str, epoch: str) -> int:
        """Return the highest sequence number applied for a producer, −1 if none was."""
        with self._answering():
            seq: Any = self._redis.hget(keys.mark(camera_id, epoch), "seq")
        return -1 if seq is None else int(seq)

    def close(self) -> None:
        """Let the connection go."""
        self._redis.close()

    @contextmanager
    def _answering(self) -> Iterator[None]:
        try:
            yield
        except (RedisError, OSError) as error:
            raise RedisAway(f"redis: {self._name}: {_reason(error)}") from error


def longest_s(retention: RetentionConfig) -> int:
    """Return for how many seconds anything of a camera is kept."""
    return max(round(retention.events_h * 3600), *(retention.seconds(step) for step in keys.STEPS_S))


def _reason(error: Exception) -> str:
    return str(error).rstrip(".")


def stored_as(observation: Observation | None) -> tuple[str, str, float]:
    """Return where an observation is kept beside the stream: `deposit` with its id and end (−1: it lies there), or
    `watch` with its zone; three empty values for all others."""
    if observation is None or observation.kind not in ("deposit", "deposit.watch"):
        return "", "", 0.0
    if observation.kind == "deposit.watch":
        return "watch", observation.subject, 0.0
    ended = observation.detail["state"] in ENDED
    cleared_at = observation.detail["cleared_at"] or observation.observed_at.isoformat()
    end_s = datetime.fromisoformat(str(cleared_at)).timestamp() if ended else -1.0
    return "deposit", str(observation.detail["deposit"]), end_s


def _packed(entries: Sequence[Entry]) -> str:
    return json.dumps(
        [
            (
                entry.seq,
                entry.at_s,
                entry.observation.model_dump_json() if entry.observation else "",
                entry.steps_s,
                [(change.field, change.value, change.op == "max") for change in entry.increments],
                stored_as(entry.observation),
            )
            for entry in entries
        ],
        separators=(",", ":"),
    )
