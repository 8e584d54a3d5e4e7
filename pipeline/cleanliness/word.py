"""What an operator says is done: what is clean now, and what is normal there, becomes the reference."""

import logging
from collections.abc import Iterator, Sequence

import numpy as np

from pipeline.cleanliness.life import Life, Told
from pipeline.cleanliness.sample import Mask
from pipeline.cleanliness.scene import Look, Scene
from pipeline.cleanliness.spots import Spot, placed
from pipeline.cleanliness.zones import WatchedZone
from pipeline.orders import Order

AROUND_PX = 8
"""A thing differs a few px around itself, too: a window of comparison reaches so far."""

_log = logging.getLogger(__name__)


def obey(order: Order, look: Look, zones: Sequence[WatchedZone], life: Life, scene: Scene) -> Iterator[Told]:
    """Do what an operator says, and yield how deposits end by it.

    `clean`: the zone's ground as it shows now is clean, so what lay there is cleared now. `normal`: what lies there, or
    one deposit, is absorbed, and the ground with it becomes the reference.
    """
    spots = _meant(order, zones, life)
    if spots is None:
        _log.warning("an operator speaks of %s, which is not here", order.zone or order.deposit)
        return
    for spot in spots:
        life.spots.remove(spot)
        if spot.deposit is not None:
            spot.deposit.clean_since_s = look.time_s
            yield Told(spot, "cleared" if order.do == "clean" else "absorbed")
    scene.references.adopt(look.ground, _ground(order, look, zones, spots))


def _meant(order: Order, zones: Sequence[WatchedZone], life: Life) -> list[Spot] | None:
    """Return the spots that an order is about; None if there is no such zone or deposit."""
    if order.deposit is not None:
        one = [spot for spot in life.open if spot.deposit is not None and spot.deposit.id == order.deposit]
        return one or None
    numbers = [n for n, zone in enumerate(zones) if zone.config.id == order.zone]
    return [spot for spot in life.spots if spot.zone == numbers[0]] if numbers else None


def _ground(order: Order, look: Look, zones: Sequence[WatchedZone], spots: Sequence[Spot]) -> Mask:
    """Return where the ground that shows now is to be the reference: nowhere that somebody hides."""
    free = look.known & ~look.hidden
    if order.do == "clean":
        mine = [zone.mask for zone in zones if zone.config.id == order.zone]
        return np.asarray(free & np.logical_or.reduce(mine), np.bool_)
    where = np.zeros_like(free)
    for spot in spots:
        x1, y1, x2, y2 = spot.box
        where |= placed(spot.box, spot.mask, free.shape)
        where[max(0, y1 - AROUND_PX) : y2 + AROUND_PX, max(0, x1 - AROUND_PX) : x2 + AROUND_PX] = True
    return np.asarray(free & where, np.bool_)
