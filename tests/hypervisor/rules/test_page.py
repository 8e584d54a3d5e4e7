"""docs/alerts.md says what the models are."""

import json
import re
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel

from hypervisor.apply_sections import SECTIONS
from hypervisor.cases.life import KINDS
from hypervisor.cases.model import MOST_ALERTS, MOST_ENTRIES
from hypervisor.places.model import Semantics
from hypervisor.rules.answers import RuleNow
from hypervisor.rules.calendars import Calendar
from hypervisor.rules.flows import GRACE_S
from hypervisor.rules.judge import MOST_UPDATES, Because
from hypervisor.rules.model import (
    TROUBLES,
    CameraWatch,
    Condition,
    DepositWatch,
    FlowWatch,
    Rule,
    SensorWatch,
    Severity,
    Usual,
)
from hypervisor.rules.process import LEASE_S
from hypervisor.rules.schedule import Hours, RuleSchedule
from hypervisor.rules.usual import WEEKS
from pipeline.config_file import plain, yaml_reader

PAGE = (Path(__file__).parents[3] / "docs" / "alerts.md").read_text(encoding="utf-8")
MODELS: tuple[type[BaseModel], ...] = (
    Rule, FlowWatch, SensorWatch, DepositWatch, CameraWatch, Condition, Usual, RuleSchedule, Hours,
)  # fmt: skip


def test_every_key_of_a_rule_is_documented_in_a_table() -> None:
    rows = "".join(row for row in PAGE.splitlines() if row.startswith("|"))
    keys = {field.alias or name for model in MODELS for name, field in model.model_fields.items()}
    assert {key for key in keys if f"`{key}`" not in rows} == set()


def test_every_word_that_has_a_meaning_is_documented() -> None:
    status = RuleNow.model_fields["status"].annotation
    words = {*TROUBLES, *get_args(Because), *get_args(Severity), *get_args(Semantics), *get_args(status)}
    assert {word for word in words if f"`{word}`" not in PAGE} == set()


def test_every_deed_is_documented_with_its_message() -> None:
    rows = re.findall(r"^\| (`[a-z_`, ]+`) \| `(case\.[a-z_]+)` \|$", PAGE, flags=re.MULTILINE)
    told = {one: kind for names, kind in rows for one in re.findall(r"`([a-z_]+)`", names)}
    assert told == KINDS


def test_bounds_are_the_codes() -> None:
    text = " ".join(PAGE.split())
    for said in (
        f"{MOST_ENTRIES:,} lines and {MOST_ALERTS} alerts",
        f"{MOST_UPDATES} times at most",
        f"newest {WEEKS} weeks",
        f"lease of {LEASE_S:.0f} s",
        f"{GRACE_S:.0f} s after the first",
    ):
        assert said in text


def test_the_example_file_is_one_that_could_be_applied() -> None:
    (example,) = re.findall(r"```yaml\n(.+?)```", PAGE, flags=re.DOTALL)
    given: dict[str, list[dict[str, Any]]] = plain(yaml_reader().load(example))
    assert list(given) == list(SECTIONS)
    for name, items in given.items():
        for item in items:
            if name == "calendars":
                Calendar.model_validate({**{key: one for key, one in item.items() if key != "file"}, "ics": "…"})
            elif name not in ("services", "subscriptions"):
                SECTIONS[name].form.model_validate_json(json.dumps(item), strict=True)
