"""The score of the AI City Challenge's counting track (2021 rules): S1 = 0.3 · efficiency + 0.7 · effectiveness.

A clip is cut into `SEGMENTS` stretches. For each line × direction × class, x_i is the true and x̂_i the counted number
from the start to the end of stretch i. The weighted error is wRMSE = √ Σ w_i (x̂_i − x_i)², w_i = 2i / (k (k + 1)); the
effectiveness is 1 − wRMSE / x_k, not below 0, averaged with the weights x_k. The efficiency is
max(0, 1 − time · base / (1.1 · length of the video)); base stands for the machine and is 1 here.

Known flaws: whoever counts next to nothing still scores, and efficiency is flat near 1. So S1 never stands alone.
"""

import math
from collections.abc import Iterable, Sequence

from benchmarks.truthfile import TrueCrossing
from pipeline.events import Crossing
from pipeline.taxonomy import city_name

SEGMENTS = 10
ALPHA, BETA = 0.3, 0.7
PLAYBACK = 1.1

Cell = tuple[str, str, str]  # line, direction, city class


def cumulative(times_s: Iterable[float], duration_s: float, k: int = SEGMENTS) -> list[int]:
    """Return how many of these moments lie before the end of each of k equal stretches; the last takes all."""
    ends = [duration_s * i / k for i in range(1, k)]
    moments = list(times_s)
    return [sum(moment < end for moment in moments) for end in ends] + [len(moments)]


def cells(
    counted: Sequence[Crossing], true: Sequence[TrueCrossing], duration_s: float, k: int = SEGMENTS
) -> dict[Cell, tuple[list[int], list[int]]]:
    """Return the cumulative counts, counted and true, of each line × direction × class that occurs."""
    moments: dict[Cell, tuple[list[float], list[float]]] = {}
    for c in counted:
        moments.setdefault((c.line_id, c.direction, city_name(c.class_name)), ([], []))[0].append(c.time_s)
    for t in true:
        moments.setdefault((t.line, t.direction, city_name(t.class_name)), ([], []))[1].append(t.time_s)
    return {
        cell: (cumulative(got, duration_s, k), cumulative(was, duration_s, k)) for cell, (got, was) in moments.items()
    }


def effectiveness(counts: Iterable[tuple[Sequence[int], Sequence[int]]]) -> float:
    """Return S1's effectiveness of cumulative counts (counted, true)."""
    score, weight = 0.0, 0
    for counted, true in counts:
        k = len(true)
        error2 = sum(2 * i / (k * (k + 1)) * (counted[i - 1] - true[i - 1]) ** 2 for i in range(1, k + 1))
        if true[-1]:
            score += true[-1] * max(0.0, 1 - math.sqrt(error2) / true[-1])
            weight += true[-1]
    return score / weight if weight else 1.0


def efficiency(time_s: float, video_s: float, base: float = 1.0) -> float:
    """Return S1's efficiency of a run of `time_s` over `video_s` of footage."""
    return max(0.0, 1 - time_s * base / (PLAYBACK * video_s))


def s1(effective: float, efficient: float) -> float:
    """Return the score of both parts."""
    return ALPHA * efficient + BETA * effective
