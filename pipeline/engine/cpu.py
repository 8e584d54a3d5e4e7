"""CPU time of threads and of this process, and how long its threads waited for a core.

Linux tells it; elsewhere the time of threads is unknown, and a worker's is shared evenly among its cameras.
"""

import threading
import time
from collections.abc import Mapping
from pathlib import Path

TASKS = Path("/proc/self/task")


class ThreadTimes:
    """CPU seconds of a set of threads; those that have ended keep counting.

    Threads enter by calling `here`. A thread's number may be given again to a new one: whoever has ended and enters
    again starts from what the kernel then says, and time never goes down.
    """

    def __init__(self, tasks: Path = TASKS) -> None:
        self._tasks = tasks
        self._lock = threading.Lock()
        self._latest_s: dict[int, float] = {}  # by native thread id
        self._over_s = 0.0

    def here(self) -> None:
        """Count the calling thread from now on."""
        number = threading.get_native_id()
        if number not in self._latest_s:
            with self._lock:
                self._latest_s.setdefault(number, 0.0)

    def total_s(self) -> float:
        """Return the CPU seconds of all threads so far."""
        with self._lock:
            for number, before_s in list(self._latest_s.items()):
                now_s = _run_s(self._tasks, number)
                if now_s is None or now_s < before_s:  # it ended
                    del self._latest_s[number]
                    self._over_s += before_s
                else:
                    self._latest_s[number] = now_s
            return self._over_s + sum(self._latest_s.values())


def waited_s(tasks: Path = TASKS) -> Mapping[str, float]:
    """Return, for each thread of this process, how long it was ready to run while its core was taken, seconds."""
    found = {}
    try:
        folders = list(tasks.iterdir())
    except OSError:
        return {}
    for folder in folders:
        fields = _fields(folder)
        if fields is not None:
            found[folder.name] = fields[1]
    return found


def cpu_s() -> float:
    """Return the CPU seconds of this process so far."""
    return time.process_time()


def _run_s(tasks: Path, number: int) -> float | None:
    fields = _fields(tasks / str(number))
    return fields[0] if fields is not None else None


def _fields(folder: Path) -> tuple[float, float] | None:
    try:
        run_ns, wait_ns, *_ = (folder / "schedstat").read_text(encoding="ascii").split()
    except (OSError, ValueError):  # the thread has ended, or the kernel does not keep these
        return None
    return int(run_ns) / 1e9, int(wait_ns) / 1e9
