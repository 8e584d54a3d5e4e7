"""When the detector looks: a rule over frame numbers for recordings, over time for live cameras."""

import math
from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Glance = Callable[[], NDArray[np.uint8] | None]
"""Gives a small luma picture of the present frame: (h, w) uint8 of the whole picture, 192 to 383 px wide (less where
the picture is), masks black. None where it cannot be had. It costs little, but not nothing: ask when it decides."""

Still = Literal["still"]
STILL: Still = "still"
"""Nothing has changed since the last look: this frame is watched, and what the detector would find is known."""

Wanted = bool | Still
"""Whether a frame is for the detector."""

Due = Callable[[int, float, Glance], Wanted]
"""(frame index, time in seconds, a way to glance at the frame) → whether this frame is for the detector."""

AUTO_FPS = 15.0
"""`fps: auto` looks at every frame of a recording up to this rate; a 30 fps one is looked at every other frame."""

AUTO_LIVE_FPS = 10.0
"""`fps: auto` on a live camera, whose frame rate is not known before it is connected."""


def every(step: int, phase: int = 0) -> Due:
    """Return the rule that looks at frames `phase`, `phase + step`, …"""
    return lambda index, time_s, glance: index >= phase and (index - phase) % step == 0


def step_for(source_fps: float, wanted: float | Literal["auto"]) -> int:
    """Return the step in frames that comes nearest to the wanted rate."""
    if wanted == "auto":
        return max(1, math.ceil(source_fps / AUTO_FPS - 0.1))
    return max(1, round(source_fps / wanted))


def at_rate(fps: float) -> Due:
    """Return a rule for live cameras: at most `fps` looks a second, on an even grid of arrival times."""
    period_s = 1.0 / fps
    next_s = float("-inf")

    def due(index: int, time_s: float, glance: Glance) -> Wanted:
        nonlocal next_s
        if time_s < next_s - period_s * 2:  # the clock stepped back
            next_s = time_s
        if time_s < next_s - period_s * 0.1:
            return False
        next_s = max(next_s + period_s, time_s + period_s * 0.5)
        return True

    return due
