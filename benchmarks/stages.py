"""Where our processor time goes: one run with the loop's parts timed, apart from the runs that are compared."""

import tempfile
from dataclasses import replace
from pathlib import Path

from benchmarks.contenders import Answer, Ours
from benchmarks.report import Row
from benchmarks.tree import Spent

PARTS = ("decode", "detect", "track", "analyze", "publish")
"""Decoding includes what says whether a frame is looked at; publishing is the hand-over to the sink's thread."""


def stage_rows(ours: Ours, core: int | None) -> list[Row]:
    """Run once, the parts timed, and return where the time went."""
    with tempfile.TemporaryDirectory(prefix="parvis-bench-", ignore_cleanup_errors=True) as name:
        timed = replace(ours, stages=True)
        with timed.program(Path(name), core) as program:
            spent = program.go()
        return rows_of_stages(ours, spent, timed.answer(Path(name)))


def rows_of_stages(ours: Ours, spent: Spent, answer: Answer) -> list[Row]:
    """Return milliseconds of processor time a second of video, by part, and the share of neither decode nor detect.

    `others` are the process's other threads (delivery to the server, the state once a second) and what is left over.
    """
    about = answer.about
    stages = {part: float(about["stages"].get(part, 0.0)) for part in PARTS}
    stages["server"] = spent.aside_s
    stages["others"] = max(0.0, spent.cpu_s - sum(stages.values()))
    video_s = spent.frames / ours.footage.fps
    rows = [_row(ours, f"{part}_ms_per_video_s", total_s * 1000 / video_s, "ms/s") for part, total_s in stages.items()]
    rest = 1 - (stages["decode"] + stages["detect"]) / spent.cpu_s
    looks = int(about["looks"])
    return [
        *rows,
        _row(ours, "looks_per_s", looks / video_s, "1/s"),
        _row(ours, "detect_ms_per_look", stages["detect"] * 1000 / looks if looks else 0.0, "ms"),
        _row(ours, "decode_ms_per_frame", stages["decode"] * 1000 / spent.frames, "ms"),
        _row(ours, "share_of_neither_decode_nor_detect", rest, "1"),
    ]


def _row(ours: Ours, metric: str, value: float, unit: str) -> Row:
    return Row("throughput", ours.footage.name, ours.system, ours.settings, metric, round(value, 4), unit)
