"""Places: what several cameras see is one figure, and nobody is counted twice unless somebody says so."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.hypervisor.builders import NOON, Site, line, zone


def plaza(semantics: str = "max", **members: Any) -> dict[str, Any]:
    """Return a place that two cameras see."""
    views = [{"camera": one, "lines": [{"line": "entree"}], "zones": ["esplanade"]} for one in ("nord", "sud")]
    return {"id": "plaza", "name": "Plaza", "semantics": semantics, "views": views} | members


@pytest.fixture
def two(site: Site) -> Site:
    """Return a site with two cameras of one square."""
    for camera in ("nord", "sud"):
        site.camera(camera, lines=(line(),), zones=(zone(),))
    return site


def figure(api: TestClient, **asked: str) -> list[dict[str, Any]]:
    answer = api.get("/v1/series", params={"place": "plaza", "bucket": "1m", "from": "2026-03-02T12:00:00Z"} | asked)
    assert answer.status_code == 200, answer.text
    series: list[dict[str, Any]] = answer.json()["series"]
    return series


@pytest.mark.parametrize(("semantics", "forward"), [("max", 7), ("sum", 11), ("primary", 4)])
def test_what_two_cameras_count_becomes_one_figure(
    api: TestClient, two: Site, clock: Any, semantics: str, forward: int
) -> None:
    clock.now_s = NOON + 60
    two.bucket(NOON, camera="nord", forward=4)
    two.bucket(NOON, camera="sud", forward=7)
    assert api.post("/v1/places", json=plaza(semantics)).status_code == 201
    (series, _) = figure(api, measure="crossings")
    assert (series["place"], series["direction"], series["combined"]) == ("plaza", "forward", semantics)
    assert series["points"][0]["value"] == forward


def test_the_primary_camera_stands_back_while_it_does_not_watch(api: TestClient, two: Site, clock: Any) -> None:
    clock.now_s = NOON + 60
    two.bucket(NOON, camera="nord", forward=4, covered=0.3)
    two.bucket(NOON, camera="sud", forward=7)
    api.post("/v1/places", json=plaza("primary"))
    point = figure(api, measure="crossings")[0]["points"][0]
    assert (point["value"], point["status"], point["coverage"]) == (7, "observed", 1.0)


def test_a_sum_of_which_a_part_is_missing_is_partial(api: TestClient, two: Site, clock: Any) -> None:
    clock.now_s = NOON + 60
    two.bucket(NOON, camera="nord", forward=4)
    api.post("/v1/places", json=plaza("sum"))
    point = figure(api, measure="crossings")[0]["points"][0]
    assert (point["value"], point["status"], point["coverage"]) == (4, "partial", 0.5)


def test_a_line_that_is_drawn_the_other_way_is_turned(api: TestClient, two: Site, clock: Any) -> None:
    clock.now_s = NOON + 60
    two.bucket(NOON, camera="nord", forward=4)
    two.bucket(NOON, camera="sud", backward=5)
    views = [
        {"camera": "nord", "lines": [{"line": "entree"}]},
        {"camera": "sud", "lines": [{"line": "entree", "reverse": True}]},
    ]
    api.post("/v1/places", json=plaza("sum", views=views))
    forward, backward = figure(api, measure="crossings")
    assert (forward["points"][0]["value"], backward["points"][0]["value"]) == (9, 0)


def test_what_cannot_be_added_is_the_highest_and_says_so(api: TestClient, two: Site, clock: Any) -> None:
    clock.now_s = NOON + 60
    two.bucket(NOON, camera="nord", more={"o|esplanade|person|max": 3, "o|esplanade|person|ms": 60_000})
    two.bucket(NOON, camera="sud", more={"o|esplanade|person|max": 5, "o|esplanade|person|ms": 120_000})
    api.post("/v1/places", json=plaza("sum"))
    (highest,) = figure(api, measure="occupancy_max")
    (mean,) = figure(api, measure="occupancy")
    assert (highest["combined"], highest["points"][0]["value"]) == ("max", 5)
    assert (mean["combined"], mean["points"][0]["value"]) == ("sum", 3)


def test_a_camera_for_statistics_withholds_the_place_until_its_bucket_is_sealed(
    api: TestClient, site: Site, clock: Any
) -> None:
    clock.now_s = NOON + 900
    site.camera("nord", lines=(line(),), zones=(zone(),))
    site.camera("sud", lines=(line(),), zones=(zone(),), statistics=True)
    site.bucket(NOON, 900, camera="nord", forward=4)
    site.bucket(NOON, 900, camera="sud", forward=7, sealed=False)
    api.post("/v1/places", json=plaza())
    point = figure(api, measure="crossings", bucket="15m")[0]["points"][0]
    assert (point["value"], point["status"]) == (None, "suppressed")
    answer = api.get("/v1/series", params={"place": "plaza", "measure": "crossings", "bucket": "1m"})
    assert answer.json()["type"] == "urn:parvis:problem:purpose-forbids-step"


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"views": [{"camera": "ouest", "zones": ["esplanade"]}]}, "views.0.camera"),
        ({"views": [{"camera": "nord", "zones": ["rue"]}]}, "views.0.zones.0"),
        ({"views": [{"camera": "nord", "lines": [{"line": "rue"}]}]}, "views.0.lines.0.line"),
        ({"views": [{"camera": "nord"}]}, "views.0"),
        ({"semantics": "average"}, "semantics"),
        ({"location": [95.0, 2.0]}, ""),
        ({"name": 1}, "name"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_place_that_makes_no_sense_is_refused_by_field(
    api: TestClient, two: Site, members: dict[str, Any], field: str
) -> None:
    answer = api.post("/v1/places", json=plaza(**members))
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["name"] == field
    assert any(word in answer.text for word in ("expected", "should be", "not permitted"))


def test_places_are_read_changed_and_removed_by_version(api: TestClient, two: Site) -> None:
    made = api.post("/v1/places", json=plaza())
    assert made.headers["etag"] == '"1"'
    assert api.post("/v1/places", json=plaza()).json()["type"] == "urn:parvis:problem:state-conflict"
    assert [one["id"] for one in api.get("/v1/places").json()["items"]] == ["plaza"]
    changed = {key: value for key, value in plaza("sum").items() if key != "id"}
    assert api.put("/v1/places/plaza", json=changed).status_code == 428
    assert api.put("/v1/places/plaza", json=changed, headers={"If-Match": '"7"'}).status_code == 412
    answer = api.put("/v1/places/plaza", json=changed, headers={"If-Match": '"1"'})
    assert (answer.json()["semantics"], answer.headers["etag"]) == ("sum", '"2"')
    assert api.delete("/v1/places/plaza", headers={"If-Match": '"2"'}).status_code == 204
    assert api.get("/v1/places/plaza").status_code == 404
