"""A test's look into its Redis: totals, observations, states, and all there is."""

import json
from pathlib import Path
from typing import Any

from redis import Redis

from pipeline import keys
from pipeline.redis_client import RedisClient, connect


class Server:
    """A server at a URL: how to connect, and what it holds. What a method is not told is of the camera `cam`."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.redis: Any = Redis.from_url(url, decode_responses=True)

    def connect(self) -> RedisClient:
        """Return a new connection as pipelines have it."""
        return connect(self.url, Path())

    def process_id(self) -> int:
        """Return the server's process."""
        return int(self.redis.info("server")["process_id"])

    def total(self, field: str, step_s: int = 60, camera_id: str = "cam") -> int:
        """Return the sum of a field over all buckets of a step."""
        found = self.redis.scan_iter(f"{keys.bucket_prefix(camera_id)}{step_s}:*", count=1000)
        return sum(int(self.redis.hget(key, field) or 0) for key in found)

    def bucket(self, step_s: int, start: int) -> dict[str, str]:
        """Return the fields of one bucket."""
        return dict(self.redis.hgetall(keys.bucket("cam", step_s, start)))

    def told(self, kind: str | None = None, camera_id: str = "cam") -> list[dict[str, Any]]:
        """Return the observations of a kind (None: of all), oldest first."""
        observations = [json.loads(fields["o"]) for _, fields in self.redis.xrange(keys.stream(camera_id))]
        return [o for o in observations if kind in (None, o["kind"])]

    def state(self, camera_id: str = "cam") -> dict[str, Any]:
        """Return how a camera is; empty before it told."""
        return dict(json.loads(self.redis.get(keys.state(camera_id)) or "{}"))

    def everything(self) -> str:
        """Return all keys and values as text."""
        read = {
            "string": self.redis.get,
            "hash": self.redis.hgetall,
            "stream": self.redis.xrange,
            "zset": lambda key: self.redis.zrange(key, 0, -1),
        }
        return json.dumps([[key, read[self.redis.type(key)](key)] for key in self.redis.scan_iter(count=1000)])
