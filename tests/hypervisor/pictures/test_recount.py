"""Lines and zones tried on the last minutes: what is proposed beside what is configured."""

from typing import Any

from fastapi.testclient import TestClient

from tests.hypervisor.pictures.street import Street
from tests.pipeline.engine.bench import live
from tests.running import until
from tests.sites import LEFT, MIDDLE

FORWARD = "c|middle|person|forward"
UP_FRONT = {**MIDDLE, "id": "early", "from": [0.4, 1.0], "to": [0.4, 0.0]}


def proposed(*lines: dict[str, Any], zones: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    return {"lines": list(lines), "zones": list(zones)}


def test_the_last_minutes_are_counted_as_they_were_and_as_they_would_have_been(street: Street, web: TestClient) -> None:
    street.watch()
    until(lambda: street.server.total(FORWARD) >= 1)
    flipped = {**MIDDLE, "id": "flipped", "from": MIDDLE["to"], "to": MIDDLE["from"]}
    unseen = {**MIDDLE, "id": "sleighs", "classes": ["sleigh"]}
    answer = web.post("/v1/cameras/cam/recount", json=proposed(UP_FRONT, flipped, unseen, zones=(LEFT,)))
    assert answer.status_code == 200, answer.text
    told = answer.json()
    before, after = told["before"], told["after"]
    ways = before["lines"]["middle"]["person"]
    assert before["lines"].keys() == {"middle"}
    assert 1 <= ways["forward"] <= street.server.total(FORWARD) + 1, "what was counted is counted again"
    assert after["lines"]["flipped"]["person"] == {"forward": ways["backward"], "backward": ways["forward"]}
    assert after["lines"]["early"]["person"]["forward"] >= 1
    assert after["lines"]["sleighs"]["sleigh"] == {"forward": 0, "backward": 0}
    assert after["not_looked_for"] == ["sleigh"]
    assert before["not_looked_for"] == []
    assert before["zones"] == after["zones"]
    assert after["zones"]["left"]["person"]["max"] == 1
    assert told["looks"] > 5
    assert told["from"] < told["to"]
    assert answer.headers["cache-control"] == "no-store"


def test_nothing_of_it_is_kept(street: Street, web: TestClient) -> None:
    street.watch()
    until(lambda: web.post("/v1/cameras/cam/recount", json=proposed(UP_FRONT)).status_code == 200, 60)
    assert "early" not in street.server.everything()


def test_under_statistics_only_whole_steps_are_counted(street: Street, web: TestClient) -> None:
    street.watch(live(purpose="statistics"))
    answer = web.post("/v1/cameras/cam/recount", json=proposed(MIDDLE))
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:parvis:problem:too-early")
    assert 900 <= int(answer.headers["retry-after"]) <= 1820


def test_what_cannot_be_configured_is_refused_with_its_place(street: Street, web: TestClient) -> None:
    street.watch()
    outside = {**MIDDLE, "to": [0.5, 1.5]}
    answer = web.post("/v1/cameras/cam/recount", json=proposed(UP_FRONT, outside))
    assert answer.status_code == 422
    assert [one["name"] for one in answer.json()["errors"]] == ["lines.1.to"]
    twice = web.post("/v1/cameras/cam/recount", json=proposed(MIDDLE, MIDDLE))
    assert (twice.status_code, "used twice" in twice.text) == (422, True)
