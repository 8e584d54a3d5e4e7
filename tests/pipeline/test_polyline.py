"""Lines through several points, and what a line counts under which name."""

import itertools
import random
from collections.abc import Sequence

import pytest
from pydantic import ValidationError

from pipeline.analysis import Analysis
from pipeline.analyzers.line import LineAnalyzer
from pipeline.config import LineConfig
from pipeline.events import Crossing
from tests.builders import LABELS, camera, line, standing, tracks

Place = tuple[float, float]

ANGLE = ((0.2, 0.8), (0.5, 0.2), (0.8, 0.8))
"""A roof: who walks along it from left to right has the sky on the left hand."""


def bent(*points: Place, **fields: object) -> LineConfig:
    """Return a line through these points, for persons and cars."""
    given = {"id": "bent", "points": points or ANGLE, "classes": ("person", "car"), **fields}
    return LineConfig.model_validate(given)


def go(analyzer: LineAnalyzer, places: Sequence[Place], height: float = 100.0) -> list[Crossing]:
    """Return what one person counts whose feet are at each place in turn."""
    looks = (tracks(i * 0.1, {1: standing(x, y, height)}) for i, (x, y) in enumerate(places))
    return [event for look in looks for event in analyzer.update(look)]


def ways(places: Sequence[Place], *points: Place) -> list[str]:
    return [crossing.direction for crossing in go(LineAnalyzer(bent(*points), LABELS), places)]


def between(*places: Place, steps: int = 20) -> list[Place]:
    """Return places along a way, in small steps."""
    return [
        (a[0] + (b[0] - a[0]) * i / steps, a[1] + (b[1] - a[1]) * i / steps)
        for a, b in itertools.pairwise(places)
        for i in range(steps + 1)
    ]


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        pytest.param([(350, 200), (350, 800)], ["forward"], id="over the first piece"),
        pytest.param([(650, 200), (650, 800)], ["forward"], id="over the second piece"),
        pytest.param([(650, 800), (650, 200)], ["backward"], id="back"),
        pytest.param([(500, 100), (500, 400)], ["forward"], id="straight through the bend"),
        pytest.param(
            [(200, 500), (500, 500), (800, 500)], ["forward", "backward"], id="in by one piece, out by the other"
        ),
        pytest.param([(200, 500), (800, 500)], [], id="in and out between two looks"),
        pytest.param([(100, 850), (100, 900), (900, 900)], [], id="past the open side"),
        pytest.param([(100, 500), (100, 900), (500, 900), (500, 500)], [], id="in by the open side"),
    ],
)
def test_each_piece_counts_the_same_way(way: list[Place], expected: list[str]) -> None:
    assert ways(way) == expected


@pytest.mark.parametrize("steps", [1, 2, 7, 40])
@pytest.mark.parametrize("y", [195, 199, 200, 201, 205, 215, 230])
def test_walking_past_the_tip_of_a_bend_never_counts_half(y: float, steps: int) -> None:
    """Near the bend neither double nor missing: what goes in comes out."""
    found = ways(between((200, y), (800, y), steps=steps))
    assert found in ([], ["forward", "backward"])


@pytest.mark.parametrize("shift", [-40, -12, -3, 0, 3, 12, 40])
def test_whoever_crosses_at_the_bend_counts_once(shift: float) -> None:
    for steps in (1, 3, 30):
        assert ways(between((500 + shift, 60), (500 - shift, 500), steps=steps)) == ["forward"]


def test_walking_along_the_line_around_the_bend_counts_nothing() -> None:
    inside = between((215, 795), (500, 225), (785, 795))
    assert ways([(300, 790), *inside, (700, 790)]) == []


def test_jitter_on_the_bend_counts_once() -> None:
    """The same person counted twice at the line: opendatacam#204."""
    chance = random.Random(7)
    wobble = [(500 + chance.uniform(-4, 4), 200 + chance.uniform(-4, 4)) for _ in range(200)]
    assert ways([(500, 100), *wobble, (500, 400)]) == ["forward"]
    assert ways([(500, 100), *wobble, (500, 100)]) == []


def test_a_random_walk_counts_what_lies_between_its_ends() -> None:
    """Whatever way is taken, forward less backward is the difference of sides."""
    chance = random.Random(3)
    zigzag = ((0.0, 0.5), (0.3, 0.3), (0.4, 0.7), (0.6, 0.3), (0.7, 0.6), (1.0, 0.5))
    for _ in range(50):
        places = [(500.0, 20.0)]
        for _ in range(60):
            x, y = places[-1]
            places.append((min(max(x + chance.uniform(-150, 150), 1), 999), y + chance.uniform(-150, 150)))
        found = ways([*places, (500, 980)], *zigzag)
        assert found.count("forward") - found.count("backward") == 1
        assert all(a != b for a, b in itertools.pairwise(found)), "the same way twice without coming back"


def test_a_line_cut_in_three_counts_as_a_whole_one() -> None:
    """A straight line with points in the middle is the line from its first to its last point."""
    chance = random.Random(5)
    whole = line(**{"from": (0.2, 0.1), "to": (0.8, 0.7)})
    parts = bent((0.2, 0.1), (0.4, 0.3), (0.5, 0.4), (0.8, 0.7), id="middle")
    for _ in range(100):
        places = [(chance.uniform(0, 1000), chance.uniform(0, 1000)) for _ in range(20)]
        one, other = go(LineAnalyzer(whole, LABELS), places), go(LineAnalyzer(parts, LABELS), places)
        assert [(c.direction, c.frame_index) for c in one] == [(c.direction, c.frame_index) for c in other]
        assert [c.time_s for c in one] == pytest.approx([c.time_s for c in other])


def test_who_walks_along_the_edge_of_the_picture_goes_over_the_line_that_ends_there() -> None:
    assert ways([(400, 1000), (600, 1000)], (0.5, 0.2), (0.45, 0.5), (0.5, 1.0)) == ["backward"]


def test_the_time_is_that_of_the_piece_that_is_crossed() -> None:
    (crossing,) = go(LineAnalyzer(bent(), LABELS), [(350, 400), (350, 600)])
    assert crossing.time_s == pytest.approx(0.05)
    assert crossing.frame_index == 1


def test_the_centre_can_be_what_must_cross() -> None:
    level = {"from": (0.0, 0.5), "to": (1.0, 0.5)}
    way = [(500.0, 450.0), (500.0, 530.0)]  # the feet cross it, the middle 50 px above them does not
    assert len(go(LineAnalyzer(line(**level), LABELS), way)) == 1
    assert go(LineAnalyzer(line(**level, anchor="centre"), LABELS), way) == []
    assert len(go(LineAnalyzer(line(**level, anchor="centre"), LABELS), [*way, (500.0, 600.0)])) == 1


def test_everything_on_a_cycle_path_can_count_as_one_class() -> None:
    path = line(classes=("person", "bicycle"), count_as="bicycle")
    analyzer, told = LineAnalyzer(path, LABELS), Analysis(camera(lines=(path,)))
    for class_id in (0, 1, 2):  # a walker, a rider and a car
        for i, x in enumerate((400, 600)):
            for event in analyzer.update(tracks(i * 0.1, {class_id: standing(x, 500)}, class_id=class_id)):
                told(event)
    assert told.counts() == {"middle": {"bicycle": {"forward": 0, "backward": 2}}}


def test_a_young_track_counts_under_the_name_asked_for() -> None:
    analyzer = LineAnalyzer(line(classes=("person",), count_as="cyclist"), LABELS)
    for i, x in enumerate((400, 600)):
        list(analyzer.update(tracks(i * 0.1, {1: standing(x, 500)}, confirmed=False)))
    (crossing,) = analyzer.update(tracks(0.2, {1: standing(620, 500)}))
    assert crossing.class_name == "cyclist"


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        pytest.param({"points": [(0.1, 0.1)]}, "has 1 points; expected two at least", id="one point"),
        pytest.param({"points": [(0.1, 0.1), (0.1, 0.1), (0.5, 0.5)]}, "points.1: equals", id="a repeated neighbour"),
        pytest.param(
            {"points": [(0, 0), (0.5, 0.5), (0.5, 0), (0, 0.5)]}, "crosses or touches itself", id="a crossing"
        ),
        pytest.param({"points": [(0, 0), (0.5, 0.5), (0.2, 0.2)]}, "crosses or touches itself", id="back over itself"),
        pytest.param({"points": [(0, 0), (0.5, 0.5), (0.5, 0), (0, 0)]}, "crosses or touches itself", id="a ring"),
        pytest.param({"points": [(0, 0), (1, 1)], "to": (1, 0)}, "expected one of the two forms", id="both forms"),
        pytest.param({"from": (0, 0)}, "to: is missing; expected from and to, or points", id="half a form"),
        pytest.param({}, "from: is missing; expected from and to, or points", id="no form"),
        pytest.param({"points": [(0, 0), (1, 1)], "count_as": "a|b"}, "count_as", id="a name that breaks the fields"),
    ],
)
def test_a_line_that_makes_no_sense_is_refused(fields: dict[str, object], text: str) -> None:
    with pytest.raises(ValidationError, match=text.replace("|", r"\|")):
        LineConfig.model_validate({"id": "a", **fields})
