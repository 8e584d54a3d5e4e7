"""Intervals by drawing stretches, S1 by cases worked out by hand."""

import math

import numpy as np
import pytest

from benchmarks import aicity
from benchmarks.bootstrap import by_segment, difference_interval, f1_interval
from benchmarks.figures import Column, Counted, cell_rows, rows_of
from benchmarks.matching import Matching, match
from benchmarks.truthfile import TrueCrossing, Truth
from pipeline.events import Crossing
from pipeline.taxonomy import city_name


def crossing(time_s: float, class_name: str = "person") -> Crossing:
    return Crossing("a", 1, class_name, "forward", 0, time_s)


def true(time_s: float, class_name: str = "person") -> TrueCrossing:
    return TrueCrossing("a", class_name, "forward", time_s, True)


def truth(*crossings: TrueCrossing) -> Truth:
    return Truth("clip", 10.0, 200, "", ({"id": "a", "from": [0, 0], "to": [0, 1]},), crossings)


def test_hits_and_misses_lie_where_they_happened_and_false_ones_where_they_were_counted() -> None:
    run = Matching(((crossing(4.9), true(5.1)),), (crossing(12.0),), (true(0.0), true(19.9)), ())
    assert by_segment([run, run], 20.0, 5.0).tolist() == [[0, 0, 2], [2, 0, 0], [0, 2, 0], [0, 0, 2]]


def test_what_happens_after_the_stated_end_belongs_to_the_last_stretch() -> None:
    run = Matching((), (crossing(99.0),), (), ())
    assert by_segment([run], 10.0, 5.0)[-1].tolist() == [0, 1, 0]


def test_an_interval_holds_the_value_and_is_the_same_every_time() -> None:
    counts = np.array([[5, 1, 0], [3, 0, 2], [8, 0, 0], [2, 2, 2]], float)
    found = f1_interval(counts)
    assert found.value == pytest.approx(36 / (36 + 3 + 4))
    assert found.low < found.value < found.high
    assert found == f1_interval(counts)
    assert found != f1_interval(counts, draws=20)


def test_an_interval_shrinks_with_more_of_the_same() -> None:
    counts = np.array([[5, 1, 0], [3, 0, 2], [8, 0, 0], [2, 2, 2]], float)
    few, many = f1_interval(counts), f1_interval(np.tile(counts, (9, 1)))
    assert many.high - many.low < (few.high - few.low) / 2


def test_systems_are_compared_on_the_same_stretches() -> None:
    hard_and_easy = np.array([[0, 9, 9], [9, 0, 0], [5, 3, 3], [1, 7, 7]], float)
    assert difference_interval(hard_and_easy, hard_and_easy) == difference_interval(hard_and_easy, hard_and_easy)
    same = difference_interval(hard_and_easy, hard_and_easy)
    assert (same.value, same.low, same.high) == (0, 0, 0)
    better = difference_interval(hard_and_easy - [0, 1, 0], hard_and_easy)
    assert better.value > 0


def test_nothing_to_count_and_nothing_counted_is_no_error() -> None:
    assert f1_interval(np.zeros((3, 3))).value == 1.0


def test_counts_accumulate_to_the_end_of_each_stretch() -> None:
    assert aicity.cumulative([0.0, 4.9, 5.0, 25.0], 10.0, k=2) == [2, 4]


@pytest.mark.parametrize(
    ("counted", "true", "expected"),
    [
        ([1, 2], [1, 2], 1.0),
        ([0, 0], [1, 2], 1 - math.sqrt(1 / 3 * 1 + 2 / 3 * 4) / 2),  # weights 1/3 and 2/3
        ([2, 2], [1, 2], 1 - math.sqrt(1 / 3) / 2),
        ([9, 9], [1, 2], 0.0),  # never below 0
    ],
)
def test_effectiveness_by_hand(counted: list[int], true: list[int], expected: float) -> None:
    assert aicity.effectiveness([(counted, true)]) == pytest.approx(expected)


def test_cells_weigh_by_their_true_count_and_those_without_weigh_nothing() -> None:
    perfect, empty, invented = ([1, 3], [1, 3]), ([0, 0], [1, 1]), ([5, 5], [0, 0])
    lost = 1 - math.sqrt(1 / 3 + 2 / 3) / 1
    assert aicity.effectiveness([perfect, empty, invented]) == pytest.approx((3 * 1.0 + 1 * lost) / 4)


def test_efficiency_and_score_by_hand() -> None:
    assert aicity.efficiency(11.0, 100.0) == pytest.approx(0.9)
    assert aicity.efficiency(500.0, 100.0) == 0.0
    assert aicity.s1(0.8, 0.9) == pytest.approx(0.3 * 0.9 + 0.7 * 0.8)


def test_riders_on_any_two_wheels_are_one_class() -> None:
    assert city_name("bicycle") == city_name("cyclist") == city_name("rider") != city_name("motorcycle")


def test_a_column_spreads_its_first_frames_and_names_its_true_rate() -> None:
    assert Column.at(3.33, 10.0, 10) == Column(3, (0, 1, 2), 10.0)
    assert Column.at(1, 30.0, 3).starts == (0, 10, 20)
    assert Column.at(12, 30.0, 10).settings == "15.00 fps"
    assert Column.at(99, 10.0, 10).step == 1


def test_rows_tell_every_figure_of_a_run() -> None:
    column = Column(1, (0,), 10.0)
    known = truth(true(1.0), true(2.0), true(15.0, "car"))
    system = Counted("x", {column: [[crossing(1.0), crossing(15.2, "bus")]]}, {column: 2.2})
    figures = {row.metric: row for row in rows_of("clip", known, system)}
    assert figures["event_f1"].value == pytest.approx(0.8)
    assert figures["event_f1_class"].value == pytest.approx(0.4)
    assert figures["wape"].value == pytest.approx(1 / 3, abs=1e-4)
    assert figures["wape_class"].value == pytest.approx(1.0)
    assert figures["s1_efficiency"].value == pytest.approx(0.9)
    assert figures["event_f1_95"].value == pytest.approx(0.8)
    assert figures["event_f1_95"].low is not None


def test_every_line_direction_and_class_has_its_error() -> None:
    column = Column(1, (0,), 10.0)
    known = truth(true(1.0), true(2.0), true(15.0, "car"))
    system = Counted("x", {column: [[crossing(1.0), crossing(15.2, "bus")]]}, {})
    errors = {row.metric: row.value for row in cell_rows("clip", known, system)}
    assert errors["count_error a/forward/pedestrian"] == -1
    assert errors["count_error a/forward/car"] == -1
    assert errors["count_error a/forward/bus"] == 1
    assert errors["cumulative_wape 1/10"] == 0
    assert errors["cumulative_wape 2/10"] == pytest.approx(1 / 3, abs=1e-4)  # one of two was counted by then
    assert errors["cumulative_wape 10/10"] == pytest.approx(1.0)


def test_what_fits_only_an_uncertain_crossing_is_no_error_in_any_figure() -> None:
    column = Column(1, (0,), 10.0)
    doubtful = TrueCrossing("a", "person", "forward", 8.0, False)
    system = Counted("x", {column: [[crossing(1.0), crossing(8.0)]]}, {})
    figures = {row.metric: row.value for row in rows_of("clip", truth(true(1.0), doubtful), system)}
    assert (figures["event_f1"], figures["wape"], figures["wape_class"], figures["s1_effectiveness"]) == (1, 0, 0, 1)
    assert len(match([crossing(8.0)], [doubtful]).ignored) == 1
