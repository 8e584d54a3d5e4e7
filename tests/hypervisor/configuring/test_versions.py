"""Versions of the configuration file, damage and its mending; and no password in anything that is told."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from redis import Redis

from hypervisor.configuring.file import ConfigFile
from tests.hypervisor.configuring.asking import NEW, camera, faults, match
from tests.hypervisor.configuring.conftest import FILE, SECRET


def test_no_secret_leaves(client: TestClient, path: Path, valkey_url: str, caplog: pytest.LogCaptureFixture) -> None:
    changed = {**camera(client), "name": "Changed"}
    assert changed["source"] == "rtsp://admin:***@10.0.0.7/stream"
    assert camera(client, "sud")["source"] == "rtsp://viewer:${SUD_PASSWORD}@10.0.0.8/stream"
    told = [client.put("/v1/config/cameras/nord", json=changed, headers=match(client)).text]
    assert SECRET in path.read_text(), "what comes back hidden stays as it was"
    told.append(client.put("/v1/config/cameras/nord", json={**changed, "lines": 3}, headers=match(client)).text)
    told += [client.post("/v1/config/check", json={"camera": one}).text for one in (changed, NEW)]
    versions = client.get("/v1/config/versions").json()["items"]
    assert [one["what"] for one in versions] == ["camera.change nord", "by hand"]
    for one in versions:
        told.append(client.get(f"/v1/config/versions/{one['version']}").text)
    told.append(client.post(f"/v1/config/versions/{versions[1]['version']}/restore", headers=match(client)).text)
    path.write_text(path.read_text().replace("cameras:", "cameras: ["))
    told += [
        client.get(one).text for one in ("/v1/config", "/v1/config/versions", "/v1/audit", "/v1/config/cameras/nord")
    ]
    assert client.get("/v1/config").json()["faults"]
    with Redis.from_url(valkey_url, decode_responses=True) as redis:
        told += [str(redis.xrange(key)) for key in redis.scan_iter(_type="stream")]
    told.append(caplog.text)
    leaks = [one for one in told if SECRET in one or "heim" in one]
    assert leaks == []


def test_a_damaged_file_is_told_and_can_be_restored(client: TestClient, path: Path) -> None:
    whole = client.get("/v1/config").json()["version"]
    path.write_text(FILE.replace("cameras:", "cameras: ["))
    told = client.get("/v1/config").json()
    assert told["faults"][0]["line"]
    assert (told["revision"], told["cameras"]) == (None, [])
    answer = client.post("/v1/config/cameras", json=NEW)
    assert answer.json()["type"] == "urn:parvis:problem:configuration-damaged"
    assert [one["version"] for one in client.get("/v1/config/versions").json()["items"]] == [whole]
    assert "+cameras:" in client.get(f"/v1/config/versions/{whole}").json()["diff"]
    restored = client.post(f"/v1/config/versions/{whole}/restore", headers=match(client))
    assert restored.json()["version"] == whole
    assert path.read_text() == FILE
    assert "by hand, with faults" in [one["what"] for one in client.get("/v1/config/versions").json()["items"]]


def test_a_file_that_is_gone_can_be_restored(client: TestClient, path: Path) -> None:
    whole = client.get("/v1/config").json()["version"]
    path.unlink()
    assert "cannot be read: No such file" in client.get("/v1/config").json()["faults"][0]["text"]
    assert client.post(f"/v1/config/versions/{whole}/restore", headers=match(client)).status_code == 200
    assert path.read_text() == FILE


def test_a_version_with_faults_is_not_restored(client: TestClient, path: Path, file: ConfigFile) -> None:
    file.versions.keep(b"parvis: 2\n", None, "of an older Parvis")
    bad = client.get("/v1/config/versions").json()["items"][1]["version"]
    answer = client.post(f"/v1/config/versions/{bad}/restore", headers=match(client))
    assert "parvis" in faults(answer)
    assert path.read_text() == FILE
    assert client.get("/v1/config/versions/000000000000").status_code == 404
