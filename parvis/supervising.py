"""Several `parvis …` processes kept alive: one that ends is started again, later each time it does not last."""

import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pipeline import children

FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 30.0
STEADY_S = 60.0
"""A process that lived so long is started again at once."""

Start = Callable[[Sequence[str]], subprocess.Popen[bytes]]


@dataclass(slots=True)
class _Kept:
    command: Sequence[str]
    process: subprocess.Popen[bytes]
    started_s: float
    pause_s: float = 0.0
    due_s: float | None = None  # when it is started again


@dataclass(slots=True)
class Household:
    """Processes by name. `say` tells a person; `clock` gives seconds that never go back."""

    start: Start
    say: Callable[[str], None]
    clock: Callable[[], float] = time.monotonic
    _kept: dict[str, _Kept] = field(default_factory=dict)

    def add(self, name: str, command: Sequence[str]) -> None:
        """Start a process that is kept alive from now on."""
        self._kept[name] = _Kept(command, self.start(command), self.clock())

    def alive(self, name: str) -> bool:
        """Tell whether a process runs."""
        return self._kept[name].process.poll() is None

    def step(self) -> None:
        """Look after each process once."""
        for name, kept in self._kept.items():
            code, now_s = kept.process.poll(), self.clock()
            if code is None:
                continue
            if kept.due_s is None:
                steady = now_s - kept.started_s >= STEADY_S
                wait_s = 0.0 if steady else kept.pause_s
                kept.pause_s = 0.0 if steady else min(LONGEST_PAUSE_S, max(FIRST_PAUSE_S, 2 * kept.pause_s))
                kept.due_s = now_s + wait_s
                when = f"in {wait_s:.0f} s" if wait_s else "now"
                self.say(f"parvis {name} ended (exit code {code}); it is started again {when}")
            if now_s >= kept.due_s:
                kept.process, kept.started_s, kept.due_s = self.start(kept.command), now_s, None

    def end(self) -> None:
        """End all, the last one first."""
        children.stop([one.process for one in reversed(self._kept.values())])
