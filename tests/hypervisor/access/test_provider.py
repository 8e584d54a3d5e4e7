"""Signing in at an OpenID provider, here a real one on the loopback that may lie in every way."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from hypervisor.access.provider import ProviderSettings
from tests.hypervisor.access.house import House
from tests.hypervisor.conftest import Clock

CLIENT, SECRET = "parvis", "geheim-at-the-provider"
KEY = RSAKey.generate_key(2048, {"kid": "k1"})
OTHER = RSAKey.generate_key(2048, {"kid": "k1"})


class Issuer(BaseHTTPRequestHandler):
    """Answers as a provider does; a test changes what it says."""

    nonce: ClassVar[str] = ""
    said: ClassVar[dict[str, Any]] = {}  # claims that differ
    key: ClassVar[Any] = KEY
    algorithm: ClassVar[str] = "RS256"
    named: ClassVar[str] = ""  # another issuer in its document
    asked: ClassVar[dict[str, list[str]]] = {}

    def do_GET(self) -> None:
        me = f"http://{self.headers['Host']}"
        if self.path == "/keys":
            self._say({"keys": [KEY.as_dict(private=False)]})
            return
        self._say(
            {
                "issuer": self.named or me,
                "authorization_endpoint": f"{me}/authorize",
                "token_endpoint": f"{me}/token",
                "jwks_uri": f"{me}/keys",
            }
        )

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        Issuer.asked = form | {"authorization": [self.headers["Authorization"] or ""]}
        me = f"http://{self.headers['Host']}"
        now_s = int(NOW())
        claims = {"iss": me, "aud": CLIENT, "sub": "s-1", "nonce": Issuer.nonce, "iat": now_s, "exp": now_s + 60}
        claims = {name: value for name, value in (claims | Issuer.said).items() if value is not None}
        token = jwt.encode({"alg": Issuer.algorithm, "kid": "k1"}, claims, Issuer.key, algorithms=[Issuer.algorithm])
        self._say({"id_token": token, "access_token": "x", "token_type": "Bearer"})

    def _say(self, document: dict[str, Any]) -> None:
        body = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


NOW = time.time


@pytest.fixture
def issuer() -> Iterator[str]:
    """Run a provider; yield its name."""
    Issuer.said, Issuer.key, Issuer.algorithm, Issuer.named = {}, KEY, "RS256", ""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Issuer)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def client(valkey_url: str, issuer: str) -> Iterator[TestClient]:
    """Yield a client of a house with this provider, and a member whom it knows."""
    settings = ProviderSettings.model_validate({"issuer": issuer, "client_id": CLIENT, "client_secret": SECRET})
    house = House(valkey_url, NOW, provider=settings)
    house.member("anne", subject="s-1")
    with house.client() as client:
        yield client


def led_there(client: TestClient) -> dict[str, str]:
    """Follow the link of the sign-in page; return what the provider is asked."""
    assert "/sign-in/provider?next=" in client.get("/sign-in", params={"next": "/docs"}).text
    led = client.get("/sign-in/provider", params={"next": "/docs"})
    assert led.status_code == 303
    asked = {name: values[0] for name, values in parse_qs(urlsplit(led.headers["location"]).query).items()}
    Issuer.nonce = asked["nonce"]
    return asked


def came_back(client: TestClient, **query: str) -> Any:
    return client.get("/sign-in/provider/return", params={"code": "c", **query})


def test_a_member_whom_the_provider_proves_comes_in(client: TestClient) -> None:
    asked = led_there(client)
    assert (asked["response_type"], asked["code_challenge_method"], asked["scope"]) == ("code", "S256", "openid")
    assert asked["redirect_uri"] == "http://127.0.0.1/sign-in/provider/return"
    came = came_back(client, state=asked["state"])
    assert came.status_code == 200
    assert "url=/docs" in came.text  # our own page leads on: the cookie is strict
    assert "SameSite=strict" in came.headers["set-cookie"]
    assert client.get("/v1/me").json()["actor"] == "member:anne"
    assert len(Issuer.asked["code_verifier"][0]) >= 43
    assert Issuer.asked["authorization"][0].startswith("Basic ")


def test_who_is_no_member_stays_out(client: TestClient) -> None:
    Issuer.said = {"sub": "s-2"}
    came = came_back(client, state=led_there(client)["state"])
    assert came.status_code == 403
    assert "not a member here" in came.text
    assert client.get("/v1/me").status_code == 401


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://other.example"},
        {"aud": "another"},
        {"aud": ["another"]},
        {"aud": None},
        {"azp": "another"},
        {"nonce": "another"},
        {"nonce": None},
        {"exp": 1},
        {"exp": None},
        {"sub": None},
        {"iat": 9_999_999_999},
    ],
    ids=str,
)
def test_a_token_that_proves_something_else_is_refused(client: TestClient, claims: dict[str, Any]) -> None:
    Issuer.said = claims
    came = came_back(client, state=led_there(client)["state"])
    assert came.status_code == 502
    assert client.get("/v1/me").status_code == 401


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [(OTHER, "RS256"), (OctKey.import_key(SECRET), "HS256")],
    ids=["another key", "the shared secret"],
)
def test_a_signature_that_proves_nothing_is_refused(client: TestClient, key: Any, algorithm: str) -> None:
    Issuer.key, Issuer.algorithm = key, algorithm
    assert came_back(client, state=led_there(client)["state"]).status_code == 502
    assert client.get("/v1/me").status_code == 401


def test_an_answer_to_another_attempt_is_refused(client: TestClient) -> None:
    led_there(client)
    assert came_back(client, state="another").status_code == 400
    client.cookies.clear()
    assert came_back(client, state="x").status_code == 400
    assert client.get("/v1/me").status_code == 401


def test_a_provider_that_calls_itself_otherwise_is_not_believed(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    Issuer.named = "https://other.example"
    assert client.get("/sign-in/provider").status_code == 502
    assert "calls itself otherwise" in caplog.text


def test_a_provider_that_is_away_is_told_without_secrets(
    valkey_url: str, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    away = {"issuer": "http://127.0.0.1:1", "client_id": CLIENT, "client_secret": SECRET}
    with House(valkey_url, clock, provider=ProviderSettings.model_validate(away)).client() as client:
        said = client.get("/sign-in/provider")
    assert said.status_code == 502
    assert SECRET not in said.text + caplog.text


def test_without_a_provider_there_is_no_such_way(house: House) -> None:
    with house.client() as client:
        assert "/sign-in/provider" not in client.get("/sign-in").text
        assert client.get("/sign-in/provider").status_code == 404
        assert client.get("/sign-in/provider/return").status_code == 400
