"""The sink that delivers to Redis: a bounded buffer and one thread, so that counting never waits for the network."""

import logging
import math
import threading
from collections.abc import Callable
from dataclasses import dataclass

from pipeline import keys
from pipeline.config import RetentionConfig
from pipeline.errors import ParvisError
from pipeline.observation import CameraDescription, CameraState
from pipeline.orders import Orders
from pipeline.outbox import Outbox
from pipeline.publish import Entry
from pipeline.redis_client import Applied, RedisClient

_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 1.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SinkStatus:
    """How delivery goes."""

    connected: bool
    buffered: int  # entries taken, not yet confirmed
    applied: int  # entries that changed something in Redis
    repeated: int  # entries that Redis had applied before
    late: int  # changes to buckets that were sealed, or too old to be kept
    lost: int  # entries given up
    last_error: str | None


class RedisSink:
    """Delivers entries in order, each once, to one camera's keys.

    On a live camera `put` never waits: beyond `live_bound` entries the oldest are lost, counted and told, also in the
    camera's state. For a recording it waits instead, and nothing is lost before `close`.
    """

    live_bound = 20_000
    recording_bound = 2_000
    batch_entries = 200
    live_flush_s = 0.02  # what one look brings comes in a few milliseconds
    recording_flush_s = 0.2
    close_s = 5.0
    orders: Orders | None = None  # where to put what operators say, asked for with every state told

    def __init__(
        self,
        connect: Callable[[], RedisClient],
        camera_id: str,
        epoch: str,
        retention: RetentionConfig,
        clock: Callable[[], float],
        live: bool,
    ) -> None:
        """Connect at once, so that an unreachable Redis is refused before the first frame.

        `connect` is called again after every loss, on the sink's thread; `clock` (seconds) only tells how long
        Redis was away.

        Raises:
            Refused: if Redis is not there.
        """
        self._connect, self._camera_id, self._epoch, self._retention = connect, camera_id, epoch, retention
        self._clock = clock
        self._client: RedisClient | None = connect()
        self._outbox = Outbox(self.live_bound if live else self.recording_bound, self.batch_entries, drop_oldest=live)
        self._flush_s = self.live_flush_s if live else self.recording_flush_s
        self._notes: dict[str, Callable[[RedisClient], None]] = {}
        self._description: CameraDescription | None = None
        self._total = Applied(0, 0, 0)
        self._outage = _Outage(camera_id)
        self._abandoned = False
        self._thread = threading.Thread(target=self._run, name=f"redis-{camera_id}", daemon=True)
        self._thread.start()

    @property
    def status(self) -> SinkStatus:
        """Return how delivery goes now."""
        return SinkStatus(
            connected=self._client is not None,
            buffered=len(self._outbox),
            applied=self._total.applied,
            repeated=self._total.repeated,
            late=self._total.late,
            lost=self._outbox.lost,
            last_error=self._outage.last_error,
        )

    def describe(self, description: CameraDescription) -> None:
        """Tell what the camera measures (replaces what was told before; told again after an outage)."""
        self._description = description
        self._notes["description"] = lambda client: client.describe(description)
        self._outbox.poke()

    def put(self, entry: Entry) -> None:
        """Take an entry.

        Raises:
            ValueError: if Redis could never apply it.
        """
        if not math.isfinite(entry.at_s) or not set(entry.steps_s) <= set(keys.STEPS_S):
            raise ValueError(f"entry {entry.seq}: at {entry.at_s} s, steps {entry.steps_s}; expected {keys.STEPS_S}")
        self._outbox.put(entry)

    def state(self, state: CameraState) -> None:
        """Tell how the camera is, with the entries lost here; only the newest counts."""
        known = max(state.events_lost, self._outbox.lost)
        told = state.model_copy(update={"events_lost": known})
        self._notes["state"] = lambda client: self._tell_state(client, told)
        self._outbox.poke()

    def _tell_state(self, client: RedisClient, told: CameraState) -> None:
        client.set_state(told, self._retention)
        if self.orders is not None:
            self.orders.put(client.take_commands(self._camera_id))

    def close(self) -> None:
        """Deliver what is left for `close_s` at most; what Redis has not confirmed then is counted as lost."""
        self._outbox.close()
        self._thread.join(self.close_s)
        self._abandoned = True
        left = self._outbox.abandon()
        if left:
            _log.error("%s: %d entries could not be delivered to Redis and are lost", self._camera_id, left)

    def _run(self) -> None:
        pause_s = _FIRST_PAUSE_S
        try:
            while (self._outbox.wait(self._flush_s) or self._notes) and not self._abandoned:
                try:
                    self._deliver()
                except ParvisError as error:
                    self._lose_connection(error)
                    self._outbox.pause(pause_s)
                    pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
                else:
                    pause_s = _FIRST_PAUSE_S
        finally:
            self._outbox.close()  # should this thread die of a fault of ours, `put` must not wait for it
            self._drop_client()

    def _deliver(self) -> None:
        if self._client is None:
            self._client = self._connect()
            if self._description is not None:  # the server may be a new, empty one
                self.describe(self._description)
        for name, note in self._notes.copy().items():
            note(self._client)
            if self._notes[name] is note:  # else a newer one came meanwhile
                del self._notes[name]
        batch = self._outbox.batch()
        if batch:
            done = self._client.ingest(self._camera_id, self._epoch, batch, self._retention)
            self._outbox.confirm()
            self._total += done
        self._outage.ends(self._outbox.lost, self._clock())

    def _lose_connection(self, error: ParvisError) -> None:
        self._outage.goes_on(str(error), self._outbox.lost, self._clock())
        self._drop_client()

    def _drop_client(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None


class _Outage:
    """Tells of an outage when it begins, when the first entry is lost and when it is over: once each."""

    def __init__(self, camera_id: str) -> None:
        self._camera_id = camera_id
        self._since: float | None = None
        self._lost_before = 0
        self._loss_told = False
        self.last_error: str | None = None

    def goes_on(self, error: str, lost: int, now: float) -> None:
        self.last_error = error
        if self._since is None:
            self._since, self._lost_before, self._loss_told = now, lost, False
            _log.warning("%s: %s; entries are kept until it is back", self._camera_id, error)
        if lost > self._lost_before and not self._loss_told:
            self._loss_told = True
            _log.error("%s: Redis has been away too long for the buffer, the oldest entries are lost", self._camera_id)

    def ends(self, lost: int, now: float) -> None:
        if self._since is not None:
            away_s, lost_here = now - self._since, lost - self._lost_before
            _log.warning("%s: Redis is back after %.1f s; %d entries were lost", self._camera_id, away_s, lost_here)
            self._since = None
