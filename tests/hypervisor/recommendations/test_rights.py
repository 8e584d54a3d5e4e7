"""Who may see and decide what: by cameras granted, and by the service that a recommendation is for."""

import pytest
from fastapi.testclient import TestClient

from tests.hypervisor.access.house import House
from tests.hypervisor.conftest import Clock
from tests.hypervisor.recommendations.builders import NOW_S
from tests.hypervisor.recommendations.test_routes import BASE, table


@pytest.fixture
def house(valkey_url: str, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setattr("hypervisor.recommendations.judging.past_of", lambda _: table())
    clock.now_s = NOW_S
    found = House(valkey_url, clock, timezone="UTC")
    with found.client(found.key("flows:read", "decisions:write")) as client:
        judged = client.post(f"{BASE}/judge")
        assert judged.json()["new"] >= 2, judged.text
    return found


def items(client: TestClient, **query: str) -> list[str]:
    return [one["kind"] for one in client.get(BASE, params=query).json()["items"]]


def test_filters_hold_together(house: House) -> None:
    with house.client(house.key("flows:read")) as client:
        everything = items(client)
        assert set(items(client, service="cleanliness")) < set(everything)
        assert items(client, kind="add-bin", camera="marche", state="new", service="cleanliness") == ["add-bin"]
        assert items(client, kind="add-bin", camera="quai") == []
        assert items(client, state="accepted") == []
        first = client.get(BASE, params={"limit": 1}).json()
        rest = client.get(BASE, params={"cursor": first["next"]}).json()
        assert sorted([first["items"][0]["kind"], *(one["kind"] for one in rest["items"])]) == sorted(everything)


def test_what_a_camera_shows_is_hidden_from_who_may_not_see_it(house: House) -> None:
    key = house.key("flows:read", "decisions:write", purpose="quai", cameras=frozenset({"quai"}))
    with house.client(house.key("flows:read")) as client:
        (one,) = client.get(BASE, params={"kind": "add-bin"}).json()["items"]
    with house.client(key) as client:
        assert items(client) == []
        assert client.get(f"{BASE}/{one['id']}").status_code == 404
        assert client.post(f"{BASE}/judge").status_code == 403


def test_another_service_does_not_decide_once_there_is_the_one_it_is_for(house: House) -> None:
    house_key = house.key("flows:read", "decisions:write")
    refuse = {"reason": "Non."}
    with house.client(house_key) as client:
        (one,) = client.get(BASE, params={"kind": "add-bin"}).json()["items"]
        (other,) = client.get(BASE, params={"kind": "collection-round"}).json()["items"]
        path = f"{BASE}/{other['id']}/refuse"
        # The city has no service called cleanliness yet: who may decide at all decides.
        assert client.post(path, json=refuse, headers={"If-Match": '"1"'}).status_code == 200
    house.service("cleanliness")
    with house.client(house_key) as client:
        path = f"{BASE}/{one['id']}/refuse"
        assert client.post(path, json=refuse, headers={"If-Match": '"1"'}).status_code == 403
    own = house.key("flows:read", "decisions:write", service="cleanliness")
    with house.client(own) as client:
        assert client.post(path, json=refuse, headers={"If-Match": '"1"'}).json()["state"] == "refused"
