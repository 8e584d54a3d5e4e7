"""The picture to draw on: nobody is in it, whoever stood there."""

import pytest
from fastapi.testclient import TestClient

from pipeline.desk import median
from tests.hypervisor.pictures.street import Street, asked_until, picture_of
from tests.pipeline.engine.bench import live


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(median, "LEAST_SPAN_S", 1.5)
    monkeypatch.setattr("pipeline.desk.camera_desk.GAP_S", 0.1)


@pytest.mark.parametrize("purpose", ["statistics", "operations"])
def test_people_are_gone_from_the_still(street: Street, web: TestClient, purpose: str) -> None:
    street.watch(live(purpose=purpose))
    first = web.get("/v1/cameras/cam/still")
    assert (first.status_code, first.json()["type"]) == (503, "urn:parvis:problem:too-early")
    assert int(first.headers["retry-after"]) >= 1
    answer = asked_until(web, "/v1/cameras/cam/still")
    assert answer.status_code == 200, answer.text
    still = picture_of(answer.content)
    assert still.shape == (240, 320, 3)
    assert still[100:210].max() < 60, "the bright walker is nowhere"
    assert still[229, 160].max() > 35, "the kerb is still there"
    assert int(answer.headers["x-parvis-frames"]) >= median.WANTED
    assert float(answer.headers["x-parvis-seconds"]) >= 1.5
    assert answer.headers["cache-control"] == "no-store"
