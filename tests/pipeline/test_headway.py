"""Headway: the time between crossings that follow each other in one direction."""

from collections.abc import Sequence

import pytest

from pipeline.analyzers.headway import SETTLE_S, HeadwayMeasure
from pipeline.analyzers.line import LineAnalyzer
from pipeline.analyzers.measured_line import MeasuredLine
from pipeline.events import Crossing, Direction, Event, Sampled
from tests.builders import LABELS, line, standing, tracks


def crossing(time_s: float, direction: Direction = "forward", class_name: str = "car") -> Crossing:
    return Crossing("middle", 1, class_name, direction, 0, time_s)


def told(crossings: Sequence[Crossing], until_s: float = 120.0, step_s: float = 1.0) -> list[Sampled]:
    """Return what is told of crossings that become known at the first look after them."""
    measure = HeadwayMeasure(line(), 2.0)
    looks = [i * step_s for i in range(round(until_s / step_s))]
    events: list[Sampled] = []
    for now_s in looks:
        events += measure.look(tracks(now_s, {}), [c for c in crossings if now_s - step_s < c.time_s <= now_s])
    return [*events, *measure.close([])]


def test_headway_is_the_time_since_the_crossing_before_in_the_same_direction() -> None:
    found = told([crossing(1.5), crossing(2.0, "backward"), crossing(4.0), crossing(9.5), crossing(12.0, "backward")])
    assert [(e.way, e.value) for e in found] == [("forward", 2.5), ("forward", 5.5), ("backward", 10.0)]


def test_the_first_crossing_has_none() -> None:
    assert told([crossing(1.0)]) == []


def test_two_people_side_by_side_follow_each_other_at_once() -> None:
    assert [e.value for e in told([crossing(1.0), crossing(1.0)])] == [0.0]


def test_it_is_told_under_the_class_of_the_one_that_follows() -> None:
    found = told([crossing(1.0, class_name="car"), crossing(3.0, class_name="truck")])
    assert [(e.class_name, e.value) for e in found] == [("truck", 2.0)]


def test_a_crossing_that_becomes_known_late_is_put_in_its_place() -> None:
    measure = HeadwayMeasure(line(), 2.0)
    list(measure.look(tracks(0.0, {}), [crossing(0.0)]))
    list(measure.look(tracks(1.0, {}), [crossing(1.0)]))
    list(measure.look(tracks(2.0, {}), [crossing(0.4)]))  # of an object that was too young
    assert [e.value for e in measure.close([])] == pytest.approx([0.4, 0.6])


def test_a_crossing_known_too_late_is_left_out_rather_than_negative() -> None:
    measure = HeadwayMeasure(line(), 100.0)
    found = list(measure.look(tracks(0.0, {}), [crossing(0.0)]))
    found += measure.look(tracks(8.0, {}), [crossing(3.0)])
    found += measure.look(tracks(9.0, {}), [crossing(2.0)])
    found += measure.look(tracks(20.0, {}), [crossing(14.0)])
    assert [e.value for e in found] == [3.0, 11.0]


def test_time_without_looks_is_no_headway() -> None:
    measure = HeadwayMeasure(line(), 2.0)
    events: list[Sampled] = []
    for now_s, crossed in [(0.0, [crossing(0.0)]), (600.0, [crossing(599.0)]), (601.0, [crossing(601.0)])]:
        events += measure.look(tracks(now_s, {}), crossed)
    assert [e.value for e in [*events, *measure.close([])]] == [2.0]


def test_an_hour_without_anyone_is_one_long_headway() -> None:
    found = told([crossing(1.0), crossing(3601.0)], until_s=3700.0)
    assert [e.value for e in found] == [3600.0]


def test_of_a_real_line_each_one_follows_the_other() -> None:
    measured = MeasuredLine(LineAnalyzer(line(), LABELS), [HeadwayMeasure(line(), 2.0)])
    events: list[Event] = []
    for i in range(100):
        boxes = {n: standing(400 + 100 * (i * 0.1 - n), 500) for n in (0, 3, 5)}
        events += measured.update(tracks(i * 0.1, boxes))
    events += measured.close()
    assert [e.value for e in events if isinstance(e, Sampled)] == pytest.approx([3.0, 2.0])


def test_three_hundred_at_once_leave_nothing_waiting() -> None:
    measure = HeadwayMeasure(line(), 2.0)
    list(measure.look(tracks(0.0, {}), [crossing(0.0) for _ in range(300)]))
    for i in range(1, 20):
        list(measure.look(tracks(float(i), {}), []))
    assert SETTLE_S < 20
    assert not measure._waiting
