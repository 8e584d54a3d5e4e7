"""Public bins: whether things lie on the rim or around the foot. How full a bin is inside, no camera can tell."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from pipeline.cleanliness.sample import Mask
from pipeline.cleanliness.scene import DIFFERS, Look
from pipeline.cleanliness.spots import Opened, Spot
from pipeline.cleanliness.zones import WatchedBin
from pipeline.deposits import BIN_OPEN_S, DepositState

OCCUPIED = 0.25
"""Share of the rim or the ring that must differ from the empty bin."""

MOVED = 0.4
"""Mean likeness of the bin's body below which the bin is not where it was drawn: nothing is told of it then."""

SEEN = 0.6


@dataclass(slots=True, eq=False)
class BinLife:
    """One bin; its spot is a deposit while it overflows."""

    watched: WatchedBin
    id_prefix: str
    spot: Spot = field(init=False)
    _since_s: float | None = None

    def __post_init__(self) -> None:
        both = self.watched.rim | self.watched.ring
        rows, columns = np.flatnonzero(both.any(axis=1)), np.flatnonzero(both.any(axis=0))
        box = (0, 0, 1, 1)
        if len(rows):
            box = (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
        mask = both[box[1] : box[3], box[0] : box[2]]
        self.spot = Spot(self.watched.zone, box, mask, 0.0)

    def step(self, look: Look, clear_s: float) -> Iterator[DepositState]:
        """Take a look; return what is to be told of the bin."""
        occupied = self._is_occupied(look)
        if occupied is None:
            return
        deposit = self.spot.deposit
        if deposit is None:
            self._since_s = None if not occupied else look.began_s if self._since_s is None else self._since_s
            if self._since_s is not None and look.time_s - self._since_s >= BIN_OPEN_S:
                name = f"{self.id_prefix}-{self.watched.config.id}-{round(self._since_s)}"
                self.spot.first_s, self.spot.seen, self.spot.evidence = self._since_s, 1, 1.0
                self.spot.deposit = Opened(name, look.time_s, "bin_overflow", self.watched.config.name or None, 0, 1)
                yield "opened"
        elif occupied:
            deposit.clean_since_s = None
        else:
            deposit.clean_since_s = look.began_s if deposit.clean_since_s is None else deposit.clean_since_s
            if look.time_s - deposit.clean_since_s >= clear_s:
                yield "cleared"
                self.spot.deposit, self._since_s = None, None

    def _is_occupied(self, look: Look) -> bool | None:
        """Return whether things lie on or around the bin; None where that cannot be seen, or the bin has moved."""
        seen = look.known & ~look.hidden
        body = self.watched.body & seen
        if body.sum() < SEEN * max(1, self.watched.body.sum()) or float(look.like[body].mean()) < MOVED:
            return None
        shares = [self._share(part, seen, look) for part in (self.watched.rim, self.watched.ring)]
        known = [share for share in shares if share is not None]
        return max(known) >= OCCUPIED if known else None

    @staticmethod
    def _share(part: Mask, seen: Mask, look: Look) -> float | None:
        inside = part & seen
        if not part.any() or inside.sum() < SEEN * part.sum():
            return None
        return float((look.like[inside] < DIFFERS).mean())
