"""Chaos, briefly: what was told arrives, in order, though workers, the server and receivers are killed meanwhile."""

from pathlib import Path

import pytest

from benchmarks import delivery_chaos
from benchmarks.delivery_chaos import RECEIVERS, Verdict, judge

TOLD = {"case-1": ["a0", "a1", "a2"], "cam-1": ["b0"]}


def accepted(path: Path, *rows: tuple[int, str]) -> Path:
    """Write what receivers accepted: all of it in order at each, then the rows that a test adds or takes."""
    path.write_text("".join(f"1.0\t/good/{who}\t{event}\tlane\t0\t1.0\n" for who, event in rows))
    return path


def verdict_on(tmp_path: Path, *rows: tuple[int, str]) -> Verdict:
    verdict = Verdict()
    judge(TOLD, accepted(tmp_path / "received.tsv", *rows), verdict)
    return verdict


EVERYTHING = tuple((who, event) for who in range(RECEIVERS) for ids in TOLD.values() for event in ids)


def test_a_clean_run_is_seen_as_clean_repeats_included(tmp_path: Path) -> None:
    verdict = verdict_on(tmp_path, *EVERYTHING, (0, "a0"), (1, "a2"))
    assert verdict.is_clean
    assert (verdict.expected, verdict.received, verdict.repeats) == (20, 22, 2)


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        (EVERYTHING[:-1], "lost"),
        ((*EVERYTHING, (2, "zz")), "foreign"),
        ((EVERYTHING[1], EVERYTHING[0], *EVERYTHING[2:]), "disordered"),
    ],
)
def test_a_fault_is_seen(tmp_path: Path, rows: tuple[tuple[int, str], ...], fault: str) -> None:
    verdict = verdict_on(tmp_path, *rows)
    assert not verdict.is_clean
    assert getattr(verdict, fault) == 1


def test_nothing_is_lost_or_out_of_order_though_everything_is_killed_again_and_again(short_dir: Path) -> None:
    verdict = delivery_chaos.run(short_dir, seconds=6, seed=3)
    assert verdict.is_clean, verdict
    assert sum(verdict.kills.values()) >= 3
