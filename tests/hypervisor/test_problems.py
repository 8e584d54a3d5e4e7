"""Every error is a problem document of the table, whatever caused it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient

from hypervisor.edge import SECURITY_HEADERS
from hypervisor.problems import PROBLEMS, Problem
from hypervisor.redis_feed import RedisFeed
from pipeline.embedded_owner import ServerProcess
from tests.hypervisor.builders import Site, application
from tests.hypervisor.running import Stream, running, until


def checked(answer: Any, slug: str) -> Problem:
    """Return the problem in an answer, after checking its form and headers."""
    row = PROBLEMS[slug]
    assert answer.status_code == row.status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = Problem.model_validate(answer.json())
    assert (problem.type, problem.status) == (f"urn:parvis:problem:{slug}", row.status)
    assert (problem.title, problem.instance) == (row.title, answer.request.url.path)
    for name, value in SECURITY_HEADERS.items():
        assert answer.headers[name] == value
    return problem


NAMES = {
    "camera": "nord",
    "deposit": "d",
    "moment": "before",
    "service": "mobility",
    "member": "anne",
    "key": "k",
    "file": "site",
    "publication": "measured-data",
}
NEEDED = {
    "/v1/series": {"measure": "crossings"},
    "/v1/series.parquet": {"measure": "crossings"},
    "/v1/holidays": {"from": "2026-01-01", "to": "2026-02-01"},
    "/v1/heatmap": {"camera": "nord", "zone": "place"},
}
ALIVE = ("/healthz", "/metrics", "/v1/me", "/v1/indicators", "/v1/holidays")
"""Answered without Redis."""


def operations(api: TestClient) -> dict[str, list[str]]:
    """Return every documented path, with names filled in, and its methods."""
    document = api.get("/openapi.json").json()
    filled = {path: re.sub(r"{(\w+)}", lambda found: NAMES.get(found[1], "x"), path) for path in document["paths"]}
    return {filled[path]: [method.upper() for method in methods] for path, methods in document["paths"].items()}


@pytest.fixture
def away() -> Iterator[TestClient]:
    """Yield a client of an application whose Redis is not there."""
    app = application("redis://someone:geheim@127.0.0.1:1/0")
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        yield client


def test_every_route_refuses_unknown_parameters(api: TestClient, site: Site) -> None:
    site.camera()
    for path, methods in operations(api).items():
        for method in methods:
            problem = checked(api.request(method, path, params={"colour": "red"}), "invalid-request")
            assert problem.errors is not None
            assert "colour" in {fault.name for fault in problem.errors}


def test_every_route_refuses_other_methods(api: TestClient) -> None:
    every = operations(api)
    for path, methods in every.items():
        elsewhere = every.get(re.sub("[^/]+$", "x", path), [])  # a path that is written out may be an id, too
        for other in {"GET", "POST", "PUT", "PATCH", "DELETE"} - {*methods, *elsewhere}:
            answer = api.request(other, path)
            checked(answer, "method-not-allowed")
            assert set(answer.headers["allow"].split(", ")) == set(methods), path


def test_every_route_refuses_a_foreign_host(api: TestClient) -> None:
    for path in [*operations(api), "/", "/docs", "/static/shell/text.js", "/sign-in"]:
        checked(api.get(path, headers={"Host": "rebound.example"}), "unknown-host")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8080", "127.0.0.1:9", "[::1]:8080", "[::1]"])
def test_the_machines_own_names_are_served(api: TestClient, host: str) -> None:
    assert api.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["", "127.0.0.1.evil.example", "localhost:80:80", "localhost@evil"])
def test_names_that_only_look_like_it_are_not(api: TestClient, host: str) -> None:
    checked(api.get("/healthz", headers={"Host": host}), "unknown-host")


def test_every_route_says_when_redis_is_away(away: TestClient) -> None:
    for path, methods in operations(away).items():
        if "GET" not in methods or path == "/v1/privacy/x.md":  # that one reads a file, never Redis
            continue
        answer = away.get(path, params=NEEDED.get(path, {}))
        if path in ALIVE:
            assert answer.status_code == 200
            continue
        if path in ("/v1/indicators/x", "/v1/indicators/x/values"):  # the library is part of the program
            checked(answer, "not-found")
            continue
        if path.startswith("/v1/config"):  # it lies in a file, and here there is none
            assert answer.status_code in (409, 422)
            continue
        checked(answer, "redis-away")
        assert answer.headers["retry-after"] == "2"
        assert "geheim" not in answer.text
        assert "127.0.0.1" not in answer.text


def test_metrics_say_when_redis_is_away(away: TestClient) -> None:
    text = away.get("/metrics").text
    assert "parvis_redis_up 0.0" in text
    assert "parvis_camera_up" not in text


@pytest.mark.parametrize(
    "path", ["/nowhere", "/v1", "/v1/cameras/nord/colour", "/static/nothing.js", "/static/../app.py"]
)
def test_unknown_paths_are_problems(api: TestClient, path: str) -> None:
    checked(api.get(path), "not-found")


@pytest.mark.parametrize("path", ["/v1/%0d%0aset-cookie%00" + "x" * 9000, "/v1/" + "%C3%A9" * 3000, "/é" * 300])
@pytest.mark.parametrize("accept", ["*/*", "text/html"])
def test_an_unknown_address_is_repeated_in_part_and_without_control_characters(
    api: TestClient, path: str, accept: str
) -> None:
    answer = api.get(path, headers={"Accept": accept})
    assert answer.status_code == 404
    assert len(answer.content) < 8000
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f]", answer.text)
    if accept == "*/*":
        problem = Problem.model_validate(answer.json())
        assert len(problem.instance) <= 256
        assert re.fullmatch(r"/([\w./-]|%[0-9A-F]{2})+", problem.instance, re.ASCII)


def test_what_is_repeated_of_a_request_is_bounded(api: TestClient) -> None:
    answer = api.get("/v1/cameras/" + "c" * 6000 + "?" + "q" * 6000 + "=1")
    problem = Problem.model_validate(answer.json())
    assert len(problem.detail) <= 4000
    assert all(len(one.name) <= 128 for one in problem.errors or [])


@pytest.mark.parametrize("rest", ["", "/lines", "/zones", "/snapshot"])
def test_unknown_cameras_are_problems_that_name_the_known(api: TestClient, site: Site, rest: str) -> None:
    site.camera("nord")
    assert "there are: nord" in checked(api.get(f"/v1/cameras/sud{rest}"), "not-found").detail
    checked(api.get(f"/v1/cameras/Not-An-Id{rest}"), "invalid-request")


def test_a_fault_of_ours_is_a_problem_without_details(
    api: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(_: RedisFeed) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(RedisFeed, "ping", broken)
    assert "secret" not in checked(api.get("/readyz"), "internal-error").detail
    assert "secret detail" in caplog.text


def test_every_type_of_the_table_can_happen() -> None:
    """Each slug is checked by a test of this folder."""
    tests = "".join(file.read_text(encoding="utf-8") for file in Path(__file__).parent.rglob("test_*.py"))
    for slug in PROBLEMS:
        assert slug in tests


def test_the_service_outlives_redis_and_recovers_by_itself(tmp_path: Path) -> None:
    socket = tmp_path / "s"
    server = ServerProcess(tmp_path, socket, ("--appendonly", "no"))
    server.start()
    url = f"unix://{socket}"
    with running(url) as port, Readiness(port) as ready, Stream(port) as stream:
        assert ready() == 200
        server.stop()
        assert ready() == 503
        server = ServerProcess(tmp_path, socket, ("--appendonly", "no"))
        server.start()
        until(lambda: ready() == 200)
        site = Site(url)
        site.camera()
        told = site.tell()
        assert stream.next().data["id"] == told.id  # the open stream went on by itself
        site.close()
    server.stop()


class Readiness:
    """Asks /readyz."""

    def __init__(self, port: int) -> None:
        self._client = httpx2.Client(base_url=f"http://127.0.0.1:{port}")

    def __enter__(self) -> "Readiness":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def __call__(self) -> int:
        return self._client.get("/readyz").status_code
