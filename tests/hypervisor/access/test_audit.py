"""The audit log: every change and look, by whom, provably unchanged."""

import json
from typing import Any

import pytest
from redis import Redis

from hypervisor.access.counter import kind_of
from hypervisor.store import keys
from hypervisor.store.chain import Verdict, verify
from tests.hypervisor.access.house import House
from tests.hypervisor.conftest import Clock


def lines(house: House) -> list[dict[str, Any]]:
    return [json.loads(line.text) for line in house.audited()]


def test_the_use_of_a_key_is_noted_once_an_hour(house: House, clock: Clock) -> None:
    key = house.key("flows:read")
    with house.client(key) as client, house.client(key) as other:
        for _ in range(3):
            client.get("/v1/me")
            other.get("/v1/me")
        clock.now_s += 3600
        other.get("/v1/cameras")
    uses = [line for line in lines(house) if line["action"] == "key.use"]
    assert [(line["actor"], line["time_s"], line["detail"]) for line in uses] == [
        (f"key:{key.split('_')[1]}", clock.now_s - 3600, {"from": "unknown"}),
        (f"key:{key.split('_')[1]}", clock.now_s, {"from": "unknown"}),
    ]


@pytest.mark.parametrize(
    ("address", "kind"),
    [("127.0.0.1", "loopback"), ("::1", "loopback"), ("10.1.2.3", "private"), ("9.9.9.9", "public"), ("x", "unknown")],
)
def test_an_address_is_noted_by_its_kind_only(address: str, kind: str) -> None:
    assert kind_of(address) == kind


def test_a_service_reads_its_own_lines_and_admin_all(house: House) -> None:
    house.service("cleanliness")
    boss = house.key("admin", service="cleanliness")
    own = house.key("audit:read", purpose="audit")
    with house.client() as client:

        def read(key: str, query: str = "") -> Any:
            return client.get(f"/v1/audit{query}", headers={"Authorization": f"Bearer {key}"}).json()

        everything = read(boss)["items"]
        assert {line["service"] for line in read(own)["items"]} == {"mobility"}
        assert {line["service"] for line in everything} >= {None, "cleanliness"}
        assert [line["action"] for line in read(boss, "?action=key")["items"]][:2] == ["key.create"] * 2
        assert read(boss, "?action=ke")["items"] == []
        first = read(boss, "?limit=2")
        rest = read(boss, f"?cursor={first['next']}")
        assert [line["id"] for line in first["items"] + rest["items"]][: len(everything)] == [
            line["id"] for line in everything
        ]


def test_keys_are_named_by_whose_they_are_also_once_revoked(house: House) -> None:
    boss, old = house.key("admin"), house.key("flows:read", purpose="board")
    boss_id, old_id = (one.split("_")[1] for one in (boss, old))
    with house.client(boss) as client:
        version = client.get(f"/v1/keys/{old_id}").headers["etag"]
        assert client.delete(f"/v1/keys/{old_id}", headers={"If-Match": version}).is_success
        page = client.get("/v1/audit?action=key.revoke").json()
        assert [(one["actor"], one["target"]) for one in page["items"]] == [(f"key:{boss_id}", f"keys/{old_id}")]
        assert page["keys"].keys() == {boss_id, old_id}
        assert page["keys"][old_id] == {"service": "mobility", "name": "Mobility", "purpose": "board"}
        assert client.get("/v1/audit?action=config").json()["keys"] == {}


@pytest.fixture
def log(house: House, valkey_url: str) -> list[str]:
    """Write five lines; return their positions."""
    for number in range(4):
        house.service(f"s{number}")
    return [line.position for line in house.audited()]


def verdict(house: House, tip: str = "") -> Verdict:
    return house.told(lambda who: verify(who.store, tip))


def test_a_whole_log_is_found_whole(house: House, log: list[str]) -> None:
    assert verdict(house) == Verdict(5, house.audited()[-1].hash, None, True)


def test_a_changed_line_is_found(house: House, log: list[str], valkey_url: str) -> None:
    told = house.audited()
    with Redis.from_url(valkey_url, decode_responses=True) as redis:
        redis.delete(keys.AUDIT)
        for line in told:
            text = line.text.replace("S1", "S9")
            redis.xadd(keys.AUDIT, {"a": text, "h": line.hash}, id=line.position)
    assert verdict(house)[:3] == (2, told[1].hash, log[2])


@pytest.mark.parametrize("removed", [0, 2, 3])
def test_a_removed_line_is_found_at_the_next(house: House, log: list[str], valkey_url: str, removed: int) -> None:
    with Redis.from_url(valkey_url) as redis:
        redis.xdel(keys.AUDIT, log[removed])
    assert verdict(house)[0] == removed
    assert verdict(house).fault == log[removed + 1]


def test_a_cut_off_end_is_found_by_a_hash_that_was_noted(house: House, log: list[str], valkey_url: str) -> None:
    noted = house.audited()[-1].hash
    assert verdict(house, noted).known
    with Redis.from_url(valkey_url) as redis:
        redis.xdel(keys.AUDIT, log[-1])
    assert verdict(house).fault is None  # what is left is whole in itself
    assert not verdict(house, noted).known
