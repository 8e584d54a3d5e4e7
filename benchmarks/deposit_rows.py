"""The figures of the cleanliness benchmark as rows, with their intervals."""

from collections.abc import Sequence

import numpy as np

from benchmarks.deposit_runs import T_OPEN_S
from benchmarks.deposit_score import Score
from benchmarks.plates import Clip
from benchmarks.report import Row
from pipeline.audit.estimate import wilson

SYSTEM = "parvis"
GROUPS = (("bag", 24.0), ("litter", 36.0))
"""What is promised: things of a kind from so many px on, in a picture 320 px wide."""


def composite_rows(bench: str, settings: str, scored: Sequence[tuple[Clip, Score]]) -> list[Row]:
    """Return the figures of composites, all backgrounds together and each one's F1."""
    place = f"{bench}, {settings}"
    rows = [
        Row("cleanliness", clip, SYSTEM, place, "f1", total.f1, "1", len(total.hits) + len(total.missed))
        for clip, total in _by_clip(scored)
    ]
    total = _sum(scored)
    found, told = len(total.hits), len(total.hits) + len(total.false) + len(total.decoys_told) + total.duplicates
    things = found + len(total.missed)
    rows.append(Row("cleanliness", "all", SYSTEM, place, "f1", total.f1, "1", things))
    rows.append(_share(place, "precision", found, told))
    rows.append(_share(place, "recall", found, things))
    for what, least in GROUPS:
        hits = sum(truth.what == what and truth.side_320 >= least for truth, _ in total.hits)
        missed = sum(truth.what == what and truth.side_320 >= least for truth in total.missed)
        rows.append(_share(place, f"recall, {what} from {least:g} px", hits, hits + missed))
    rows.append(_share(place, "decoys told", len(total.decoys_told), len(total.decoys)))
    for what in sorted({truth.what for truth in total.decoys}):
        told_of, of = (sum(truth.what == what for truth in some) for some in (total.decoys_told, total.decoys))
        rows.append(_share(place, f"decoys told, {what}", told_of, of))
    rows.append(_count(place, "duplicates", total.duplicates, things))
    rows.append(_count(place, "false", len(total.false), things))
    return rows + _times(place, total)


def negative_rows(bench: str, settings: str, scored: Sequence[tuple[Clip, Score]]) -> list[Row]:
    """Return false alarms, with the bound that the hours watched allow: with none in T hours, 3/T an hour (95 %)."""
    place = f"{bench}, {settings}"
    rows = [
        Row("cleanliness", clip.name, SYSTEM, place, "false", float(len(found.false)), "deposit", 1)
        for clip, found in scored
    ]
    counted = [(clip, found) for clip, found in scored if found.hours > 0]
    total = _sum(counted)
    false = len(total.false)
    rows.append(_count(place, "false", false, len(counted)))
    rows.append(Row("cleanliness", "all", SYSTEM, place, "hours watched", total.hours, "h"))
    if total.hours:
        # The upper 95 % limit of a Poisson mean is near 3 for none, and near n + 1.7 √n + 3 for more.
        most = (false + 1.7 * false**0.5 + 3) / total.hours
        rows.append(
            Row("cleanliness", "all", SYSTEM, place, "false alarms an hour", false / total.hours, "1/h", 1, 0.0, most)
        )
    return rows


def seated_rows(clip: str, found: Score) -> list[Row]:
    """Return what was told beside the seated man, and of him."""
    return [
        Row("cleanliness", clip, SYSTEM, "T2, as is", "opened on the man", float(len(found.false)), "deposit"),
        Row("cleanliness", clip, SYSTEM, "T2, as is", "bag told", float(len(found.hits)), "deposit"),
    ]


def cost_rows(width_px: int, sample_ms: float, frame_ms: float, memory_mib: float, samples: int) -> list[Row]:
    """Return what a camera costs at one sample a second and 25 frames a second, one thread."""
    place = f"{width_px} px wide, one thread"
    return [
        Row("cleanliness", "plaza", SYSTEM, place, "a sample", sample_ms, "ms", samples),
        Row("cleanliness", "plaza", SYSTEM, place, "a source frame", frame_ms, "ms", samples),
        Row("cleanliness", "plaza", SYSTEM, place, "memory of a camera", memory_mib, "MiB"),
    ]


def table(rows: Sequence[Row]) -> tuple[list[str], list[list[str]]]:
    """Return the rows as a table."""
    lines = []
    for row in rows:
        between = "" if row.low is None or row.high is None else f"{row.low:.3g} to {row.high:.3g}"
        lines.append([row.settings, row.clip, row.metric, f"{row.value:.3f}", between, row.unit, str(row.n)])
    return ["bench", "clip", "figure", "value", "95 %", "unit", "n"], lines


def _times(place: str, total: Score) -> list[Row]:
    late = [told.opened_s - truth.put_s - T_OPEN_S for truth, told in total.hits]
    lag = [told.cleared_s - truth.removed_s for truth, told in total.hits if told.cleared_s and truth.removed_s]
    early = sum(
        told.cleared_s is not None and truth.removed_s is not None and told.cleared_s < truth.removed_s - 5
        for truth, told in total.hits
    )
    rows = [_count(place, "cleared while it lay there", early, len(total.hits))]
    for name, values in (("time to detect beyond t_open", late), ("error of cleared_at", lag)):
        for share in (50, 90):
            if values:
                value = float(np.percentile(np.abs(values) if "error" in name else values, share))
                rows.append(Row("cleanliness", "all", SYSTEM, place, f"{name}, p{share}", value, "s", len(values)))
    return rows


def _by_clip(scored: Sequence[tuple[Clip, Score]]) -> list[tuple[str, Score]]:
    names = dict.fromkeys(clip.name for clip, _ in scored)
    return [(name, _sum([(clip, found) for clip, found in scored if clip.name == name])) for name in names]


def _sum(scored: Sequence[tuple[Clip, Score]]) -> Score:
    total = Score()
    for _, found in scored:
        total.add(found)
    return total


def _share(place: str, metric: str, hits: int, n: int) -> Row:
    low, high = wilson(hits, n)
    return Row("cleanliness", "all", SYSTEM, place, metric, hits / n if n else 0.0, "1", n, low, high)


def _count(place: str, metric: str, value: int, n: int) -> Row:
    return Row("cleanliness", "all", SYSTEM, place, metric, float(value), "deposit", n)
