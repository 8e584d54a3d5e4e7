"""Lines: what is a crossing, which way it goes, and when it happened."""

import numpy as np
import pytest

from pipeline.analyzers.line import LineAnalyzer
from pipeline.events import Crossing
from tests.builders import LABELS, line, standing, tracks, walk


def crossings(xs: list[float], **more: float) -> list[Crossing]:
    return [e for e in walk(LineAnalyzer(line(), LABELS), xs, **more) if isinstance(e, Crossing)]


@pytest.mark.parametrize(
    ("points", "way", "direction"),
    [
        pytest.param(((0.5, 0.0), (0.5, 1.0)), [600, 400], "forward", id="looking down, the left hand is on the right"),
        pytest.param(((0.5, 0.0), (0.5, 1.0)), [400, 600], "backward", id="the other way over the same line"),
        pytest.param(((0.5, 1.0), (0.5, 0.0)), [400, 600], "forward", id="looking up, the left hand is on the left"),
        pytest.param(((0.2, 0.1), (0.9, 0.9)), [800, 300], "forward", id="a diagonal line"),
    ],
)
def test_direction_goes_from_the_left_hand_to_the_right_hand(
    points: tuple[tuple[float, float], tuple[float, float]], way: list[float], direction: str
) -> None:
    analyzer = LineAnalyzer(line(**{"from": points[0], "to": points[1]}), LABELS)
    (event,) = walk(analyzer, way, y=500)
    assert isinstance(event, Crossing)
    assert event.direction == direction


def test_the_time_is_interpolated_between_the_samples_on_each_side() -> None:
    (event,) = crossings([400, 450, 550, 600])
    assert event.time_s == pytest.approx(0.15)
    assert event.frame_index == 2, "the first processed frame on the new side"


def test_whoever_comes_back_counts_again_the_other_way() -> None:
    assert [e.direction for e in crossings([400, 600, 400, 600])] == ["backward", "forward", "backward"]


def test_jitter_on_the_line_counts_once() -> None:
    """The same person counted twice at the line: opendatacam#204, supervision#2598, ultralytics#9998."""
    wobble = [500 + dx for dx in (3, -4, 2, -3, 4, -2, 3, -4) * 20]
    assert len(crossings([400, 450, *wobble, 550, 600])) == 1
    assert crossings([400, 450, *wobble, 450, 400]) == [], "came to the line and went back"


def test_a_u_turn_on_the_line_is_no_crossing() -> None:
    assert crossings([400, 480, 497, 504, 497, 480, 400]) == []


def test_someone_standing_on_the_line_for_a_minute_counts_once() -> None:
    assert len(crossings([400, 480, *[501] * 600, 520, 600])) == 1


def test_a_fast_object_seen_only_on_each_side_counts() -> None:
    """Rarely sampled objects missed: ultralytics#25492."""
    assert len(crossings([100, 900], step_s=1.0)) == 1


def test_a_track_that_ends_in_the_band_having_cut_the_line_counts() -> None:
    analyzer = LineAnalyzer(line(), LABELS)
    walk(analyzer, [400, 450, 503])
    assert len(list(analyzer.update(tracks(0.4, {}, ended=[1])))) == 1
    walk(analyzer, [400, 450, 498])
    assert list(analyzer.update(tracks(0.4, {}, ended=[1]))) == [], "it had not cut the line"


def test_the_end_of_the_recording_ends_every_track() -> None:
    analyzer = LineAnalyzer(line(), LABELS)
    walk(analyzer, [400, 450, 503])
    assert len(list(analyzer.close())) == 1
    assert list(analyzer.close()) == []


def test_passing_beyond_the_end_of_the_segment_is_no_crossing() -> None:
    analyzer = LineAnalyzer(line(**{"from": (0.5, 0.0), "to": (0.5, 0.4)}), LABELS)
    assert walk(analyzer, [400, 450, 550, 600], y=500) == []
    assert len(walk(analyzer, [600, 550, 450, 400], y=300)) == 1


def test_a_young_track_claims_its_crossing_once_it_is_confirmed() -> None:
    analyzer = LineAnalyzer(line(), LABELS)
    assert walk(analyzer, [400, 600], confirmed=False) == []
    (event,) = analyzer.update(tracks(0.2, {1: standing(650, 500)}))
    assert event.time_s == pytest.approx(0.05)


def test_a_track_that_is_never_confirmed_never_counts() -> None:
    """Unconfirmed tracks taken for one object: supervision#2578."""
    analyzer = LineAnalyzer(line(), LABELS)
    walk(analyzer, [400, 600], confirmed=False)
    assert list(analyzer.update(tracks(0.3, {}, ended=[1]))) == []


def test_classes_that_the_line_does_not_ask_for_do_not_count() -> None:
    assert walk(LineAnalyzer(line(classes=("car",)), LABELS), [400, 600]) == []


def test_two_people_side_by_side_count_twice() -> None:
    analyzer = LineAnalyzer(line(), LABELS)
    events = [
        event
        for i, x in enumerate([400, 600])
        for event in analyzer.update(tracks(i * 0.1, {1: standing(x, 500), 2: standing(x + 8, 505)}))
    ]
    assert len(events) == 2


def test_a_line_near_the_edge_still_counts() -> None:
    """Lines near the edge that never count: supervision#1838."""
    analyzer = LineAnalyzer(line(**{"from": (0.01, 0.0), "to": (0.01, 1.0)}), LABELS)
    assert len(walk(analyzer, [60, 30, 2])) == 1


def test_the_line_follows_a_change_of_resolution_and_state_starts_again() -> None:
    """Zones that break when the resolution changes: frigate#6309."""
    analyzer = LineAnalyzer(line(), LABELS)
    walk(analyzer, [400])
    small = (500, 500)
    assert list(analyzer.update(tracks(0.1, {1: standing(300, 250, 50)}, size=small))) == []
    assert len(list(analyzer.update(tracks(0.2, {1: standing(200, 250, 50)}, size=small)))) == 1


def test_twenty_thousand_short_tracks_leave_nothing_behind() -> None:
    """Memory that grows for days: ultralytics#25729, ByteTrack#328."""
    analyzer = LineAnalyzer(line(), LABELS)
    for i in range(20_000):
        list(analyzer.update(tracks(i * 0.1, {i: standing(400, 500)}, ended=[i - 1])))
    assert len(analyzer._passages) == 1


def test_three_hundred_objects_at_once_are_counted() -> None:
    analyzer = LineAnalyzer(line(), LABELS)
    ys = np.linspace(110, 990, 300)
    before = {i: standing(400, y, 30) for i, y in enumerate(ys)}
    after = {i: standing(600, y, 30) for i, y in enumerate(ys)}
    list(analyzer.update(tracks(0.0, before)))
    assert len(list(analyzer.update(tracks(0.1, after)))) == 300
