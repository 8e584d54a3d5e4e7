"""Whether a region is the clean ground in another light.

A shadow or a patch of sun multiplies the ground by one factor: there are two levels of light and half shade between
them, which no lens, sun or encoder makes wider than a few px. Where an earlier one fades meanwhile there is a third.
The ratio of two looks shows them. A window of comparison on a border lies in both lights, and its texture is another
one; seen again in the light of before, it is the ground's. A thing has texture of its own farther from its border than
half shade reaches, or parts that are brighter or darker than all levels.

A region may be all of a shadow or a piece of its border: so the levels are those of the ground in and around it, and
none has to be the old one, for a cloud may have come as well.
"""

from dataclasses import dataclass
from itertools import combinations

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.cleanliness.compare import NOISE, blurred, likeness, statistics_of
from pipeline.cleanliness.sample import Grey, Map, Mask

LIFT = 6.0  # grey levels; so that the ratio of black is 1

PLATEAU = 0.08
"""How far a factor of light may vary over a place that it falls on, noise apart."""

APART = 2 * PLATEAU
"""Levels that are nearer to each other are one."""

HALF_SHADE_PX = 3
"""Half shade, and the blur of lens and compression, reach so far to each side of a border."""

LEAST_PX = 9
"""A level that fewer px show is none: three px squared, over which the ratio is taken."""

MOST_LEVELS = 3
"""The light around a place, that of what has come, and that of what was there before and goes."""

SAME_TEXTURE = 0.5
"""Likeness in small windows from which texture is the same."""

_ALONE = 1.5
"""Where there is one level only, what is off it by less than so much more is no other one."""

_AVERAGED = 1.5
"""By so much a mean of three px squared errs less than one: by 3, did compression not make neighbours err alike."""

_SURE = 2.0
"""Standard deviations of noise that spoil no more than one pixel in twenty."""

_BRIGHT = 250.0
"""Grey level from which a sensor is taken to be at its end, compression apart."""

_BINS = np.arange(-2.0, 2.0 + PLATEAU / 4, PLATEAU / 2)


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """Two looks at a place, and where its texture and its colour are the same in both, (h, w) each."""

    now: Grey
    then: Grey
    same_texture: Mask
    same_colour: Mask
    window: int  # px; texture was compared in windows of so many squared


def not_light(place: Compared, inside: Mask) -> float:
    """Return the share of a region, 0..1, that levels of light and half shade between them do not explain."""
    shade, doubt, clipped = _shade(place.now, place.then)
    kept = (place.same_texture | clipped) & place.same_colour
    near = _grown(inside, 2 * reach_px(place.window))
    levels = _levels(shade[kept & near])
    if not levels:
        return 1.0
    if len(levels) == MOST_LEVELS and not _fades(place, shade, near & place.same_colour, levels):
        levels.pop()
    left = []
    for n in range(1, len(levels) + 1):
        seen = shade, doubt * (_ALONE if n == 1 else 1.0), clipped
        left.append(_left(place, seen, levels[:n], inside))
    return min(left) / max(1, int(inside.sum()))


def _left(place: Compared, seen: tuple[Map, Map, Mask], levels: list[float], inside: Mask) -> int:
    """Return how many px of a region are neither the ground in one of some levels of light, nor half shade."""
    shade, doubt, clipped = seen
    reach = reach_px(place.window)
    kept = (place.same_texture | clipped) & place.same_colour
    flat = [np.abs(shade - level) < doubt for level in levels]
    beside = [_grown(one & kept, reach) for one in flat]
    between = np.zeros_like(inside)
    for a, b in combinations(range(len(levels)), 2) if len(levels) > 1 else [(0, 0)]:
        low, high = sorted((levels[a], levels[b]))
        between |= (shade > low - doubt) & (shade < high + doubt) & beside[a] & beside[b]
    lit = between | (kept | _same_when_lit(place, shade, levels, flat)) & np.logical_or.reduce(flat)
    return int((~(lit & place.same_colour) & inside).sum())


def _same_when_lit(place: Compared, shade: Map, levels: list[float], flat: list[Mask]) -> Mask:
    """Return where the texture is the same once what shows now is seen in the light of before.

    A window that lies in two lights holds the border between them, which the clean look has not: without it what is
    left is the ground's own texture.
    """
    field = shade.copy()
    for level, one in zip(levels, flat, strict=True):
        field[one] = level
    lit = (place.now + np.float32(LIFT)) * np.exp(-field) - np.float32(LIFT)
    alike = likeness(statistics_of(lit, place.window), statistics_of(place.then, place.window))
    return np.asarray(alike >= SAME_TEXTURE)


def _fades(place: Compared, shade: Map, where: Mask, levels: list[float]) -> bool:
    """Return whether the third level is that of an earlier shadow or patch of sun that has gone, or is going.

    It changed the other way than the second, and the ground there has come nearer to that around it: it stood out
    from it, and stands out less, or not at all.
    """
    usual, other, third = levels
    if (other - usual) * (third - usual) > 0:
        return False
    apart = []
    for look in (place.then, place.now):
        level = np.log(look.astype(np.float32) + LIFT)
        here, around = (np.abs(shade - one) < PLATEAU for one in (third, usual))
        apart.append(float(np.median(level[here & where]) - np.median(level[around & where])))
    before, after = apart
    return abs(before) >= APART and (abs(after) < APART or 0 < after / before < 1)


def reach_px(window: int) -> int:
    """Return how far from a border of light a window of comparison may lie in both lights, half shade included, px."""
    return window // 2 + HALF_SHADE_PX


def _shade(now: Grey, then: Grey) -> tuple[Map, Map, Mask]:
    """Return the logarithm of the ratio of two looks, how far noise and uneven light change it, and where it is cut.

    It is cut where the sensor is: what is as bright as it can be has no texture, whatever lies there.
    """
    is_, was = (blurred(one.astype(np.float32), 3) + LIFT for one in (now, then))
    noise = _SURE**2 * NOISE / _AVERAGED**2 * (1 / is_**2 + 1 / was**2)
    shade = np.log(is_ / was)
    return np.asarray(shade, np.float32), np.asarray(np.sqrt(PLATEAU**2 + noise), np.float32), is_ >= _BRIGHT + LIFT


def _levels(shades: NDArray[np.float32]) -> list[float]:
    """Return the level that most of some logarithms of ratios show, and the next ones if there are such."""
    heights = np.convolve(np.histogram(shades, bins=_BINS)[0], (1, 1, 1), "same")
    middles = (_BINS[:-1] + _BINS[1:]) / 2
    levels: list[float] = []
    while len(levels) < MOST_LEVELS and int(heights.max()) >= LEAST_PX:
        top = middles[int(heights.argmax())]
        levels.append(float(np.median(shades[np.abs(shades - top) < PLATEAU])))
        heights[np.abs(middles - levels[-1]) <= APART] = 0
    return levels


def _grown(mask: Mask, reach: int) -> Mask:
    kernel = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
    return cv2.dilate(mask.astype(np.uint8), kernel).astype(np.bool_)
