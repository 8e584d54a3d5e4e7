"""What a deposit is taken for. A name that nobody can be sure of is not given: `unclassified` is an honest answer."""

from pipeline.cleanliness.seen import NAMED
from pipeline.cleanliness.spots import Spot
from pipeline.deposits import DepositType

BULKY_M2, BAG_M2 = 0.35, 0.06
"""Areas as the camera sees them, m², from which a thing is bulky waste, or as large as a bag."""

PIECES = 3
"""So many small pieces together are scattered litter."""

SURE = 0.8
"""Sum of a name's scores from which a deposit is called by it: two clear detections, or one close look."""


def type_of(spot: Spot, metres_per_px: float | None) -> tuple[DepositType, str | None]:
    """Return what a spot is taken for, and what the detector calls it, if it does."""
    name = max(spot.names, key=lambda one: spot.names[one], default=None)
    if name is not None and spot.names[name] >= SURE and name in NAMED:
        return NAMED[name], name
    if metres_per_px is None:
        return ("litter", None) if spot.components >= PIECES else ("unclassified", None)
    area_m2 = spot.area * metres_per_px**2
    if spot.components >= PIECES and area_m2 / spot.components < BAG_M2:
        return "litter", None
    if area_m2 >= BULKY_M2:
        return "bulky", None
    return ("bags", None) if area_m2 >= BAG_M2 else ("litter", None)


def confidence_of(spot: Spot) -> float:
    """Return how much speaks for a deposit, 0..1: no probability, but more is more.

    Half of it is how much of the region light cannot explain, the rest how steadily it was seen, and how still it was.
    """
    steady = spot.seen / max(1, spot.seen + spot.missed)
    still = spot.calm / max(1, spot.seen)
    named = 0.1 if spot.names else 0.0
    return min(1.0, 0.5 * min(1.0, spot.evidence / 0.6) + 0.25 * steady + 0.15 * still + named)
