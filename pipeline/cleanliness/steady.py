"""A camera on a mast shakes by a pixel or two: each look is laid over the clean ground before they are compared.

One shift for the whole picture, by least squares on its gradients (Lucas and Kanade 1981) at a small size, where a few
pixels are within reach of them. Light is taken out by what is around each pixel; movers are left out, for they do not
fit.
"""

import cv2
import numpy as np

from pipeline.cleanliness.sample import Grey, Map, Sample

WIDTH = 240
"""Width, px, at which the shift is worked out."""

LEAST_PX, MOST_PX = 0.3, 6.0
"""Shifts, px analysed, that are taken back: less is the error of the measure, more is a camera that was turned."""

BETTER = 0.9
"""Share of what does not fit that may be left after the shift: a shift that explains nothing is none."""

_ITERATIONS = 5
_ENOUGH_PX = 0.02
_MARGIN = 6  # px at the small size, in which nothing is known after a shift
_ROUGH = 3.0  # median deviations beyond which a pixel shows something else
_FLAT = 100.0  # condition from which edges all run one way, and the shift along them is unknown


def steadied(sample: Sample, ground: Grey) -> Sample:
    """Return a sample laid over the ground (h, w), or the sample itself where that stands still."""
    shift = shift_between(ground, sample.grey)
    if shift is None or not LEAST_PX <= float(np.hypot(*shift)) <= MOST_PX:
        return sample
    grey = _moved(sample.grey, shift, cv2.INTER_CUBIC)
    chroma = _moved(sample.chroma, (shift[0] / 2, shift[1] / 2), cv2.INTER_LINEAR)
    hidden = _moved(sample.hidden.astype(np.uint8), shift, cv2.INTER_NEAREST).astype(np.bool_)
    return Sample(sample.time_s, grey, chroma, hidden)


def shift_between(ground: Grey, now: Grey) -> tuple[float, float] | None:
    """Return how far a picture (h, w) shows everything to the right and further down, px; None if that is not known."""
    factor = max(1, round(ground.shape[1] / WIDTH))
    size = (ground.shape[1] // factor, ground.shape[0] // factor)
    clean, moved = (_detail(cv2.resize(one, size, interpolation=cv2.INTER_AREA)) for one in (ground, now))
    moved *= np.float32((clean.std() + 1) / (moved.std() + 1))
    across, down = cv2.Sobel(clean, cv2.CV_32F, 1, 0, scale=1 / 8), cv2.Sobel(clean, cv2.CV_32F, 0, 1, scale=1 / 8)
    inner = np.s_[_MARGIN:-_MARGIN, _MARGIN:-_MARGIN]
    slopes = np.stack([across[inner].ravel(), down[inner].ravel()])
    shift, first = np.zeros(2), 0.0
    for n in range(_ITERATIONS):
        rest = (_moved(moved, (float(shift[0]), float(shift[1])), cv2.INTER_LINEAR) - clean)[inner].ravel()
        off = np.abs(rest)
        usual = float(np.median(off[::5]))
        first = usual if n == 0 else first
        weighted = slopes * (off < _ROUGH * usual + 1)
        normal = weighted @ slopes.T
        if np.linalg.cond(normal) > _FLAT:
            return None
        step = np.linalg.solve(normal, weighted @ rest)
        shift = shift - step
        if float(np.abs(step).max()) < _ENOUGH_PX:
            break
    if usual > BETTER * first:
        return None
    return float(shift[0]) * factor, float(shift[1]) * factor


def _detail(small: "np.ndarray") -> Map:
    """Return a picture without its noise, and without the light that falls on it."""
    smooth = cv2.GaussianBlur(small.astype(np.float32), (0, 0), 1.0)
    return np.asarray(smooth - cv2.blur(smooth, (15, 15)), np.float32)


def _moved(picture: "Grey | Map", shift: tuple[float, float], how: int) -> "np.ndarray":
    """Return a picture with what is so far right and down brought back."""
    if shift == (0.0, 0.0):
        return picture
    back = np.array([[1, 0, shift[0]], [0, 1, shift[1]]], np.float64)
    size = (picture.shape[1], picture.shape[0])
    flags = how | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(picture, back, size, flags=flags, borderMode=cv2.BORDER_REPLICATE))
