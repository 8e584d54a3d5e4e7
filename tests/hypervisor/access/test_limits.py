"""Nobody asks too often: buckets that fill steadily, told in each answer, shared by all processes."""

import asyncio

import pytest

from hypervisor.store.redis_store import RedisStore
from hypervisor.store.values import Taken
from tests.hypervisor.access.house import PASSWORD, House, sign_in
from tests.hypervisor.conftest import Clock
from tests.hypervisor.test_problems import checked


@pytest.fixture
def strict(valkey_url: str, clock: Clock) -> House:
    """A house where three requests may come at once, and one more every two seconds."""
    return House(valkey_url, clock, requests_per_s=0.5, requests_at_once=3, sign_ins_per_min=3.0)


def test_a_bucket_empties_at_once_and_fills_steadily(valkey_url: str, clock: Clock) -> None:
    async def story() -> list[Taken]:
        store = RedisStore(valkey_url, clock)
        found = [await store.take("x", 0.5, 2) for _ in range(3)]
        clock.now_s += 2
        found += [await store.take("x", 0.5, 2), await store.take("x", 0.5, 2)]
        clock.now_s += 3600
        found.append(await store.take("x", 0.5, 2))  # never fuller than full
        clock.now_s -= 7200
        found.append(await store.take("x", 0.5, 2))  # a clock that is behind takes nothing away
        await store.close()
        return found

    assert asyncio.run(story()) == [
        Taken(True, 1, 0), Taken(True, 0, 0), Taken(False, 0, 2), Taken(True, 0, 0), Taken(False, 0, 2),
        Taken(True, 1, 0), Taken(True, 0, 0),
    ]  # fmt: skip


def test_a_key_that_asks_too_often_is_told_when_to_come_back(strict: House, clock: Clock) -> None:
    with strict.client(strict.key("flows:read")) as client:
        answers = [client.get("/v1/me") for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert answers[0].headers["ratelimit-policy"] == '"default";q=3;w=6'
        assert [answer.headers["ratelimit"] for answer in answers] == [
            '"default";r=2;t=2', '"default";r=1;t=4', '"default";r=0;t=6', '"default";r=0;t=2',
        ]  # fmt: skip
        assert checked(answers[3], "too-many-requests").detail.endswith("a pause of 2 s")
        assert answers[3].headers["retry-after"] == "2"
        clock.now_s += 2
        assert client.get("/v1/me").status_code == 200


def test_each_key_has_a_bucket_of_its_own_and_all_processes_share_it(strict: House) -> None:
    first, second = strict.key("flows:read"), strict.key("flows:read")
    with strict.client(first) as client:
        assert [client.get("/v1/me").status_code for _ in range(2)] == [200, 200]
    with strict.client(first) as client:  # another process
        assert [client.get("/v1/me").status_code for _ in range(2)] == [200, 429]
        assert client.get("/v1/me", headers={"Authorization": f"Bearer {second}"}).status_code == 200


def test_what_is_open_to_all_is_not_counted(strict: House) -> None:
    with strict.client() as client:
        answers = [client.get("/healthz") for _ in range(10)]
    assert {answer.status_code for answer in answers} == {200}
    assert "ratelimit" not in answers[0].headers


def test_an_address_may_not_try_passwords_for_ever(strict: House, clock: Clock) -> None:
    strict.member("anne")
    with strict.client() as client:
        assert [sign_in(client, f"name{n}", "wrong").status_code for n in range(4)] == [401, 401, 401, 429]
        assert sign_in(client, "anne", PASSWORD).status_code == 429
        clock.now_s += 20
        assert sign_in(client, "anne", PASSWORD).status_code == 303
