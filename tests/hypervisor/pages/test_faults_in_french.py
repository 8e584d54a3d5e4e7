"""What the schema finds wrong is said in French: every message that a page can provoke is in the catalogue."""

import ast
import inspect
import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from hypervisor.pages import ground
from hypervisor.pages.words.faults import WORDS, pairs
from pipeline import (
    calibration,
    config,
    config_file,
    deposits,
    detector_config,
    homography,
    known_distances,
    map_config,
    places,
    quiet_config,
    schema,
)
from pipeline.config_faults import ConfigError
from pipeline.config_file import checked
from tests.hypervisor.pages.conftest import Visitor
from tests.hypervisor.running import running

MODULES = (
    calibration, config, config_file, deposits, detector_config, homography, known_distances, map_config, places,
    quiet_config, schema,
)  # fmt: skip
RAISED = {"ValueError", "Unsolvable"}
PREFIX = re.compile(r"^[a-z_X]+(\.[a-z_X]+)*: (?=.)")  # the field, which the API tells apart
ELSEWHERE = {"X"}  # what a part below says of itself (the calibration's fit): the cases below walk it


def rows() -> list[tuple[re.Pattern[str], str]]:
    """Return the catalogue as the pages read it: the longest clauses first."""
    by_length = sorted(pairs("fr"), key=lambda row: -len(re.sub(r"{\w+}", "", row[0])))
    return [(pattern(english), french) for english, french in by_length]


def pattern(english: str) -> re.Pattern[str]:
    parts = re.split(r"{(\w+)}", english)
    return re.compile("".join(f"(?P<{one}>[^;]+?)" if n % 2 else re.escape(one) for n, one in enumerate(parts)))


def clauses(text: str) -> list[str]:
    """Return the clauses of a message that have no French."""
    known = rows()
    if any(one.fullmatch(text) for one, _ in known):
        return []
    return [one for one in text.split("; ") if not any(row.fullmatch(one) for row, _ in known)]


def messages(module: ModuleType) -> Iterator[str]:
    """Yield what a module raises as a ValueError (the calibration's fit is one), with X for what is filled in."""
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        raised = node.exc if isinstance(node, ast.Raise) else None
        if isinstance(raised, ast.Call) and getattr(raised.func, "id", "") in RAISED:
            yield PREFIX.sub("", written(raised.args[0]))


def written(node: ast.expr) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(written(part) for part in node.values)
    return str(node.value) if isinstance(node, ast.Constant) else "X"


@pytest.mark.parametrize("module", MODULES, ids=lambda one: one.__name__)
def test_every_message_of_a_check_has_its_french(module: ModuleType) -> None:
    missing = {text: found for text in messages(module) if (found := set(clauses(text)) - ELSEWHERE)}
    assert missing == {}


CAMERA: dict[str, Any] = {"id": "nord", "source": "0"}
LINE: dict[str, Any] = {"id": "l", "from": [0.2, 0.2], "to": [0.8, 0.8]}
ZONE: dict[str, Any] = {"id": "z", "points": [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9]]}


CORNERS = ([0.2, 0.9], [0.8, 0.9], [0.7, 0.5], [0.3, 0.5])
SQUARE = [{"image": at, "ground": to} for at, to in zip(CORNERS, ([0, 0], [9, 0], [9, 9], [0, 9]), strict=True)]
MIRRORED = ([48.0, 2.001], [48.0, 2.0], [48.001, 2.0], [48.001, 2.001])
CROSSED = ([0, 0], [9, 9], [9, 0], [0, 9])
ON_A_LINE = [{"image": [n / 10, 0.5], "ground": [n, n * n]} for n in range(5)]
FAR = {"from": [0.1, 0.1], "to": [0.2, 0.1], "metres": 500.0}


@pytest.mark.parametrize(
    "camera",
    [
        {"lines": [{**LINE, "to": [0.2, 0.2]}]},
        {"lines": [{**LINE, "to": [0.2, 1.5]}]},
        {"lines": [{**LINE, "to": ["a", 0.5]}]},
        {"lines": [{**LINE, "id": "No"}]},
        {"lines": [{**LINE, "classes": []}]},
        {"lines": [{**LINE, "anchor": "head"}]},
        {"lines": [{**LINE, "colour": "red"}]},
        {"lines": [{**LINE, "anchors": "foot"}]},
        {"lines": [LINE, LINE]},
        {"lines": [{**LINE, "measures": ["speed"]}]},
        {"zones": [{**ZONE, "points": ZONE["points"][:2]}]},
        {"zones": [{"id": "z"}]},
        {"zones": [{**ZONE, "stopped_s": 1}]},
        {"zones": [{**ZONE, "stopped_s": "soon"}]},
        {"zones": [{**ZONE, "measures": ["weight"]}]},
        {"zones": [{**ZONE, "crowding": {"threshold": 2, "release": 5}}]},
        {"purpose": "operations"},
        {"purpose": "spying"},
        {"min_step_s": 1},
        {"min_step_s": 900.5},
        {"loop": "perhaps"},
        {"location": [100, 2]},
        {"location": [48]},
        {"recorded_at": "2026-05-04T08:00:00"},
        {"recorded_at": "yesterday"},
        {"retention": {"tracks_days": 3}},
        {"name": 7},
        {"lines": 7},
        {"schedules": [{"id": "s"}]},
        {"calibration": {"points": ON_A_LINE}},
        {"calibration": {"points": [{**one, "ground": [n, n]} for n, one in enumerate(SQUARE)]}},
        {"calibration": {"points": [{**one, "ground": CROSSED[n]} for n, one in enumerate(SQUARE)]}},
        {"calibration": {"points": [{"image": one["image"], "latlon": MIRRORED[n]} for n, one in enumerate(SQUARE)]}},
        {"calibration": {"points": SQUARE[:3]}},
        {"calibration": {"points": SQUARE, "distances": [FAR]}},
        {"calibration": {"distances": [FAR] * 3, "picture": [640, 480]}},
        {"calibration": {"distances": [FAR] * 2}},
    ],
    ids=str,
)
def test_what_a_form_can_send_wrong_is_told_in_french(camera: dict[str, Any], tmp_path: Any) -> None:
    site = {"parvis": 1, "site": {"id": "s", "timezone": "Europe/Paris"}, "cameras": [{**CAMERA, **camera}]}
    with pytest.raises(ConfigError) as caught:
        checked(tmp_path / "site.yaml", site)
    assert [found for problem in caught.value.problems if (found := clauses(problem.text))] == []


@pytest.mark.parametrize(
    "ground",
    [
        {"tiles": "tiles.example/{z}", "attribution": "x"},
        {"tiles": "https://{s}.tiles.example/{z}/{x}/{y}.png", "attribution": "x"},
        {"tiles": "https://tiles.example/{z}.png", "attribution": "x"},
        {"tiles": "https://tiles.example/{z}/{x}/{y}.png"},
        {"tile": "x"},
    ],
    ids=str,
)
def test_what_is_wrong_with_the_map_is_told_in_french(ground: dict[str, Any], tmp_path: Any) -> None:
    site = {"parvis": 1, "site": {"id": "s", "timezone": "Europe/Paris"}, "map": ground, "cameras": []}
    with pytest.raises(ConfigError) as caught:
        checked(tmp_path / "site.yaml", site)
    assert [found for problem in caught.value.problems if (found := clauses(problem.text))] == []


@pytest.mark.parametrize("text", [None, "{", "[]", "{}", " " * 5_000_001])
def test_what_is_wrong_with_the_ground_of_the_map_is_told_in_french(text: str | None, tmp_path: Any) -> None:
    path = tmp_path / "ground.geojson"
    if text is not None:
        path.write_text(text)
    fault = ground.fault_of(path)
    assert fault is not None
    assert clauses(f"{path.name} {fault}") == []


def test_no_row_can_be_mistaken_for_another() -> None:
    english = [both[1] for both in WORDS.values()]
    assert len(english) == len(set(english))
    assert pairs("en") == []


SAYS = "async (faults) => { const { said } = await import('/static/shell/said.js'); return faults.map(said); }"
FAULT = (
    "site.yaml:7: cameras[0].calibration.points: are a mirror image of the map; expected: input should be a valid array"
)
FAULTS = ["to is odd; expected two different points", "got 7; expected: input should be greater than or equal to 9"]


WHOLE = "async (fault) => (await import('/static/shell/said.js')).saidOf(fault)"


def test_the_page_finds_the_same_rows_and_leaves_the_rest(visitor: Visitor, valkey_url: str, site: Any) -> None:
    visitor._watched.expected = ("409",)  # there is no configuration to write to
    with running(valkey_url) as port, visitor.opened(port, "/cameras/new", locale="fr") as page:
        page.wait_for_load_state()
        first, second = page.evaluate(SAYS, FAULTS)
        assert first == "to is odd\u00a0; attendu\u00a0: deux points différents"
        assert second == "valeur reçue\u00a0: 7\u00a0; attendu\u00a0: 9 au moins"
        place, _, whole = page.evaluate(WHOLE, FAULT).partition(": c")
        assert (place, whole) == (
            "site.yaml:7",
            "ameras[0].calibration.points: le plan est en miroir\u00a0; attendu\u00a0: une liste",
        )
