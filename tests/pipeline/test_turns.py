"""Turning movements: from edge to edge of one zone."""

import pytest
from pydantic import ValidationError

from pipeline.analyzers.turns import TurnsMeasure, side_between
from pipeline.analyzers.zone import ZoneAnalyzer
from pipeline.config import ZoneConfig
from pipeline.events import Counted, Event
from tests.builders import LABELS, standing, tracks

Place = tuple[float, float]
N, E, S, W, C = (500.0, 150.0), (850.0, 500.0), (500.0, 850.0), (150.0, 500.0), (500.0, 500.0)
"""Places north, east, south and west of the junction, and its centre."""


SQUARE = [(0.0, 0.0), (100.0, 0.0), (100.0, 100.0), (0.0, 100.0)]
COMB = [(0.0, 0.0), (100.0, 0.0), (100.0, 50.0), (60.0, 50.0), (60.0, 10.0), (40.0, 10.0), (40.0, 50.0), (0.0, 50.0)]
"""From the left, a way comes in by side 7, leaves by side 5 and comes in again by side 3."""


def junction(**fields: object) -> ZoneConfig:
    """Return a square junction; nothing leads in or out by its west side."""
    edges = [{"id": "nord", "sides": (0,)}, {"id": "est", "sides": (1,)}, {"id": "sud", "sides": (2,)}]
    corners = ((0.3, 0.3), (0.7, 0.3), (0.7, 0.7), (0.3, 0.7))
    return ZoneConfig.model_validate({"id": "place", "points": corners, "classes": ("car",), "edges": edges, **fields})


def turns(*places: Place, looks: int = 3, confirmed: bool = True, place: ZoneConfig | None = None) -> list[str]:
    """Return the turns of one car that is seen so often at each place, twice a second."""
    place = place or junction()
    a = ZoneAnalyzer(place, LABELS, [TurnsMeasure(place)])
    events: list[Event] = []
    stops = [at for at in places for _ in range(looks)]
    for i, (x, y) in enumerate(stops):
        events += a.update(tracks(i * 0.5, {1: standing(x, y)}, confirmed=confirmed, class_id=2))
    events += a.update(tracks(100.0, {}, ended=[1]))
    return [event.way for event in events if isinstance(event, Counted)]


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        pytest.param([N, C, S], ["nord>sud"], id="straight on"),
        pytest.param([N, C, E], ["nord>est"], id="a left turn"),
        pytest.param([S, C, E], ["sud>est"], id="a right turn"),
        pytest.param([E, C, E], ["est>est"], id="a U-turn"),
        pytest.param([N, C, W], [], id="out by a side without a name"),
        pytest.param([W, C, N], [], id="in by a side without a name"),
        pytest.param([C, E], [], id="appeared inside"),
        pytest.param([N, C], [], id="lost inside"),
        pytest.param([N, S], [], id="never seen inside"),
        pytest.param([N, C, E, C, S], ["nord>est", "est>sud"], id="left and came back by another edge"),
    ],
)
def test_a_turn_goes_from_the_edge_of_entry_to_the_edge_of_exit(way: list[Place], expected: list[str]) -> None:
    assert turns(*way) == expected


def test_a_car_lost_just_after_it_left_has_turned() -> None:
    place = junction()
    a = ZoneAnalyzer(place, LABELS, [TurnsMeasure(place)])
    for now_s, (x, y) in enumerate([N, C]):
        a.update(tracks(now_s, {1: standing(x, y)}, class_id=2))
    a.update(tracks(2.0, {1: standing(*E)}, class_id=2))
    (event,) = a.update(tracks(2.1, {}, ended=[1]))
    assert event == Counted("turns", "place", "car", 2.0, "nord>est")


def test_jitter_on_the_border_does_not_move_the_edge_of_entry() -> None:
    jitter = [(500.0, 301.0), (500.0, 299.0), (500.0, 302.0), (500.0, 298.0)]
    assert turns(N, *jitter, C, E, E, E, E, looks=1) == ["nord>est"]


def test_an_unconfirmed_object_makes_no_turn() -> None:
    assert turns(N, C, S, confirmed=False) == []


def test_several_sides_can_be_one_edge() -> None:
    bent = junction(edges=[{"id": "haut", "sides": (0, 1)}, {"id": "bas", "sides": (2, 3)}])
    assert turns(N, C, W, place=bent) == ["haut>bas"]
    assert turns(E, C, N, place=bent) == ["haut>haut"]


@pytest.mark.parametrize(
    ("outside", "inside", "corners", "sides"),
    [
        pytest.param((50, -10), (50, 90), SQUARE, [0], id="the side in front"),
        pytest.param((50, -10), (50, 0), SQUARE, [0], id="a foot on the border"),
        pytest.param((120, 120), (80, 80), SQUARE, [1, 2], id="a corner belongs to one of its sides"),
        pytest.param((-30, 20), (90, 25), COMB, [3], id="the last side where the way goes over several"),
        pytest.param((-30, 20), (-10, 20), SQUARE, [None], id="no side"),
    ],
)
def test_the_side_is_the_one_next_to_the_inside(
    outside: Place, inside: Place, corners: list[Place], sides: list[int | None]
) -> None:
    assert side_between(outside, inside, corners) in sides


@pytest.mark.parametrize(
    ("edges", "text"),
    [
        pytest.param([{"id": "a", "sides": (0,)}], "expected two different ids", id="one edge"),
        pytest.param([{"id": "a", "sides": (0,)}, {"id": "a", "sides": (1,)}], "two different ids", id="one id twice"),
        pytest.param([{"id": "a", "sides": (0,)}, {"id": "b", "sides": (0,)}], "each once at most", id="a side twice"),
        pytest.param([{"id": "a", "sides": (0,)}, {"id": "b", "sides": (4,)}], "expected 0 to 3", id="no such side"),
    ],
)
def test_edges_that_make_no_sense_are_refused(edges: list[dict[str, object]], text: str) -> None:
    with pytest.raises(ValidationError, match=text):
        junction(edges=edges)
