"""One camera's view of the simulated city: what passed, when, and how much of it was watched. Columns are hours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple
from zlib import crc32
from zoneinfo import ZoneInfo

import numpy as np

from parvis.simulated.litter import Lying
from parvis.simulated_city import DAY, Floats, remembering
from pipeline.observation import CameraDescription

HOUR_S = 3600
HALF = 0.5**0.5


class Local(NamedTuple):
    """Hours as the city's clocks show them: rhythms follow these, not UTC."""

    first_s: int
    hour: np.ndarray  # (hours,) 0..23
    weekday: np.ndarray  # (hours,) 0 is Monday

    @property
    def is_working(self) -> np.ndarray:
        """Return (hours,): True on working days."""
        found: np.ndarray = self.weekday < 5
        return found

    def within(self, begin: int, end: int) -> np.ndarray:
        """Return (hours,): True from one local hour to another."""
        found: np.ndarray = (self.hour >= begin) & (self.hour < end)
        return found


def local_of(first_s: int, hours: int, timezone: str) -> Local:
    """Return the clocks of a range of hours."""
    zone = ZoneInfo(timezone)
    at = [datetime.fromtimestamp(first_s + n * HOUR_S, UTC).astimezone(zone) for n in range(hours)]
    return Local(first_s, np.array([one.hour for one in at]), np.array([one.weekday() for one in at]))


@dataclass(frozen=True, slots=True)
class Scene:
    """What a camera saw."""

    camera: CameraDescription
    seed: int
    local: Local
    flows: Mapping[str, Floats]  # class → (hours,) passages that were seen; NaN where nobody watched
    coverage: Floats  # (hours,) 0..1
    lying: Sequence[Lying] = ()

    def rng(self, name: str) -> np.random.Generator:
        """Return a source of chance that is the same for the same name, whatever is asked for before."""
        return np.random.default_rng([self.seed, crc32(f"{self.camera.id}/{name}".encode())])

    def wobble(self, name: str, sd: float, persistence: float = 0.6) -> Floats:
        """Return (hours,): a factor around 1, of which half lasts from day to day and half is the hour's own."""
        rng, hours = self.rng(name), len(self.coverage)
        lasting = remembering(rng, (1, hours // DAY + 1), persistence, sd * HALF)[0].repeat(DAY)[:hours]
        found: Floats = np.exp(lasting + rng.normal(0, sd * HALF, hours))
        return found

    def seen(self, values: Floats) -> Floats:
        """Return values, NaN where nobody watched."""
        found: Floats = np.where(self.coverage > 0, values, np.nan)
        return found

    def rate(self, class_name: str) -> Floats:
        """Return passages an hour watched, 0 where nobody did."""
        flow = np.nan_to_num(self.flows[class_name])
        found: Floats = np.where(self.coverage > 0, flow / np.maximum(self.coverage, 0.05), 0.0)
        return found

    def load(self, class_name: str) -> Floats:
        """Return how busy it is: 1 is the busiest tenth of the hours."""
        rate = self.rate(class_name)
        found: Floats = rate / max(1.0, float(np.quantile(rate, 0.9)))
        return found

    def part(self, class_name: str, share: Floats | float, name: str) -> Floats:
        """Return how many of those that passed were of a part, NaN where nobody watched."""
        flow = np.nan_to_num(self.flows[class_name]).astype(np.int64)
        return self.seen(self.rng(name).binomial(flow, np.clip(share, 0.0, 1.0)).astype(float))

    def by_chance(self, mean: Floats, name: str) -> Floats:
        """Return a number of things by chance around a mean of a whole hour, NaN where nobody watched."""
        return self.seen(self.rng(name).poisson(mean * self.coverage).astype(float))
