"""Cases: one for many alerts, worked on by several services, with a timeline that leaves nothing out."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from hypervisor.cases.model import MOST_ENTRIES, Case
from hypervisor.store.documents import Documents
from hypervisor.store.values import Change, Commit
from tests.hypervisor.builders import Site
from tests.hypervisor.rules.builders import Judge, Minutes, alerts, as_service, cases, flow, made


@pytest.fixture
def crowd(api: TestClient, judge: Judge, minutes: Minutes) -> str:
    """Open a case of the service safety by a crowd; return its id."""
    made(api, flow())
    judge()
    minutes(9)
    judge()
    (case,) = cases(api)
    return str(case["id"])


def do(api: TestClient, case: str, what: str, by: str = "safety", version: int | None = None, **body: Any) -> Any:
    """Do something to a case, in its newest version unless another one is given."""
    headers = as_service(by)
    if version is None:
        read = api.get(f"/v1/cases/{case}", headers=as_service("safety"))
        read = read if read.status_code == 200 else api.get(f"/v1/cases/{case}", headers=headers)
        headers["If-Match"] = read.headers.get("etag", '"1"')
    elif version:
        headers["If-Match"] = f'"{version}"'
    return api.post(f"/v1/cases/{case}/{what}", json=body, headers=headers)


def test_a_hundred_alerts_of_one_ground_are_one_case(api: TestClient, judge: Judge, minutes: Minutes) -> None:
    made(api, flow())
    made(api, flow("rush", condition={"threshold": 12.0}, severity="critical"))
    judge()
    minutes(*[9, 3] * 15, 15)
    judge()
    assert len(alerts(api)) == 17
    (case,) = cases(api)
    assert (case["open_alerts"], len(case["alerts"]), case["severity"]) == (2, 17, "critical")
    assert [one["n"] for one in case["timeline"]] == list(range(1, len(case["timeline"]) + 1))
    listed = api.get(f"/v1/cases/{case['id']}/alerts", headers=as_service("safety")).json()["items"]
    assert len(listed) == 17


def test_a_case_is_worked_on_from_acknowledgement_to_resolution(
    api: TestClient, judge: Judge, minutes: Minutes, crowd: str
) -> None:
    judge.commit(Commit([Change("members", "ana", '{"id":"ana","service":"safety"}')]))
    assert do(api, crowd, "acknowledge", comment="vu").json()["state"] == "acknowledged"
    assert do(api, crowd, "assign", member="ana").json()["assigned_to"] == "ana"
    assert do(api, crowd, "comments", comment="équipe en route").status_code == 201
    assert do(api, crowd, "share", service="mobility").json()["shared_with"] == ["mobility"]
    minutes(3)
    judge()
    assert do(api, crowd, "resolve", comment="dispersé").json()["state"] == "resolved"
    (case,) = cases(api)
    assert [one["what"] for one in case["timeline"]] == [
        "opened", "acknowledged", "assigned", "commented", "shared", "alert_closed", "resolved",
    ]  # fmt: skip
    who = [(one["actor"], one.get("comment"), one.get("to")) for one in case["timeline"]]
    assert who[0] == ("system:rules", None, None)
    assert who[1:5] == [
        ("key:k-safety", "vu", None),
        ("key:k-safety", None, "ana"),
        ("key:k-safety", "équipe en route", None),
        ("key:k-safety", None, "mobility"),
    ]
    assert [one["text"]["fr"] for one in case["timeline"][1:5]] == [
        "pris en compte", "attribué à ana", "commentaire", "partagé avec mobility",
    ]  # fmt: skip
    kinds = [one for one in judge.kinds() if one.startswith("case")]
    assert kinds == [
        "case.opened", "case.acknowledged", "case.assigned", "case.commented", "case.shared", "case.updated",
        "case.resolved",
    ]  # fmt: skip
    told = {one.kind: one.services for one in judge.bus()}
    assert told["case.commented"] == ("safety",)
    assert told["case.shared"] == told["alert.closed"] == told["case.resolved"] == ("safety", "mobility")
    acts = [one.text for one in judge.run(lambda: judge.evaluator.store.audit("0-0", 100))]
    assert sum("case." in one for one in acts) == 5


def test_the_next_alert_after_a_resolution_opens_another_case(
    api: TestClient, judge: Judge, minutes: Minutes, crowd: str
) -> None:
    do(api, crowd, "resolve")
    minutes(3, 9)
    judge()
    newest, oldest = cases(api)
    assert (oldest["id"], oldest["state"], newest["state"]) == (crowd, "resolved", "open")
    assert do(api, crowd, "reopen").json()["type"] == "urn:parvis:problem:state-conflict"
    do(api, newest["id"], "resolve")
    assert do(api, crowd, "reopen").json()["state"] == "open"


def test_a_case_that_is_shared_is_seen_and_commented_but_not_changed(api: TestClient, judge: Judge, crowd: str) -> None:
    other = as_service("mobility")
    assert api.get(f"/v1/cases/{crowd}", headers=other).status_code == 404
    assert do(api, crowd, "comments", "mobility", comment="?").status_code == 404
    assert do(api, crowd, "share", "mobility", service="mobility").status_code == 404
    do(api, crowd, "share", service="mobility")
    assert [one["id"] for one in cases(api, "mobility")] == [crowd]
    assert len(api.get(f"/v1/cases/{crowd}/alerts", headers=other).json()["items"]) == 1
    assert do(api, crowd, "comments", "mobility", comment="bus dévié").status_code == 201
    for what, body in (("acknowledge", {}), ("resolve", {}), ("assign", {"member": None}), ("share", {"service": "x"})):
        assert do(api, crowd, what, "mobility", **body).json()["type"] == "urn:parvis:problem:not-allowed"
    do(api, crowd, "unshare", service="mobility")
    assert api.get(f"/v1/cases/{crowd}", headers=other).status_code == 404
    assert judge.bus()[-1].services == ("safety", "mobility")


def test_a_case_that_is_handed_over_is_the_other_services_and_still_gathers_its_alerts(
    api: TestClient, judge: Judge, minutes: Minutes, crowd: str
) -> None:
    do(api, crowd, "acknowledge")
    case = do(api, crowd, "hand-over", service="mobility", comment="votre domaine").json()
    assert (case["service"], case["shared_with"], case["state"]) == ("mobility", ["safety"], "open")
    assert do(api, crowd, "resolve").json()["type"] == "urn:parvis:problem:not-allowed"
    minutes(3, 9)
    judge()
    (case,) = cases(api, "mobility")
    assert (len(case["alerts"]), case["open_alerts"]) == (2, 1)
    assert judge.bus()[-1].services == ("mobility", "safety")
    assert do(api, crowd, "resolve", "mobility").json()["state"] == "resolved"
    assert cases(api, "cleanliness") == []


@pytest.mark.parametrize(
    ("what", "body", "status", "said"),
    [
        ("assign", {"member": "bob"}, 422, "no member 'bob'; expected one of service 'safety'"),
        ("share", {"service": "parks"}, 422, "no service 'parks'"),
        ("share", {"service": "safety"}, 409, "sees case"),
        ("unshare", {"service": "mobility"}, 409, "not shared"),
        ("hand-over", {"service": "safety"}, 409, "already"),
        ("reopen", {}, 409, "is open"),
        ("comments", {"comment": ""}, 422, "at least 1 character"),
        ("comments", {"comment": 5}, 422, "valid string"),
        ("resolve", {"why": "?"}, 422, "not permitted"),
        ("dissolve", {}, 404, "nothing is served"),
    ],
)
def test_what_cannot_be_done_is_refused(
    api: TestClient, crowd: str, what: str, body: dict[str, Any], status: int, said: str
) -> None:
    answer = do(api, crowd, what, **body)
    assert answer.status_code == status, answer.text
    assert said in answer.json()["detail"]
    assert len(cases(api)[0]["timeline"]) == 1


def test_of_two_who_change_a_case_at_once_the_second_is_told(api: TestClient, crowd: str) -> None:
    assert do(api, crowd, "acknowledge", version=0).status_code == 428
    assert do(api, crowd, "acknowledge", version=1).status_code == 200
    assert do(api, crowd, "resolve", version=1).status_code == 412
    assert do(api, crowd, "acknowledge").status_code == 409


def test_a_key_that_may_not_see_the_camera_does_not_see_the_case(api: TestClient, crowd: str) -> None:
    blind = as_service("safety", cameras="sud")
    assert api.get("/v1/cases", headers=blind).json()["items"] == []
    assert api.get(f"/v1/cases/{crowd}", headers=blind).status_code == 404
    assert api.get("/v1/alerts", headers=blind).json()["items"] == []


def test_a_case_can_be_opened_by_hand_and_alerts_join_it(
    api: TestClient, judge: Judge, minutes: Minutes, square: Site
) -> None:
    made(api, flow())
    body = {
        "title": "Bagarre signalée",
        "topic": "flow",
        "camera": "nord",
        "zone": "esplanade",
        "comment": "appel du 17",
    }
    answer = api.post("/v1/cases", json=body, headers=as_service("safety"))
    assert answer.status_code == 201, answer.text
    assert api.post("/v1/cases", json=body, headers=as_service("safety")).status_code == 409
    assert "no camera 'sud'" in api.post("/v1/cases", json=body | {"camera": "sud"}, headers=as_service("safety")).text
    minutes(9)
    judge()
    (case,) = cases(api)
    assert [one["what"] for one in case["timeline"]] == ["opened", "alert_joined"]


def test_a_case_that_is_full_goes_on_in_another_one(
    api: TestClient, judge: Judge, minutes: Minutes, crowd: str
) -> None:
    async def fill() -> None:
        documents = Documents(judge.evaluator.store, "cases", Case)
        kept = await documents.get(crowd)
        assert kept is not None
        entries = tuple(kept.value.timeline[0].model_copy(update={"n": n + 1}) for n in range(MOST_ENTRIES))
        full = kept.value.model_copy(update={"timeline": entries})
        tags = ("live", "live:safety|camera/nord/esplanade|flow", "service:safety")
        await judge.evaluator.store.commit(Commit([documents.change(crowd, full, at_s=0, tags=tags)]))

    judge.run(fill)
    minutes(3, 9, 3, 9)
    judge()
    newest, oldest = cases(api)
    assert (oldest["id"], newest["continues"], len(newest["alerts"])) == (crowd, crowd, 2)


def test_pages_of_cases_and_alerts_follow_each_other(api: TestClient, judge: Judge, minutes: Minutes) -> None:
    made(api, flow())
    judge()
    minutes(*[9, 3] * 5)
    judge()
    seen: list[str] = []
    path = "/v1/alerts?state=closed&limit=2"
    while path:
        answer = api.get(path, headers=as_service("safety"))
        seen += [one["id"] for one in answer.json()["items"]]
        path = answer.headers.get("link", "").partition(">")[0].lstrip("<")
    assert seen == [one["id"] for one in alerts(api)]
    assert len(seen) == 5


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"severity": "high"}, 1),
        ({"severity": "low"}, 0),
        ({"camera": "nord"}, 1),
        ({"camera": "sud"}, 0),
        ({"place": "plaza"}, 0),
        ({"kind": "flow"}, 1),
        ({"kind": "health"}, 0),
        ({"service": "mobility"}, 0),
        ({"rule": "crowd"}, 1),
        ({"from": "2026-03-02T11:00:00Z", "to": "2026-03-02T11:59:00Z"}, 0),
        ({"from": "2026-03-02T13:00:00Z"}, 1),
        ({"state": "closed"}, 0),
    ],
)
def test_alerts_are_filtered(api: TestClient, crowd: str, asked: dict[str, str], found: int) -> None:
    assert len(alerts(api, **asked)) == found
