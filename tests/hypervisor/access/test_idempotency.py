"""A POST that is sent again with the same key is not done again."""

import asyncio
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.types import Message

from hypervisor.access.idempotency import KEPT_S, RUNNING_S, Idempotency
from hypervisor.access.principal import Principal
from hypervisor.store.redis_store import RedisStore
from tests.hypervisor.access.house import House
from tests.hypervisor.conftest import Clock
from tests.hypervisor.test_problems import checked

BODY = {"id": "parks", "name": "Parks"}


def post(client: TestClient, key: str, body: object = None, path: str = "/v1/services") -> Any:
    return client.post(path, json=body or BODY, headers={"Idempotency-Key": key})


def test_a_repeat_gets_the_same_answer_and_does_nothing(house: House) -> None:
    with house.client(house.key("admin")) as client:
        first, again = post(client, '"one"'), post(client, "one")
    assert (first.status_code, again.status_code) == (201, 201)
    assert (again.content, again.headers["etag"]) == (first.content, first.headers["etag"])
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    created = [line for line in house.audited() if '"services/parks"' in line.text]
    assert len(created) == 1


def test_the_same_key_with_another_body_is_refused(house: House) -> None:
    with house.client(house.key("admin")) as client:
        post(client, "one")
        assert "another body" in checked(post(client, "one", {"id": "x", "name": "X"}), "invalid-request").detail


def test_a_key_belongs_to_who_sent_it_and_to_one_route(house: House) -> None:
    with house.client(house.key("admin")) as client:
        post(client, "one")
        assert post(client, "one", {"service": "parks", "scopes": ["flows:read"]}, "/v1/keys").status_code == 201
    with house.client(house.key("admin")) as other:
        checked(post(other, "one"), "state-conflict")  # done, and found to exist


def test_after_a_day_it_is_a_new_request(house: House, clock: Clock) -> None:
    with house.client(house.key("admin")) as client:
        post(client, "one")
        clock.now_s += KEPT_S
        checked(post(client, "one"), "state-conflict")


def test_what_was_refused_may_be_tried_again(house: House) -> None:
    with house.client(house.key("admin")) as client:
        wanted = {"service": "parks", "scopes": ["flows:read"]}
        checked(post(client, "one", wanted, "/v1/keys"), "not-found")
        post(client, "two")
        assert post(client, "one", wanted, "/v1/keys").status_code == 201


def test_the_text_of_a_key_is_never_kept(house: House, valkey_url: str) -> None:
    with house.client(house.key("admin")) as client:
        wanted = {"service": "mobility", "scopes": ["flows:read"], "purpose": "x"}
        secret = post(client, "one", wanted, "/v1/keys").json()["key"].split("_", 2)[2]
        assert "told once only" in checked(post(client, "one", wanted, "/v1/keys"), "state-conflict").detail
    notes = house.told(lambda who: who.store.listed("idempotency"))
    assert len(notes) == 1
    assert secret not in str(notes)


@pytest.mark.parametrize("key", ["", '"', "a b", "x" * 300])
def test_what_is_no_key_is_refused(house: House, key: str) -> None:
    with house.client(house.key("admin")) as client:
        checked(post(client, key), "invalid-request")


def test_two_that_come_together_are_done_once(valkey_url: str, clock: Clock) -> None:
    """The second comes while the first runs: it is refused, and after a while taken for a repeat of a dead one."""
    done: list[str] = []
    inside, go_on = asyncio.Event(), asyncio.Event()

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        done.append((await receive())["body"].decode())
        inside.set()
        await go_on.wait()
        await send({"type": "http.response.start", "status": 201, "headers": []})
        await send({"type": "http.response.body", "body": b"made"})

    async def ask(part: Idempotency) -> int:
        messages: list[Message] = []
        who = Principal("key", "k", "mobility", frozenset())
        scope = {
            "type": "http", "method": "POST", "path": "/v1/x", "query_string": b"",
            "headers": [(b"idempotency-key", b"one")], "principal": who,
        }  # fmt: skip

        async def receive() -> Message:
            return {"type": "http.request", "body": b"body"}

        async def send(message: Message) -> None:
            messages.append(message)

        await part(scope, receive, send)
        return int(messages[0]["status"])

    async def story() -> list[int]:
        store = RedisStore(valkey_url, clock)
        part = Idempotency(slow, store, clock)
        first = asyncio.create_task(ask(part))
        await inside.wait()
        statuses = [await ask(part)]
        clock.now_s += RUNNING_S
        third = asyncio.create_task(ask(part))
        while len(done) < 2:
            await asyncio.sleep(0.001)
        go_on.set()
        statuses += [await first, await third, await ask(part)]
        await store.close()
        return statuses

    assert asyncio.run(story()) == [409, 201, 201, 201]
    assert done == ["body", "body"]
