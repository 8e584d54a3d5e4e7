"""What the editor's scripts know of geometry and of drawings, in a real browser, beside what the pipeline knows."""

import random
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from pipeline.config_file import EDGE, _near_edge
from pipeline.geometry import is_simple, is_simple_path
from tests.hypervisor.running import running

Points = list[list[float]]
SQUARE: Points = [[0.2, 0.2], [0.8, 0.2], [0.8, 0.8], [0.2, 0.8]]


class Scripts:
    """The editor's modules, without its page."""

    def __init__(self, page: Any) -> None:
        self._page = page

    def run(self, module: str, code: str, *given: Any) -> Any:
        """Return what a function body makes of `m`, a module, and `a`, what is given."""
        load = f"async (a) => {{ const m = await import('/static/editor/{module}.js'); {code} }}"
        return self._page.evaluate(load, list(given))

    def drawn(self, code: str, **camera: Any) -> dict[str, Any]:
        """Return the camera after something was done to the drawing `d`, whose first shape is `k`."""
        story = f"const d = new m.Drawing(a[0]), k = d.shapes[0]?.key; {code}; return d.toCamera();"
        made: dict[str, Any] = self.run("drawing", story, {"id": "nord", **camera})
        return made


@pytest.fixture(scope="module")
def scripts(browser: Any, valkey_server: Path) -> Iterator[Scripts]:
    """Yield the scripts in a browser."""
    with running(f"unix://{valkey_server}") as port:
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{port}/docs")
        yield Scripts(page)
        page.close()


def test_browser_and_pipeline_refuse_the_same_shapes(scripts: Scripts) -> None:
    """On a coarse grid many of them touch, run back over themselves or have corners twice."""
    dice = random.Random(7)
    paths: list[Points] = [
        [[dice.randrange(5) / 4, dice.randrange(5) / 4] for _ in range(dice.randrange(2, 7))] for _ in range(600)
    ]
    code = "return a[0].map((p) => [m.isSimple(p), m.isSimplePath(p), m.nearEdge(p, a[1])]);"
    told = scripts.run("geometry", code, paths, EDGE)
    tuples = [[(x, y) for x, y in path] for path in paths]
    assert told == [[is_simple(p), is_simple_path(p), _near_edge(p)] for p in tuples]
    assert {tuple(one[:2]) for one in told} == {(False, False), (False, True), (True, True)}


@pytest.mark.parametrize(
    ("line", "sector"),
    [
        ([[0.5, 0.0], [0.5, 1.0]], 4),  # walking down the picture, the right hand points to the left
        ([[0.5, 1.0], [0.5, 0.0]], 0),
        ([[0.0, 0.5], [1.0, 0.5]], 2),
        ([[1.0, 0.5], [0.0, 0.5]], 6),
        ([[0.0, 0.0], [0.5, 1.0]], 3),  # as steep as it is wide, in a picture of 2 to 1
        ([[0.4, 0.5], [0.5, 0.5], [0.5, 1.0]], 4),  # its longer piece counts
    ],
)
def test_forward_goes_from_the_left_hand_to_the_right(scripts: Scripts, line: Points, sector: int) -> None:
    told = scripts.run("geometry", "return m.forward(a[0], [2000, 1000]);", line)
    assert told["sector"] == sector
    longest = max(pairwise(line), key=lambda one: abs(one[0][0] - one[1][0]) + abs(one[0][1] - one[1][1]))
    (x1, y1), (x2, y2) = ([x * 2000, y * 1000] for x, y in longest)
    ahead = [told["at"][0] + told["way"][0] - x1, told["at"][1] + told["way"][1] - y1]
    assert (x2 - x1) * ahead[1] - (y2 - y1) * ahead[0] > 0, "s > 0 is where forward leads to (DIRECTION of pipeline)"


def test_a_point_snaps_to_corners_first_and_then_to_what_is_level(scripts: Scripts) -> None:
    code = "return [a[0].map((p) => m.snapped(p, [[0.3, 0.3]], [[0.6, 0.7]], [0.01, 0.02]))][0];"
    points = [[0.305, 0.31], [0.605, 0.31], [0.45, 0.71], [0.45, 0.5], [0.004, 0.5]]
    assert scripts.run("geometry", code, points) == [[0.3, 0.3], [0.6, 0.31], [0.45, 0.7], [0.45, 0.5], [0, 0.5]]


def test_areas_that_share_a_side_do_not_overlap(scripts: Scripts) -> None:
    beside = [[0.8, 0.2], [1.0, 0.2], [1.0, 0.8], [0.8, 0.8]]
    within = [[0.4, 0.4], [0.6, 0.4], [0.5, 0.6]]
    across = [[0.7, 0.3], [0.9, 0.3], [0.9, 0.5]]
    code = "return a[1].map((other) => [m.overlap(a[0], other), m.overlap(other, a[0])]);"
    told = scripts.run("geometry", code, SQUARE, [beside, within, across])
    assert told == [[False, False], [True, True], [True, True]]


def test_what_is_not_touched_stays_as_it_was_written(scripts: Scripts) -> None:
    lines = [
        {"id": "a", "from": [0.123456789, 0], "to": [0.5, 1], "count_as": "bicycle"},
        {"id": "b", "points": [[0, 0.5], [1, 0.5]]},
    ]
    zones = [{"id": "z", "points": SQUARE, "crowding": {"threshold": 9, "release": 4}}]
    camera = {"lines": lines, "zones": zones, "priority": 7}
    assert scripts.drawn("", **camera) == {"id": "nord", **camera}
    assert scripts.drawn("") == {"id": "nord"}


def test_a_bent_line_is_written_as_points_and_a_straight_one_by_its_ends(scripts: Scripts) -> None:
    line = {"id": "a", "from": [0.5, 0], "to": [0.5, 1]}
    bent = scripts.drawn("d.insert(k, 0); d.move(k, 1, [0.6, 0.5])", lines=[line])
    assert bent["lines"] == [{"id": "a", "points": [[0.5, 0], [0.6, 0.5], [0.5, 1]]}]
    assert scripts.drawn("d.insert(k, 1); d.drop(k, 1)", lines=[line])["lines"] == [line]
    assert scripts.drawn("d.flip(k)", lines=[line])["lines"] == [{"id": "a", "from": [0.5, 1], "to": [0.5, 0]}]


def test_named_parts_of_a_border_keep_their_sides(scripts: Scripts) -> None:
    edges = [{"id": "north", "sides": [0]}, {"id": "west", "sides": [3]}]
    zone = {"id": "z", "points": SQUARE, "edges": edges}
    assert scripts.drawn("d.insert(k, 0)", zones=[zone])["zones"][0]["edges"] == [
        {"id": "north", "sides": [0, 1]},
        {"id": "west", "sides": [4]},
    ]
    assert scripts.drawn("d.drop(k, 2)", zones=[zone])["zones"][0]["edges"] == [
        {"id": "north", "sides": [0]},
        {"id": "west", "sides": [2]},
    ]
    assert "edges" not in scripts.drawn("d.drop(k, 0)", zones=[zone])["zones"][0], "one alone would be refused"


def test_a_drag_is_undone_at_once_and_a_shape_stays_in_the_picture(scripts: Scripts) -> None:
    zone = {"id": "z", "points": SQUARE}
    story = (
        "for (const x of [0.3, 0.4, 0.5]) d.move(k, 0, [x, 0.1], 'drag'); d.rest(); d.move(k, 0, [0.1, 0.1], 'drag')"
    )
    assert scripts.drawn(f"{story}; d.turn('undo')", zones=[zone])["zones"][0]["points"][0] == [0.5, 0.1]
    assert scripts.drawn(f"{story}; d.turn('undo'); d.turn('undo')", zones=[zone])["zones"] == [zone]
    assert scripts.drawn(f"{story}; d.turn('undo'); d.turn('undo'); d.turn('redo')", zones=[zone])["zones"][0][
        "points"
    ][0] == [0.5, 0.1]
    moved = scripts.drawn("d.shift(k, [0.5, -0.5], d.of(k).points)", zones=[zone])["zones"][0]["points"]
    assert moved == [[0.4, 0], [1, 0], [1, 0.6], [0.4, 0.6]]


def test_changes_of_two_people_are_put_together(scripts: Scripts) -> None:
    base = {"lines": [{"id": "a", "name": ""}, {"id": "b", "name": ""}, {"id": "c"}], "zones": [{"id": "z"}]}
    mine = {"lines": [{"id": "a", "name": "mine"}, {"id": "b", "name": "mine"}, {"id": "new"}], "zones": [{"id": "z"}]}
    theirs = {"lines": [{"id": "a", "name": ""}, {"id": "b", "name": "theirs"}, {"id": "c"}], "priority": 3}
    told = scripts.run("drawing", "return m.merged(...a);", base, mine, theirs)
    assert told["both"] == ["b"]
    assert told["camera"]["lines"] == [{"id": "a", "name": "mine"}, {"id": "b", "name": "mine"}, {"id": "new"}]
    assert told["camera"].get("zones", []) == []
    assert told["camera"]["priority"] == 3


@pytest.mark.parametrize(("name", "made"), [("Entrée Nord", "entree-nord"), ("  Été / n° 2 ", "ete-n-2"), ("…", "")])
def test_identifiers_are_made_of_names(scripts: Scripts, name: str, made: str) -> None:
    assert scripts.run("drawing", "return m.slug(a[0]);", name) == made
