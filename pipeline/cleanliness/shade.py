"""Whether a region is the clean ground in another light.

A shadow or a patch of sun multiplies the ground by one factor: there are two levels of light and half shade between
them, which no lens, sun or encoder makes wider than a few px. The ratio of two looks shows them. Where the border runs
the texture is another one, for a window there lies in both lights; but to its one side is ground in the one light, to
its other side ground in the other, and what is between has a factor between. A thing has texture of its own farther
from its border than that, or parts that are brighter or darker than both.

A region may be all of a shadow or a piece of its border: so the levels are those of the ground in and around it, and
neither has to be the old one, for a cloud may have come as well.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.cleanliness.compare import NOISE, blurred
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
    """Return the share of a region, 0..1, that two levels of light and half shade between them do not explain."""
    shade, doubt, clipped = _shade(place.now, place.then)
    kept = (place.same_texture | clipped) & place.same_colour
    reach = reach_px(place.window)
    levels = _levels(shade[kept & _grown(inside, 2 * reach)])
    if not levels:
        return 1.0
    explained = [_lit(shade, levels[:1], _ALONE * doubt, kept, reach), _lit(shade, levels, doubt, kept, reach)]
    return min(float((~lit & inside | ~place.same_colour & inside).sum()) for lit in explained) / max(
        1, int(inside.sum())
    )


def _lit(shade: Map, levels: list[float], doubt: Map, kept: Mask, reach: int) -> Mask:
    """Return where one or two levels of light explain what is seen: the ground in one of them, or half shade."""
    flat = [np.abs(shade - level) < doubt for level in levels]
    beside = np.logical_and.reduce([_grown(one & kept, reach) for one in flat])
    between = (shade > min(levels) - doubt) & (shade < max(levels) + doubt) & beside
    return np.asarray(between | kept & np.logical_or.reduce(flat))


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
    """Return the level that most of some logarithms of ratios show, and the next one if there is one."""
    heights = np.convolve(np.histogram(shades, bins=_BINS)[0], (1, 1, 1), "same")
    middles = (_BINS[:-1] + _BINS[1:]) / 2
    levels: list[float] = []
    while len(levels) < 2 and int(heights.max()) >= LEAST_PX:
        top = middles[int(heights.argmax())]
        levels.append(float(np.median(shades[np.abs(shades - top) < PLATEAU])))
        heights[np.abs(middles - levels[-1]) <= APART] = 0
    return levels


def _grown(mask: Mask, reach: int) -> Mask:
    kernel = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
    return cv2.dilate(mask.astype(np.uint8), kernel).astype(np.bool_)
