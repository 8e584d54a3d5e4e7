"""A source tried before it is saved, by a child of what stands for `parvis run` here."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from pipeline.desk import prober as probers
from pipeline.desk.prober import Prober
from pipeline.redis_line import open_line
from tests.hypervisor.pictures.street import picture_of
from tests.running import until
from tests.served import Server
from tests.sites import draw_walk, load, to_and_fro


@pytest.fixture
def prober(server: Server, tmp_path: Path) -> Iterator[Prober]:
    """Yield one that listens."""
    loaded = load(tmp_path)
    one = Prober(lambda: loaded, lambda: open_line(server.url, tmp_path))
    one.start()
    try:
        until(lambda: server.redis.pubsub_numsub("parvis1:0:probes")[0][1] > 0)  # bounded: a listener may have died
        yield one
    finally:
        one.end()


@pytest.mark.usefixtures("prober")
def test_a_file_beside_the_configuration_is_described_and_shown(web: TestClient, tmp_path: Path) -> None:
    draw_walk(tmp_path / "clip.mp4", to_and_fro(2))
    answer = web.post("/v1/sources/probe", json={"source": "clip.mp4"})
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["ok"], told["live"], told["error"]) == (True, False, None)
    assert (told["width"], told["height"], told["fps"]) == (320, 240, 10.0)
    assert told["codec"]
    assert told["duration_s"] == pytest.approx(4.4, abs=0.5)
    assert picture_of(base64.b64decode(told["first_picture"])).shape == (180, 240, 3)
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.usefixtures("prober")
def test_what_cannot_be_opened_says_why_and_hides_passwords(web: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARVIS_TEST_SECRET", "s3cret")
    for source, why in (
        ("absent.mp4", "no such file"),
        ("rtsp://me:${PARVIS_TEST_SECRET}@127.0.0.1:9/live", "Connection refused"),
        ("${PARVIS_TEST_UNSET}", "is not set"),
        ("gopher://host/live", "unknown kind of address"),
    ):
        answer = web.post("/v1/sources/probe", json={"source": source})
        assert answer.status_code == 200, answer.text
        told = answer.json()
        assert (told["ok"], told["first_picture"]) == (False, None)
        assert why in told["error"]
        assert "s3cret" not in answer.text
    web.post("/v1/sources/probe", json={"source": "gopher://me:s3cret@host/live"})
    log = web.get("/v1/audit").text
    assert "source.probe" in log
    assert "s3cret" not in log


@pytest.mark.usefixtures("prober")
def test_a_child_that_is_late_is_killed(web: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draw_walk(tmp_path / "clip.mp4", to_and_fro(2))
    monkeypatch.setattr(probers, "KILLED_AFTER_S", 0.05)
    told = web.post("/v1/sources/probe", json={"source": "clip.mp4"}).json()
    assert (told["ok"], told["error"]) == (False, "clip.mp4: no answer within 0.05 s")


def test_without_a_pipeline_nobody_tries(web: TestClient) -> None:
    answer = web.post("/v1/sources/probe", json={"source": "clip.mp4"})
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:parvis:problem:pipeline-away")
