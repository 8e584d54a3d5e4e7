"""Lines and zones are exchanged while a camera runs: what stays the same goes on as if nothing had happened."""

from typing import Any

import pytest

from models.detections import DetectorStatus
from pipeline.analyzers.observed import Every
from pipeline.config import CameraConfig
from pipeline.engine.measuring import Measuring
from pipeline.events import Crossing, Dwell, Event, Occupancy
from tests.builders import CPU, LABELS, camera, line, on_square, standing, tracks, zone

OTHER = line(id="other", **{"from": (0.7, 0.0), "to": (0.7, 1.0)})


def status() -> DetectorStatus:
    return CPU


class Walk:
    """Someone who walks to the right at 50 px a look, from x = 300 px."""

    def __init__(self, config: CameraConfig) -> None:
        self.measuring = Measuring(config, LABELS, Every(0.1), status)
        self.events: list[Event] = []
        self.looks = 0

    def to(self, x: float) -> "Walk":
        while 300 + 50 * self.looks <= x:
            at = standing(300 + 50 * self.looks, 500)
            self.events += self.measuring.update(tracks(self.looks / 10, {1: at}))
            self.looks += 1
        return self

    def change(self, **fields: Any) -> "Walk":
        self.begun = False

        def begin() -> None:
            self.begun = True

        self.measuring.change(camera(**fields), begin)
        return self

    def crossed(self) -> list[str]:
        return [event.line_id for event in self.events if isinstance(event, Crossing)]


def test_a_line_that_stays_counts_who_is_just_going_over_it() -> None:
    """Between its last look before the change and its first one after it."""
    walk = Walk(camera()).to(480).change(lines=(line(), OTHER)).to(600)
    assert walk.crossed() == ["middle"]


def test_a_line_that_was_moved_begins_anew_and_does_not_count_twice() -> None:
    moved = line(**{"from": (0.62, 0.0), "to": (0.62, 1.0)})
    walk = Walk(camera()).to(560).change(lines=(moved,)).to(700)
    assert walk.crossed() == ["middle", "middle"], "once over each of the two"
    unmoved = Walk(camera()).to(560).change(lines=(line(),), name="Autre").to(700)
    assert unmoved.crossed() == ["middle"]


def test_a_new_line_counts_from_then_on() -> None:
    assert Walk(camera()).to(600).change(lines=(line(), OTHER)).to(900).crossed() == ["middle", "other"]


def test_a_line_that_is_gone_counts_no_more() -> None:
    assert Walk(camera()).to(400).change(lines=()).to(900).crossed() == []


def test_who_stays_in_a_zone_goes_on_staying() -> None:
    right = zone(points=((0.2, 0.0), (0.8, 0.0), (0.8, 1.0), (0.2, 1.0)))
    walk = Walk(camera(zones=(right,), lines=())).to(600).change(zones=(right,), lines=(line(),)).to(2600)
    (stay,) = (event for event in walk.events if isinstance(event, Dwell))
    assert stay.duration_s == pytest.approx(1.0, abs=0.11)
    spans = [(e.start_s, e.end_s) for e in walk.events if isinstance(e, Occupancy)]
    assert sum(end - start for start, end in spans) == pytest.approx((walk.looks - 1) / 10, abs=0.01), "no gap"


def test_the_change_takes_effect_at_a_look_and_says_so() -> None:
    walk = Walk(camera()).to(400).change(lines=(OTHER,))
    assert not walk.begun
    walk.to(450)
    assert walk.begun


def test_the_last_of_several_changes_counts() -> None:
    walk = Walk(camera()).to(400).change(lines=()).change(lines=(line(), OTHER)).to(900)
    assert walk.crossed() == ["middle", "other"]


def test_another_calibration_begins_anew_with_all_that_needs_the_ground() -> None:
    fast = line(measures=("speed",))
    walk = Walk(camera(lines=(fast,), calibration=on_square(20))).to(400)
    walk.change(lines=(fast,), calibration=on_square(10)).to(900)
    assert walk.crossed() == ["middle"]
