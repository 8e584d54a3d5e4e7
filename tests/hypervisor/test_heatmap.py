"""/v1/heatmap: the cells of a zone, out of the buckets of hours."""

import re
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from hypervisor.wire import HeatmapPage
from pipeline import keys
from tests.hypervisor.builders import NOON, Site, zone

HOUR = 3600


def ask(api: TestClient, more: dict[str, str] | None = None, code: int = 200) -> dict[str, Any]:
    answer = api.get("/v1/heatmap", params={"camera": "nord", "zone": "place"} | (more or {}))
    assert answer.status_code == code, answer.text
    found: dict[str, Any] = answer.json()
    if code == 200:
        HeatmapPage.model_validate(found)
    return found


def warm(cell: int, ms: int, dx: int = 0, dy: int = 0, class_name: str = "person") -> dict[str, int]:
    values = zip(("ms", "dx", "dy"), (ms, dx, dy), strict=True)
    return {keys.heat_field("place", class_name, cell, what): n for what, n in values}


def test_hours_add_up_cell_by_cell(api: TestClient, site: Site) -> None:
    site.camera(zones=(zone("place", "heatmap"),))
    site.bucket(NOON - HOUR, HOUR, more=warm(7, 1000, 300, -100) | warm(9, 500))
    site.bucket(NOON - 2 * HOUR, HOUR, more=warm(7, 3000, 100, -300))
    site.bucket(NOON - 3 * HOUR, HOUR, more=warm(7, 100_000))
    found = ask(api, {"from": "2026-03-02T10:00:00Z", "to": "2026-03-02T12:00:00Z"})
    assert [(one["properties"]["cell"], one["properties"]["seconds"]) for one in found["features"]] == [
        (7, 4),
        (9, 0.5),
    ]
    properties = found["features"][0]["properties"]
    assert (properties["velocity_x_per_s"], properties["velocity_y_per_s"]) == (0.01, -0.01)
    assert found["features"][0]["geometry"]["coordinates"][0][0] == [0.1 + 7 * 0.025, 0.1]
    assert (found["from"], found["to"]) == ("2026-03-02T10:00:00Z", "2026-03-02T12:00:00Z")
    assert (found["coverage"], found["grid"]) == (1.0, {"columns": 32, "rows": 18})


def test_without_a_range_it_is_of_the_last_24_hours(api: TestClient, site: Site) -> None:
    site.camera(zones=(zone("place", "heatmap"),))
    site.bucket(NOON - 24 * HOUR, HOUR, more=warm(1, 1000))
    site.bucket(NOON - 25 * HOUR, HOUR, more=warm(2, 1000))
    found = ask(api)
    assert [one["properties"]["cell"] for one in found["features"]] == [1]
    assert found["coverage"] == pytest.approx(1 / 24, abs=1e-4)


def test_one_class_can_be_asked_for(api: TestClient, site: Site) -> None:
    both = zone("place", "heatmap").model_copy(update={"classes": ("person", "bicycle")})
    site.camera(zones=(both,))
    site.bucket(NOON - HOUR, HOUR, more=warm(1, 1000) | warm(1, 2000, class_name="bicycle"))
    assert [one["properties"]["class"] for one in ask(api)["features"]] == ["bicycle", "person"]
    assert [one["properties"]["seconds"] for one in ask(api, {"class": "bicycle"})["features"]] == [2]


def test_under_statistics_hours_that_are_not_over_are_withheld(api: TestClient, site: Site) -> None:
    site.camera(statistics=True, zones=(zone("place", "heatmap"),))
    site.bucket(NOON - HOUR, HOUR, sealed=False, more=warm(1, 1000))
    site.bucket(NOON - 2 * HOUR, HOUR, more=warm(2, 1000))
    found = ask(api)
    assert [one["properties"]["cell"] for one in found["features"]] == [2]
    assert found["withheld_hours"] == 1


def test_cells_of_an_earlier_larger_grid_are_left_out(api: TestClient, site: Site) -> None:
    site.camera(zones=(zone("place", "heatmap"),))
    site.bucket(NOON - HOUR, HOUR, more=warm(32 * 18, 1000))
    assert ask(api)["features"] == []


def test_the_example_of_the_page_is_valid() -> None:
    page = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```json\n(\{\"type\": \"FeatureCollection\".*?)```", page, re.DOTALL)
    HeatmapPage.model_validate_json(example)


@pytest.mark.parametrize(
    ("more", "code", "slug"),
    [
        ({"zone": "parc"}, 404, "not-found"),
        ({"camera": "sud"}, 404, "not-found"),
        ({"class": "car"}, 404, "not-found"),
        ({"from": "2026-03-02T12:00:00Z", "to": "2026-03-02T11:00:00Z"}, 422, "invalid-request"),
        ({"from": "2025-03-02T12:00:00Z"}, 422, "range-too-large"),
        ({"bucket": "1h"}, 422, "invalid-request"),
    ],
)
def test_what_cannot_be_answered_is_a_problem(
    api: TestClient, site: Site, more: dict[str, str], code: int, slug: str
) -> None:
    site.camera(zones=(zone("place", "heatmap"), zone("parc", "occupancy")))
    assert ask(api, more, code)["type"].endswith(slug)
