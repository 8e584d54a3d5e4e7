"""The feed as one principal sees it: other cameras do not exist. Every route reads through it (`Context.feed`)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from hypervisor.feed import Asked, Bucket, BucketName, Feed, History, Page, Position, Written
from pipeline.observation import CameraDescription, CameraState, ConfigurationState, ModelsTold, Observation

Kept = TypeVar("Kept")


@dataclass(frozen=True, slots=True)
class GrantedFeed:
    """A feed of some cameras only."""

    feed: Feed
    granted: frozenset[str]

    async def ping(self) -> None:
        """Return if the store answers."""
        await self.feed.ping()

    async def now(self) -> Position:
        """Return the position after all that is complete by now."""
        return await self.feed.now()

    async def configuration(self) -> ConfigurationState | None:
        """Return which configuration the pipeline follows."""
        return await self.feed.configuration()

    async def models(self) -> ModelsTold | None:
        """Return which models the pipeline uses: for administrators, who see all cameras."""
        return await self.feed.models()

    async def cameras(self) -> dict[str, CameraDescription]:
        """Return the cameras that are granted."""
        return self._only(await self.feed.cameras())

    async def states(self, cameras: Sequence[str]) -> dict[str, CameraState]:
        """Return the states of those that are granted."""
        return await self.feed.states(self._among(cameras))

    async def buckets(self, wanted: Sequence[BucketName]) -> dict[BucketName, Bucket]:
        """Return those that exist and are granted."""
        return await self.feed.buckets([name for name in wanted if name.camera in self.granted])

    async def newest(self, cameras: Sequence[str], step_s: int) -> int | None:
        """Return the start of the newest bucket."""
        return await self.feed.newest(self._among(cameras), step_s)

    async def written(self, asked: Sequence[Asked]) -> tuple[float, list[Written]]:
        """Return what indexes of cameras say; who asks has checked that they are granted."""
        return await self.feed.written([one for one in asked if one.camera in self.granted])

    async def written_since(
        self, cameras: Sequence[str], step_s: int, since_s: float | None
    ) -> tuple[float, list[BucketName]]:
        """Return which buckets of granted cameras were written since."""
        return await self.feed.written_since(self._among(cameras), step_s, since_s)

    async def deposits_told(self, cameras: Sequence[str], since_s: float | None) -> tuple[float, list[History]]:
        """Return the deposits of granted cameras of which something was told since."""
        return await self.feed.deposits_told(self._among(cameras), since_s)

    async def deposits(self, cameras: Sequence[str], since_s: float) -> dict[str, list[History]]:
        """Return the deposits of cameras that are granted."""
        return await self.feed.deposits(self._among(cameras), since_s)

    async def deposit(self, cameras: Sequence[str], deposit_id: str) -> History:
        """Return one deposit, if its camera is granted."""
        return await self.feed.deposit(self._among(cameras), deposit_id)

    async def watches(self, cameras: Sequence[str]) -> dict[tuple[str, str], Observation]:
        """Return how well zones are watched."""
        return await self.feed.watches(self._among(cameras))

    async def read(self, only: frozenset[str], after: Position, limit: int) -> Page:
        """Return observations of cameras that are granted."""
        asked = only & self.granted if only else self.granted
        if not asked:  # an empty set asks the feed for all
            return Page((), after, False)
        return await self.feed.read(asked, after, limit)

    async def trimmed(self, cameras: Sequence[str], after: Position) -> tuple[str, ...]:
        """Return the cameras of which something may have been deleted."""
        return await self.feed.trimmed(self._among(cameras), after)

    async def close(self) -> None:
        """Let go of connections."""
        await self.feed.close()

    def _among(self, cameras: Sequence[str]) -> list[str]:
        return [camera for camera in cameras if camera in self.granted]

    def _only(self, found: dict[str, Kept]) -> dict[str, Kept]:
        return {camera: kept for camera, kept in found.items() if camera in self.granted}
