"""How far the ground looks like a clean reference, whatever the light.

The measure is the structure term of SSIM (Wang et al. 2004) after the local gain between the two pictures was taken
out: 1 where the same texture is there, brighter or darker; about 0 where another one is. A shadow or a patch of sun
multiplies the ground by a factor and keeps its texture, so only its border differs; a thing replaces the texture.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.cleanliness.sample import Grey, Map, Mask

NOISE = 12.0
"""Variance, grey levels squared, below which structure is taken for noise of camera and compression."""

DARKEST, BRIGHTEST = 0.4, 2.5
"""Gains that light can have: full sun to open shade is a factor of 3 to 6 in light, 1.6 to 2.3 in grey levels."""

_STRIP = 131_072
"""Pixels that are compared at a time: what is worked with stays in the processor's cache, and takes little memory."""

_LIFT = 6.0  # grey levels; so that the gain of black is 1


@dataclass(frozen=True, slots=True, eq=False)
class Statistics:
    """A picture's local mean and variance, over windows of one size."""

    picture: Map
    mean: Map
    variance: Map
    window: int


def statistics_of(grey: Grey | Map, window: int) -> Statistics:
    """Return the local mean and variance of a picture (h, w) in windows of so many pixels squared."""
    picture = np.asarray(grey, np.float32)
    mean = blurred(picture, window)
    variance = blurred(picture * picture, window)
    variance -= mean * mean
    return Statistics(picture, mean, np.maximum(variance, np.float32(0), out=variance), window)


def blurred(picture: Map, window: int) -> Map:
    """Return the mean over windows of so many pixels squared."""
    return np.asarray(cv2.blur(picture, (window, window)), np.float32)


def gain_of(now: Statistics, clean: Statistics) -> Map:
    """Return the local gain from the clean picture to the present one, (h, w)."""
    gain = (now.mean + _LIFT) / (clean.mean + _LIFT)
    return np.asarray(np.clip(gain, DARKEST, BRIGHTEST, out=gain))


def likeness(now: Statistics, clean: Statistics, noise: float = NOISE) -> Map:
    """Return how far the structure is the same, (h, w) from about -1 to 1."""
    gain = gain_of(now, clean)
    joint = blurred(now.picture * clean.picture, now.window)
    joint -= now.mean * clean.mean
    joint *= 2 * gain
    joint += np.float32(noise)
    gain *= gain
    gain *= clean.variance
    gain += now.variance
    gain += np.float32(noise)
    joint /= gain
    return joint


def likeness_between(now: Grey | Map, clean: Grey | Map, window: int, noise: float = NOISE) -> Map:
    """Return the likeness of two pictures (h, w) in windows of so many px squared, worked out in strips of rows."""
    height, width = now.shape
    rows, reach = max(window, _STRIP // max(1, width)), window // 2
    result = np.empty(now.shape, np.float32)
    for top in range(0, height, rows):
        end = min(height, top + rows)
        first, last = max(0, top - reach), min(height, end + reach)
        here, there = statistics_of(now[first:last], window), statistics_of(clean[first:last], window)
        result[top:end] = likeness(here, there, noise)[top - first : end - first]
    return result


def coloured(now: Grey, clean: Grey, grey: Grey, clean_grey: Grey) -> Map:
    """Return how far the colour is another one, in levels at middle brightness, (h/2, w/2).

    Light scales a colour's distance from grey with the brightness: so does what the clean colour is held against. What
    all of the picture has in common (the camera's white balance) is taken out.
    """
    size = (now.shape[1], now.shape[0])
    bright = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.float32)
    clean_bright = np.asarray(cv2.resize(clean_grey, size, interpolation=cv2.INTER_AREA), np.float32)
    gain = np.clip((bright + _LIFT) / (clean_bright + _LIFT), DARKEST, BRIGHTEST)
    difference: NDArray[np.float32] = (now.astype(np.float32) - 128) - (clean.astype(np.float32) - 128) * gain[
        :, :, None
    ]
    step = max(1, size[0] // 80)
    difference -= np.median(difference[::step, ::step], axis=(0, 1))
    return np.asarray(np.abs(difference).max(axis=2))


def window_for(width: int) -> int:
    """Return the window, px, for pictures of a width: a thirty-fifth of it, as large as the smallest bag promised."""
    return max(7, 2 * round(width / 70) + 1)


def tidy(changed: Mask, reach: int) -> NDArray[np.uint8]:
    """Return a map of changes without specks, its gaps closed up to `reach` px."""
    small = np.ones((3, 3), np.uint8)
    opened = cv2.morphologyEx(changed.astype(np.uint8), cv2.MORPH_OPEN, small)
    return np.asarray(cv2.morphologyEx(opened, cv2.MORPH_CLOSE, np.ones((reach, reach), np.uint8)))
