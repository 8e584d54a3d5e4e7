"""/v1/recommendations over a city that lies in the history: found, decided by people, tried out, fed back."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient

from hypervisor.history.door import past_of
from hypervisor.history.files import HourFiles
from hypervisor.history.kept import start_of
from hypervisor.history.past import Asked, TableOfHours
from hypervisor.history.rows import Row
from hypervisor.settings import Settings
from tests.hypervisor.builders import application
from tests.hypervisor.conftest import Clock
from tests.hypervisor.recommendations.builders import DAY, DAYS, FIRST, NOW_S, counts_of, past, peak, series

BASE = "/v1/recommendations"


TOLD = {
    ("deposits_opened", "marche", "trottoir", ""): counts_of(peak([18, 19, 20], 1.2, 0.05), 1),
    ("deposits_opened", "quai", "trottoir", ""): counts_of(0.02, 2),
    ("crossings", "marche", "ligne", "pedestrian"): counts_of(peak(range(1, 5), 0.2, 40), 3),
    ("crossings", "quai", "ligne", "pedestrian"): counts_of(40, 4),
}
"""Measure, camera, line or zone, class → hours."""


def write(folder: Path) -> None:
    """Write deposits that recur in one camera's zone, and hardly any in another's; and nights with nobody."""
    files = HourFiles(folder)
    for n in range(DAYS):
        day = FIRST + timedelta(days=n)
        files.write_day(
            day,
            [
                Row(
                    measure, camera, "", zone, name, "", start_of(day) + hour * 3600, float(values[n * DAY + hour]), 1.0
                )
                for (measure, camera, zone, name), values in TOLD.items()
                for hour in range(DAY)
            ],
        )


def table() -> TableOfHours:
    """Return the same, without files."""
    return past(
        *(
            series(Asked(measure, camera, "", zone, name), values)
            for (measure, camera, zone, name), values in TOLD.items()
        )
    )


@pytest.fixture
def api(valkey_url: str, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    for module in ("routes.recommendations", "routes.experiments", "recommendations.judging", "experiments.reckoning"):
        monkeypatch.setattr(f"hypervisor.{module}.past_of", lambda _: table())
    clock.now_s = NOW_S
    app = application(valkey_url, Settings(timezone="UTC"), clock)
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        yield client


def found(api: TestClient, kind: str = "add-bin") -> str:
    judged = api.post(f"{BASE}/judge")
    assert judged.status_code == 200, judged.text
    (one,) = api.get(f"{BASE}?kind={kind}").json()["items"]
    return f"{BASE}/{one['id']}"


def test_what_is_found_says_what_where_why_and_what_would_refute_it(api: TestClient) -> None:
    one = api.get(found(api)).json()
    assert (one["camera"], one["subject"], one["service"], one["state"]) == ("marche", "trottoir", "cleanliness", "new")
    assert one["what"]["fr"].startswith("marche, trottoir : ")
    assert one["refute"]["en"]
    evidence = one["evidence"]
    assert evidence["n"] == DAYS
    assert evidence["q"] <= 0.05
    assert evidence["excess"]["low"] > 0
    assert evidence["series"] == [
        {"measure": "deposits_opened", "camera": "marche", "sensor": "", "subject": "trottoir", "class": ""}
    ]
    assert evidence["picture"].startswith("<svg")
    assert one["expected"].get("effect") is None
    assert one["expected"]["under"]["en"].startswith("unknown")
    assert [other["id"].rsplit("-", 1)[0] for other in one["conflicts"]] == ["collection-round"]
    assert api.get(f"{BASE}?camera=quai").json()["items"] == []


def test_accepting_applies_nothing_and_offers_a_protocol_of_the_coming_weeks(api: TestClient) -> None:
    path = found(api)
    answer = api.post(f"{path}/accept?lang=en", headers={"If-Match": '"1"'})
    assert answer.status_code == 200, answer.text
    assert answer.json()["recommendation"]["state"] == "accepted"
    draft = answer.json()["draft"]
    assert draft["protocol"]["baseline"]["first"] == "2026-04-06"
    assert draft["protocol"]["controls"] == [{"camera": "quai", "sensor": None, "subject": "trottoir"}]
    made = api.post("/v1/experiments", json=draft | {"id": "corbeille"})
    assert made.status_code == 201, made.text
    (tried,) = api.get(path).json()["experiments"]
    assert (tried["id"], tried["state"], tried["verdict"]) == ("corbeille", "draft", None)
    assert api.post(f"{path}/accept", headers={"If-Match": '"2"'}).status_code == 409


def test_what_the_experiment_shows_stands_with_the_recommendation(api: TestClient, clock: Clock) -> None:
    path = found(api)
    draft = api.post(f"{path}/accept", headers={"If-Match": '"1"'}).json()["draft"]
    weeks = {
        "baseline": {"first": "2026-01-05", "last": "2026-02-15"},
        "trial": {"first": "2026-02-16", "last": "2026-03-29"},
    }
    api.post("/v1/experiments", json=draft | {"id": "corbeille", "protocol": draft["protocol"] | weeks})
    api.post("/v1/experiments/corbeille/start", headers={"If-Match": '"1"'})
    judged = api.post("/v1/experiments/corbeille/evaluate", headers={"If-Match": '"2"'})
    assert judged.json()["finding"]["verdict"], judged.text
    (tried,) = api.get(path).json()["experiments"]
    assert tried["sentence"]["fr"] == judged.json()["finding"]["sentence"]["fr"]
    clock.now_s += 7 * 86_400
    api.post(f"{BASE}/judge")
    expected = api.get(path).json()["expected"]
    assert expected["under"]["en"] == "after 1 experiment(s) of this kind here"
    assert expected["effect"]["value"] == pytest.approx(judged.json()["finding"]["effect"]["value"])


def test_a_refused_one_does_not_come_back_for_half_a_year(api: TestClient, clock: Clock) -> None:
    path = found(api)
    reason = {"reason": "Pas de place sur le trottoir."}
    assert api.post(f"{path}/refuse", json=reason, headers={"If-Match": '"1"'}).json()["state"] == "refused"
    assert api.post(f"{BASE}/judge").json()["new"] == 0
    kept = api.get(path).json()
    assert (kept["state"], kept["reason"]) == ("refused", reason["reason"])
    assert kept["changes"][-1]["reason"] == reason["reason"]
    assert api.post(f"{path}/refuse", json={}, headers={"If-Match": '"2"'}).status_code == 422


def test_a_snoozed_one_comes_back_on_its_day(api: TestClient, clock: Clock) -> None:
    path = found(api)
    until = {"until": "2026-04-02"}
    assert api.post(f"{path}/snooze", json=until, headers={"If-Match": '"1"'}).json()["state"] == "snoozed"
    assert api.post(f"{BASE}/judge").json()["new"] == 0
    clock.now_s += 3 * 86_400
    assert api.post(f"{BASE}/judge").json()["new"] == 1
    assert api.get(path).json()["state"] == "new"
    yesterday = {"until": "2026-03-01"}
    refused = api.post(f"{path}/snooze", json=yesterday, headers={"If-Match": api.get(path).headers["ETag"]})
    assert refused.status_code == 422


def test_what_does_not_hold_any_more_says_so(api: TestClient, clock: Clock) -> None:
    path = found(api)
    clock.now_s += 70 * 86_400  # ten weeks nobody watched
    answer = api.post(f"{BASE}/judge").json()
    assert answer["found"] == 0
    assert "add-bin" in {one["kind"] for one in answer["silent"]}
    assert api.get(path).json()["holds"] is False


def test_versions_are_asked_for(api: TestClient) -> None:
    path = found(api)
    assert api.post(f"{path}/accept").status_code == 428
    assert api.post(f"{path}/accept", headers={"If-Match": '"7"'}).status_code == 412
    assert api.get(f"{BASE}/nothing").status_code == 404
    assert api.get(f"{BASE}?state=perhaps").status_code == 422
    assert np.isfinite(api.get(path).json()["evidence"]["p"])


@pytest.mark.long
def test_out_of_files_the_same_is_found(valkey_url: str, clock: Clock, tmp_path: Path, api: TestClient) -> None:
    write(tmp_path)
    expected = api.post(f"{BASE}/judge").json()["found"]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("hypervisor.recommendations.judging.past_of", past_of)
        app = application(valkey_url, Settings(history_dir=tmp_path, timezone="UTC"), clock)
        with TestClient(app, base_url="http://127.0.0.1") as client:
            answer = client.post(f"{BASE}/judge").json()
    assert (answer["found"], answer["new"]) == (expected, 0)
    assert expected >= 2
