"""The steps in which a camera is reduced when the machine cannot keep up, and what each leaves of its rate."""

FULL, HALF, QUARTER, SMALL, PAUSED = range(5)

NAMES = ("none", "half-rate", "quarter-rate", "small-input", "paused")
"""Step → how it is called on the stream, in states and in the documentation."""

MIN_FPS = 1.0
"""No step makes a camera look less often than this (or than it is configured to), until it is paused: with fewer looks
people cannot be followed from one to the next, and what would be counted is worth less than knowing that nothing is."""


def rate_at(step: int, fps: float) -> float:
    """Return the looks per second that a step leaves of `fps`."""
    if step == PAUSED:
        return 0.0
    share = {FULL: 1.0, HALF: 0.5}.get(step, 0.25)
    return max(fps * share, min(fps, MIN_FPS))


def limit_at(step: int, fps: float) -> float | None:
    """Return the limit on looks per second at a step; None: no limit."""
    return None if step == FULL else rate_at(step, fps)
