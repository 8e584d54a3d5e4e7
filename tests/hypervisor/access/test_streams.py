"""An open event stream: it follows the grants, it ends with its key, and a ticket opens one of them once."""

import asyncio
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import replace

import httpx2
import pytest

from hypervisor.access.guard import OpenHouse
from hypervisor.access.principal import LOCAL, Principal
from hypervisor.access.watch import Watch
from tests.hypervisor.access.house import House, sign_in
from tests.hypervisor.builders import Site
from tests.hypervisor.conftest import Clock
from tests.hypervisor.running import Stream, serving
from tests.hypervisor.test_problems import checked


@pytest.fixture
def port(house: House, site: Site) -> Iterator[int]:
    """Serve the house on a real port; there are two cameras."""
    for camera in ("nord", "sud"):
        site.camera(camera)
    with serving(house.app()) as port:
        yield port


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def ends_within(stream: Stream, seconds: float) -> bool:
    began_s = time.monotonic()
    assert all("data" not in block for block in stream.rest())
    return time.monotonic() - began_s < seconds


def test_a_stream_ends_when_its_key_is_revoked_and_others_go_on(house: House, site: Site, port: int) -> None:
    bad, good = house.key("flows:read"), house.key("flows:read", purpose="other")
    with Stream(port, headers=bearer(bad)) as ending, Stream(port, headers=bearer(good)) as going:
        told = site.tell()
        assert [stream.next().data["id"] for stream in (ending, going)] == [told.id] * 2
        house.revoke(bad)
        assert ends_within(ending, 2)
        assert site.tell().id == going.next().data["id"]


def test_a_stream_that_opens_during_a_look_was_not_asked_about_and_goes_on() -> None:
    first, second = replace(LOCAL, credential="keys/first"), replace(LOCAL, credential="keys/second")
    ended: list[str] = []

    class Slow(OpenHouse):
        async def standing(self, principals: Iterable[Principal]) -> frozenset[str]:
            asked = [one.credential for one in principals]
            opened.enter_context(watch.over(second, lambda: ended.append("second")))
            return frozenset(asked) - {"keys/first"}

    watch = Watch(Slow(), 1.0)
    with ExitStack() as opened, watch.over(first, lambda: ended.append("first")):
        asyncio.run(watch.look())
        assert ended == ["first"]
        assert len(watch) == 1


def test_a_stream_ends_when_its_key_expires(house: House, port: int, clock: Clock) -> None:
    key = house.key("flows:read", expires_s=clock.now_s + 60)
    with Stream(port, headers=bearer(key)) as stream:
        clock.now_s += 60
        assert ends_within(stream, 2)


def test_a_stream_ends_when_its_member_is_removed(house: House, port: int) -> None:
    house.member("anne")
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}") as client:
        sign_in(client)
        cookie = {"Cookie": f"parvis_session={client.cookies['parvis_session']}"}
    with Stream(port, headers=cookie) as stream:
        house.told(lambda who: who.remove_member(LOCAL, "anne"))
        assert ends_within(stream, 2)


def test_a_stream_tells_only_what_is_granted(house: House, site: Site, port: int) -> None:
    key = house.key("flows:read", cameras=frozenset({"nord"}))
    before = site.tell(camera="nord")
    site.tell(camera="sud")
    with Stream(port, after="0-0@", headers=bearer(key)) as stream:
        site.tell(camera="sud")
        last = site.tell(camera="nord")
        assert [event.data["id"] for event in stream.take(2)] == [before.id, last.id]


def test_a_ticket_opens_one_stream_once(house: House, site: Site, port: int) -> None:
    key = house.key("flows:read", cameras=frozenset({"nord"}))
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}") as client:
        made = client.post("/v1/tickets", headers=bearer(key))
        assert made.headers["cache-control"] == "no-store"
        ticket = made.json()["ticket"]
        with Stream(port, f"?ticket={ticket}&camera=nord") as stream:
            told = site.tell(camera="nord")
            assert stream.next().data["id"] == told.id
            checked(client.get(f"/v1/stream?ticket={ticket}"), "not-authenticated")
            house.revoke(key)
            assert ends_within(stream, 2)


def test_a_ticket_is_for_streams_only_and_for_a_minute(house: House, clock: Clock, site: Site) -> None:
    key = house.key("flows:read")
    with house.client() as client:
        first, second = (client.post("/v1/tickets", headers=bearer(key)).json()["ticket"] for _ in range(2))
        for path in (f"/v1/cameras?ticket={first}", f"/v1/events?ticket={first}"):
            checked(client.get(path), "not-authenticated")
        clock.now_s += 61
        checked(client.get(f"/v1/stream?ticket={first}"), "not-authenticated")
        checked(client.get(f"/v1/stream?ticket={second}&ticket={second}"), "not-authenticated")
        checked(client.get("/v1/stream?ticket=nonsense"), "not-authenticated")


def test_a_ticket_of_a_revoked_key_opens_nothing(house: House) -> None:
    key = house.key("flows:read")
    with house.client() as client:
        ticket = client.post("/v1/tickets", headers=bearer(key)).json()["ticket"]
        house.revoke(key)
        checked(client.get(f"/v1/stream?ticket={ticket}"), "not-authenticated")


def test_a_ticket_is_never_logged(house: House, site: Site, port: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    key = house.key("flows:read")
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}") as client:
        ticket = client.post("/v1/tickets", headers=bearer(key)).json()["ticket"]
        with Stream(port, f"?ticket={ticket}"):
            pass
        client.get(f"/v1/stream?colour=red&ticket={ticket}")
    logged = [record.getMessage() for record in caplog.records if not record.name.startswith("http")]
    assert ticket not in "\n".join(logged)
    assert key not in "\n".join(logged)
