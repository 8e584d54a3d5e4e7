"""`parvis admin`: what an operator types, and what comes of it."""

import io
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from hypervisor.app import create_app
from hypervisor.delivery.redis_queue import RedisQueue
from hypervisor.redis_feed import RedisFeed
from hypervisor.store.redis_store import RedisStore
from tests.hypervisor.running import serving
from tests.running import parvis, refusal

PASSWORD = "a password long enough"


@pytest.fixture(autouse=True)
def typed(monkeypatch: pytest.MonkeyPatch, valkey_url: str) -> None:
    """Use the test's server, and type the password."""
    monkeypatch.setenv("PARVIS_REDIS", valkey_url)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n" * 3))


def said(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """Run a command that succeeds; return what it printed."""
    capsys.readouterr()
    assert parvis("admin", *arguments) == 0, capsys.readouterr().err
    return capsys.readouterr().out


def test_the_first_member_makes_its_service_and_signs_in(capsys: pytest.CaptureFixture[str], valkey_url: str) -> None:
    said(capsys, "user", "add", "anne", "--service", "mobility", "--name", "Anne", "--admin")
    assert "anne" in said(capsys, "user", "list")
    assert "mobility" in said(capsys, "service", "list")
    key = said(capsys, "key", "create", "--service", "mobility", "--scope", "flows:read").strip()
    with serving(product(valkey_url)) as port, httpx2.Client(base_url=f"http://127.0.0.1:{port}") as client:
        assert client.get("/v1/me", headers={"Authorization": f"Bearer {key}"}).json()["scopes"] == ["flows:read"]
        token = client.get("/sign-in").text.split('name="token" value="')[1].split('"')[0]
        fields = {"token": token, "name": "anne", "password": PASSWORD}
        assert client.post("/sign-in", data=fields).status_code == 303
        assert client.get("/v1/me").json()["scopes"] == ["admin"]
        said(capsys, "user", "password", "anne")
        assert client.get("/v1/me").status_code == 401  # a new password ends all sessions
        said(capsys, "key", "revoke", key.split("_")[1])
        assert client.get("/v1/me", headers={"Authorization": f"Bearer {key}"}).status_code == 401


def product(url: str) -> FastAPI:
    """Return the application as `parvis serve` makes it."""
    return create_app(RedisFeed(url), RedisStore(url), queue=RedisQueue(url))


def test_a_key_is_printed_once_and_listed_without_its_secret(capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, "service", "add", "parks", "--name", "Parcs et jardins")
    options = ("--service", "parks", "--scope", "flows:read", "--camera", "nord", "--days", 30)
    key = said(capsys, "key", "create", *options).strip()
    listed = said(capsys, "key", "list")
    assert key.split("_")[1] in listed
    assert key.split("_", 2)[2] not in listed
    assert all(word in listed for word in ("parks", "flows:read", "nord", "valid"))
    said(capsys, "user", "add", "bob", "--service", "parks")
    said(capsys, "user", "remove", "bob")
    assert "bob" not in said(capsys, "user", "list")


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (("user", "add", "Anne", "--service", "mobility"), "id: String should match"),
        (
            ("user", "add", "anne", "--service", "mobility", "--scope", "all"),
            "is no scope; expected some of flows:read",
        ),
        (("user", "remove", "nobody"), "member 'nobody' is unknown"),
        (("user", "password", "nobody"), "member 'nobody' is unknown"),
        (("key", "create", "--service", "nobody", "--scope", "flows:read"), "service 'nobody' is unknown"),
        (("key", "create", "--service", "mobility"), "--scope: none given; expected one or more of flows:read, "),
        (
            ("key", "create", "--service", "mobility", "--scope", "flow:read"),
            "--scope: 'flow:read' is no scope; expected some of flows:read",
        ),
        (("key", "revoke", "nothing"), "key 'nothing' is unknown"),
        (("restore", "nowhere"), "nowhere: No such file or directory"),
    ],
)
def test_mistakes_are_told_in_a_line(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], fault: str
) -> None:
    assert fault in refusal(capsys, "admin", *arguments)


def test_a_short_password_is_refused(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    assert "at least 12" in refusal(capsys, "admin", "user", "add", "anne", "--service", "mobility")


def test_a_service_exists_once(capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, "service", "add", "parks", "--name", "Parcs")
    assert "exists already" in refusal(capsys, "admin", "service", "add", "parks", "--name", "Parcs")


def test_a_backup_comes_back_in_an_empty_store(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, valkey_url: str
) -> None:
    said(capsys, "user", "add", "anne", "--service", "mobility")
    tip = said(capsys, "audit", "verify").strip()
    path = tmp_path / "b"
    assert said(capsys, "backup", path).strip() == str(path)
    assert "holds something already" in refusal(capsys, "admin", "restore", path)
    there = ("--redis", f"{valkey_url}?db=1")
    said(capsys, "restore", path, *there)
    assert said(capsys, "audit", "verify", "--tip", tip, *there).strip() == tip
    assert "anne" in said(capsys, "user", "list", *there)
    said(capsys, "migrate", *there)
    assert parvis("admin", "audit", "verify", "--tip", "0" * 64) == 1
