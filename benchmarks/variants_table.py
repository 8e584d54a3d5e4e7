"""The table of `parvis bench variants`, on the screen and in docs/accuracy.md."""

from collections.abc import Mapping, Sequence

from benchmarks.report import Row


def table(rows: Sequence[Row]) -> tuple[list[str], list[list[str]]]:
    """Return the rows as a table, a line a variant."""
    lines: dict[str, dict[str, float]] = {}
    for row in rows:
        lines.setdefault(row.settings, {})[row.metric] = row.value
    columns = ["recording", "event F1", "WAPE", "hits", "false", "missed", "looks a second", "suspended, s", "complete"]
    return columns, [[name, *_cells(found)] for name, found in lines.items()]


def _cells(found: Mapping[str, float]) -> list[str]:
    whole = [f"{found[name]:.0f}" for name in ("hits", "false", "missed")]
    errors = [f"{found[name]:.3f}" for name in ("event_f1", "wape")]
    complete = "yes" if found["complete"] else "no"
    return [*errors, *whole, f"{found['looks']:.1f}", f"{found['suspended']:.0f}", complete]
