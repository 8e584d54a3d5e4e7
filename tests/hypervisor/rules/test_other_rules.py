"""Rules on cameras, deposits and sensors."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from hypervisor.store.values import Change, Commit, Message
from pipeline.observation import DepositsDescription
from tests.hypervisor.builders import NOON, Site, line, zone
from tests.hypervisor.conftest import Clock
from tests.hypervisor.rules.builders import Judge, Minutes, alerts, as_service, cases, made


def health(**members: Any) -> dict[str, Any]:
    watch = {"kind": "camera", "for_s": 30.0, "clear_s": 10.0} | members.pop("watch", {})
    return {"id": "health", "name": "Cameras", "watch": watch, "resolve": "when_clear"} | members


@pytest.mark.parametrize(
    ("state", "trouble"),
    [
        ({"state": "stalled"}, "stalled"),
        ({"state": "failed", "error": "no such file"}, "down"),
        ({"condition": "moved"}, "moved"),
        ({"fallback_reason": "no GPU"}, "degraded"),
        ({"shed": 2, "shed_reason": "core 1 is full"}, "shed"),
    ],
)
def test_a_camera_in_trouble_is_an_alert_once_it_lasts_and_its_case_ends_with_it(
    api: TestClient, judge: Judge, square: Site, clock: Clock, state: dict[str, Any], trouble: str
) -> None:
    made(api, health())
    square.state(at_s=clock.now_s, **state)
    judge()
    assert alerts(api) == []
    square.state(at_s=clock.now_s + 31, **state)
    judge(31)
    (alert,) = alerts(api)
    assert (alert["kind"], alert["trouble"], alert["camera"]) == ("health", trouble, "nord")
    square.state(at_s=clock.now_s)
    judge()
    square.state(at_s=clock.now_s + 11)
    judge(11)
    assert [(one["state"], one["because"]) for one in alerts(api)] == [("closed", "well_again")]
    assert [one["state"] for one in cases(api)] == ["resolved"]


def test_a_worker_that_died_says_nothing_and_is_told_all_the_same(
    api: TestClient, judge: Judge, square: Site, clock: Clock
) -> None:
    made(api, health())
    square.state(at_s=clock.now_s)
    judge(15)
    judge(31)
    (alert,) = alerts(api)
    assert alert["trouble"] == "down"
    assert "no sign of life" in alert["text"]["en"]


SHED = {"code": "looks-missed", "missed": 0.42, "window_s": 5.0, "cpu": 1.0, "cores": 1.5}


@pytest.mark.parametrize(
    ("state", "french"),
    [
        ({"shed": 2, "shed_why": SHED}, "(42 % des analyses de 5 s manquées, processeur à 100 % de 1,5 cœur)"),
        ({"state": "stalled", "error": "a.mp4: no frame for 10 s"}, "(a.mp4 : pas d’image depuis 10 s)"),
        (
            {"fallback_reason": "cuda: this ONNX Runtime was built for cpu only; x: odd"},
            "(cuda : cet ONNX Runtime est fait pour cpu seulement ; x: odd)",
        ),
    ],
)
def test_an_alert_says_why_in_both_languages(
    api: TestClient, judge: Judge, square: Site, clock: Clock, state: dict[str, Any], french: str
) -> None:
    made(api, health(watch={"for_s": 0.0}))
    square.state(at_s=clock.now_s, **state)
    judge()
    (alert,) = alerts(api)
    assert alert["text"]["fr"].endswith(french)
    assert alert["text"]["en"].endswith(")")
    assert alert["text"]["en"] != alert["text"]["fr"]


def test_only_the_troubles_and_cameras_asked_for_are_told(
    api: TestClient, judge: Judge, square: Site, clock: Clock
) -> None:
    square.camera("sud")
    made(api, health(watch={"cameras": ["sud"], "troubles": ["moved"], "for_s": 0.0}))
    square.state("nord", clock.now_s, condition="moved")
    square.state("sud", clock.now_s, state="stalled")
    judge()
    assert alerts(api) == []


def test_low_coverage_is_an_alert_of_its_own(api: TestClient, judge: Judge, square: Site, minutes: Minutes) -> None:
    made(api, health(watch={"coverage_below": 0.8, "bucket": "15m"}))
    judge()
    square.state(at_s=minutes.clock.now_s)
    minutes.seal(int(NOON), 900, covered=0.5)
    judge()
    (alert,) = alerts(api)
    assert (alert["trouble"], alert["figures"]["coverage"]) == ("coverage", 0.5)
    minutes.seal(int(NOON) + 900, 900)
    judge()
    assert alerts(api)[0]["state"] == "closed"


def pavement(camera: str = "nord", **members: Any) -> Any:
    described = DepositsDescription(surface="pavement", area_m2=100.0, service_level_h=24.0, **members)
    return zone("trottoir", "deposits").model_copy(update={"deposits": described})


def deposit(site: Site, state: str = "opened", name: str = "d1", at_s: float = NOON, **members: Any) -> None:
    detail = {
        "deposit": name, "state": state, "type": "bags", "first_seen": "2026-03-02T11:58:00Z", "area_m2": 0.4,
    } | members.pop("detail", {})  # fmt: skip
    told: dict[str, Any] = {"subject": "trottoir", "value": 1.0, "unit": "deposit"} | members
    site.tell("deposit", at_s=at_s, detail=detail, **told)


def litter(**members: Any) -> dict[str, Any]:
    watch = {"kind": "deposit"} | members.pop("watch", {})
    return {"id": "litter", "name": "Dépôts", "watch": watch} | members


def test_deposits_of_a_zone_are_one_case_and_their_end_is_noted(api: TestClient, judge: Judge, square: Site) -> None:
    square.camera("nord", lines=(line(),), zones=(pavement(),))
    made(api, litter(), "cleanliness")
    judge()
    deposit(square)
    deposit(square, name="d2")
    deposit(square, "worsened")
    deposit(square, "cleared")
    judge()
    (case,) = cases(api, "cleanliness")
    assert [one["what"] for one in case["timeline"]] == ["opened", "alert_joined", "deposit_cleared"]
    assert (case["topic"], case["open_alerts"], case["title"]["fr"]) == ("cleanliness", 1, "Nord, trottoir : propreté")
    assert case["timeline"][2]["text"]["fr"] == (
        "dépôt enlevé, constaté par la caméra : Nord, trottoir : sac(s) de déchets"
    )
    assert judge.kinds().count("alert.updated") == 1
    two, one = alerts(api, "cleanliness")
    assert (one["state"], one["because"], two["state"]) == ("closed", "deposit_cleared", "open")
    assert one["began"] == "2026-03-02T11:58:00Z"


def test_of_two_cameras_that_see_a_deposit_the_primary_one_tells(api: TestClient, judge: Judge, square: Site) -> None:
    seen = {"place": "plaza", "primary": "nord/trottoir"}
    square.camera("nord", zones=(pavement(**seen),))
    square.camera("sud", zones=(pavement(**seen),))
    made(api, litter(), "cleanliness")
    judge()
    deposit(square)
    deposit(square, camera="sud", name="d9")
    judge()
    assert [one["camera"] for one in alerts(api, "cleanliness")] == ["nord"]


@pytest.mark.parametrize(
    ("watch", "found"),
    [({"types": ["bulky"]}, 0), ({"min_area_m2": 1.0}, 0), ({"camera": "nord", "zone": "trottoir"}, 1)],
)
def test_only_deposits_that_are_asked_for_are_told(
    api: TestClient, judge: Judge, square: Site, watch: dict[str, Any], found: int
) -> None:
    square.camera("nord", zones=(pavement(),))
    made(api, litter(watch=watch), "cleanliness")
    judge()
    deposit(square)
    judge()
    assert len(alerts(api, "cleanliness")) == found


def air(value: float | None, start: int, coverage: float = 1.0) -> Message:
    figure = {"measure": "no2", "channel": "", "class": None, "direction": None, "unit": "µg/m³", "value": value}
    data = {
        "sensor": "air-1", "name": "Air, place", "place": None, "location": None, "start_s": start, "step_s": 900,
        "figures": [figure | {"coverage": coverage}],
    }  # fmt: skip
    return Message(f"sensor:air-1:{start}", "sensor.value", start + 900.0, "air-1", "sensor:air-1", data=data)


def test_a_sensor_beyond_its_threshold_is_an_alert(api: TestClient, judge: Judge) -> None:
    judge.commit(Commit([Change("sensors", "air-1", '{"service":null,"measures":[{"measure":"no2"}]}')]))
    watch = {"kind": "sensor", "sensor": "air-1", "measure": "no2"}
    rule = {"id": "no2", "name": "NO2", "watch": watch, "condition": {"is": "above", "threshold": 200.0}}
    made(api, rule)
    judge()
    judge.commit(Commit(messages=[air(250.0, int(NOON))]))
    judge()
    (alert,) = alerts(api)
    assert (alert["sensor"], alert["text"]["fr"]) == ("air-1", "Air, place : no2 250 µg/m³ (seuil 200)")
    judge.commit(Commit(messages=[air(250.0, int(NOON)), air(90.0, int(NOON) + 900)]))
    judge()
    assert [one["state"] for one in alerts(api)] == ["closed"]
    unknown = rule | {"id": "other", "watch": watch | {"sensor": "air-2"}}
    answer = api.post("/v1/rules", json=unknown, headers=as_service("safety"))
    assert answer.json()["errors"][0]["name"] == "watch.sensor"
