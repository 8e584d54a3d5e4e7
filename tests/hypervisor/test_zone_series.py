"""Series of zones: trips between them, turns between their edges, and what is of all classes together."""

from typing import Any

from starlette.testclient import TestClient

from pipeline import keys
from tests.hypervisor.builders import NOON, Site, zone


def ask(api: TestClient, measure: str, **more: str) -> list[dict[str, Any]]:
    params = {"measure": measure, "from": "2026-03-02T12:00:00Z", "to": "2026-03-02T12:01:00Z", "bucket": "1m"}
    answer = api.get("/v1/series", params=params | more)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["series"]
    return found


def test_trips_name_where_they_come_from_and_where_they_go(api: TestClient, site: Site) -> None:
    site.camera(zones=(zone("gare", "od"), zone("parc", "od"), zone("place", "od"), zone("banc", "occupancy")))
    site.bucket(NOON, more={keys.count_field("od", "gare", "person", "parc"): 5})
    found = {(one["zone"], one["to"]): one["points"][0]["value"] for one in ask(api, "od")}
    assert len(found) == 6, "every pair of two zones that take part, both ways"
    assert found["gare", "parc"] == 5
    assert found["parc", "gare"] == 0
    assert [one["to"] for one in ask(api, "od", zone="place")] == ["gare", "parc"]


def test_turns_name_both_edges(api: TestClient, site: Site) -> None:
    junction = zone("carrefour", "edges").model_copy(update={"edges": ("nord", "est")})
    site.camera(zones=(junction,))
    site.bucket(NOON, more={keys.count_field("turns", "carrefour", "person", "nord>est"): 3})
    found = {(one["from"], one["to"]): one["points"][0]["value"] for one in ask(api, "turns")}
    assert found == {("nord", "nord"): 0, ("nord", "est"): 3, ("est", "nord"): 0, ("est", "est"): 0}


def test_crowding_is_of_all_classes_together(api: TestClient, site: Site) -> None:
    site.camera(zones=(zone("esplanade", "crowding"),))
    site.bucket(NOON, more={keys.gauge_field("crowded", "esplanade", "all", "ms"): 15_000_000})
    (one,) = ask(api, "crowded")
    assert (one["class"], one["points"][0]["value"]) == ("all", 0.25)


def test_a_queue_and_its_waits_are_by_class(api: TestClient, site: Site) -> None:
    site.camera(zones=(zone("guichet", "queue"),))
    waits = {keys.value_field("wait", "guichet", "person", "", keys.dwell_bin(s)): 1 for s in (10, 30, 90)}
    gauge = {
        keys.gauge_field("queue", "guichet", "person", what): n for what, n in (("ms", 120_000_000), ("max", 4000))
    }
    site.bucket(NOON, more=gauge | waits)
    assert [one["points"][0]["value"] for name in ("queue", "queue_max") for one in ask(api, name)] == [2.0, 4.0]
    (wait,) = ask(api, "wait_p50")
    assert abs(wait["points"][0]["value"] - 30) < 1.5
