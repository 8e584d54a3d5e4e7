"""What comes to a watch for deposits from outside: the time of day, schedules, and what operators say."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.cleanliness.store import Store, folder_of
from pipeline.config import CameraConfig
from pipeline.config_file import LoadedSite
from pipeline.orders import Order
from pipeline.quiet import QuietTimes


def nobody() -> Iterable[Order]:
    """Return no order: nobody speaks of a recording that is analysed."""
    return ()


@dataclass(frozen=True, slots=True)
class Outside:
    """All of it, for one run over a camera's pictures."""

    times: QuietTimes
    origin_s: float | None  # of the events' time 0, seconds since the Unix epoch; None where nobody knows
    orders: Callable[[], Iterable[Order]] = nobody  # what operators said since the last time
    base: Path = Path()  # folder of the configuration
    store: Store | None = None  # where things are kept over a restart
    explained: bool = False  # whether the newest look is kept, so that it can be explained

    def keeping(self, loaded: LoadedSite, camera: CameraConfig) -> "Outside":
        """Return the same with a store: for live cameras. A recording that is played again must tell the same."""
        pictures = camera.purpose == "operations"
        folder = folder_of(loaded.data_dir, camera.id)
        return replace(self, store=Store(folder, pictures, camera.retention.evidence_days))

    @staticmethod
    def of(
        loaded: LoadedSite,
        camera: CameraConfig,
        origin_s: float | None = None,
        orders: Callable[[], Iterable[Order]] = nobody,
    ) -> "Outside":
        """Return that of a camera; without an origin, that of a recording, which says when it began or does not.

        Raises:
            Refused: if a calendar cannot be read.
        """
        if origin_s is None and camera.recorded_at is not None:
            origin_s = camera.recorded_at.timestamp()
        return Outside(
            QuietTimes(camera.schedules, loaded.site.site.timezone, loaded.path.parent),
            origin_s,
            orders,
            loaded.path.parent,
        )

    def quiet(self) -> Callable[[str, float], str | None]:
        """Return why a zone may be dirty at a moment of the events' time; never, where nobody knows the time."""
        origin_s = self.origin_s

        def reason(zone_id: str, time_s: float) -> str | None:
            found = None if origin_s is None else self.times.at(zone_id, origin_s + time_s)
            return None if found is None else found.reason

        return reason
