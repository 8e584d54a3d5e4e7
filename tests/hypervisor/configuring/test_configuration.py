"""/v1/config: what is changed there stands in the file, and nothing else does."""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from hypervisor.configuring.file import ConfigFile
from pipeline.config_file import load_config
from tests.hypervisor.access.house import House
from tests.hypervisor.builders import Site
from tests.hypervisor.configuring.asking import NEW, camera, faults, match
from tests.hypervisor.configuring.conftest import FILE, SECRET
from tests.hypervisor.conftest import Clock


def lines_of(text: str) -> list[str]:
    return text.splitlines()


def differing(before: str, after: str) -> list[tuple[str, str]]:
    """Return the lines that differ, of two texts with as many lines."""
    pairs = list(zip(lines_of(before), lines_of(after), strict=True))
    return [pair for pair in pairs if pair[0] != pair[1]]


def test_the_file_is_told_as_it_is_written(client: TestClient, path: Path) -> None:
    answer = client.get("/v1/config")
    told = answer.json()
    assert answer.headers["etag"] == f'"{told["version"]}"'
    assert told["file"] == "site.yaml"
    assert told["site"] == {"id": "test", "name": "Test"}
    assert [one["id"] for one in told["cameras"]] == ["nord", "sud"]
    assert "pace" not in told["cameras"][0], "defaults are left out"
    assert "# where they come in" in told["yaml"]
    assert told["faults"] == []
    assert told["followed"] is None
    assert re.fullmatch("[0-9a-f]{12}", told["revision"])


def test_warnings_say_line_and_field(client: TestClient) -> None:
    edge = {**camera(client), "lines": [{"id": "bord", "from": [0.01, 0.0], "to": [0.01, 1.0]}]}
    (warning,) = client.post("/v1/config/check", json={"camera": edge}).json()["warnings"]
    assert warning["field"] == "lines.0"
    assert "runs along the edge" in warning["text"]
    assert warning["line"] > 15


def test_only_what_is_meant_changes(client: TestClient, path: Path) -> None:
    changed = camera(client)
    changed["lines"][0]["to"] = [0.55, 1]
    answer = client.put("/v1/config/cameras/nord", json=changed, headers=match(client))
    assert answer.status_code == 200, answer.text
    (line,) = differing(FILE, path.read_text())
    assert line[1] == "      - {id: entree, from: [0.50, 0.0], to: [0.55, 1.0], classes: [person]}"
    assert answer.json()["camera"]["lines"][0]["to"] == [0.55, 1]
    assert "+      - {id: entree" in answer.json()["diff"]
    assert answer.headers["etag"] == match(client)["If-Match"]
    assert path.stat().st_mode & 0o777 == 0o644


def test_what_comes_back_unchanged_changes_nothing(client: TestClient, path: Path, file: ConfigFile) -> None:
    before = path.stat()
    for name in ("nord", "sud"):
        answer = client.put(f"/v1/config/cameras/{name}", json=camera(client, name), headers=match(client))
        assert answer.status_code == 200
        assert answer.json()["diff"] == ""
    assert path.read_text() == FILE
    assert path.stat().st_ino == before.st_ino
    assert len(file.versions.listed()) == 1


def test_a_camera_is_added_at_the_end_and_removed_again(client: TestClient, path: Path) -> None:
    answer = client.post("/v1/config/cameras", json=NEW)
    assert answer.status_code == 201, answer.text
    assert path.read_text().startswith(FILE.rstrip("\n"))
    assert load_config(path).site.camera("est").name == NEW["name"]
    assert client.post("/v1/config/cameras", json=NEW).json()["type"] == "urn:parvis:problem:state-conflict"
    assert client.delete("/v1/config/cameras/est").status_code == 428
    assert client.delete("/v1/config/cameras/est", headers=match(client)).status_code == 204
    assert path.read_text().rstrip("\n") == FILE.rstrip("\n")
    assert client.delete("/v1/config/cameras/est", headers=match(client)).status_code == 404


def test_the_last_camera_can_be_removed_and_one_added(client: TestClient, path: Path) -> None:
    for name in ("nord", "sud"):
        assert client.delete(f"/v1/config/cameras/{name}", headers=match(client)).status_code == 204
    assert load_config(path).site.cameras == ()
    assert "# The square, as the city wants it." in path.read_text()
    assert client.post("/v1/config/cameras", json=NEW).status_code == 201
    assert [one.id for one in load_config(path).site.cameras] == ["est"]


def test_the_site_is_named(client: TestClient, path: Path) -> None:
    answer = client.put("/v1/config/site", json={"timezone": "America/Cayenne"}, headers=match(client))
    assert answer.json()["site"] == {"id": "test", "name": "Test", "timezone": "America/Cayenne"}
    (line,) = differing(FILE, path.read_text())
    assert line[1] == 'site: {id: test, name: "Test", timezone: America/Cayenne}   # one site'
    assert (
        "unknown time zone"
        in faults(client.put("/v1/config/site", json={"timezone": "Mars/Base"}, headers=match(client)))["site.timezone"]
    )


@pytest.mark.parametrize(
    ("change", "field", "what"),
    [
        ({"lines": [{"id": "a", "from": [0, 0], "to": [0.5, 1.2]}]}, "lines.0.to", "outside the picture"),
        ({"lines": [{"id": "a", "from": [0, 0]}]}, "lines.0", "expected"),
        ({"zones": [{"id": "z", "points": [[0, 0], [1, 1], [1, 0], [0, 1]]}]}, "zones.0.points", "crosses"),
        ({"legal_basis": None}, "legal_basis", "missing"),
        ({"naem": "x"}, "naem", "did you mean 'name'?"),
        ({"source": 3.5}, "source", "expected"),
        ({"lines": [{"id": "a", "from": [0, 0], "to": [1, 1]}] * 2}, "lines.1.id", "used twice"),
        ({"fps": float("nan")}, "fps", "finite"),
        ({"name": "\ud800"}, "name", "Unicode"),
        ({"id": "other"}, "id", "another than the path's"),
        ({"source": "rtsp://admin:***@evil.example/"}, "source", "expected the password again"),
    ],
)
def test_a_fault_is_refused_with_its_field_and_nothing_is_written(
    client: TestClient, path: Path, change: dict[str, Any], field: str, what: str
) -> None:
    body = json.dumps({**camera(client), **change})
    headers = {**match(client), "Content-Type": "application/json"}
    found = faults(client.put("/v1/config/cameras/nord", content=body, headers=headers))
    assert [name for name in found if name.startswith(field)], found
    assert what in " ".join(found.values())
    assert path.read_text() == FILE
    assert os.listdir(path.parent) == ["site.yaml"], "nothing is left behind"


def test_a_check_says_faults_with_their_lines_and_writes_nothing(client: TestClient, path: Path) -> None:
    changed = camera(client)
    changed["lines"][1]["to"] = [0.2, 1.5]
    told = client.post("/v1/config/check", json={"camera": changed}).json()
    (fault,) = told["faults"]
    assert fault["field"].startswith("lines.1.to")
    assert lines_of(FILE)[fault["line"] - 1].lstrip().startswith("- {id: sortie")
    assert "+      - {id: sortie, from: [0.20, 0.1], to: [0.20, 1.5]}" in told["diff"]
    assert client.post("/v1/config/check", json={"camera": {}}).json()["faults"][0]["field"] == "id"
    assert path.read_text() == FILE


def test_a_hand_that_was_faster_is_not_overwritten(client: TestClient, path: Path) -> None:
    seen, changed = match(client), camera(client)
    path.write_text(FILE.replace("decision 12", "decision 13"))
    changed["name"] = "Changed"
    answer = client.put("/v1/config/cameras/nord", json=changed, headers=seen)
    assert answer.status_code == 412
    assert answer.json()["type"] == "urn:parvis:problem:changed-since"
    assert "decision 13" in path.read_text()
    assert "Changed" not in path.read_text()


def test_a_hand_between_reading_and_writing_is_told_and_audited(
    client: TestClient, path: Path, file: ConfigFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = file.stage

    def and_then_somebody_saves(data: bytes) -> Any:
        staged = stage(data)
        path.write_text(FILE + "# by hand\n")
        return staged

    monkeypatch.setattr(file, "stage", and_then_somebody_saves)
    changed = {**camera(client), "name": "Changed"}
    answer = client.put("/v1/config/cameras/nord", json=changed, headers=match(client))
    assert answer.status_code == 412
    assert path.read_text() == FILE + "# by hand\n"
    assert os.listdir(path.parent) == ["site.yaml"]
    newest = [row["action"] for row in client.get("/v1/audit").json()["items"]][-2:]
    assert newest == ["config.camera.change", "config.undone"]


def test_a_file_that_cannot_be_written_says_so(client: TestClient, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("hypervisor.configuring.file.os.replace", full)
    answer = client.post("/v1/config/cameras", json=NEW)
    assert answer.json()["type"] == "urn:parvis:problem:configuration-unwritable"
    assert "site.yaml cannot be written: No space left on device" in answer.json()["detail"]
    assert str(path.parent) not in answer.text
    assert path.read_text() == FILE
    assert os.listdir(path.parent) == ["site.yaml"]


def test_without_a_file_there_is_nothing_to_configure(api: TestClient) -> None:
    answer = api.get("/v1/config")
    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:parvis:problem:no-configuration"


def test_what_the_pipeline_follows_is_told(client: TestClient, site: Site) -> None:
    state = '{"revision":"0f3ac1e09b7d","since":"2026-03-02T11:00:00Z","updated_at":"2026-03-02T12:00:00Z","fault":"x"}'
    site.redis.set("parvis1:configuration", state)
    assert client.get("/v1/config").json()["followed"] == {
        "revision": "0f3ac1e09b7d",
        "since": "2026-03-02T11:00:00Z",
        "fault": "x",
    }


def test_who_sees_some_cameras_changes_those_only(valkey_url: str, clock: Clock, file: ConfigFile) -> None:
    house = House(valkey_url, clock)
    key = house.key("config:write", cameras=frozenset({"sud"}))
    house.config = file
    with house.client(key) as client:
        for path in ("/v1/config", "/v1/config/versions", "/v1/config/versions/000000000000"):
            assert client.get(path).status_code == 403
        assert client.get("/v1/config/cameras/nord").status_code == 404
        assert client.post("/v1/config/check", json={"camera": {"id": "nord"}}).status_code == 404
        answer = client.get("/v1/config/cameras/sud")
        changed = {**answer.json()["camera"], "name": "Sud"}
        put = client.put("/v1/config/cameras/sud", json=changed, headers={"If-Match": answer.headers["etag"]})
        assert put.status_code == 200
        assert SECRET not in put.text


def test_a_change_is_audited_by_name(client: TestClient) -> None:
    client.post("/v1/config/cameras", json=NEW)
    row = client.get("/v1/audit").json()["items"][0]
    assert (row["action"], row["target"]) == ("config.camera.add", "config/cameras/est")
    assert set(row["detail"]) == {"before", "after"}
