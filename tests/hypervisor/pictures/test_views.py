"""Snapshots and the live view: only where the purpose allows them, nobody recognisable, nobody held up."""

import http.client
import json
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from hypervisor.settings import Settings
from tests.hypervisor.builders import Site
from tests.hypervisor.pictures.street import Street, picture_of
from tests.hypervisor.running import running
from tests.pipeline.engine.bench import live
from tests.running import until


class Watching:
    """An open live view."""

    def __init__(self, port: int, camera: str = "cam") -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        self._connection.request("GET", f"/v1/cameras/{camera}/live")
        self.answer = self._connection.getresponse()

    def __enter__(self) -> "Watching":
        return self

    def __exit__(self, *_: object) -> None:
        self.answer.close()
        self._connection.close()

    def refusal(self) -> tuple[int, str]:
        """Return status and type of a problem."""
        return self.answer.status, json.loads(self.answer.read())["type"]

    def parts(self) -> Iterator[tuple[dict[str, str], bytes]]:
        """Yield headers and content of each part, until the end."""
        while (row := self.answer.readline().strip()) != b"--parvis--":
            assert row == b"--parvis", row
            headers = {}
            while text := self.answer.readline().decode().strip():
                name, _, value = text.partition(": ")
                headers[name] = value
            yield headers, self.answer.read(int(headers["Content-Length"]))
            assert self.answer.readline() == b"\r\n"


def acts(web: TestClient) -> list[tuple[str, str]]:
    return [(one["action"], one["target"]) for one in web.get("/v1/audit").json()["items"]]


def test_a_snapshot_shows_nobody(street: Street, web: TestClient) -> None:
    street.watch()
    answer = web.get("/v1/cameras/cam/snapshot")
    assert answer.status_code == 200, answer.text
    picture = picture_of(answer.content)
    assert picture.shape == (240, 320, 3)
    columns = picture[150:190].max(axis=(0, 2))
    assert columns.max() < 245, "the box of the walker, wider than the walker, is made of patches of mean colours"
    assert columns.max() > 60, "and still can be seen to be there"
    assert ("snapshot.view", "cameras/cam") in acts(web)


def test_under_statistics_there_is_neither(street: Street, web: TestClient) -> None:
    street.watch(live(purpose="statistics"))
    for what in ("snapshot", "live"):
        answer = web.get(f"/v1/cameras/cam/{what}")
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:parvis:problem:purpose-forbids-image")


def test_the_worker_refuses_too_whoever_asks(street: Street, site: Site, web: TestClient) -> None:
    """The hypervisor believes what is described; the worker knows what is configured."""
    street.watch(live(purpose="statistics"))
    site.camera("cam")
    answer = web.get("/v1/cameras/cam/snapshot")
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:parvis:problem:purpose-forbids-image")


def test_a_camera_that_nobody_watches_is_said_to_be_away(site: Site, web: TestClient) -> None:
    site.camera("nord")
    for path in ("snapshot", "live", "still"):
        answer = web.get(f"/v1/cameras/nord/{path}")
        assert (answer.status_code, answer.json()["type"]) == (503, "urn:parvis:problem:pipeline-away")
        assert "no process of `parvis run` answers for camera 'nord'" in answer.json()["detail"]


def test_live_pictures_come_while_somebody_watches(street: Street, valkey_url: str) -> None:
    street.watch()
    window = street.bench.worker.windows()["cam"]
    assert window._wake is None, "nobody watches: nothing is handed out"
    with running(valkey_url) as port:
        with Watching(port) as watching:
            assert watching.answer.status == 200
            assert watching.answer.headers["content-type"] == "multipart/x-mixed-replace; boundary=parvis"
            seen = [part for part, _ in zip(watching.parts(), range(8), strict=False)]
        boxes = [box for headers, _ in seen for box in json.loads(headers["X-Parvis-Boxes"])]
        assert boxes
        assert all(0 <= value <= 1 for box in boxes for value in box[:4])
        assert {box[4] for box in boxes} == {"person"}
        times = [headers["X-Parvis-Time"] for headers, _ in seen]
        assert times == sorted(set(times))
        assert all(picture_of(content).max() < 245 for _, content in seen)
        until(lambda: window._wake is None)


def test_it_ends_when_the_pipeline_goes_away(street: Street, valkey_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hypervisor.pictures.viewers.EVERY_S", 0.1)
    street.watch()
    with running(valkey_url) as port:
        with Watching(port) as watching:
            parts = watching.parts()
            next(parts)
            street.close()
            list(parts)
        with Watching(port) as again:
            assert again.refusal() == (503, "urn:parvis:problem:pipeline-away")


def test_no_more_than_so_many_watch(street: Street, valkey_url: str) -> None:
    street.watch()
    with running(valkey_url, Settings(max_viewers=1)) as port, Watching(port) as first:
        next(first.parts())
        with Watching(port) as second:
            assert second.refusal() == (503, "urn:parvis:problem:too-many-streams")


def test_counting_does_not_wait_for_a_viewer_who_reads_nothing(street: Street, valkey_url: str) -> None:
    street.watch()
    with running(valkey_url) as port, Watching(port):
        before = street.server.state()["frames"]
        until(lambda: street.server.state()["frames"] > before + 20)
        assert street.server.state()["dropped"] == 0
