"""Rules by the API: what makes no sense is refused by field, and nobody sees another service's."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.hypervisor.builders import Site, line, zone
from tests.hypervisor.rules.builders import Judge, Minutes, alerts, as_service, flow, made
from tests.hypervisor.rules.test_schedule import HOLIDAYS


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (flow(watch={"camera": "sud"}), "watch.camera: no camera 'sud'; expected one of nord"),
        (flow(watch={"zone": "rue"}), "watch.zone: no zone 'rue'; expected one of esplanade"),
        (flow(watch={"line": "entree"}), "watch.line: does not apply to occupancy; expected a zone"),
        (flow(watch={"camera": None, "zone": None, "place": "plaza"}), "watch.place: no place 'plaza'"),
        (flow(watch={"place": "plaza"}), "expected either a camera or a place"),
        (flow(watch={"measure": "happiness"}), "expected one of crossings"),
        (flow(watch={"measure": "queue"}), "watch.measure: queue is not measured there; expected one that is"),
        (flow(watch={"class": "car"}), "watch.measure: occupancy is not measured there (class 'car')"),
        (flow(watch={"direction": "forward"}), "watch.direction: does not apply to occupancy; expected none"),
        (flow(watch={"bucket": "1d"}), "'1m', '15m' or '1h'"),
        (flow(condition={"threshold": "8"}), "valid number"),
        (flow(condition={"threshold": None}), "expected either a threshold or usual"),
        (flow(condition={"clear": 9.0}), "clear: lies beyond the threshold; expected at most 8.0"),
        (flow(condition={"is": "below", "clear": 7.0}), "clear: lies beyond the threshold; expected at least 8.0"),
        (flow(condition={"for_buckets": 0}), "greater than or equal to 1"),
        (flow(condition={"threshold": None, "usual": {}}), "expected either factor or deviations"),
        (flow(shared_with=["parks"]), "shared_with.0: no service 'parks'; expected the id of one"),
        (flow(schedule={"except": ["holidays"]}), "schedule.except.0: no calendar 'holidays'"),
        (flow(schedule={"hours": [{"from": "25:00"}]}), "pattern"),
        (flow(severity="terrible"), "'critical'"),
        (flow(volume=11), "not permitted"),
        (flow() | {"watch": {"kind": "camera"}}, "condition: does not apply to camera; expected none"),
        (flow() | {"watch": {"kind": "deposit", "zone": "esplanade"}, "condition": None}, "zone: belongs to a camera"),
        (flow() | {"id": "No Such Id"}, "pattern"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_by_field(
    api: TestClient, judge: Judge, rule: dict[str, Any], said: str
) -> None:
    answer = api.post("/v1/rules", json=rule, headers=as_service("safety"))
    assert answer.status_code == 422, answer.text
    assert said in answer.json()["detail"]
    assert api.get("/v1/rules", headers=as_service("safety")).json()["items"] == []


def test_flows_of_a_camera_for_statistics_are_judged_by_long_buckets_only(
    api: TestClient, judge: Judge, square: Site
) -> None:
    square.camera("nord", lines=(line(),), zones=(zone(),), statistics=True)
    answer = api.post("/v1/rules", json=flow(), headers=as_service("safety"))
    assert answer.json()["errors"][0]["name"] == "watch.bucket"
    made(api, flow(watch={"bucket": "15m"}))


def test_a_rule_is_broken_when_its_camera_becomes_one_for_statistics(
    api: TestClient, judge: Judge, square: Site
) -> None:
    made(api, flow())
    square.camera("nord", lines=(line(),), zones=(zone(),), statistics=True)
    judge()
    (alert,) = alerts(api)
    assert alert["trouble"] == "broken"
    assert "expected buckets of 900 s or more" in alert["text"]["en"]


def test_nobody_sees_or_changes_another_services_rules(api: TestClient, judge: Judge) -> None:
    made(api, flow())
    other = as_service("mobility")
    assert api.get("/v1/rules", headers=other).json()["items"] == []
    assert api.get("/v1/rules/crowd", headers=other).status_code == 404
    assert api.get("/v1/rules/crowd/usual", headers=other).status_code == 404
    assert api.delete("/v1/rules/crowd", headers=other | {"If-Match": '"1"'}).status_code == 404
    assert api.put("/v1/rules/crowd", json={}, headers=other | {"If-Match": '"1"'}).status_code in (404, 422)
    for_them = flow("theirs") | {"service": "safety"}
    assert api.post("/v1/rules", json=for_them, headers=other).status_code == 403


def test_a_key_names_only_cameras_that_it_may_see(api: TestClient, judge: Judge, square: Site) -> None:
    square.camera("sud")
    blind = as_service("safety", cameras="sud")
    answer = api.post("/v1/rules", json=flow(), headers=blind)
    assert "no camera 'nord'; expected one of sud" in answer.text
    everywhere = {"name": "All", "watch": {"kind": "camera"}}
    assert "expected the cameras that the key may see" in api.post("/v1/rules", json=everywhere, headers=blind).text


def test_reading_does_not_let_write(api: TestClient, judge: Judge) -> None:
    reader = as_service("safety", scopes="alerts:read")
    assert api.get("/v1/rules", headers=reader).status_code == 200
    assert api.post("/v1/rules", json=flow(), headers=reader).json()["type"] == "urn:parvis:problem:not-allowed"
    assert api.get("/v1/rules").status_code == 401


def test_rules_are_changed_by_version_and_each_change_is_audited(api: TestClient, judge: Judge) -> None:
    rule = made(api, {name: value for name, value in flow().items() if name != "id"})
    assert len(rule["id"]) == 26
    assert rule["now"]["status"] == "waiting"
    path, headers = f"/v1/rules/{rule['id']}", as_service("safety")
    body = {name: value for name, value in flow(enabled=False).items() if name != "id"}
    assert api.put(path, json=body, headers=headers).status_code == 428
    answer = api.put(path, json=body, headers=headers | {"If-Match": '"1"'})
    assert answer.headers["etag"] == '"2"'
    judge()
    assert api.get(path, headers=headers).json()["now"]["status"] == "disabled"
    assert api.put(path, json=body, headers=headers | {"If-Match": '"1"'}).status_code == 412
    log = judge.run(lambda: judge.evaluator.store.audit("0-0", 10))
    assert ['"rule.create"' in log[0].text, '"rule.update"' in log[1].text, len(log)] == [True, True, 2]


def test_calendars_are_kept_by_services_and_used_by_all(api: TestClient, judge: Judge) -> None:
    body = {"id": "holidays", "name": "Vacances", "ics": HOLIDAYS}
    made_by = api.post("/v1/calendars", json=body, headers=as_service("mobility"))
    assert made_by.status_code == 201, made_by.text
    made(api, flow(schedule={"except": ["holidays"]}))
    heads = api.get("/v1/calendars", headers=as_service("safety")).json()["items"]
    assert [(one["id"], one["service"], one["bytes"]) for one in heads] == [("holidays", "mobility", len(HOLIDAYS))]
    headers = as_service("safety") | {"If-Match": '"1"'}
    assert api.delete("/v1/calendars/holidays", headers=headers).status_code == 403
    broken = {"name": "Vacances", "ics": "BEGIN:VCALENDAR\nBEGIN:VEVENT"}
    mine = as_service("mobility") | {"If-Match": '"1"'}
    answer = api.put("/v1/calendars/holidays", json=broken, headers=mine)
    assert answer.json()["errors"][0]["name"] == "ics"
    assert api.put("/v1/calendars/holidays", json=body | {"name": "V"} | {}, headers=mine).status_code == 422
    assert api.delete("/v1/calendars/holidays", headers=mine).status_code == 204
    judge()
    assert api.get("/v1/rules/crowd", headers=as_service("safety")).json()["now"]["status"] == "broken"


def test_the_metrics_say_how_far_behind_rules_are_and_what_is_open(
    api: TestClient, judge: Judge, minutes: Minutes
) -> None:
    made(api, flow())
    judge()
    minutes(9)
    judge()
    scrape = api.get("/metrics", headers=as_service("safety", scopes="metrics:read")).text
    lag = next(row for row in scrape.splitlines() if row.startswith("parvis_rules_lag_seconds"))
    assert 0 <= float(lag.split()[1]) < 60
    assert 'parvis_rules{status="active"} 1.0' in scrape
    assert 'parvis_rules{status="broken"} 0.0' in scrape
    assert "parvis_alerts_open 1.0" in scrape
