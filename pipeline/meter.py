"""How long each stage takes, without a line in the loop: stages are wrapped, the loop stays as it is."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class Meter:
    """Sum up the time of named stages; the default clock is the CPU time of this process."""

    def __init__(self, clock: Callable[[], float] = time.process_time) -> None:
        self._clock = clock
        self.total_s: dict[str, float] = defaultdict(float)

    def timed(self, stage: str, function: Callable[P, R]) -> Callable[P, R]:
        """Return the function, its time added to `stage`."""

        def measured(*args: P.args, **kwargs: P.kwargs) -> R:
            started = self._clock()
            try:
                return function(*args, **kwargs)
            finally:
                self.total_s[stage] += self._clock() - started

        return measured

    def each(self, stage: str, items: Iterable[R]) -> Iterator[R]:
        """Yield the items, the time it takes to get each added to `stage`."""
        advance = self.timed(stage, iter(items).__next__)
        while True:
            try:
                item = advance()
            except StopIteration:
                return
            yield item

    def ms_per(self, stage: str, count: int) -> float:
        """Return the milliseconds of a stage, a piece."""
        return round(self.total_s[stage] * 1000 / count, 3) if count else 0.0
