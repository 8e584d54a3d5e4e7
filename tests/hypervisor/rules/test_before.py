"""What is known before a rule is made, and what an inbox needs to know of cases."""

from datetime import datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient

from hypervisor.store.values import Change, Commit
from tests.hypervisor.builders import NOON
from tests.hypervisor.conftest import Clock
from tests.hypervisor.rules.builders import Judge, Minutes, alerts, as_service, cases, flow, made


def preview(api: TestClient, rule: dict[str, Any], service: str = "safety", **span: str) -> Any:
    """Return what a rule would have found."""
    answer = api.post("/v1/rules/preview", json={"rule": rule, **span}, headers=as_service(service))
    assert answer.status_code == 200, answer.text
    return answer.json()


def counts(api: TestClient, service: str = "safety", **asked: str) -> dict[str, Any]:
    """Return how many cases there are."""
    return dict(api.get("/v1/cases/counts", params=asked, headers=as_service(service)).json())


def test_a_preview_finds_what_the_evaluation_found(api: TestClient, judge: Judge, minutes: Minutes) -> None:
    rule = flow(condition={"for_buckets": 2, "clear": 5.0})
    made(api, rule)
    judge()
    minutes(9, 3, 9, 9, 7, 4, None, None, None, 9, 12, 11)
    judge()
    found = preview(api, rule | {"id": "another"})
    really = [one for one in alerts(api) if one["kind"] == "flow"]
    assert len(really) == 2
    shown = [one for one in found["alerts"] if not one["health"]]
    for name in ("began", "opened_at", "text", "because"):
        assert [one.get(name) for one in shown] == [one.get(name) for one in really]
    assert (found["found"], found["judged"]) == (2, 9)
    assert max(one["value"] or 0 for one in found["slots"]) == 12
    assert {one["threshold"] for one in found["slots"]} == {8}
    assert [one["id"] for one in api.get("/v1/rules", headers=as_service("safety")).json()["items"]] == ["crowd"]


def test_a_preview_tells_what_it_cannot_know(api: TestClient, judge: Judge, minutes: Minutes) -> None:
    nothing = preview(api, flow())
    assert (nothing["judged"], nothing["found"]) == (0, 0)
    assert "no figures" in nothing["notes"][0]["en"]
    minutes(9, 9)
    usual = flow(condition={"threshold": None, "usual": {"factor": 2.0}})
    assert "history" in preview(api, usual)["notes"][0]["en"]
    cameras = {"name": "Cameras", "watch": {"kind": "camera", "coverage_below": 0.8, "bucket": "1m"}}
    assert "states" in preview(api, cameras)["notes"][0]["en"]


def test_what_a_preview_names_must_exist_and_its_span_is_a_week(api: TestClient, judge: Judge) -> None:
    def refused(body: dict[str, Any]) -> str:
        answer = api.post("/v1/rules/preview", json=body, headers=as_service("safety"))
        assert answer.status_code == 422
        return str(answer.json())

    assert "no zone 'nowhere'" in refused({"rule": flow(watch={"zone": "nowhere"})})
    span = {"from": "2026-02-01T00:00:00Z", "to": "2026-02-09T00:00:00Z"}
    assert "a week at most" in refused({"rule": flow(), **span})


def test_a_case_is_due_when_its_most_urgent_rule_says(
    api: TestClient, judge: Judge, minutes: Minutes, clock: Clock
) -> None:
    made(api, flow(due_s=7200.0))
    made(api, flow("rush", condition={"threshold": 12.0}, due_s=600.0))
    judge()
    minutes(9)
    judge()
    (first,) = cases(api)
    minutes(15)
    judge()
    (case,) = cases(api)
    assert datetime.fromisoformat(first["due_at"]).timestamp() > NOON + 7200
    assert datetime.fromisoformat(case["due_at"]) < datetime.fromisoformat(first["due_at"])
    assert counts(api)["overdue"] == 0
    assert cases(api, overdue="true") == []
    clock.now_s += 900
    assert counts(api)["overdue"] == 1
    assert [one["id"] for one in cases(api, overdue="true")] == [case["id"]]


def test_counts_are_those_of_the_list(api: TestClient, judge: Judge) -> None:
    for n, (topic, severity) in enumerate([("flow", "high"), ("health", "low"), ("sensor", "low")]):
        body = {"title": f"Case {n}", "camera": "nord", "topic": topic, "severity": severity}
        assert api.post("/v1/cases", json=body, headers=as_service("safety")).status_code == 201
    first = next(one["id"] for one in cases(api) if one["severity"] == "low")
    answer = api.post(f"/v1/cases/{first}/resolve", json={}, headers=as_service("safety") | {"If-Match": '"1"'})
    assert answer.status_code == 200
    assert counts(api) == {"open": 2, "acknowledged": 0, "resolved": 1, "overdue": 0, "complete": True}
    assert counts(api, severity="low")["open"] == 1
    assert counts(api, "mobility")["open"] == 0
    other = next(one["id"] for one in cases(api) if one["state"] == "open")
    shared = {"service": "mobility"}
    assert api.post(f"/v1/cases/{other}/share", json=shared, headers=as_service("safety") | {"If-Match": '"1"'})
    assert counts(api, "mobility", shared="true")["open"] == 1
    assert counts(api, "mobility", shared="false")["open"] == 0
    assert [one["id"] for one in cases(api, "mobility", shared="true")] == [other]


@pytest.mark.parametrize("service", ["safety", "mobility"])
def test_a_case_is_assigned_among_its_owners_members(api: TestClient, judge: Judge, service: str) -> None:
    def member(name: str, of: str, active: str = "true") -> Change:
        body = f'{{"name":"{name.title()}","service":"{of}","grants":{{"scopes":[]}},"active":{active}}}'
        return Change("members", name, body, tags=(f"service:{of}",))

    judge.commit(Commit([member("zoe", "safety"), member("ana", "safety"), member("old", "safety", "false")]))
    judge.commit(Commit([member("ben", "mobility")]))
    body = {"title": "Barrier", "camera": "nord"}
    case = api.post("/v1/cases", json=body, headers=as_service("safety")).json()["id"]
    api.post(
        f"/v1/cases/{case}/share", json={"service": "mobility"}, headers=as_service("safety") | {"If-Match": '"1"'}
    )
    answer = api.get(f"/v1/cases/{case}/assignable", headers=as_service(service))
    if service == "mobility":
        assert answer.status_code == 403
        return
    assert answer.json()["items"] == [{"id": "ana", "name": "Ana"}, {"id": "zoe", "name": "Zoe"}]
