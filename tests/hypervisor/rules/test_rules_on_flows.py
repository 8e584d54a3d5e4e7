"""From minutes to alerts, on a real server: opened, updated and closed once, whatever dies in between."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from hypervisor.store.values import Change, Commit, Conflict, Fenced
from tests.hypervisor.builders import NOON, Site, line, zone
from tests.hypervisor.conftest import Clock
from tests.hypervisor.rules.builders import Judge, Minutes, alerts, as_service, cases, flow, made, people


def test_a_crowd_opens_an_alert_and_its_end_closes_it(api: TestClient, judge: Judge, minutes: Minutes) -> None:
    made(api, flow())
    judge()
    minutes(4, 9.5)
    judge()
    (alert,) = alerts(api)
    assert (alert["state"], alert["kind"], alert["severity"]) == ("open", "flow", "high")
    assert (alert["figures"]["value"], alert["figures"]["threshold"]) == (9.5, 8.0)
    assert (alert["began"], alert["opened_at"]) == ("2026-03-02T12:01:00Z", "2026-03-02T12:02:00Z")
    assert alert["text"]["fr"] == "Nord, esplanade : présence moyenne 9,5 objets (seuil 8)"
    minutes(3)
    judge()
    (alert,) = alerts(api)
    assert (alert["state"], alert["because"], alert["closed_at"]) == ("closed", "cleared", "2026-03-02T12:03:00Z")
    assert judge.kinds() == ["alert.opened", "case.opened", "alert.closed", "case.updated"]
    assert {one.services for one in judge.bus()} == {("safety",)}
    assert len({one.id for one in judge.bus()}) == 4
    assert len({one.lane for one in judge.bus()}) == 1


def test_duration_and_hysteresis_hold(api: TestClient, judge: Judge, minutes: Minutes) -> None:
    made(api, flow(condition={"for_buckets": 2, "clear": 6.0, "clear_buckets": 2}))
    judge()
    minutes(9, 7, 9)
    judge()
    assert alerts(api) == []
    minutes(9)
    judge()
    assert [one["state"] for one in alerts(api)] == ["open"]
    minutes(7, 7, 7, 5)
    judge()
    assert [one["state"] for one in alerts(api)] == ["open"]
    minutes(5)
    judge()
    assert [one["state"] for one in alerts(api)] == ["closed"]
    assert len(alerts(api)) == 1


def test_after_an_alert_there_is_a_cool_down(api: TestClient, judge: Judge, minutes: Minutes) -> None:
    made(api, flow(cooldown_s=180))
    judge()
    minutes(9, 3, 9, 9)
    judge()
    assert len(alerts(api)) == 1
    minutes(9)
    judge()
    assert [one["state"] for one in alerts(api)] == ["open", "closed"]


def test_a_crowd_that_grows_is_told_but_not_every_minute(api: TestClient, judge: Judge, minutes: Minutes) -> None:
    made(api, flow())
    judge()
    minutes(10, 12, 20, *[30] * 20)
    judge()
    assert judge.kinds().count("alert.updated") == 1
    (alert,) = alerts(api)
    assert (alert["state"], alert["figures"]["value"], alert["figures"]["peak"]) == ("open", 30.0, 30.0)


@pytest.mark.parametrize("covered", [0.0, 0.5])
def test_a_flow_that_only_was_not_watched_has_not_dropped(
    api: TestClient, judge: Judge, minutes: Minutes, covered: float
) -> None:
    watch = {"measure": "crossings", "zone": None, "line": "entree"}
    made(api, flow("quiet", watch=watch, condition={"is": "below", "threshold": 3.0}))
    judge()
    minutes(0, forward=5)
    minutes(0, 0, 0, forward=0, covered=covered)
    judge()
    (alert,) = alerts(api)
    assert (alert["kind"], alert["trouble"], alert["topic"]) == ("health", "coverage", "health")
    assert alert["figures"]["coverage"] == covered
    minutes(0, forward=0)
    judge()
    dropped, unseen = alerts(api)
    assert (dropped["kind"], dropped["state"], dropped["figures"]["value"]) == ("flow", "open", 0)
    assert (unseen["state"], unseen["because"]) == ("closed", "watched_again")


def test_minutes_that_never_come_are_told_as_missing_coverage(
    api: TestClient, judge: Judge, minutes: Minutes, square: Site, clock: Clock
) -> None:
    made(api, flow())
    judge()
    minutes(9)
    judge()
    square.state(at_s=clock.now_s + 400)
    judge(400)
    assert [(one["kind"], one["state"]) for one in alerts(api)] == [("health", "open"), ("flow", "open")]
    minutes.at["nord"] += 360
    minutes(4)
    judge()
    assert {one["state"] for one in alerts(api)} == {"closed"}


def test_a_recording_that_is_over_misses_nothing(api: TestClient, judge: Judge, square: Site, clock: Clock) -> None:
    made(api, flow())
    judge()
    square.state(at_s=clock.now_s + 400, state="ended")
    judge(400)
    assert alerts(api) == []


def test_gaps_break_the_row(api: TestClient, judge: Judge, minutes: Minutes) -> None:
    made(api, flow(condition={"for_buckets": 2}))
    judge()
    minutes(9, None, 9)
    judge()
    assert [one for one in alerts(api) if one["kind"] == "flow"] == []


def test_a_seal_that_is_told_again_or_comes_late_changes_nothing(
    api: TestClient, judge: Judge, minutes: Minutes
) -> None:
    made(api, flow())
    judge()
    minutes(4, 3)
    judge()
    minutes.seal(int(NOON), more=people(20))
    judge()
    assert alerts(api) == []


def test_outside_its_hours_a_rule_says_nothing(api: TestClient, judge: Judge, minutes: Minutes) -> None:
    made(api, flow(schedule={"hours": [{"days": ["mon"], "from": "12:00", "to": "13:02"}]}))
    judge()
    minutes(9)  # 13:00 in Paris
    judge()
    assert [one["state"] for one in alerts(api)] == ["open"]
    minutes(9, 9)
    judge()
    assert [(one["state"], one["because"]) for one in alerts(api)] == [("closed", "schedule")]


def test_a_place_is_judged_when_all_its_cameras_have_sealed(
    api: TestClient, judge: Judge, minutes: Minutes, square: Site
) -> None:
    square.camera("sud", lines=(line(),), zones=(zone(),))
    views = [{"camera": one, "zones": ["esplanade"]} for one in ("nord", "sud")]
    place = {"id": "plaza", "name": "Plaza", "semantics": "sum", "views": views}
    assert api.post("/v1/places", json=place, headers=as_service("safety")).status_code == 201
    made(api, flow(watch={"camera": None, "zone": None, "place": "plaza"}))
    judge()
    minutes(5, camera="nord")
    judge()
    assert alerts(api) == []
    minutes(4, camera="sud")
    judge()
    (alert,) = alerts(api, place="plaza")
    assert (alert["figures"]["value"], alert["cameras"]) == (9.0, ["nord", "sud"])
    minutes(2, camera="nord")
    judge()
    assert alerts(api)[0]["state"] == "open"
    judge(61)  # the other camera died: half of the place is not known
    assert [one["state"] for one in alerts(api)] == ["open"]


def test_a_rule_whose_zone_vanished_is_broken_and_says_so(
    api: TestClient, judge: Judge, minutes: Minutes, square: Site
) -> None:
    made(api, flow())
    judge()
    minutes(9)
    judge()
    square.camera("nord", lines=(line(),), zones=())
    judge()
    broken, crowd = alerts(api)
    assert (crowd["state"], crowd["because"]) == ("closed", "rule_changed")
    assert (broken["kind"], broken["trouble"]) == ("health", "broken")
    now = api.get("/v1/rules/crowd", headers=as_service("safety")).json()["now"]
    assert now["status"] == "broken"
    assert now["reasons"] == ["watch.zone: no zone 'esplanade'; expected one of (there is none)"]
    square.camera("nord", lines=(line(),), zones=(zone(),))
    judge()
    assert alerts(api)[0]["because"] == "rule_whole_again"
    minutes(9)
    judge()
    assert [one["kind"] for one in alerts(api, state="open")] == ["flow"]


def test_a_changed_rule_begins_anew_and_a_removed_one_closes_what_it_opened(
    api: TestClient, judge: Judge, minutes: Minutes
) -> None:
    made(api, flow())
    judge()
    minutes(9)
    judge()
    changed = {name: value for name, value in flow(condition={"threshold": 5.0}).items() if name != "id"}
    headers = as_service("safety") | {"If-Match": '"1"'}
    assert api.put("/v1/rules/crowd", json=changed, headers=headers).status_code == 200
    minutes(6)
    judge()
    assert [(one["state"], one.get("because")) for one in alerts(api)] == [("open", None), ("closed", "rule_changed")]
    headers["If-Match"] = '"2"'
    assert api.delete("/v1/rules/crowd", headers=headers).status_code == 204
    judge()
    assert alerts(api)[0]["because"] == "rule_removed"
    assert alerts(api, state="open") == []


def test_a_process_that_is_started_again_goes_on_where_the_last_one_was(
    api: TestClient, judge: Judge, minutes: Minutes
) -> None:
    made(api, flow(condition={"for_buckets": 2}))
    judge()
    minutes(9)
    judge()
    judge.restart()
    minutes(9)
    judge()
    judge.restart()
    judge()
    assert judge.kinds() == ["alert.opened", "case.opened"]


@pytest.mark.parametrize("point", ["before", "after"])
def test_killed_at_any_point_it_neither_loses_nor_doubles(
    api: TestClient, judge: Judge, minutes: Minutes, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    made(api, flow())
    judge()
    minutes(9, 3, 9)
    store = judge.evaluator.store
    commit = store.commit

    async def dying(what: Commit) -> None:
        if point == "after":
            await commit(what)
        raise SystemExit

    monkeypatch.setattr(store, "commit", dying)
    with pytest.raises(SystemExit):
        judge()
    judge.restart()
    judge()
    assert judge.kinds() == [
        "alert.opened", "case.opened", "alert.closed", "case.updated", "alert.opened", "case.updated",
    ]  # fmt: skip
    assert [one["state"] for one in alerts(api)] == ["open", "closed"]


def test_who_lost_the_lease_changes_nothing_any_more(api: TestClient, judge: Judge, minutes: Minutes) -> None:
    made(api, flow())
    judge()
    minutes(9)

    async def story() -> None:
        store, slow = judge.evaluator.store, judge.another()
        fence = await store.lease("rules", "one", 60)
        assert fence is not None
        await store.release("rules", "one")
        assert await store.lease("rules", "two", 60) is not None
        with pytest.raises(Fenced):
            await slow.step(fence)
        await store.release("rules", "two")

    judge.run(story)
    assert alerts(api) == []


def test_a_case_that_somebody_changed_meanwhile_is_read_again(
    api: TestClient, judge: Judge, minutes: Minutes, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(api, flow())
    judge()
    minutes(9)
    judge()
    (case,) = cases(api)
    minutes(3)
    store = judge.evaluator.store
    commit = store.commit

    async def late(what: Commit) -> None:
        monkeypatch.setattr(store, "commit", commit)
        (changed,) = [one for one in what.changes if one.collection == "cases"]
        await commit(Commit([Change("cases", case["id"], changed.body and case_body, tags=changed.tags)]))
        await commit(what)

    kept: Any = judge.run(lambda: store.get("cases", case["id"]))
    case_body = kept.body
    monkeypatch.setattr(store, "commit", late)
    with pytest.raises(Conflict):
        judge()
    judge.evaluator.forget()
    judge()
    assert [one["what"] for one in cases(api)[0]["timeline"]] == ["opened", "alert_closed"]
