"""The figures of one recording: counts with zeros, means weighted by time, stays, order."""

from pipeline.analysis import Analysis
from pipeline.events import Crossing, Dwell, Observed, Occupancy
from tests.builders import camera, line, zone


def crossing(time_s: float, line_id: str = "middle", track: int = 1, name: str = "person") -> Crossing:
    return Crossing(line_id, track, name, "forward", round(time_s * 10), time_s)


def test_every_line_class_and_direction_is_there_with_zeros() -> None:
    analysis = Analysis(camera(lines=(line(id="a"), line(id="b", classes=("bus",)))))
    analysis(crossing(1.0, "a"))
    assert analysis.counts() == {
        "a": {"person": {"forward": 1, "backward": 0}, "car": {"forward": 0, "backward": 0}},
        "b": {"bus": {"forward": 0, "backward": 0}},
    }


def test_the_mean_of_a_zone_is_weighted_by_time() -> None:
    analysis = Analysis(camera())
    for start_s, end_s, count in ((0.0, 1.0, 4), (1.0, 10.0, 0), (20.0, 30.0, 1)):  # nobody looked from 10 to 20
        analysis(Occupancy("left", "person", start_s, end_s, count))
    figures = analysis.zones({"left": {"person": 3}})["left"]["person"]
    assert figures == {"mean": 0.7, "max": 4, "dwell_p50_s": None, "open": 3}


def test_a_zone_that_nobody_watched_has_no_mean() -> None:
    assert Analysis(camera()).zones({})["left"]["person"] == {"mean": None, "max": 0, "dwell_p50_s": None, "open": 0}


def test_the_median_stay_is_that_of_the_stays_that_ended() -> None:
    analysis = Analysis(camera(zones=(zone(classes=("person", "car")),)))
    for duration_s in (1.0, 2.0, 4.0, 30.0):
        analysis(Dwell("left", "person", 50.0, duration_s))
    assert analysis.zones({})["left"]["person"]["dwell_p50_s"] == 3.0
    assert analysis.zones({})["left"]["car"]["dwell_p50_s"] is None


def test_events_are_in_the_order_of_time_line_and_track() -> None:
    analysis = Analysis(camera(lines=(line(id="a"), line(id="b"))))
    for event in (crossing(2.0, "a", 1), crossing(1.0, "b", 1), crossing(1.0, "a", 2), crossing(1.0, "a", 1)):
        analysis(event)
    assert [(e["time_s"], e["line"], e["track"]) for e in analysis.events()] == [
        (1.0, "a", 1),
        (1.0, "a", 2),
        (1.0, "b", 1),
        (2.0, "a", 1),
    ]


def test_looks_are_counted() -> None:
    analysis = Analysis(camera())
    for _ in range(3):
        analysis(Observed(0.0, 0.1, 2, 1, "cpu", "m"))
    assert analysis.looks == 3
