"""The cores that this process may use, and how a worker takes one of them for itself."""

import math
import os
from pathlib import Path

QUOTA = Path("/sys/fs/cgroup/cpu.max")
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1"
)  # fmt: skip
"""What libraries read when they are loaded. Pools of threads on one core only wait in turn."""

WORKER = {**ONE_THREAD, "MALLOC_ARENA_MAX": "1"}
"""Environment of a worker. glibc gives each thread a heap of its own, and what one camera frees the others cannot use:
each time a recording or connection is opened again, decoders leave other holes, and memory grows by them for hours."""


def cores(quota: Path = QUOTA) -> list[int]:
    """Return the numbers of the cores that may be used: by affinity, and no more than a container's quota pays for."""
    bound = hasattr(os, "sched_getaffinity")
    found = sorted(os.sched_getaffinity(0)) if bound else list(range(os.cpu_count() or 1))
    paid = _paid(quota)
    return found if paid is None else found[: max(1, math.ceil(paid))]


def core_of(slot: int, workers: int, usable: list[int]) -> int | None:
    """Return the core of a worker; None while there are more cores than workers, and the kernel chooses better.

    A worker that is bound while other cores stand idle could not make way for whoever else was put on its core.
    """
    return usable[slot % len(usable)] if workers >= len(usable) else None


def pin(core: int | None) -> None:
    """Keep this process, with all threads that it will have, on one core, where the system can do that."""
    if core is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core})


def _paid(quota: Path) -> float | None:
    try:
        allowed, period = quota.read_text(encoding="ascii").split()
        return int(allowed) / int(period)
    except (OSError, ValueError):  # no control groups, or "max"
        return None
