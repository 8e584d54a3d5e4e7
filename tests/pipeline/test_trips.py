"""Trips from zone to zone: one for each arrival from another zone."""

from collections.abc import Sequence

import pytest

from models.detections import DetectorStatus
from pipeline.analyzers.observed import Every
from pipeline.build import analyzers_for
from pipeline.config import ZoneConfig
from pipeline.events import Counted, Event
from tests.builders import CPU, LABELS, camera, standing, tracks

WEST, MIDDLE, EAST = 100.0, 500.0, 900.0
"""x of feet in the zones west and east, and between them."""


def square(zone_id: str, x: float, **fields: object) -> ZoneConfig:
    corners = ((x, 0.0), (x + 0.2, 0.0), (x + 0.2, 1.0), (x, 1.0))
    given = {"id": zone_id, "points": corners, "classes": ("person",), "measures": ("od",), **fields}
    return ZoneConfig.model_validate(given)


class Street:
    """A camera with zones in the west and the east; each look takes a second."""

    def __init__(self, *zones: ZoneConfig) -> None:
        site = camera(lines=(), zones=zones or (square("west", 0.0), square("east", 0.8)))
        self.analyzers, _ = analyzers_for(site, LABELS, Every(1.0), self._status)
        self.now_s = 0.0

    def _status(self) -> DetectorStatus:
        return CPU

    def look(self, people: dict[int, float], ended: Sequence[int] = (), class_id: int = 0) -> list[tuple[str, str]]:
        """Return the trips, origin and destination, that a look completes."""
        boxes = {track: standing(x, 200 + track) for track, x in people.items()}
        looked = tracks(self.now_s, boxes, ended=ended, class_id=class_id)
        self.now_s += 1
        events: list[Event] = [event for analyzer in self.analyzers for event in analyzer.update(looked)]
        return [(event.place, event.way) for event in events if isinstance(event, Counted) and event.measure == "od"]

    def walk(self, *xs: float) -> list[tuple[str, str]]:
        return [trip for x in xs for trip in self.look({1: x})]


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        pytest.param([WEST, WEST, MIDDLE, EAST, EAST], [("west", "east")], id="across"),
        pytest.param([EAST, MIDDLE, WEST], [("east", "west")], id="the other way"),
        pytest.param([WEST, MIDDLE, MIDDLE, WEST], [], id="turned back"),
        pytest.param([WEST, EAST], [("west", "east")], id="seen only in both"),
        pytest.param([MIDDLE, EAST, EAST], [], id="came from nowhere"),
        pytest.param([WEST, EAST, EAST, WEST], [("west", "east"), ("east", "west")], id="there and back"),
        pytest.param([WEST, MIDDLE, MIDDLE, EAST, MIDDLE, MIDDLE, EAST], [("west", "east")], id="out and in again"),
    ],
)
def test_a_trip_goes_from_the_zone_before_to_the_zone_entered(way: list[float], expected: list[object]) -> None:
    assert Street().walk(*way) == expected


def test_a_way_through_three_zones_is_two_trips() -> None:
    street = Street(square("west", 0.0), square("centre", 0.4), square("east", 0.8))
    assert street.walk(WEST, MIDDLE, MIDDLE, EAST) == [("west", "centre"), ("centre", "east")]


def test_a_zone_that_does_not_ask_takes_no_part() -> None:
    street = Street(square("west", 0.0), square("centre", 0.4, measures=("occupancy",)), square("east", 0.8))
    assert street.walk(WEST, MIDDLE, EAST) == [("west", "east")]


def test_a_track_that_ended_has_no_past() -> None:
    street = Street()
    street.look({1: WEST})
    street.look({}, ended=[1])
    assert street.look({2: EAST}) == [], "another track"


def test_two_people_side_by_side_make_two_trips() -> None:
    street = Street()
    street.look({1: WEST, 2: WEST})
    assert street.look({1: EAST, 2: EAST}) == [("west", "east")] * 2


def test_a_class_that_the_origin_does_not_count_makes_no_trip() -> None:
    street = Street(square("west", 0.0), square("east", 0.8, classes=("person", "car")))
    street.look({1: WEST}, class_id=0)
    street.look({1: MIDDLE}, class_id=2)
    assert street.look({1: EAST}, class_id=2) == []


def test_three_hundred_trips_at_once_leave_nothing_behind() -> None:
    street = Street()
    everyone = range(300)
    street.look(dict.fromkeys(everyone, WEST))
    assert len(street.look(dict.fromkeys(everyone, EAST))) == 300
    street.look({}, ended=list(everyone))
    (trips,) = [analyzer for analyzer in street.analyzers if hasattr(analyzer, "_origins")]
    assert not trips._origins
