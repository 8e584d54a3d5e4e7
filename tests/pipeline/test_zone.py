"""Zones: how many are inside, and how long they stay."""

import pytest

from pipeline.analyzers.dwell import DwellMeasure
from pipeline.analyzers.entries import EntriesMeasure
from pipeline.analyzers.occupancy import OccupancyMeasure
from pipeline.analyzers.zone import ZoneAnalyzer
from pipeline.events import Counted, Dwell, Event, Occupancy
from tests.builders import LABELS, standing, tracks, walk, zone


def analyzer() -> ZoneAnalyzer:
    return ZoneAnalyzer(zone(), LABELS, [OccupancyMeasure(zone()), DwellMeasure(zone()), EntriesMeasure(zone())])


def stays(events: list[Event]) -> list[float]:
    return [event.duration_s for event in events if isinstance(event, Dwell)]


def test_occupancy_holds_over_the_span_between_two_looks() -> None:
    events = walk(analyzer(), [100, 200, 700], step_s=1.0)
    spans = [(e.start_s, e.end_s, e.count) for e in events if isinstance(e, Occupancy)]
    assert spans == [(0.0, 1.0, 1), (1.0, 2.0, 1)]


def test_a_stay_lasts_from_the_first_look_inside_to_the_first_outside() -> None:
    xs = [700, 700, *[300] * 20, *[700] * 20]
    assert stays(walk(analyzer(), xs)) == [pytest.approx(2.0)]


def test_jitter_on_the_border_is_one_stay() -> None:
    xs = [300] * 10 + [495, 505] * 20 + [300] * 10 + [700] * 20
    assert len(stays(walk(analyzer(), xs))) == 1


def test_a_track_that_ends_inside_stayed_to_its_last_look() -> None:
    a = analyzer()
    walk(a, [300] * 11)
    (event,) = [e for e in a.update(tracks(3.0, {}, ended=[1])) if isinstance(e, Dwell)]
    assert event.duration_s == pytest.approx(1.0)


def test_who_is_still_inside_at_the_end_is_open_and_has_no_dwell() -> None:
    a = analyzer()
    events = walk(a, [300] * 10)
    assert stays([*events, *a.close()]) == []
    assert a.open_stays == {"person": 1}


def test_unconfirmed_tracks_and_other_classes_are_not_in_the_zone() -> None:
    for more in ({"confirmed": False}, {"class_id": 2}):
        a = analyzer()
        walk(a, [300] * 5, **more)
        assert a.open_stays == {}


def test_a_long_gap_between_looks_is_not_counted_as_watched() -> None:
    a = analyzer()
    list(a.update(tracks(0.0, {1: standing(300, 500)})))
    assert [e for e in a.update(tracks(60.0, {1: standing(300, 500)})) if isinstance(e, Occupancy)] == []


@pytest.mark.parametrize(
    ("xs", "expected"),
    [
        pytest.param([700] * 5 + [300] * 20 + [700] * 20, ["entries", "exits"], id="through the zone"),
        pytest.param([300] * 20 + [700] * 20, ["exits"], id="appeared inside"),
        pytest.param([700] * 5 + [300] * 20, ["entries"], id="still inside"),
        pytest.param(([700] * 15 + [300] * 15) * 2, ["entries", "exits", "entries"], id="came back"),
        pytest.param([700] * 5 + [495, 505] * 20 + [300] * 5, ["entries"], id="jitter on the border"),
    ],
)
def test_entries_and_exits_are_of_who_was_seen_on_both_sides(xs: list[float], expected: list[str]) -> None:
    assert [event.measure for event in walk(analyzer(), xs) if isinstance(event, Counted)] == expected


def test_a_young_object_enters_once_it_is_confirmed() -> None:
    a = analyzer()
    walk(a, [700, 700, 300, 300], confirmed=False)
    (event,) = [e for e in a.update(tracks(0.4, {1: standing(300, 500)})) if isinstance(e, Counted)]
    assert event.measure == "entries"
    assert event.time_s == pytest.approx(0.2)


def test_twenty_thousand_short_tracks_leave_nothing_behind() -> None:
    a = analyzer()
    for i in range(20_000):
        list(a.update(tracks(i * 0.1, {i: standing(300, 500)}, ended=[i - 1])))
    assert len(a._stays) == 1
    assert not a._outside


@pytest.mark.parametrize(("step_s", "counted"), [(0.1, 0), (0.4, 1), (1.0, 1)])
def test_who_is_hidden_is_counted_for_half_a_second_or_one_look(step_s: float, counted: int) -> None:
    a = analyzer()
    walk(a, [300] * 5, step_s=step_s)
    events = [event for n in range(5, 12) for event in a.update(tracks(n * step_s, {}))]
    spans = [event for event in events if isinstance(event, Occupancy)]
    assert [span.count for span in spans[:2]] == [1, 1 if step_s == 0.1 else counted]
    assert spans[-1].count == 0
    assert a.open_stays == {"person": 1}
