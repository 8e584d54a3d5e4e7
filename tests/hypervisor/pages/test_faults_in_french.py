"""What the schema finds wrong is said in French: every message that a page can provoke is in the catalogue."""

import ast
import inspect
import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from hypervisor.pages.words.faults import WORDS, pairs
from pipeline import calibration, config, config_file, deposits, detector_config, places, quiet_config, schema
from pipeline.config_faults import ConfigError
from pipeline.config_file import checked
from tests.hypervisor.pages.conftest import Visitor
from tests.hypervisor.running import running

MODULES = (calibration, config, config_file, deposits, detector_config, places, quiet_config, schema)
PREFIX = re.compile(r"^[a-z_X]+(\.[a-z_X]+)*: (?=.)")  # the field, which the API tells apart
ELSEWHERE = {"X"}  # what a part below says of itself (the calibration's fit): in English, with its field


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
    """Yield what a module raises as a ValueError, with X for what is filled in."""
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        raised = node.exc if isinstance(node, ast.Raise) else None
        if isinstance(raised, ast.Call) and getattr(raised.func, "id", "") == "ValueError":
            yield PREFIX.sub("", written(raised.args[0]))


def written(node: ast.expr) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(written(part) for part in node.values)
    return str(node.value) if isinstance(node, ast.Constant) else "X"


@pytest.mark.parametrize("module", MODULES, ids=lambda one: one.__name__)
def test_every_message_of_a_check_has_its_french(module: ModuleType) -> None:
    missing = {text: found for text in messages(module) if text not in ELSEWHERE and (found := clauses(text))}
    assert missing == {}


CAMERA: dict[str, Any] = {"id": "nord", "source": "0"}
LINE: dict[str, Any] = {"id": "l", "from": [0.2, 0.2], "to": [0.8, 0.8]}
ZONE: dict[str, Any] = {"id": "z", "points": [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9]]}


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
    ],
    ids=str,
)
def test_what_a_form_can_send_wrong_is_told_in_french(camera: dict[str, Any], tmp_path: Any) -> None:
    site = {"parvis": 1, "site": {"id": "s", "timezone": "Europe/Paris"}, "cameras": [{**CAMERA, **camera}]}
    with pytest.raises(ConfigError) as caught:
        checked(tmp_path / "site.yaml", site)
    assert [found for problem in caught.value.problems if (found := clauses(problem.text))] == []


def test_no_row_can_be_mistaken_for_another() -> None:
    english = [both[1] for both in WORDS.values()]
    assert len(english) == len(set(english))
    assert pairs("en") == []


SAYS = "async (faults) => { const { said } = await import('/static/shell/said.js'); return faults.map(said); }"
FAULTS = ["to is odd; expected two different points", "got 7; expected: input should be greater than or equal to 9"]


def test_the_page_finds_the_same_rows_and_leaves_the_rest(visitor: Visitor, valkey_url: str, site: Any) -> None:
    visitor._watched.expected = ("409",)  # there is no configuration to write to
    with running(valkey_url) as port, visitor.opened(port, "/cameras/new", locale="fr") as page:
        page.wait_for_load_state()
        first, second = page.evaluate(SAYS, FAULTS)
        assert first == "to is odd\u00a0; attendu\u00a0: deux points différents"
        assert second == "valeur reçue\u00a0: 7\u00a0; attendu\u00a0: 9 au moins"
