"""/v1/deposits: what lies there, what lay there, drawn under every purpose and pictured only where that is allowed."""

import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from fastapi.testclient import TestClient

from hypervisor.settings import Settings
from pipeline import keys
from tests.hypervisor.builders import NOON, application
from tests.hypervisor.cleanliness.builders import Street, pavement
from tests.recorded_deposits import deposit, iso


def listed(api: TestClient, **query: Any) -> list[str]:
    """Return the ids of one page."""
    answer = api.get("/v1/deposits", params={name.rstrip("_"): value for name, value in query.items()})
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["items"]]


def one(api: TestClient, deposit_id: str) -> dict[str, Any]:
    """Return one deposit."""
    answer = api.get(f"/v1/deposits/{deposit_id}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_what_lies_there_is_listed_the_newest_first(api: TestClient, street: Street) -> None:
    street.camera()
    street.lies("older", NOON - 7200)
    street.lies("newer", NOON - 3600)
    street.lies("gone", NOON - 7000, cleared_s=NOON - 6000)
    assert listed(api) == ["newer", "older"]
    assert listed(api, state="ended") == ["gone"]
    assert listed(api, state="all") == ["newer", "gone", "older"]


def test_a_deposit_opens_worsens_and_is_cleared(api: TestClient, street: Street) -> None:
    street.camera()
    street.lies("d", NOON - 3600)
    street.told("d", "worsened", NOON - 1800, NOON - 3600, components=2, area_m2=0.6)
    found = one(api, "d")
    assert (found["state"], found["open"], found["components"], found["cleared_at"]) == ("worsened", True, 2, None)
    street.told("d", "cleared", NOON, NOON - 3600, cleared_s=NOON - 60)
    found = one(api, "d")
    assert (found["open"], found["cleared_at"]) == (False, iso(NOON - 60))
    assert [step["state"] for step in found["history"]] == ["opened", "worsened", "cleared"]
    assert found["text"] == {"fr": "sac(s) de déchets, nettoyé", "en": "waste bag(s), cleaned"}


def test_filters_and_pages(api: TestClient, street: Street) -> None:
    street.camera("nord", pavement("trottoir"), pavement("place"))
    for n in range(7):
        kind, zone = ("bulky", "place") if n % 2 else ("bags", "trottoir")
        street.lies(f"d{n}", NOON - 3600 + n, type=kind, zone=zone)
    assert listed(api, type="bulky") == ["d5", "d3", "d1"]
    assert listed(api, zone="trottoir", limit=2) == ["d6", "d4"]
    assert listed(api, to=iso(NOON - 3600 + 2)) == ["d1", "d0"]
    seen, cursor = [], None
    while True:
        page = api.get("/v1/deposits", params={"limit": 3} | ({"cursor": cursor} if cursor else {})).json()
        seen += [found["id"] for found in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == ["d6", "d5", "d4", "d3", "d2", "d1", "d0"]


def test_what_was_cleared_long_ago_is_found_when_asked_for(api: TestClient, street: Street) -> None:
    street.camera()
    street.lies("old", NOON - 40 * 86_400, cleared_s=NOON - 39 * 86_400)
    assert listed(api, state="all") == []
    assert listed(api, state="all", from_=iso(NOON - 41 * 86_400)) == ["old"]
    assert one(api, "old")["open"] is False


def test_deposits_are_told_under_statistics_because_they_are_things(api: TestClient, street: Street) -> None:
    street.camera("nord", statistics=True)
    street.lies("d", NOON - 3600)
    street.site.tell("crossing")
    kinds = [event["kind"] for event in api.get("/v1/events").json()["items"]]
    assert kinds == ["deposit"]
    assert api.get("/v1/events", params={"kind": "deposit"}).json()["items"][0]["detail"]["deposit"] == "d"
    assert listed(api) == ["d"]


def test_a_deposit_of_one_camera_cannot_be_told_by_another(api: TestClient, street: Street) -> None:
    street.camera("nord")
    street.camera("sud")
    told = deposit("sud", "d", "opened", at_s=NOON)
    street.site.redis.rpush(keys.deposit("nord", "d"), told.model_dump_json())
    street.site.redis.zadd(keys.deposits("nord"), {"d": float("inf")})
    assert listed(api) == []


def test_two_cameras_on_one_place_both_say_so(api: TestClient, street: Street) -> None:
    shared = {"place": "parvis", "primary": "nord/trottoir"}
    street.camera("nord", pavement(**shared))
    street.camera("sud", pavement(**shared))
    street.lies("n", NOON - 3600)
    street.lies("s", NOON - 3600, camera="sud")
    items = {found["id"]: found for found in api.get("/v1/deposits").json()["items"]}
    assert {name: (found["place"], found["primary"]) for name, found in items.items()} == {
        "n": ("parvis", True),
        "s": ("parvis", False),
    }


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/deposits?camera=x", 404),
        ("/v1/deposits?zone=x", 404),
        ("/v1/deposits?type=person", 422),
        ("/v1/deposits?state=new", 422),
        ("/v1/deposits?cursor=x", 422),
        ("/v1/deposits/x", 404),
        ("/v1/deposits/..%2f..%2fetc", 404),
        ("/v1/deposits/X", 422),
        ("/v1/deposits/x/outline", 404),
        ("/v1/deposits/d/outline?lang=de", 422),
        ("/v1/deposits/d/evidence/during", 422),
    ],
)
def test_what_makes_no_sense_is_refused(api: TestClient, street: Street, path: str, status: int) -> None:
    street.camera()
    street.lies("d", NOON - 3600)
    answer = api.get(path)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("statistics", [True, False])
def test_the_outline_is_drawn_under_every_purpose(api: TestClient, street: Street, statistics: bool) -> None:
    street.camera("nord", statistics=statistics)
    street.lies("d", NOON - 3600, name="<sofa>")
    answer = api.get("/v1/deposits/d/outline", params={"lang": "fr"})
    assert answer.headers["content-type"] == "image/svg+xml"
    assert "style" not in answer.text, "the content security policy would not let it in"
    root = ElementTree.fromstring(answer.text)
    shapes = [(one.get("class"), one.get("points")) for one in root.iter("{http://www.w3.org/2000/svg}polygon")]
    assert shapes[1] == ("deposit", "384.0,324.0 432.0,324.0 432.0,356.4 384.0,356.4")
    assert "Trottoir · sac(s) de déchets (<sofa>), constaté" in "".join(root.itertext())


def test_an_outline_that_cannot_be_read_becomes_the_box(api: TestClient, street: Street) -> None:
    street.camera()
    street.lies("d", NOON - 3600, outline='"/><script>')
    text = api.get("/v1/deposits/d/outline").text
    assert "script" not in text
    assert re.search(r'class="deposit" [^>]* points="384.0,324.0', text)


@pytest.fixture(scope="module")
def album(valkey_server: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Yield a client of a service that has pictures of `nord`."""
    root = tmp_path_factory.mktemp("album")
    folder = root / "nord" / "evidence"
    folder.mkdir(parents=True)
    (folder / "d-1-before.jpg").write_bytes(b"jpeg")
    (root / "secret-before.jpg").write_bytes(b"secret")
    app = application(f"unix://{valkey_server}", Settings(evidence_dir=root), lambda: NOON)
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        yield client


def test_pictures_are_shown_under_operations_and_each_look_is_logged(
    album: TestClient, street: Street, caplog: pytest.LogCaptureFixture
) -> None:
    street.camera()
    street.lies("d", NOON - 3600, evidence="d-1")
    with caplog.at_level(logging.INFO):
        answer = album.get("/v1/deposits/d/evidence/before")
        assert (answer.status_code, answer.content) == (200, b"jpeg")
        assert answer.headers["cache-control"] == "no-store"
        assert "the picture 'before' of deposit d was shown" in caplog.text
        assert album.get("/v1/deposits/d/evidence/after").json()["type"] == "urn:parvis:problem:no-evidence"


@pytest.mark.parametrize("evidence", [None, "../../secret", "/etc/passwd", "d-2"])
def test_no_other_file_is_shown(album: TestClient, street: Street, evidence: str | None) -> None:
    street.camera()
    street.lies("d", NOON - 3600, evidence=evidence)
    assert album.get("/v1/deposits/d/evidence/before").json()["type"] == "urn:parvis:problem:no-evidence"


def test_pictures_are_refused_under_statistics_even_if_there_were_one(album: TestClient, street: Street) -> None:
    street.camera("nord", statistics=True)
    street.lies("d", NOON - 3600, evidence="d-1")
    answer = album.get("/v1/deposits/d/evidence/before")
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:parvis:problem:purpose-forbids-image")
    assert one(album, "d")["evidence"] is False
