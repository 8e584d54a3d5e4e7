"""Asking /v1/cleanliness; every answer is held against its form."""

from typing import Any

from fastapi.testclient import TestClient

from hypervisor.cleanliness.wire import CleanlinessPage
from tests.hypervisor.builders import NOON
from tests.hypervisor.cleanliness.builders import HOUR_S
from tests.recorded_deposits import iso

DAY_S = 24 * HOUR_S
MIDNIGHT = NOON - 13 * HOUR_S
"""Monday 2 March 2026, 00:00 in Paris."""


def rows(api: TestClient, from_s: float = MIDNIGHT - DAY_S, to_s: float = MIDNIGHT, **query: Any) -> list[Any]:
    """Return the zones of an answer, checked against its form; a whole Sunday without more."""
    answer = api.get("/v1/cleanliness", params={"from": iso(from_s), "to": iso(to_s), **query})
    assert answer.status_code == 200, answer.text
    CleanlinessPage.model_validate(answer.json())
    found: list[Any] = answer.json()["items"]
    return found


def figures(api: TestClient, **query: Any) -> Any:
    """Return the figures of the only zone."""
    (row,) = rows(api, **query)
    assert row["figures"] is not None, row["notes"]
    return row["figures"]
