"""What the hypervisor reads, wherever it is kept: descriptions, states, buckets and streams of observations."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from pipeline.observation import CameraDescription, CameraState, ConfigurationState, ModelsTold, Observation

Bucket = Mapping[str, int]
"""The fields of one bucket (`pipeline.keys` names them)."""


class FeedAway(Exception):
    """The store does not answer. The message is for users and holds no address and no password."""


class Position(NamedTuple):
    """A point in the one total order of all cameras' entries: moment, sequence in it, camera.

    Its text `<ms>-<seq>@<camera>` is the id of a server-sent event and the cursor of `/v1/events`.
    """

    ms: int
    seq: int
    camera: str

    def __str__(self) -> str:
        return f"{self.ms}-{self.seq}@{self.camera}"

    @staticmethod
    def parse(text: str) -> "Position":
        """Read the text form.

        Raises:
            ValueError: if it is not one.
        """
        found = re.fullmatch(r"(\d{1,15})-(\d{1,20})@([a-z0-9][a-z0-9_-]{0,62}|)", text, re.ASCII)
        if found is None or int(found[2]) >= 2**64:
            raise ValueError("is no event id; expected <ms>-<seq>@<camera>, as an earlier answer gave it")
        return Position(int(found[1]), int(found[2]), found[3])

    @staticmethod
    def before_ms(ms: int) -> "Position":
        """Return the position after everything older than `ms`, before everything from `ms` on."""
        return Position(ms, 0, "")


@dataclass(frozen=True, slots=True)
class Told:
    """One observation and where it stands in the order."""

    position: Position
    observation: Observation


@dataclass(frozen=True, slots=True)
class Page:
    """Observations in order. Everything up to `position` has been read; `more` follows at once."""

    items: tuple[Told, ...]
    position: Position
    more: bool


class BucketName(NamedTuple):
    """Which bucket: its camera, its length and its start, epoch seconds."""

    camera: str
    step_s: int
    start: int


class Asked(NamedTuple):
    """What is asked of the index of a camera's buckets of one length."""

    camera: str
    step_s: int
    since: int | None = None  # only entries with this score or a higher one; None: all
    witness: str = ""  # a bucket whose score is asked for besides


class Written(NamedTuple):
    """What an index says. The score of a bucket is when it was written last plus how long it is kept, epoch seconds."""

    entries: Sequence[tuple[str, int]]  # start of a bucket, and its score
    witness: int | None  # the score of the bucket that was named; None: it is not there
    expires_s: int  # when the index itself expires: the moment of the last write, plus how long buckets are kept now


History = Sequence[Observation]
"""What was told of one deposit, oldest first."""

MOST_DEPOSITS = 5000


class Feed(Protocol):
    """Where everything comes from. Every method raises `FeedAway` when the store does not answer."""

    async def ping(self) -> None:
        """Return if the store answers."""

    async def now(self) -> Position:
        """Return the position after all that is complete by now."""

    async def configuration(self) -> ConfigurationState | None:
        """Return which configuration the pipeline follows; None while no pipeline tells of it."""

    async def models(self) -> ModelsTold | None:
        """Return which models the pipeline uses; None while no pipeline tells of them."""

    async def cameras(self) -> dict[str, CameraDescription]:
        """Return all cameras, ordered by id."""

    async def states(self, cameras: Sequence[str]) -> dict[str, CameraState]:
        """Return the last told states; a camera without one is left out."""

    async def buckets(self, wanted: Sequence[BucketName]) -> dict[BucketName, Bucket]:
        """Return those that exist."""

    async def newest(self, cameras: Sequence[str], step_s: int) -> int | None:
        """Return the start, epoch seconds, of the newest bucket among those written last; None without any."""

    async def written(self, asked: Sequence[Asked]) -> tuple[float, list[Written]]:
        """Return the server's time, and what indexes of buckets say after it."""

    async def written_since(
        self, cameras: Sequence[str], step_s: int, since_s: float | None
    ) -> tuple[float, list[BucketName]]:
        """Return the server's time, and the buckets that were written since an earlier such time; None: all there are.

        A few that were not written may be among them.
        """

    async def deposits_told(self, cameras: Sequence[str], since_s: float | None) -> tuple[float, list[History]]:
        """Return the server's time, and all that is kept of each deposit of which something was told since."""

    async def deposits(self, cameras: Sequence[str], since_s: float) -> dict[str, list[History]]:
        """Return what was told of each deposit that lay there at or after a moment, epoch seconds, by camera.

        Of one camera `MOST_DEPOSITS` at most: those that still lie there, and the newest others.
        """

    async def deposit(self, cameras: Sequence[str], deposit_id: str) -> History:
        """Return what was told of one deposit of these cameras, oldest first; empty if there is none."""

    async def watches(self, cameras: Sequence[str]) -> dict[tuple[str, str], Observation]:
        """Return how well zones are watched for deposits, by camera and zone, as last told."""

    async def read(self, only: frozenset[str], after: Position, limit: int) -> Page:
        """Return the first `limit` observations after a position, of these cameras or, if empty, of all."""

    async def trimmed(self, cameras: Sequence[str], after: Position) -> tuple[str, ...]:
        """Return the cameras of which something told after a position may have been deleted since."""

    async def close(self) -> None:
        """Let go of connections."""
