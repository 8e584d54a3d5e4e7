"""/v1/experiments over a simulated city that lies in the history: from the protocol to the sheet."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pypdf import PdfReader

from hypervisor.history.files import HourFiles
from hypervisor.history.kept import start_of
from hypervisor.settings import Settings
from parvis.simulated_city import City, Trial, Wish, city
from parvis.simulated_site import PLACES, SENSOR, write
from tests.hypervisor.builders import application
from tests.hypervisor.conftest import Clock
from tests.hypervisor.experiments.test_evaluation import BEGIN, protocol

BUILT = city(Wish(days=91, trials=(Trial((0,), BEGIN, 0.4),)), 11)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the history of the simulated city."""
    path = tmp_path_factory.mktemp("history")
    write(BUILT, HourFiles(path))
    return path


@pytest.fixture
def api(valkey_url: str, clock: Clock, folder: Path) -> Iterator[TestClient]:
    clock.now_s = start_of(BUILT.days()[-1]) + 2 * 86_400.0
    app = application(valkey_url, Settings(history_dir=folder, timezone="UTC"), clock)
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        yield client


def body(built: City = BUILT, **changes: Any) -> dict[str, Any]:
    places = {
        "treated": [{"camera": PLACES[0].id}],
        "controls": [{"camera": one.id} for one in PLACES[1:]],
        "weather": SENSOR,
    }
    written: dict[str, Any] = protocol(built, **(places | changes)).model_dump(
        mode="json", by_alias=True, exclude_none=True
    )
    return written


def started(api: TestClient, **changes: Any) -> str:
    made = api.post("/v1/experiments", json={"id": "rue-scolaire", "protocol": body(**changes)})
    assert made.status_code == 201, made.text
    assert api.post("/v1/experiments/rue-scolaire/start", headers={"If-Match": '"1"'}).status_code == 200
    return "/v1/experiments/rue-scolaire"


def test_from_the_protocol_to_the_sheet(api: TestClient) -> None:
    path = started(api)
    judged = api.post(f"{path}/evaluate", headers={"If-Match": '"2"'})
    assert judged.status_code == 200, judged.text
    finding = judged.json()["finding"]
    assert finding["verdict"] == "effect"
    assert finding["effect"]["low"] < 0.4 < finding["effect"]["high"]
    assert finding["sentence"]["fr"].startswith("Un effet est établi")
    notes = {"context": "Une école.", "lessons": "", "following": "Deux écoles."}
    assert api.put(f"{path}/notes", json=notes, headers={"If-Match": '"3"'}).status_code == 200
    scores = {"scores": [{"criterion": "extent", "low": 2, "high": 3, "evidence": "Trois écoles."}]}
    assert api.put(f"{path}/replicability", json=scores, headers={"If-Match": '"4"'}).status_code == 200
    page = api.get(f"{path}/sheet?lang=en")
    assert "between 10 and 95 of 100" in page.text
    assert "An effect is established" in page.text
    assert "Deux écoles." in page.text
    printed = api.get(f"{path}/sheet?form=pdf")
    assert printed.headers["content-type"] == "application/pdf"
    text = " ".join(one.extract_text() for one in PdfReader(io.BytesIO(printed.content)).pages)
    assert "Un effet est établi" in " ".join(text.split())
    assert [one["what"] for one in api.get(path).json()["changes"]] == [
        "created",
        "started",
        "evaluated",
        "noted",
        "scored",
    ]


def test_a_protocol_that_has_started_is_sealed_and_its_drafts_are_kept(api: TestClient) -> None:
    api.post("/v1/experiments", json={"id": "essai", "protocol": body()})
    path = "/v1/experiments/essai"
    other = body(question="Une autre question ?")
    assert api.put(path, json=other, headers={"If-Match": '"1"'}).status_code == 200
    sealed = api.post(f"{path}/start", headers={"If-Match": '"2"'}).json()
    assert len(sealed["seal"]) == 64
    refused = api.put(path, json=body(), headers={"If-Match": '"3"'})
    assert refused.status_code == 409
    assert "sealed" in refused.json()["detail"]
    kept = api.get(path).json()
    assert kept["protocol"]["question"] == "Une autre question ?"
    assert kept["drafts"][0]["protocol"]["question"] == body()["question"]


def test_power_grows_with_the_effect_that_matters(api: TestClient) -> None:
    def power(smallest: float) -> dict[str, Any]:
        outcome = {"measure": "crossings", "class": "pedestrian", "smallest": smallest}
        answer: dict[str, Any] = api.post("/v1/experiments/power", json=body(outcome=outcome)).json()
        return answer

    small, large = power(0.02), power(0.5)
    assert small["power"] < 0.3 < 0.9 < large["power"]
    assert small["days_needed"] is None
    assert large["days_needed"] <= 21


def test_too_little_is_said_and_there_is_no_sheet(api: TestClient) -> None:
    later = {"first": "2027-01-04", "last": "2027-01-31"}
    path = started(api, trial=later)
    finding = api.post(f"{path}/evaluate", headers={"If-Match": '"2"'}).json()
    assert finding["state"] == "started"
    assert "of the trial 0%" in finding["finding"]["too_little"]
    assert api.get(f"{path}/sheet").status_code == 409


def test_it_may_fail_but_not_vanish(api: TestClient) -> None:
    path = started(api)
    answer = api.post(f"{path}/abandon", json={"reason": "Les travaux ont commencé."}, headers={"If-Match": '"2"'})
    assert answer.json()["state"] == "abandoned"
    assert answer.json()["changes"][-1]["reason"] == "Les travaux ont commencé."
    assert api.get("/v1/experiments?state=abandoned").json()["items"][0]["id"] == "rue-scolaire"
    assert api.post(f"{path}/evaluate", headers={"If-Match": '"3"'}).status_code == 409


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"treated": [{"camera": "nowhere"}]}, "treated.0.camera"),
        ({"controls": [{"camera": "x"}]}, "controls.0.camera"),
    ],
)
def test_places_that_nobody_knows_are_refused(api: TestClient, changes: dict[str, Any], where: str) -> None:
    answer = api.post("/v1/experiments", json={"protocol": body(**changes)})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["name"] == where


def test_without_if_match_nothing_changes(api: TestClient) -> None:
    path = started(api)
    assert api.post(f"{path}/evaluate").status_code == 428
    assert api.post(f"{path}/evaluate", headers={"If-Match": '"1"'}).status_code == 412
