"""N cores against one core × N: the whole pipeline, one process a core, all begun at once."""

import os
import statistics
import tempfile
from contextlib import ExitStack
from pathlib import Path

from benchmarks.contenders import Ours
from benchmarks.report import Row
from benchmarks.tree import Spent

ROUNDS = 3


def scaling_rows(ours: Ours) -> list[Row]:
    """Return what all cores do together over what one does alone, times their number; by the clock and by CPU time.

    Rounds alternate between one process and one a core. On one core, the ratio is 1 by definition.
    """
    cores = sorted(os.sched_getaffinity(0))
    wall, cpu = [], []
    for _ in range(ROUNDS):
        (alone,) = _together(ours, cores[:1])
        all_of_them = _together(ours, cores)
        wall.append(alone.wall_s / statistics.fmean(spent.wall_s for spent in all_of_them))
        cpu.append(alone.cpu_s / statistics.fmean(spent.cpu_s for spent in all_of_them))
    return [
        Row(
            "throughput", ours.footage.name, ours.system, f"{len(cores)} cores, {ours.settings}", metric,
            round(statistics.median(values), 4), "1", ROUNDS, round(min(values), 4), round(max(values), 4),
        )
        for metric, values in (("cores_over_one_core_times_n", wall), ("the_same_by_cpu_time", cpu))
    ]  # fmt: skip


def _together(ours: Ours, cores: list[int]) -> list[Spent]:
    with ExitStack() as stack:
        programs = []
        for core in cores:
            folder = tempfile.TemporaryDirectory(prefix="parvis-bench-", ignore_cleanup_errors=True)
            programs.append(stack.enter_context(ours.program(Path(stack.enter_context(folder)), core)))
        for program in programs:
            program.begin()
        return [program.finish() for program in programs]
