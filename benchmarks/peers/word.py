"""How a program of a peer is told to begin (`benchmarks/tree.py` holds the other end)."""

import sys
from collections.abc import Iterator


def stretches() -> Iterator[int]:
    """Say that all is warm, and yield how many frames to take next (0: all that are left) until there is no more."""
    _say("@ready")
    for line in sys.stdin:
        yield int(line)


def done(frames: int, over: bool) -> None:
    """Say how many were taken, and whether the video is over."""
    _say(f"@done {frames} {int(over)}")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
