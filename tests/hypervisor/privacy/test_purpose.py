"""The purpose holds on every route that can be read, those that come later included."""

from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from hypervisor.app import ROUTERS
from tests.hypervisor.builders import NOON, Site
from tests.hypervisor.conftest import Clock

MINUTE, RUNNING, SEALED = 73_731, 73_732, 73_733
"""Counts that may not be told (of a minute, of a quarter that is not over) and one that may."""

QUERIES = {
    "/v1/series": [f"measure=crossings&bucket={bucket}" for bucket in ("1m", "15m", "1h", "1d")],
    "/v1/exports/counts.csv": [f"bucket={bucket}&totals=true" for bucket in ("15m", "1h", "1d")],
    "/v1/heatmap": ["camera=nord&zone=esplanade"],
}
RANGE = "from=2026-03-01T23:00:00Z&to=2026-03-03T23:00:00Z"
HOUR = "from=2026-03-02T12:00:00Z&to=2026-03-02T13:00:00Z"


def answers(client: TestClient) -> dict[str, bytes]:
    """Return what every route answers, with every query that it is asked with here."""
    found = {}
    for route in (one for router in ROUTERS for one in router.routes):
        if isinstance(route, APIRoute) and "GET" in (route.methods or ()) and not route.path.endswith("/stream"):
            path = route.path.replace("{camera}", "nord").replace("{file}", "measure")
            path = path.replace("{publication}", "measured-data")
            for name in route.param_convertors:
                path = path.replace(f"{{{name}}}", "entree")
            ranges = path.startswith(("/v1/series", "/v1/exports", "/v1/events"))
            for query in QUERIES.get(path, [""]):
                ranged = f"&{HOUR if '1m' in query else RANGE}" if ranges else ""
                address = f"{path}?{query}{ranged}".replace("?&", "?").removesuffix("?")
                found[address] = client.get(address).content
    return found


def test_no_route_tells_what_the_purpose_forbids(api: TestClient, site: Site, clock: Clock) -> None:
    site.camera(statistics=True, location=(48.84, 2.55))
    site.bucket(NOON, 60, forward=MINUTE)
    site.bucket(NOON, 900, forward=SEALED, backward=SEALED)
    site.bucket(NOON + 900, 900, forward=RUNNING, sealed=False)
    site.bucket(NOON, 3600, forward=RUNNING, sealed=False)
    site.tell("crossing", at_s=NOON + 5, detail={"class": "person", "direction": "forward", "secret": MINUTE})
    site.tell("dwell", at_s=NOON + 6, value=float(MINUTE))
    clock.now_s = NOON + 2 * 86_400
    found = answers(api)
    assert len(found) > 25
    for address, body in found.items():
        assert str(MINUTE).encode() not in body, address
        assert str(RUNNING).encode() not in body, address
    told = [address for address, body in found.items() if str(SEALED).encode() in body]
    assert any(address.startswith("/v1/series") for address in told)
    assert any(address.startswith("/v1/exports/counts.csv") for address in told)


def test_the_same_walk_finds_them_under_operations(api: TestClient, site: Site, clock: Clock) -> None:
    site.camera(location=(48.84, 2.55))
    site.bucket(NOON, 60, forward=MINUTE)
    site.bucket(NOON + 900, 900, forward=RUNNING, sealed=False)
    site.tell("dwell", at_s=NOON + 6, value=float(MINUTE))
    clock.now_s = NOON + 2 * 86_400
    found = answers(api)
    assert any(str(MINUTE).encode() in body for address, body in found.items() if address.startswith("/v1/series"))
    assert any(str(MINUTE).encode() in body for address, body in found.items() if address.startswith("/v1/events"))
    assert any(str(RUNNING).encode() in body for body in found.values())
