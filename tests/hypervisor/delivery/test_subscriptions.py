"""/v1/subscriptions over HTTP: a service makes, tries, changes, pauses, replays and deletes its own."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.requests import Request

from hypervisor.access.principal import Principal
from hypervisor.delivery.settings import DeliverySettings
from hypervisor.store.redis_store import RedisStore
from tests.hypervisor.builders import NOON, Site, application
from tests.hypervisor.conftest import Clock
from tests.hypervisor.delivery.conftest import SETTINGS, Town
from tests.hypervisor.delivery.receiver import Receiver

HOOK = {"type": "webhook", "url": "https://city.example/hook"}


@dataclass
class AsHeader:
    """Believes the header `X-Service`: rights are tested elsewhere."""

    async def principal(self, request: Request) -> Principal:
        scopes = frozenset({"subscriptions:read", "subscriptions:write", "flows:read", "alerts:read"})
        return Principal("key", "k", request.headers.get("x-service", "mobility"), scopes)

    async def standing(self, principals: Any) -> frozenset[str]:
        return frozenset(one.credential for one in principals)


@pytest.fixture(scope="module")
def open_application(valkey_server: Path) -> Iterator[tuple[TestClient, Clock]]:
    """One application for all tests of this file: making its OpenAPI document is most of what a request costs."""
    time = Clock()
    app = application(f"unix://{valkey_server}", None, time, AsHeader())
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as one:
        yield one, time


@pytest.fixture
def clock(open_application: tuple[TestClient, Clock]) -> Clock:
    open_application[1].now_s = NOON
    return open_application[1]


@pytest.fixture
def client(open_application: tuple[TestClient, Clock], clock: Clock, site: Site) -> TestClient:
    site.camera()
    return open_application[0]


@pytest.fixture
def with_town(valkey_url: str, clock: Clock) -> Callable[..., Any]:
    """Let the delivering process do something between requests."""

    def run(story: Callable[[Town], Awaitable[Any]], settings: DeliverySettings = SETTINGS) -> Any:
        async def told() -> Any:
            one = Town(valkey_url, clock, settings)
            await one.queue.forget_consumers(3600)  # makes the groups
            try:
                return await story(one)
            finally:
                await one.close()

        return asyncio.run(told())

    return run


def made(client: TestClient, channel: dict[str, Any] = HOOK, **asked: Any) -> dict[str, Any]:
    answer = client.post("/v1/subscriptions", json={"name": "Crowding", "channel": channel, "filter": asked})
    assert answer.status_code == 201, answer.text
    return dict(answer.json()) | {"etag": answer.headers["etag"]}


def test_the_secret_is_told_once(client: TestClient) -> None:
    one = made(client, kinds=["alert"])
    assert one["secret"].startswith("whsec_")
    assert (one["service"], one["state"], one["secrets"], one["waiting"]) == ("mobility", "active", 1, 0)
    again = client.get(f"/v1/subscriptions/{one['id']}")
    assert again.headers["etag"] == one["etag"]
    for answer in (again, client.get("/v1/subscriptions")):
        assert "secret_" not in answer.text
        assert one["secret"] not in answer.text
    rotated = client.post(f"/v1/subscriptions/{one['id']}/secrets").json()
    assert rotated["secret"] != one["secret"]
    assert rotated["secrets"] == 2
    etag = client.get(f"/v1/subscriptions/{one['id']}").headers["etag"]
    assert client.delete(f"/v1/subscriptions/{one['id']}/secrets", headers={"if-match": etag}).status_code == 204
    assert client.get(f"/v1/subscriptions/{one['id']}").json()["secrets"] == 1


def test_another_services_subscription_does_not_exist(client: TestClient) -> None:
    name, foreign = made(client)["id"], {"x-service": "safety", "if-match": '"1"'}
    routes = (
        ("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/pause"), ("POST", "/resume"), ("POST", "/test"),
        ("POST", "/secrets"), ("DELETE", "/secrets"), ("GET", "/deliveries"), ("POST", "/replay"),
        ("GET", "/dead-letters"), ("POST", "/dead-letters/replay"), ("POST", "/dead-letters/drop"),
    )  # fmt: skip
    for method, path in routes:
        body = {"id": "x"} if path == "/replay" else {}
        sent = {"json": body} if method in ("POST", "PATCH") else {}
        answer = client.request(method, f"/v1/subscriptions/{name}{path}", headers=foreign, **sent)  # type: ignore[arg-type]
        assert answer.status_code == 404, (method, path, answer.text)
    assert client.get("/v1/subscriptions", headers=foreign).json() == {"items": [], "next": None}
    asked = {"name": "x", "channel": HOOK, "service": "mobility"}
    assert client.post("/v1/subscriptions", json=asked, headers=foreign).json()["type"].endswith("not-allowed")


def test_a_change_names_the_version_it_is_of(client: TestClient) -> None:
    one = made(client)
    path, body = f"/v1/subscriptions/{one['id']}", {"name": "Other", "filter": {"kinds": ["case"]}}
    assert client.patch(path, json=body).status_code == 428
    changed = client.patch(path, json=body, headers={"if-match": one["etag"]})
    assert (changed.json()["name"], changed.json()["filter"]["kinds"]) == ("Other", ["case"])
    assert client.patch(path, json=body, headers={"if-match": one["etag"]}).status_code == 412
    assert client.delete(path, headers={"if-match": one["etag"]}).status_code == 412
    assert client.delete(path, headers={"if-match": changed.headers["etag"]}).status_code == 204
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"channel": {"type": "pigeon"}}, "channel"),
        ({"channel": {"type": "webhook", "url": "ftp://x"}}, "channel.webhook.url"),
        ({"channel": HOOK | {"secret": "x"}}, "channel.webhook.secret"),
        ({"channel": {"type": "email", "to": ["a@b\nBcc: c@d"]}}, "channel.email.to.0"),
        ({"channel": {"type": "mqtt", "prefix": "a/#"}}, "channel.mqtt.prefix"),
        ({"filter": {"cameras": ["nowhere"]}}, "filter.cameras"),
        ({"filter": {"places": ["nowhere"]}}, "filter.places"),
        ({"filter": {"spots": ["nowhere"]}}, "filter.spots"),
        ({"filter": {"kinds": ["nothing"]}}, "filter.kinds.0"),
        ({"name": 7}, "name"),
        ({"more": 1}, "more"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_field(client: TestClient, wrong: dict[str, Any], where: str) -> None:
    answer = client.post("/v1/subscriptions", json={"name": "x", "channel": HOOK} | wrong)
    assert answer.status_code == 422, answer.text
    assert where in [fault["name"] for fault in answer.json()["errors"]]


def test_a_preview_tells_what_would_have_matched(client: TestClient, site: Site, clock: Clock) -> None:
    from time import time

    for n in range(25):
        site.tell(detail={"class": "person" if n % 5 else "bicycle", "direction": "forward"})
    clock.now_s = time() + 1
    found = client.post("/v1/subscriptions/preview", json={"filter": {"classes": ["person"]}}).json()
    assert (found["matched"], found["looked_at"], found["complete"]) == (20, 25, True)
    assert found["by_kind"] == {"crossing": 20}
    assert found["examples"][0]["type"] == "parvis.crossing"
    later = {"filter": {}, "from": "2090-01-01T00:00:00Z"}
    assert client.post("/v1/subscriptions/preview", json=later).json()["matched"] == 0


def test_a_test_arrives_whatever_the_filter_and_the_log_tells_of_it(
    client: TestClient, receiver: Receiver, with_town: Any
) -> None:
    name = made(client, {"type": "webhook", "url": receiver.url}, kinds=["case"])["id"]
    event = client.post(f"/v1/subscriptions/{name}/test")
    assert event.status_code == 202
    with_town(lambda town: town.work())
    assert receiver.ids == [event.json()["id"]]
    (line,) = client.get(f"/v1/subscriptions/{name}/deliveries").json()["items"]
    assert (line["kind"], line["outcome"], line["status"]) == ("subscription.test", "delivered", 204)
    assert set(line) == {"id", "kind", "lane", "attempt", "at", "took_ms", "outcome", "status", "error"}


def test_pause_keeps_and_resume_delivers(client: TestClient, receiver: Receiver, site: Site, with_town: Any) -> None:
    name = made(client, {"type": "webhook", "url": receiver.url}, kinds=["crossing"])["id"]
    with_town(lambda town: town.fan())
    assert client.post(f"/v1/subscriptions/{name}/pause").json()["state"] == "paused"
    assert client.post(f"/v1/subscriptions/{name}/test").status_code == 409
    sent = [site.tell().id for _ in range(3)]
    with_town(lambda town: town.deliver())
    assert receiver.ids == []
    assert client.get(f"/v1/subscriptions/{name}").json()["waiting"] == 3
    resumed = client.post(f"/v1/subscriptions/{name}/resume").json()
    assert (resumed["state"], resumed["reason"]) == ("active", None)
    with_town(lambda town: town.deliver())
    assert receiver.ids == sent


def test_one_event_or_a_span_is_delivered_again_with_its_old_id(
    client: TestClient, receiver: Receiver, site: Site, clock: Clock, with_town: Any
) -> None:
    from time import time

    name = made(client, {"type": "webhook", "url": receiver.url}, kinds=["crossing"])["id"]
    with_town(lambda town: town.fan())
    sent = [site.tell().id for _ in range(3)]
    with_town(lambda town: town.deliver())
    clock.now_s = time() + 1
    path = f"/v1/subscriptions/{name}/replay"
    assert client.post(path, json={"id": sent[1]}).json() == {"done": 1}
    with_town(lambda town: town.work())
    assert receiver.ids == [*sent, sent[1]]
    assert client.post(path, json={"from": "2020-01-01T00:00:00Z"}).json() == {"done": 3}
    with_town(lambda town: town.work())
    assert receiver.ids == [*sent, sent[1], *sent]
    assert client.post(path, json={"id": "nord:e1:99"}).status_code == 404
    assert client.post(path, json={}).status_code == 422
    assert client.post(path, json={"id": "x", "from": "2020-01-01T00:00:00Z"}).status_code == 422


def test_dead_letters_are_listed_by_page_replayed_and_dropped(
    client: TestClient, receiver: Receiver, site: Site, clock: Clock, with_town: Any
) -> None:
    name = made(client, {"type": "webhook", "url": receiver.url}, kinds=["crossing"])["id"]
    with_town(lambda town: town.fan())
    sent = [site.tell().id for _ in range(3)]
    receiver.script = lambda _: (500, {})

    async def give_up(town: Town) -> None:
        await town.fan()
        for _ in range(6):
            await town.queue.tend()
            await town.work()
            clock.now_s += 10

    with_town(give_up, SETTINGS.model_copy(update={"retry_s": (5.0,)}))
    path = f"/v1/subscriptions/{name}/dead-letters"
    page = client.get(path, params={"limit": 2})
    rest = client.get(path, params={"limit": 2, "cursor": page.json()["next"]}).json()
    found = page.json()["items"] + rest["items"]
    assert sorted(one["id"] for one in found) == sorted(sent)
    assert rest["next"] is None
    assert found[0]["event"]["type"] == "parvis.crossing"
    assert found[0]["reason"].startswith("2 attempts")
    receiver.script, before = (lambda _: (204, {})), len(receiver.got)
    assert client.post(f"{path}/drop", json={"ids": [sent[0]]}).json() == {"done": 1}
    assert client.post(f"{path}/replay", json={}).json() == {"done": 2}
    with_town(lambda town: town.work())
    assert sorted(receiver.ids[before:]) == sorted(sent[1:])
    assert client.get(f"/v1/subscriptions/{name}").json()["dead_letters"] == 0


def test_every_change_is_in_the_audit_log_and_no_secret_is(client: TestClient, valkey_url: str) -> None:
    one = made(client)
    for path in ("pause", "resume", "test", "secrets"):
        client.post(f"/v1/subscriptions/{one['id']}/{path}")
    etag = client.get(f"/v1/subscriptions/{one['id']}").headers["etag"]
    assert client.delete(f"/v1/subscriptions/{one['id']}", headers={"if-match": etag}).status_code == 204

    async def read() -> list[str]:
        store = RedisStore(valkey_url)
        lines = [line.text for line in await store.audit("0-0", 100)]
        await store.close()
        return lines

    lines = asyncio.run(read())
    actions = ["create", "pause", "resume", "test", "rotate", "delete"]
    assert [json.loads(line)["action"] for line in lines] == [f"subscription.{one}" for one in actions]
    assert not any("whsec_" in line for line in lines)
