"""Counted against true crossings, by hand-made cases."""

from typing import Any

import pytest

from benchmarks.matching import Score, match, score
from benchmarks.truthfile import TrueCrossing, Truth
from pipeline.events import Crossing, Direction


def counted(time_s: float, line: str = "a", direction: Direction = "forward", name: str = "person") -> Crossing:
    return Crossing(line, 1, name, direction, round(time_s * 10), time_s)


def true(time_s: float, line: str = "a", direction: str = "forward", **more: Any) -> TrueCrossing:
    given = {"class_name": "person", "certain": True, **more}
    return TrueCrossing(line=line, direction=direction, time_s=time_s, **given)


def truth(*crossings: TrueCrossing) -> Truth:
    lines = tuple({"id": name, "from": (0.5, 0.0), "to": (0.5, 1.0)} for name in ("a", "b"))
    return Truth("clip.mp4", 10.0, 100, "", lines, crossings)


def times(pairs: Any) -> list[tuple[float, float]]:
    return sorted((c.time_s, t.time_s) for c, t in pairs)


def test_each_true_crossing_is_matched_once() -> None:
    found = match([counted(1.0), counted(1.1), counted(1.2)], [true(1.1)])
    assert times(found.pairs) == [(1.1, 1.1)]
    assert [c.time_s for c in found.false] == [1.0, 1.2]


def test_as_many_as_possible_are_matched_though_the_nearest_would_leave_one_out() -> None:
    found = match([counted(1.0), counted(1.9)], [true(0.2), true(1.1)])
    assert times(found.pairs) == [(1.0, 0.2), (1.9, 1.1)]
    assert not found.missed


def test_among_the_largest_matchings_the_times_lie_nearest() -> None:
    found = match([counted(1.0), counted(1.5)], [true(1.4), true(1.1)])
    assert times(found.pairs) == [(1.0, 1.1), (1.5, 1.4)]


@pytest.mark.parametrize(("apart_s", "hits"), [(1.0, 1), (-1.0, 1), (1.01, 0), (-1.01, 0)])
def test_a_second_apart_is_the_limit_and_within_it(apart_s: float, hits: int) -> None:
    assert len(match([counted(5.0 + apart_s)], [true(5.0)]).pairs) == hits


@pytest.mark.parametrize("other", [{"line": "b"}, {"direction": "backward"}])
def test_line_and_direction_must_agree(other: dict[str, Any]) -> None:
    found = match([counted(1.0, **other)], [true(1.0)])
    assert (len(found.pairs), len(found.false), len(found.missed)) == (0, 1, 1)


@pytest.mark.parametrize(
    ("got", "is_", "agrees"),
    [
        ("car", "car", True), ("motorcycle", "bicycle", False), ("cyclist", "bicycle", True),
        ("person", "pedestrian", True),
        ("person", "bicycle", False), ("truck", "bus", False), ("car", "truck", False),
    ],
)  # fmt: skip
def test_the_class_must_agree_where_that_is_asked(got: str, is_: str, agrees: bool) -> None:
    events, known = [counted(1.0, name=got)], [true(1.0, class_name=is_)]
    assert len(match(events, known).pairs) == 1
    assert len(match(events, known, with_class=True).pairs) == agrees


def test_who_fits_only_an_uncertain_crossing_is_neither_a_hit_nor_an_error() -> None:
    known = truth(true(1.0), true(5.0, certain=False))
    assert score([counted(1.0), counted(5.2)], known) == Score(1, 0, 0, 0, 1)


def test_an_uncertain_crossing_that_nobody_counted_is_not_missed() -> None:
    assert score([], truth(true(5.0, certain=False))) == Score(0, 0, 0, 0, 0)


def test_a_certain_crossing_comes_before_an_uncertain_one() -> None:
    found = match([counted(1.0)], [true(1.0, certain=False), true(1.5)])
    assert times(found.pairs) == [(1.0, 1.5)]


def test_f1_and_wape_by_hand() -> None:
    known = truth(true(1.0), true(2.0), true(3.0), true(4.0, direction="backward"), true(9.0, line="b"))
    events = [counted(1.2), counted(2.9), counted(6.0), counted(9.0, line="b", direction="backward")]
    found = score(events, known)
    # a forward: 3 of 3 in number though one is 3 s late; a backward: 0 of 1; b forward: 0 of 1; b backward: 1 of 0
    assert found == Score(hits=2, false=2, missed=3, absolute_error=3, truth=5)
    assert found.f1 == pytest.approx(4 / 9)
    assert found.wape == pytest.approx(3 / 5)


def test_scores_add_up() -> None:
    assert Score(1, 2, 3, 4, 5) + Score(5, 4, 3, 2, 1) == Score(6, 6, 6, 6, 6)


def test_nothing_counted_where_nothing_happened_is_perfect() -> None:
    assert (score([], truth()).f1, score([], truth()).wape) == (1.0, 0.0)
    assert (score([counted(1.0)], truth()).f1, score([counted(1.0)], truth()).wape) == (0.0, 1.0)
