"""docs/sensors.md says what the code does: its tables are the code's, its examples work."""

import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest
from fastapi.testclient import TestClient

from hypervisor.sensors import keys
from hypervisor.sensors.intake import FAULTS_TOLD
from hypervisor.sensors.measures import MEASURES
from hypervisor.sensors.model import AdapterName, SensorBody
from hypervisor.sensors.units import Reference
from hypervisor.sensors.values import FUTURE_S, OLDEST_S
from tests.hypervisor.sensors.builders import body

PAGE = (Path(__file__).parents[3] / "docs" / "sensors.md").read_text(encoding="utf-8")


def fenced(language: str) -> list[str]:
    """Return the blocks of the page in a language."""
    return re.findall(rf"```{language}\n(.+?)```", PAGE, flags=re.DOTALL)


def test_the_table_of_measures_is_the_codes() -> None:
    rows = re.findall(r"^\| (`[a-z0-9_`, ]+`) \| (\S+)(?: \([^|]*\))? \| (-?\d+) to (\d+) \|", PAGE, flags=re.MULTILINE)
    told = {
        name: (unit, float(low), float(high)) for names, unit, low, high in rows for name in re.findall(r"\w+", names)
    }
    assert told == {name: (row.unit, row.low, row.high) for name, row in MEASURES.items()}


def test_every_member_of_a_registration_is_told() -> None:
    (table,) = re.findall(r"\| member \| means \|\n(.+?)\n\n", PAGE, flags=re.DOTALL)
    assert set(SensorBody.model_fields) <= set(re.findall(r"`(\w+)`", table))


def test_every_adapter_is_told() -> None:
    assert [name for name in get_args(AdapterName) if f"| `{name}` |" not in PAGE] == []


@pytest.mark.parametrize(
    "fact",
    [
        f"more than {FUTURE_S} s ahead, or older than {OLDEST_S // 86_400} days",
        f"more than {keys.SEEN_MOST:,} values of one measure in one hour",
        f"the first {FAULTS_TOLD} `faults`",
        f"a minute (kept {keys.KEPT_S[60] // 3600} h), a quarter of an hour ({keys.KEPT_S[900] // 86_400} days) and an "
        f"hour ({keys.KEPT_S[3600] // 86_400} days after its end)",
        f"{Reference().temperature_c:.0f} °C and {Reference().pressure_hpa} hPa",
    ],
)
def test_the_page_says_the_bounds_of_the_code(fact: str) -> None:
    assert fact in " ".join(PAGE.split())


def test_the_examples_work(services: TestClient) -> None:
    registration, values, mapping = (json.loads(text) for text in fenced("json"))
    assert services.post("/v1/sensors", json=registration).status_code == 201
    report = services.post(f"/v1/sensors/{registration['id']}/values", json=values).json()
    assert (report["kept"], report["refused"]) == (2, 0)
    (table,) = fenced("csv")
    sent = services.post("/v1/sensor-values/table", content=table, headers={"Content-Type": "text/csv"}).json()
    assert (sent["kept"], sent["refused"]) == (1, 0)
    measures: list[Any] = ["pm10", "no2"]
    assert services.post("/v1/sensors", json=body("mapped", *measures, csv=mapping)).status_code == 201
