"""How long to wait before the next attempt: longer each time up to a bound, and never in step with others."""

from collections.abc import Callable


class Backoff:
    """Delays that double from `first_s` to `most_s`, each shortened by up to half at random.

    A power cut brings fifty cameras back at once; without the random part they would all be asked together.
    """

    def __init__(self, random: Callable[[], float], first_s: float = 1.0, most_s: float = 30.0) -> None:
        self._random = random  # 0..1
        self._first_s = first_s
        self._most_s = most_s
        self._full_s = first_s

    def next_s(self) -> float:
        """Return the delay before the next attempt, seconds."""
        full_s, self._full_s = self._full_s, min(self._most_s, self._full_s * 2)
        return full_s * (0.5 + 0.5 * self._random())

    def reset(self) -> None:
        """Begin again with the shortest delay: the last connection was sound."""
        self._full_s = self._first_s
