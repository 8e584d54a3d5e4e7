"""/v1/events: paging, filters, and the same purpose filter as the stream."""

from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient

from hypervisor import events
from pipeline import keys
from tests.hypervisor.builders import NOON, Site


def page(api: TestClient, **query: Any) -> dict[str, Any]:
    """Return one page."""
    answer = api.get("/v1/events", params={name.rstrip("_"): value for name, value in query.items()})
    assert answer.status_code == 200, answer.text
    assert ("link" in answer.headers) == (answer.json()["next"] is not None)
    found: dict[str, Any] = answer.json()
    return found


def ids(found: dict[str, Any]) -> list[str]:
    """Return the ids on a page."""
    return [item["id"] for item in found["items"]]


def test_pages_joined_are_the_whole(api: TestClient, site: Site) -> None:
    site.camera("nord")
    site.camera("sud")
    told = [site.tell(camera=camera).id for _ in range(6) for camera in ("nord", "sud")]
    got: list[str] = []
    found = page(api, limit=5)
    got += ids(found)
    while found["next"]:
        assert len(found["items"]) == 5
        found = page(api, limit=5, cursor=found["next"])
        got += ids(found)
    assert sorted(got) == sorted(told)
    assert got == ids(page(api, limit=1000))


def test_last_goes_on_where_a_page_ended(api: TestClient, site: Site) -> None:
    site.camera()
    site.tell()
    found = page(api)
    later = site.tell()
    assert ids(page(api, cursor=found["last"])) == [later.id]


def test_filters(api: TestClient, site: Site) -> None:
    site.camera("nord")
    site.camera("sud")
    crossing = site.tell("crossing", "nord", NOON)
    dwell = site.tell("dwell", "nord", NOON + 60)
    other = site.tell("crossing", "sud", NOON + 120)
    assert set(ids(page(api, camera="nord"))) == {crossing.id, dwell.id}
    assert set(ids(page(api, camera=["nord", "sud"], kind="crossing"))) == {crossing.id, other.id}
    moments = [datetime.fromtimestamp(NOON + s, UTC).isoformat() for s in (60, 120)]
    assert ids(page(api, from_=moments[0], to=moments[1])) == [dwell.id]


def test_a_scan_is_bounded_and_goes_on(api: TestClient, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.camera()
    monkeypatch.setattr(events, "PAGE", 5000)  # two pages reach the bound of 10,000 entries
    pipe = site.redis.pipeline()
    for n in range(10_001):
        pipe.xadd(keys.stream("nord"), {"o": "from another version"}, id=f"1-{n + 1}")
    pipe.execute()
    wanted = site.tell()
    first = page(api)
    assert (first["items"], first["next"]) == ([], "1-10000@nord")
    assert ids(page(api, cursor=first["next"])) == [wanted.id]


def test_a_cursor_behind_what_is_kept_says_so(api: TestClient, site: Site) -> None:
    site.camera()
    first = site.tell()
    cursor = page(api, limit=1)["last"]
    for _ in range(3):
        site.tell()
    site.redis.xtrim(keys.stream("nord"), maxlen=1, approximate=False)
    assert page(api, cursor=cursor)["gap"] == ["nord"]
    assert page(api)["gap"] == []
    assert first.id not in ids(page(api))


def test_statistics_list_seals_and_states_only(api: TestClient, site: Site) -> None:
    site.camera(statistics=True)
    site.bucket(NOON, 900, forward=40)
    site.tell("crossing")
    seal = site.tell("bucket.sealed", subject="900", at_s=NOON)
    (item,) = page(api)["items"]
    assert item["id"] == seal.id
    assert item["bucket"]["crossings"][0] == {
        "line": "entree",
        "class": "person",
        "direction": "forward",
        "value": 40,
    }


def test_a_stream_of_one_camera_cannot_speak_for_another(api: TestClient, site: Site) -> None:
    """A crossing of a camera under statistics, written to the stream of one under operations, stays inside."""
    site.camera("open")
    site.camera("quiet", statistics=True)
    told = site.tell("crossing", "quiet")
    site.redis.xadd(keys.stream("open"), {"o": told.model_dump_json()})
    assert page(api)["items"] == []


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"camera": "x"}, 404),
        ({"kind": "x"}, 422),
        ({"limit": "0"}, 422),
        ({"limit": "1001"}, 422),
        ({"cursor": "x"}, 422),
    ],
)
def test_what_makes_no_sense_is_refused(api: TestClient, site: Site, query: dict[str, str], status: int) -> None:
    site.camera()
    assert api.get("/v1/events", params=query).status_code == status
