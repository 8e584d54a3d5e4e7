"""Queues: who stands or creeps, how many these are, and how long each one waited."""

from collections.abc import Callable, Sequence

import pytest

from pipeline.analyzers.queue import QueueMeasure
from pipeline.analyzers.zone import ZoneAnalyzer
from pipeline.events import Event, Level, Sampled
from tests.builders import LABELS, standing, tracks, zone

Way = Callable[[float], float | None]
"""x of a person's feet at a moment, px; None: not seen. The box is 100 px high, so 40 px a second are slow."""


def analyzer() -> ZoneAnalyzer:
    """Return a queue in the left half of the picture."""
    return ZoneAnalyzer(zone(measures=("queue",)), LABELS, [QueueMeasure(zone(), None)], longest_gap_s=2.0)


def follow(ways: Sequence[Way], until_s: float, step_s: float = 0.2) -> list[Event]:
    """Return the events of people on their ways, each on a lane of their own; the tracks end with the time."""
    a = analyzer()
    events: list[Event] = []
    for i in range(round(until_s / step_s) + 1):
        now_s = i * step_s
        boxes = {n: standing(x, 200 + 20 * n) for n, way in enumerate(ways) if (x := way(now_s)) is not None}
        events += a.update(tracks(now_s, boxes))
    return [*events, *a.update(tracks(until_s + step_s, {}, ended=range(len(ways))))]


def waits(events: list[Event]) -> list[float]:
    return [event.value for event in events if isinstance(event, Sampled) and event.measure == "wait"]


def mean(events: list[Event]) -> float:
    levels = [event for event in events if isinstance(event, Level)]
    return sum(e.value * (e.end_s - e.start_s) for e in levels) / sum(e.end_s - e.start_s for e in levels)


def test_who_stands_waits_from_the_first_slow_moment_to_the_end() -> None:
    events = follow([lambda _: 300.0], 20.0)
    assert waits(events) == [pytest.approx(20.0)]


def test_the_queue_is_the_mean_number_of_who_waits() -> None:
    events = follow([lambda _: 300.0, lambda _: 400.0], 23.0)
    assert mean(events) == pytest.approx(2 * 20 / 23.2, rel=0.02), "joined after three seconds"


def test_who_walks_through_never_queues() -> None:
    events = follow([lambda s: 20 + 60 * s], 8.0)
    assert waits(events) == []
    assert mean(events) == 0


def test_two_seconds_of_standing_are_no_queue() -> None:
    events = follow([lambda s: 100 * min(s, 1) + 100 * max(0, s - 3)], 6.0)
    assert waits(events) == []


def test_moving_up_by_a_step_stays_in_the_queue() -> None:
    """Stop and go: a second at walking speed every six seconds."""
    events = follow([lambda s: 20 + 80 * (s // 6) + 80 * min(s % 6, 1)], 30.0)
    (wait,) = waits(events)
    assert wait == pytest.approx(30.0, abs=1.0)


def test_a_speed_between_the_two_thresholds_keeps_what_was() -> None:
    creeping = 50.0  # px a second: slower than `MOVING`, faster than `SLOW`
    assert waits(follow([lambda s: 20 + creeping * s], 9.0)) == [], "never slow, so it does not join"
    joined = follow([lambda s: 20.0 if s < 5 else 20 + creeping * (s - 5)], 14.0)
    assert waits(joined) == [pytest.approx(14.0, abs=0.1)], "in the queue, it does not leave"


def test_who_walks_off_waited_until_then_and_times_of_one_stay_add_up() -> None:
    def way(s: float) -> float:
        walked_s = min(max(s - 10, 0), 4)  # stands 10 s, walks 4 s, stands 6 s
        return 50 + 80 * walked_s

    assert waits(follow([way], 20.0)) == [pytest.approx(16.0, abs=0.5)]


def test_who_leaves_the_zone_waited_until_the_border() -> None:
    events = follow([lambda s: 480.0 if s < 10 else 480 + 150 * (s - 10)], 16.0)
    assert waits(events) == [pytest.approx(10.0, abs=1.0)]


def test_a_hidden_object_keeps_its_place_in_the_queue() -> None:
    events = follow([lambda s: None if 5 < s < 15 else 300.0], 20.0)
    assert waits(events) == [pytest.approx(20.0)]


def test_after_a_long_time_unseen_nothing_is_guessed_about_the_way() -> None:
    events = follow([lambda s: None if 2 < s < 15 else 300.0], 16.0)
    assert waits(events) == []


def test_a_jittering_box_is_slow_all_the_same() -> None:
    events = follow([lambda s: 300 + (5 if round(s * 5) % 2 else -5)], 20.0)
    assert waits(events) == [pytest.approx(20.0, abs=0.5)]


@pytest.mark.parametrize("step_s", [0.1, 1.0, 2.0])
def test_the_wait_does_not_depend_on_how_often_is_looked(step_s: float) -> None:
    assert waits(follow([lambda _: 300.0], 20.0, step_s)) == [pytest.approx(20.0, abs=step_s)]


def test_nobody_for_an_hour_is_an_empty_queue() -> None:
    events = follow([], 3600.0, step_s=2.0)
    assert mean(events) == 0
    assert waits(events) == []


def test_repeated_and_backward_timestamps_are_harmless() -> None:
    a = analyzer()
    events: list[Event] = []
    for now_s in [0.0, 1.0, 1.0, 2.0, 0.5, 1.5, 2.5, 3.5, 4.5]:
        events += a.update(tracks(now_s, {1: standing(300, 500)}))
    events += a.update(tracks(5.0, {}, ended=[1]))
    assert all(0 <= wait <= 5 for wait in waits(events))


def test_three_hundred_tracks_leave_nothing_behind() -> None:
    measure = QueueMeasure(zone(), None)
    a = ZoneAnalyzer(zone(), LABELS, [measure])
    everyone = {n: standing(5 + n, 500) for n in range(300)}
    for i in range(50):
        a.update(tracks(i * 0.1, everyone))
    (level, *_) = [e for e in a.update(tracks(5.0, everyone)) if isinstance(e, Level)]
    assert level.value == 300
    a.update(tracks(5.1, {}, ended=everyone))
    assert not measure._states._states
