"""Where and when a site is judged: its zone, its names, its days off, and where its cameras and sensors are."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hypervisor.cross.nearby import reach_m
from hypervisor.distance import Position, metres
from hypervisor.feed import Feed
from hypervisor.sensors.ledger import Ledger
from hypervisor.store.values import Store


class Spots(NamedTuple):
    """Where things are, as far as it is known."""

    cameras: Mapping[str, Position]
    sensors: Mapping[str, Position]

    def near(self, camera: str, sensor: str, measure: str) -> bool:
        """Tell whether a sensor is known to be near enough to a camera for a measure."""
        one, other = self.cameras.get(camera), self.sensors.get(sensor)
        return one is not None and other is not None and metres(one, other) <= reach_m(measure)


async def spots_of(feed: Feed, store: Store, clock: Callable[[], float]) -> Spots:
    """Return where cameras and sensors are, as far as somebody wrote it down."""
    cameras = {one.id: one.location for one in (await feed.cameras()).values() if one.location is not None}
    sensors = [one.value for one in await Ledger(store, clock).sensors.listed()]
    return Spots(cameras, {one.id: one.location for one in sensors if one.location is not None})


class Local(NamedTuple):
    """Where and when a site is judged, and how its places are called."""

    zone: ZoneInfo
    now_s: float
    names: Mapping[str, str] = {}  # `camera` and `camera/line or zone` → name
    off: Mapping[date, str] = {}  # local day → `public` or `calendar`: days unlike their weekday
    spots: Spots | None = None  # where cameras and sensors are; without: every sensor speaks for every camera

    @property
    def today(self) -> date:
        """Return the local day."""
        return datetime.fromtimestamp(self.now_s, UTC).astimezone(self.zone).date()
