"""Which detection is which track: the most likely assignment under the motion model."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from pipeline.tracking.motion import F64, MotionColumns, centre_and_log_size
from pipeline.tracking.parameters import TrackerParameters

Rows = NDArray[np.intp]
_FORBIDDEN = 1e6


def cost_matrix(motion: MotionColumns, rows: Rows, xyxy: F64, noise: float, p: TrackerParameters) -> F64:
    """Return the cost (T, D) of taking box d for track `rows[t]`: a negative log-likelihood ratio.

    With the innovation variance S (in squared sizes), the centre term is d²/S + 2 ln S: an uncertain track may
    reach far, but a certain one that explains the box as well wins. Beyond the gate the cost is forbidden.
    """
    centre, log_size = centre_and_log_size(xyxy)
    size = motion.size[rows]
    offset = centre[None, :, :] - motion.centre[rows][:, None, :]
    variance = motion.var_position[rows] + noise**2
    d2 = (offset**2).sum(axis=2) / (size**2 * variance)[:, None]
    drift = p.size_noise**2 + (p.size_drift_per_s * motion.since_update_s[rows]) ** 2
    ratio2 = ((log_size[None, :, :] - motion.log_size[rows][:, None, :]) ** 2).sum(axis=2) / (2 * drift)[:, None]
    cost: F64 = d2 + ratio2 + 2 * np.log(variance / noise**2)[:, None]
    cost[(d2 > p.gate**2) | (ratio2 > p.gate**2)] = _FORBIDDEN
    return cost


def evidence(motion: MotionColumns, rows: Rows, xyxy: F64, noise: float, area_px: float) -> F64:
    """Return by how much boxes (M, 4) speak for the tracks `rows` (M,): a log-likelihood ratio against chance.

    Chance is one false box a look, anywhere in a picture of `area_px` (the score of Sittler's track theory, as in
    Blackman, Popoli, "Design and Analysis of Modern Tracking Systems", 1999, section 6.2).
    """
    centre, _ = centre_and_log_size(xyxy)
    size2 = motion.size[rows] ** 2
    variance = (motion.var_position[rows] + noise**2) * size2
    d2 = ((centre - motion.centre[rows]) ** 2).sum(axis=1) / variance
    return np.asarray(np.log(area_px / (2 * np.pi * variance)) - d2 / 2)


def assign(cost: F64) -> tuple[Rows, Rows]:
    """Return matched rows and columns of a cost matrix (T, D): as many allowed pairs as possible, cheapest first."""
    if cost.size == 0:
        none = np.empty(0, np.intp)
        return none, none
    rows, columns = linear_sum_assignment(cost)
    allowed = cost[rows, columns] < _FORBIDDEN / 2
    return rows[allowed], columns[allowed]


def forbid(cost: F64, where: NDArray[np.bool_]) -> None:
    """Exclude the pairs where the mask (T, D) is True."""
    cost[where] = _FORBIDDEN


def iou_matrix(a: F64, b: F64) -> F64:
    """Return the intersection over union of boxes (N, 4) and (M, 4) as (N, M)."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    inter = np.clip(high - low, 0, None).prod(axis=2)
    area_a = (a[:, 2:] - a[:, :2]).prod(axis=1)
    area_b = (b[:, 2:] - b[:, :2]).prod(axis=1)
    union: F64 = area_a[:, None] + area_b[None, :] - inter
    return np.asarray(inter / np.maximum(union, 1e-9))


def without_duplicates(xyxy: F64, score: F64, family: NDArray[np.intp], iou: float) -> Rows:
    """Return the rows to keep so that no two boxes of one family overlap more than `iou`; the best score stays."""
    order = np.argsort(-score, kind="stable")
    if len(order) < 2:
        return order
    clash = (iou_matrix(xyxy, xyxy) > iou) & (family[:, None] == family[None, :])
    if clash.sum() == len(order):  # each box clashes with itself alone
        return np.arange(len(order))
    keep: list[int] = []
    for row in order:
        if not clash[row, keep].any():
            keep.append(int(row))
    return np.array(sorted(keep), dtype=np.intp)
