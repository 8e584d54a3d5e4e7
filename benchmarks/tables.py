"""The figures of `parvis bench throughput` as tables for the terminal."""

from collections.abc import Sequence

from benchmarks import report
from benchmarks.report import Row

COMPARED = (
    ("cameras_per_core", 1), ("event_f1", 3), ("wape", 3), ("event_f1_our_lines", 3), ("wape_our_lines", 3),
    ("cpu_s_per_video_s", 4), ("pss", 0),
)  # fmt: skip
"""Metric → digits, of the table of systems."""


def show(rows: Sequence[Row]) -> None:
    """Print a table of systems, and one of all other figures."""
    compared = [row for row in rows if row.metric in dict(COMPARED) and row.system != "bar"]
    if compared:
        columns = ["clip", "system", "settings", *(metric for metric, _ in COMPARED)]
        report.show(f"Cameras a core on {report.hardware_line()}", columns, _systems(compared))
    others = [row for row in rows if row not in compared and row.metric != "server_share"]
    if others:
        body = [[row.clip, row.system, row.settings, row.metric, f"{told(row, 3)} {row.unit}"] for row in others]
        report.show("Other figures", ["clip", "system", "settings", "figure", "value"], body)


def told(row: Row, digits: int) -> str:
    """Return a figure with its range, where there is one."""
    value = f"{row.value:.{digits}f}"
    if row.low is None or row.high is None or row.n == 1:
        return value
    return f"{value} ({row.low:.{digits}f}–{row.high:.{digits}f})"


def _systems(rows: Sequence[Row]) -> list[list[str]]:
    found: dict[tuple[str, str, str], dict[str, str]] = {}
    for row in rows:
        cells = found.setdefault((row.clip, row.system, row.settings), {})
        cells.setdefault(row.metric, told(row, dict(COMPARED)[row.metric]))  # rounds come before the sweep
    return [[*about, *(cells.get(metric, "") for metric, _ in COMPARED)] for about, cells in found.items()]
