"""The zones of a camera that are watched for deposits, as the size analysed shows them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.cleanliness.sample import Mask, polygon_mask
from pipeline.config import CameraConfig, ZoneConfig
from pipeline.deposits import BinConfig, DepositsConfig
from pipeline.geometry import Pair
from pipeline.ground import Ground

LEAST_PX = 400
"""Area, px of the size analysed, below which a zone is too small to tell a change in it from noise."""


@dataclass(frozen=True, slots=True, eq=False)
class WatchedZone:
    """One zone."""

    config: ZoneConfig
    rules: DepositsConfig
    mask: Mask  # (h, w) without what is kept out and without bins
    smallest_cm: float | None
    area_m2: float | None

    @property
    def too_small(self) -> bool:
        """Return whether nothing can be told of it."""
        return int(self.mask.sum()) < LEAST_PX


@dataclass(frozen=True, slots=True, eq=False)
class WatchedBin:
    """One bin."""

    config: BinConfig
    zone: int
    body: Mask
    rim: Mask
    ring: Mask


def zones_of(camera: CameraConfig, small: tuple[int, int], ground: Ground | None) -> list[WatchedZone]:
    """Return the zones that are watched, in the order of the configuration."""
    found = []
    around_bins = np.zeros((small[1], small[0]), np.bool_)
    for one in camera.bins:
        for polygon in (one.body, ring_of(one), rim_of(one)):
            around_bins |= polygon_mask(np.array(polygon), small)
    for zone in camera.zones:
        rules = zone.deposit_rules
        if rules is None:
            continue
        mask = polygon_mask(np.array(zone.points), small) & ~around_bins
        for points in [part.points for part in rules.keep_out] + [part.points for part in camera.masks]:
            mask &= ~polygon_mask(np.array(points), small)
        area_m2 = ground.fit.area_m2(zone.points) if ground is not None else None
        found.append(
            WatchedZone(zone, rules, mask, _smallest_cm(zone.points, rules.smallest_px, small, ground), area_m2)
        )
    return found


def bins_of(camera: CameraConfig, small: tuple[int, int]) -> list[WatchedBin]:
    """Return the bins, in the order of the configuration."""
    ids = [zone.id for zone in camera.zones if zone.deposit_rules is not None]
    return [
        WatchedBin(
            one,
            ids.index(one.zone),
            polygon_mask(np.array(one.body), small),
            polygon_mask(np.array(rim_of(one)), small),
            polygon_mask(np.array(ring_of(one)), small) & ~polygon_mask(np.array(one.body), small),
        )
        for one in camera.bins
    ]


def rim_of(one: BinConfig) -> Sequence[Pair]:
    """Return the band above a bin's opening."""
    if one.rim is not None:
        return one.rim
    left, top, right, bottom = _bounds(one.body)
    return _rectangle(left, top - 0.4 * (bottom - top), right, top)


def ring_of(one: BinConfig) -> Sequence[Pair]:
    """Return the ground around a bin's foot, the bin included."""
    if one.ring is not None:
        return one.ring
    left, top, right, bottom = _bounds(one.body)
    wide, high = right - left, bottom - top
    return _rectangle(left - wide / 2, bottom - high / 3, right + wide / 2, bottom + high / 4)


def _bounds(points: Sequence[Pair]) -> tuple[float, float, float, float]:
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _rectangle(left: float, top: float, right: float, bottom: float) -> list[Pair]:
    left, top, right, bottom = (min(1.0, max(0.0, value)) for value in (left, top, right, bottom))
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def _smallest_cm(
    points: Sequence[Pair], smallest_px: int, small: tuple[int, int], ground: Ground | None
) -> float | None:
    """Return how long the smallest deposit is on the ground, across the view, in the middle of a zone."""
    if ground is None:
        return None
    xs, ys = zip(*points, strict=True)
    scale = ground.px_per_metre((sum(xs) / len(xs), sum(ys) / len(ys)), small)
    return None if scale is None else 100 * smallest_px / scale[1]
