"""Crowding: a threshold with a second, lower one, and time for both."""

import pytest
from pydantic import ValidationError

from pipeline.analyzers.crowding import CrowdingMeasure
from pipeline.analyzers.zone import ZoneAnalyzer
from pipeline.events import Level
from pipeline.places import CrowdingConfig
from tests.builders import LABELS, standing, tracks, zone

LIMITS = CrowdingConfig(threshold=10, release=6, for_s=3)


def states(counts: list[int], step_s: float = 1.0) -> list[float]:
    """Return the state between each two looks at so many people, one look a second."""
    a = ZoneAnalyzer(zone(), LABELS, [CrowdingMeasure(zone(), LIMITS)], longest_gap_s=2.0)
    found: list[float] = []
    for i, n in enumerate(counts):
        people = {track: standing(20 + 4 * track, 500) for track in range(n)}
        gone = [track for track in range(1000) if track not in people]
        looked = a.update(tracks(i * step_s, people, ended=gone))
        found += [event.value for event in looked if isinstance(event, Level)]
    return found


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        pytest.param([9] * 8, [0] * 7, id="below the threshold"),
        pytest.param([10] * 8, [0, 0, 0, 1, 1, 1, 1], id="at the threshold, after its time"),
        pytest.param([10, 10, 10, 9, 10, 10, 10, 9], [0] * 7, id="never for long enough"),
        pytest.param([12] * 4 + [7] * 6, [0, 0, 0] + [1] * 6, id="fewer, but not few enough"),
        pytest.param([12] * 4 + [6] * 6, [0, 0, 0, 1, 1, 1, 1, 0, 0], id="released after its time"),
        pytest.param([12] * 4 + [6, 6, 7] * 3, [0, 0, 0] + [1] * 9, id="never released for long enough"),
        pytest.param([10, 9] * 8, [0] * 15, id="one person on the border"),
        pytest.param([300] * 8, [0, 0, 0, 1, 1, 1, 1], id="three hundred at once"),
    ],
)
def test_crowding_sets_in_and_ends_late_and_does_not_flicker(counts: list[int], expected: list[float]) -> None:
    assert states(counts) == expected


def test_after_time_without_looks_it_begins_anew() -> None:
    assert states([12] * 6, step_s=10.0) == []


def test_it_is_told_of_all_classes_together() -> None:
    place = zone(classes=("person", "car"))
    a = ZoneAnalyzer(place, LABELS, [CrowdingMeasure(place, CrowdingConfig(threshold=1, release=0, for_s=0))])
    a.update(tracks(0.0, {1: standing(300, 500)}, class_id=2))
    (level,) = a.update(tracks(1.0, {1: standing(300, 500)}, class_id=2))
    assert level == Level("crowded", "left", "all", 0.0, 1.0, 1.0)


def test_a_release_at_the_threshold_is_refused() -> None:
    with pytest.raises(ValidationError, match="release: 5 is not below threshold; expected 4 at most"):
        CrowdingConfig(threshold=5, release=5)
