"""The last minutes: how much is held, and over which span it may be counted again."""

import pytest

from pipeline.desk import recent as minutes
from pipeline.desk.recent import Recent, Span, TooEarly, kept_s
from pipeline.desk.replay import Minutes, tracks_of
from tests.builders import LABELS, camera, standing, tracks

T0 = 1_772_449_200.0  # a full hour
STATISTICS = camera(purpose="statistics", legal_basis=None)


def seen(until_s: float, of: object = None, step_s: float = 10.0, begin_s: float = 0.0) -> Recent:
    """Return what is held of somebody who stands there from T0 on."""
    one = camera() if of is None else STATISTICS
    recent = Recent(kept_s(one), LABELS, T0, step_s)
    at_s = begin_s
    while at_s <= until_s:
        recent.see(tracks(at_s, {7: standing(100.5, 200)}, ended=[6]))
        at_s += step_s
    return recent


def test_under_operations_it_is_the_last_quarter_of_an_hour() -> None:
    assert seen(2000).span(camera()) == Span(T0 + 1100, T0 + 2000)
    assert seen(60).span(camera()) == Span(T0, T0 + 60)
    assert seen(-1).span(camera()) == TooEarly(10.0)


@pytest.mark.parametrize(
    ("now_s", "expected"),
    [
        (900, TooEarly(10.0)),
        (910, Span(T0, T0 + 900)),
        (1800, Span(T0, T0 + 900)),
        (1810, Span(T0 + 900, T0 + 1800)),
        (5000, Span(T0 + 3600, T0 + 4500)),
    ],
)
def test_under_statistics_it_is_the_last_whole_step_however_often_one_asks(now_s: float, expected: object) -> None:
    assert seen(now_s, STATISTICS).span(STATISTICS) == expected


def test_a_step_of_which_the_begin_was_not_seen_is_not_whole() -> None:
    assert seen(1000, STATISTICS, begin_s=100).span(STATISTICS) == TooEarly(810.0)


def test_what_is_held_is_what_was_seen() -> None:
    recent = seen(30)
    span = recent.span(camera())
    assert isinstance(span, Span)
    size, held = recent.held(span)
    looks = tuple((one.at_s, one.frame, 1, tuple(one.ended)) for one in held)
    again = list(
        tracks_of(Minutes(size=size, labels=LABELS, interval_s=10, looks=looks), b"".join(o.rows for o in held))
    )
    first = tracks(0.0, {7: standing(100.5, 200)}, ended=[6])
    assert [one.time_s for one in again] == [T0, T0 + 10, T0 + 20, T0 + 30]
    assert (again[0].xyxy == first.xyxy).all()
    assert (again[0].track_id.tolist(), again[0].confirmed.tolist()) == ([7], [True])
    assert again[0].ended == {6}
    assert again[0].size == first.size


def test_a_crowd_shortens_what_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minutes, "MOST_ROWS", 20)
    assert seen(2000).span(camera()) == Span(T0 + 1810, T0 + 2000)


def test_another_size_of_picture_begins_anew() -> None:
    recent = seen(30)
    recent.see(tracks(40.0, {}, size=(640, 480)))
    assert recent.span(camera()) == Span(T0 + 40, T0 + 40)
