"""Nobody comes in anywhere without a right. A route that this file does not know fails here until it says its right."""

from collections.abc import Iterator

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from starlette.routing import Mount, Route
from starlette.websockets import WebSocketDisconnect

from hypervisor.access.guard import OPEN, check, scopes_of
from hypervisor.access.principal import SCOPES
from hypervisor.app import ROUTERS
from tests.hypervisor.access.house import House
from tests.hypervisor.conftest import Clock

ANYBODY, KNOWN = "open to everybody", "whoever is known"

ROUTES: dict[str, str] = {
    "GET /healthz": ANYBODY,
    "GET /readyz": ANYBODY,
    "GET /metrics": "metrics:read",
    "GET /v1/cameras": "flows:read",
    "GET /v1/cameras/{camera}": "flows:read",
    "GET /v1/cameras/{camera}/lines": "flows:read",
    "GET /v1/cameras/{camera}/zones": "flows:read",
    "GET /v1/cameras/{camera}/snapshot": "flows:read",
    "GET /v1/series": "flows:read",
    "GET /v1/heatmap": "flows:read",
    "GET /v1/events": "flows:read",
    "GET /v1/deposits": "flows:read",
    "GET /v1/deposits/{deposit}": "flows:read",
    "GET /v1/deposits/{deposit}/outline": "flows:read",
    "GET /v1/deposits/{deposit}/evidence/{moment}": "evidence:read flows:read",
    "GET /v1/cleanliness": "flows:read",
    "GET /v1/stream": "flows:read",
    "GET /": KNOWN,
    "GET /docs": KNOWN,
    "GET /vendor/{name:path}": KNOWN,
    "GET /v1/indicators": "flows:read",
    "GET /v1/indicators/values": "flows:read",
    "GET /v1/indicators/values.csv": "flows:read",
    "GET /v1/indicators/values.jsonld": "flows:read",
    "GET /v1/indicators/{indicator}": "flows:read",
    "GET /v1/experiments": "flows:read",
    "POST /v1/experiments": "decisions:write",
    "POST /v1/experiments/power": "flows:read",
    "GET /v1/experiments/{experiment}": "flows:read",
    "PUT /v1/experiments/{experiment}": "decisions:write",
    "POST /v1/experiments/{experiment}/start": "decisions:write",
    "POST /v1/experiments/{experiment}/abandon": "decisions:write",
    "POST /v1/experiments/{experiment}/evaluate": "decisions:write",
    "PUT /v1/experiments/{experiment}/notes": "decisions:write",
    "GET /v1/experiments/{experiment}/sheet": "flows:read",
    "GET /v1/recommendations": "flows:read",
    "POST /v1/recommendations/judge": "decisions:write",
    "GET /v1/recommendations/{recommendation}": "flows:read",
    "POST /v1/recommendations/{recommendation}/accept": "decisions:write",
    "POST /v1/recommendations/{recommendation}/refuse": "decisions:write",
    "POST /v1/recommendations/{recommendation}/snooze": "decisions:write",
    "GET /v1/cross/series": "flows:read",
    "POST /v1/cross": "flows:read",
    **{f"GET /{one}": "flows:read" for one in ["decisions", "indicators", "recommendations", "cross", "experiments"]},
    "GET /v1/me": KNOWN,
    "POST /v1/tickets": "flows:read",
    "GET /v1/services": KNOWN,
    "POST /v1/services": "admin",
    "GET /v1/services/{service}": KNOWN,
    "PUT /v1/services/{service}": "admin",
    "DELETE /v1/services/{service}": "admin",
    "GET /v1/members": "admin",
    "POST /v1/members": "admin",
    "GET /v1/members/{member}": "admin",
    "PUT /v1/members/{member}": "admin",
    "DELETE /v1/members/{member}": "admin",
    "GET /v1/keys": "admin",
    "POST /v1/keys": "admin",
    "GET /v1/keys/{key}": "admin",
    "DELETE /v1/keys/{key}": "admin",
    "GET /v1/audit": "audit:read",
    "GET /v1/places": "flows:read",
    "POST /v1/places": "places:write",
    "GET /v1/places/{place}": "flows:read",
    "PUT /v1/places/{place}": "places:write",
    "DELETE /v1/places/{place}": "places:write",
    "GET /v1/calendars": "alerts:read",
    "POST /v1/calendars": "rules:write",
    "GET /v1/calendars/{calendar}": "alerts:read",
    "PUT /v1/calendars/{calendar}": "rules:write",
    "DELETE /v1/calendars/{calendar}": "rules:write",
    "GET /v1/rules": "alerts:read",
    "POST /v1/rules": "rules:write",
    "GET /v1/rules/{rule}": "alerts:read",
    "GET /v1/rules/{rule}/usual": "alerts:read",
    "PUT /v1/rules/{rule}": "rules:write",
    "DELETE /v1/rules/{rule}": "rules:write",
    "GET /v1/alerts": "alerts:read",
    "GET /v1/alerts/{alert}": "alerts:read",
    "GET /v1/cases": "cases:read",
    "POST /v1/cases": "cases:write",
    "GET /v1/cases/{case}": "cases:read",
    "GET /v1/cases/{case}/alerts": "cases:read",
    "POST /v1/cases/{case}/acknowledge": "cases:write",
    "POST /v1/cases/{case}/assign": "cases:write",
    "POST /v1/cases/{case}/comments": "cases:write",
    "POST /v1/cases/{case}/share": "cases:write",
    "POST /v1/cases/{case}/unshare": "cases:write",
    "POST /v1/cases/{case}/hand-over": "cases:write",
    "POST /v1/cases/{case}/resolve": "cases:write",
    "POST /v1/cases/{case}/reopen": "cases:write",
    "GET /v1/subscriptions": "subscriptions:read",
    "POST /v1/subscriptions": "subscriptions:write",
    "POST /v1/subscriptions/preview": "subscriptions:read",
    "GET /v1/subscriptions/{subscription}": "subscriptions:read",
    "PATCH /v1/subscriptions/{subscription}": "subscriptions:write",
    "DELETE /v1/subscriptions/{subscription}": "subscriptions:write",
    "POST /v1/subscriptions/{subscription}/pause": "subscriptions:write",
    "POST /v1/subscriptions/{subscription}/resume": "subscriptions:write",
    "POST /v1/subscriptions/{subscription}/test": "subscriptions:write",
    "POST /v1/subscriptions/{subscription}/secrets": "subscriptions:write",
    "DELETE /v1/subscriptions/{subscription}/secrets": "subscriptions:write",
    "GET /v1/subscriptions/{subscription}/deliveries": "subscriptions:read",
    "POST /v1/subscriptions/{subscription}/replay": "subscriptions:write",
    "GET /v1/subscriptions/{subscription}/dead-letters": "subscriptions:read",
    "POST /v1/subscriptions/{subscription}/dead-letters/replay": "subscriptions:write",
    "POST /v1/subscriptions/{subscription}/dead-letters/drop": "subscriptions:write",
    "GET /v1/sensors": "sensors:read",
    "POST /v1/sensors": "sensors:write",
    "GET /v1/sensors/{sensor}": "sensors:read",
    "PUT /v1/sensors/{sensor}": "sensors:write",
    "DELETE /v1/sensors/{sensor}": "sensors:write",
    "POST /v1/sensor-values": "sensors:write",
    "POST /v1/sensor-values/table": "sensors:write",
    "POST /v1/sensors/{sensor}/values": "sensors:write",
    "POST /v1/sensors/{sensor}/payload": "sensors:write",
    "POST /ngsi-ld/v1/notifications": "sensors:write",
    "GET /v1/exports/counts.csv": "exports:read",
    "GET /v1/exports/counts.parquet": "exports:read",
    "GET /v1/exports/comptage-mobilites/{file}.csv": "exports:read",
    "GET /v1/exports/datex2/{publication}.xml": "exports:read",
    "GET /v1/exports/places.geojson": "exports:read",
    "GET /sign-in": ANYBODY,
    "POST /sign-in": ANYBODY,
    "GET /sign-in/provider": ANYBODY,
    "GET /sign-in/provider/return": ANYBODY,
    "POST /sign-out": ANYBODY,
}
"""Method and path → the scopes that it needs. `POST /sign-out` asks for the session's own token itself."""

PLAIN = {"/openapi.json": Route, "/static": Mount}
"""What is served besides routes of ours; the gate asks everybody there who they are."""

NAMES = {"camera": "nord", "deposit": "d", "moment": "before"}


def routes() -> Iterator[APIRoute]:
    for router in ROUTERS:
        yield from (route for route in router.routes if isinstance(route, APIRoute))


def asked() -> list[tuple[str, str, str]]:
    """Return method, path with names filled in, and what it needs, of everything that is not open."""
    rows = [(*name.split(" "), scope) for name, scope in ROUTES.items() if scope != ANYBODY]
    rows += [("GET", "/openapi.json", KNOWN), ("GET", "/static/shell/text.js", KNOWN), ("GET", "/nowhere", KNOWN)]
    rows += [("POST", "/v1/cameras", KNOWN), ("DELETE", "/", KNOWN), ("GET", "/v1/nowhere?x=1", KNOWN)]
    return [(method, _filled(path), scope) for method, path, scope in rows]


def _filled(path: str) -> str:
    for name, value in NAMES.items():
        path = path.replace(f"{{{name}}}", value)
    return path.replace("{", "").replace("}", "")


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def refused(client: TestClient, **headers: str) -> list[tuple[str, str, int]]:
    """Return every route that does not answer 401, with what it answers."""
    found = []
    for method, path, _ in asked():
        answer = client.request(method, path, headers=headers)
        if answer.status_code != 401 or answer.json()["type"] != "urn:parvis:problem:not-authenticated":
            found.append((method, path, answer.status_code))
        assert "bearer" in answer.headers.get("www-authenticate", "").lower()
    return found


def test_every_route_is_known_here_with_its_right() -> None:
    there = {
        f"{method} {route.path}": " ".join(sorted(scopes)) or KNOWN
        if (scopes := scopes_of(route)) is not None
        else ANYBODY
        for route in routes()
        for method in route.methods or ()
    }
    assert there == ROUTES
    assert {path for name, scope in ROUTES.items() if scope == ANYBODY for path in [name.split()[1]]} == OPEN
    assert {scope for row in ROUTES.values() if row not in (ANYBODY, KNOWN) for scope in row.split()} <= set(SCOPES)


def test_nothing_is_served_besides(house: House) -> None:
    plain = {route.path: type(route) for route in house.app().routes if isinstance(route, Route | Mount)}
    assert plain == PLAIN


def test_a_route_that_says_no_right_is_not_built() -> None:
    router = APIRouter()

    @router.get("/v1/forgotten")
    def forgotten() -> None: ...

    with pytest.raises(RuntimeError, match="/v1/forgotten: says neither"):
        check([router])


def test_without_a_key_every_route_is_closed(house: House) -> None:
    with house.client() as client:
        assert refused(client) == []


@pytest.mark.parametrize(
    "shown",
    [
        "Bearer parvis_00000000000000000000000000_0000000000000000000000000000000000000000000",
        "Bearer parvis_x_y",
        "Bearer ",
        "Basic YWRtaW46YWRtaW4=",
        "",
    ],
)
def test_with_a_wrong_key_every_route_is_closed(house: House, shown: str) -> None:
    with house.client() as client:
        assert refused(client, Authorization=shown) == []


def test_with_a_key_of_which_one_character_is_wrong_every_route_is_closed(house: House) -> None:
    key = house.key("admin")
    wrong = key[:-1] + ("A" if key[-1] != "A" else "B")
    with house.client() as client:
        assert refused(client, Authorization=f"Bearer {wrong}") == []


def test_with_a_revoked_or_expired_key_every_route_is_closed(house: House, clock: Clock) -> None:
    revoked, expired = house.key("admin"), house.key("admin", expires_s=clock.now_s + 60)
    house.revoke(revoked)
    clock.now_s += 61
    with house.client() as client:
        assert refused(client, Authorization=f"Bearer {revoked}") == []
        assert refused(client, Authorization=f"Bearer {expired}") == []


def test_a_key_of_another_service_without_the_scope_is_refused(house: House) -> None:
    """For each scope, a key of another service that has all scopes but this one."""
    house.service("cleanliness")
    wanted = [row for row in asked() if row[2] != KNOWN]
    with house.client() as client:
        for scope in sorted({one for _, _, scopes in wanted for one in scopes.split()}):
            others = set(SCOPES) - {scope, "admin"}
            key = house.key(*others, service="cleanliness", purpose=f"without-{scope.replace(':', '-')}")
            for method, path, scopes in wanted:
                if scope in scopes.split():
                    answer = client.request(method, path, headers=bearer(key))
                    assert answer.status_code == 403, (method, path, answer.text)
                    assert answer.json()["type"] == "urn:parvis:problem:not-allowed", (method, path)


def test_with_the_scope_a_route_is_open(house: House) -> None:
    """The other half: whoever has exactly what a route needs is not refused for lack of rights."""
    rows = [row for row in asked() if row[1] != "/v1/stream"]  # it does not end: tests of its own
    keys = {
        scopes: house.key(*(["flows:read"] if scopes == KNOWN else scopes.split()), purpose=f"p{number}")
        for number, scopes in enumerate({scopes for _, _, scopes in rows})
    }
    with house.client() as client:
        for method, path, scopes in rows:
            answer = client.request(method, path, headers=bearer(keys[scopes]))
            assert answer.status_code not in (401, 403), (method, path)


def test_what_the_sign_in_page_is_made_of_is_open(house: House) -> None:
    with house.client() as client:
        page = client.get("/sign-in").text
        for path in ("/healthz", "/readyz", "/static/base.css", "/static/sign_in.css", "/static/parvis.svg"):
            assert client.get(path).status_code == 200
            assert path in page or path.endswith("z")
        assert "<script" not in page


def test_no_websocket_comes_in(house: House) -> None:
    with (
        house.client(house.key("admin")) as client,
        pytest.raises(WebSocketDisconnect) as closed,
        client.websocket_connect("/v1/stream"),
    ):
        pass
    assert closed.value.code == 1008
