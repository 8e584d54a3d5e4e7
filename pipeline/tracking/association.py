"""Which detection is which track: the most likely assignment under the motion model."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from models.overlap import iou_matrix
from pipeline.tracking.motion import F64, MotionColumns, centre_and_log_size
from pipeline.tracking.parameters import TrackerParameters

Rows = NDArray[np.intp]


def evidence_matrix(motion: MotionColumns, rows: Rows, xyxy: F64, area_px: float, p: TrackerParameters) -> F64:
    """Return by how much each box d speaks for each track `rows[t]`, against chance: log-likelihood ratios (T, D).

    Chance is one false box a look anywhere in a picture of `area_px` (the score of Sittler's track theory, as in
    Blackman, Popoli, "Design and Analysis of Modern Tracking Systems", 1999, section 6.2). The likelihood is a
    Student t over centre and logarithmic size: a track whose whereabouts are unsure reaches far but speaks softly, and
    the heavy tail leaves room for who runs or brakes.
    """
    centre, log_size = centre_and_log_size(xyxy)
    area = motion.area[rows][:, None]
    variance = (motion.var_position[rows] + p.noise**2)[:, None]
    spread = (p.size_noise**2 + (p.size_drift_per_s * motion.since_update_s[rows]) ** 2)[:, None]
    offset = centre[None, :, :] - motion.centre[rows][:, None, :]
    ratio = log_size[None, :, :] - motion.log_size[rows][:, None, :]
    distance2 = (offset**2).sum(axis=2) / (variance * area) + (ratio**2).sum(axis=2) / spread
    density = area_px / (2 * np.pi * variance * area) * (p.size_noise**2 / spread)
    return np.asarray(np.log(density) - (p.tail + 4) / 2 * np.log1p(distance2 / p.tail))


def assign(evidence: F64, least: float) -> tuple[Rows, Rows]:
    """Return the rows and columns of the assignment (T, D) of most evidence; each pair has more than `least`."""
    if evidence.size == 0:
        none = np.empty(0, np.intp)
        return none, none
    gain = np.maximum(evidence - least, 0.0)  # a pair that says less than `least` is worth as little as none
    rows, columns = linear_sum_assignment(gain, maximize=True)
    worth = gain[rows, columns] > 0
    return rows[worth], columns[worth]


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
