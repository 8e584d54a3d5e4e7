"""docs/api.md, the OpenAPI document and the code say the same."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, get_args

import pytest
from fastapi.testclient import TestClient

from hypervisor.kinds import MESSAGE_KINDS
from hypervisor.problems import PROBLEMS
from hypervisor.wire import Camera, SeriesPage
from pipeline.observation import CameraState, Kind
from tests.hypervisor.builders import application

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """Return the OpenAPI document."""
    return application("redis://127.0.0.1:1/0").openapi()


def operations(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return every operation by its name, such as `GET /v1/cameras`."""
    return [
        (f"{method.upper()} {path}", operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def section(name: str) -> str:
    """Return the part of the page that is about an operation."""
    parts = re.split(r"^### ", PAGE, flags=re.MULTILINE)
    return next((part for part in parts if f"`{name}`" in part.splitlines()[0]), "")


def test_every_route_is_documented_and_every_documented_route_exists(document: dict[str, Any]) -> None:
    assert set(re.findall(r"`((?:GET|POST|PUT|PATCH|DELETE) /\S*)`", PAGE)) == {
        name for name, _ in operations(document)
    }


def test_every_parameter_is_documented_at_its_route(document: dict[str, Any]) -> None:
    missing = [
        (name, one["name"])
        for name, operation in operations(document)
        for one in operation.get("parameters", [])
        if one["in"] == "query" and f"`{one['name']}`" not in section(name)
    ]
    assert missing == []


def test_the_problem_table_is_the_codes() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| (\d+) \| (.+) \|$", PAGE, flags=re.MULTILINE)
    assert {slug: (int(status), when) for slug, status, when in rows} == {
        slug: (row.status, row.when) for slug, row in PROBLEMS.items()
    }


def test_every_event_name_is_documented() -> None:
    rows = re.findall(r"^\| (`[a-z.]+`[^|]*) \|", section("GET /v1/stream"), flags=re.MULTILINE)
    names = [name for row in rows for name in re.findall(r"`([a-z._]+)`", row)]
    assert set(names) == {*get_args(Kind), *MESSAGE_KINDS, "stream.gap"}


def test_every_metric_is_documented(api: TestClient) -> None:
    families = set(re.findall(r"^# TYPE (\S+) ", api.get("/metrics").text, flags=re.MULTILINE))
    for family in families:
        assert f"`{family}`" in PAGE


def test_every_member_of_a_camera_is_documented(document: dict[str, Any]) -> None:
    for member in {*document["components"]["schemas"]["Camera"]["properties"], *CameraState.model_fields}:
        assert f"`{member}`" in section("GET /v1/cameras")


def test_the_example_of_a_series_is_valid() -> None:
    (example,) = re.findall(r"```json\n(.+?)```", section("GET /v1/series"), flags=re.DOTALL)
    SeriesPage.model_validate(json.loads(example))


def test_every_operation_is_complete(document: dict[str, Any]) -> None:
    seen = set()
    for path, operation in operations(document):
        seen.add(operation["operationId"])
        assert operation["summary"], path
        assert operation["description"], path
        assert operation["tags"], path
        assert {"421", "422", "500"} <= set(operation["responses"]), path
        for status, answer in operation["responses"].items():
            if status >= "400":
                assert answer["content"] == {
                    "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
                }, (path, status)
        for one in operation.get("parameters", []):
            assert one.get("description"), (path, one["name"])
    assert len(seen) == len(operations(document))


def test_every_reference_in_the_document_leads_somewhere(document: dict[str, Any]) -> None:
    names = set(re.findall(r"#/components/schemas/([\w-]+)", json.dumps(document)))
    assert names <= set(document["components"]["schemas"])


def test_the_examples_fit_their_forms(document: dict[str, Any]) -> None:
    for model in (Camera, SeriesPage):
        (example,) = document["components"]["schemas"][model.__name__]["examples"]
        assert set(model.model_validate(example).model_dump(by_alias=True)) == set(example)


def test_the_reference_page_works_offline(api: TestClient, document: dict[str, Any]) -> None:
    answer = api.get("/docs")
    assert answer.headers["content-security-policy"].startswith("default-src 'self'")
    assert re.findall(r"https?://", answer.text) == []
    for name, _ in operations(document):
        assert f"<code>{name}</code>" in answer.text
    for target in re.findall(r'href="#([^"]+)"', answer.text):
        assert f'id="{target}"' in answer.text


def test_first_requests_that_come_together_see_the_same_whole_document() -> None:
    for _ in range(3):
        app = application("redis://127.0.0.1:1/0")
        with ThreadPoolExecutor(8) as pool:
            documents = [future.result() for future in [pool.submit(app.openapi) for _ in range(8)]]
        assert all(document is documents[0] for document in documents)
        assert "Problem" in documents[0]["components"]["schemas"]
