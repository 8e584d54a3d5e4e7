"""/v1/stream over a real connection: nothing lost, nothing twice, and nobody waits for a slow reader."""

import asyncio
import http.client
import socket
import threading
import time

import pytest

from hypervisor.events import Wanted
from hypervisor.hub import Hub
from hypervisor.redis_feed import RedisFeed
from hypervisor.settings import Settings
from hypervisor.store.redis_store import RedisStore
from pipeline import keys
from tests.hypervisor.builders import NOON, Site, line
from tests.hypervisor.running import Stream, running, until

QUICK = Settings(poll_s=0.02, heartbeat_s=0.2)


def test_events_arrive_by_kind_within_a_fifth_of_a_second(valkey_url: str, site: Site) -> None:
    site.camera()
    with running(valkey_url) as port, Stream(port) as stream:
        told = site.tell("crossing")
        before = time.monotonic()
        sent = stream.next()
        waited_s = time.monotonic() - before
    assert (sent.event, sent.data["id"]) == ("crossing", told.id)
    assert sent.data["detail"] == {"class": "person", "direction": "forward"}
    assert waited_s < 0.2


def test_a_reader_that_comes_back_gets_what_it_missed_once_and_in_order(valkey_url: str, site: Site) -> None:
    """Three cameras write while a reader keeps hanging up: joined together, its parts are the whole."""
    cameras = ("est", "nord", "sud")
    for camera in cameras:
        site.camera(camera)
    told: list[str] = []

    def write() -> None:
        writer = Site(valkey_url)
        for n in range(300):
            told.append(writer.tell(camera=cameras[n % 3], value=float(n)).id)
            if n % 25 == 0:
                time.sleep(0.01)
        writer.close()

    with running(valkey_url, QUICK) as port:
        first = Stream(port)
        last_id = first.last_id
        thread = threading.Thread(target=write)
        thread.start()
        first.close()
        got: list[str] = []
        ids: list[str] = []
        while len(got) < 300:
            with Stream(port, after=last_id) as stream:
                for sent in stream.take(min(37, 300 - len(got))):
                    got.append(sent.data["id"])
                    ids.append(sent.id)
                last_id = stream.last_id
        thread.join()
    assert sorted(got) == sorted(told)
    assert len(set(ids)) == 300
    for camera in cameras:  # and each camera's in the order in which they were told
        assert [i for i in got if i.startswith(camera)] == [i for i in told if i.startswith(camera)]


def test_resume_survives_a_restart_of_the_service(valkey_url: str, site: Site) -> None:
    site.camera()
    with running(valkey_url, QUICK) as port, Stream(port) as stream:
        site.tell()
        last_id = stream.next().id
    missed = site.tell()
    with running(valkey_url, QUICK, port) as port, Stream(port, after=last_id) as stream:
        assert stream.next().data["id"] == missed.id
        live = site.tell()
        assert stream.next().data["id"] == live.id


def test_a_reader_without_events_still_knows_where_to_resume(valkey_url: str, site: Site) -> None:
    site.camera()
    with running(valkey_url, QUICK) as port:
        with Stream(port) as stream:
            assert set(stream.opening) == {"retry", "id"}
        missed = site.tell()
        with Stream(port, after=stream.last_id) as stream:
            assert stream.next().data["id"] == missed.id


def test_a_quiet_stream_sends_comments_that_move_the_resume_point(valkey_url: str, site: Site) -> None:
    site.camera()
    with running(valkey_url, QUICK) as port, Stream(port, "?kind=dwell") as stream:
        site.tell("crossing")
        block = stream.block()
    assert block[""] == "nothing new"
    assert "data" not in block
    assert block["id"] > stream.opening["id"]


def test_a_new_camera_is_heard_from_its_first_word(valkey_url: str, site: Site) -> None:
    with running(valkey_url, QUICK) as port, Stream(port) as stream:
        for camera in ("est", "nord", "sud"):
            site.camera(camera)
            told = site.tell(camera=camera)
            assert stream.next().data["id"] == told.id


def test_filters_choose_cameras_and_kinds(valkey_url: str, site: Site) -> None:
    site.camera("nord")
    site.camera("sud")
    with running(valkey_url, QUICK) as port, Stream(port, "?camera=nord&kind=crossing&kind=camera.state") as stream:
        site.tell("crossing", "sud")
        site.tell("dwell", "nord")
        site.tell("camera.state", "nord")
        site.tell("crossing", "nord")
        assert [sent.event for sent in stream.take(2)] == ["camera.state", "crossing"]


def test_what_was_trimmed_since_is_announced(valkey_url: str, site: Site) -> None:
    site.camera("nord")
    site.camera("sud")
    with running(valkey_url, QUICK) as port:
        with Stream(port) as stream:
            after = stream.last_id
        for _ in range(10):
            site.tell(camera="nord")
        site.tell(camera="sud")
        site.redis.xtrim(keys.stream("nord"), maxlen=4, approximate=False)
        with Stream(port, after=after) as stream:
            gap, *rest = stream.take(6)
        assert (gap.event, gap.data) == ("stream.gap", {"after": after, "cameras": ["nord"], "messages": False})
        assert [sent.event for sent in rest] == ["crossing"] * 5
        with Stream(port, after=rest[-1].id) as stream:  # from there on nothing is missing
            site.tell(camera="nord")
            assert stream.next().event == "crossing"


def test_a_stream_that_vanished_and_began_anew_is_announced(valkey_url: str, site: Site) -> None:
    site.camera()
    site.tell()
    site.redis.pexpire(keys.stream("nord"), 3_600_000)
    with running(valkey_url, QUICK) as port:
        with Stream(port, after="1700000000000-0@nord") as stream:
            assert stream.next().event == "stream.gap"
        recent = f"{round(time.time() * 1000) - 60_000}-0@nord"
        with Stream(port, after=recent) as stream:
            assert stream.next().event == "crossing"


def test_a_seal_is_delivered_with_the_figures_of_its_bucket(valkey_url: str, site: Site) -> None:
    site.camera(lines=(line("entree", "person", "bicycle"),))
    site.bucket(NOON, forward=12, backward=3, covered=0.98)
    with running(valkey_url, QUICK) as port, Stream(port) as stream:
        site.tell("bucket.sealed", subject="60", unit="bucket", at_s=NOON)
        bucket = stream.next().data["bucket"]
    assert (bucket["start"], bucket["end"]) == ("2026-03-02T12:00:00Z", "2026-03-02T12:01:00Z")
    assert (bucket["step_s"], bucket["coverage"], bucket["status"]) == (60, 0.98, "observed")
    assert {(c["class"], c["direction"]): c["value"] for c in bucket["crossings"]} == {
        ("person", "forward"): 12,
        ("person", "backward"): 3,
        ("bicycle", "forward"): 0,
        ("bicycle", "backward"): 0,
    }


def test_statistics_never_tell_of_one_person(valkey_url: str, site: Site) -> None:
    """Even if a worker wrote what it must not write."""
    site.camera(statistics=True)
    site.bucket(NOON, 900, forward=40)
    with running(valkey_url, QUICK) as port, Stream(port) as stream:
        site.tell("crossing")
        site.tell("dwell")
        site.tell("bucket.sealed", subject="60", at_s=NOON)
        site.tell("bucket.sealed", subject="900", at_s=NOON)
        site.tell("camera.state")
        first, second = stream.take(2)
    assert (first.event, first.data["subject"], first.data["bucket"]["crossings"][0]["value"]) == (
        "bucket.sealed",
        "900",
        40,
    )
    assert second.event == "camera.state"


def test_a_slow_reader_is_cut_off_and_the_others_do_not_wait(valkey_url: str, site: Site) -> None:
    site.camera()
    settings = Settings(poll_s=0.01, client_queue=50)
    with running(valkey_url, settings, unread_ms=500) as port:
        slow = socket.create_connection(("127.0.0.1", port))
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.sendall(b"GET /v1/stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        with Stream(port) as stream:
            until(lambda: _clients(port) == 2)
            big = {"note": "x" * 20_000}
            for _ in range(10):
                for _ in range(40):
                    site.tell("camera.state", detail=big)
                assert len(stream.take(40)) == 40
            until(lambda: _clients(port) == 1)
        slow.close()


def _clients(port: int) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", "/metrics")
    rows = connection.getresponse().read().decode().splitlines()
    connection.close()
    return int(float(next(row for row in rows if row.startswith("parvis_sse_clients")).split()[1]))


def test_a_full_queue_ends_its_reader_only(valkey_url: str, site: Site) -> None:
    site.camera()

    async def scenario() -> None:
        feed = RedisFeed(valkey_url)
        store = RedisStore(valkey_url)
        hub = Hub(feed, store, Settings(poll_s=0.01, client_queue=5))
        slow = await hub.join(Wanted(), None)
        quick = await hub.join(Wanted(), None)
        task = asyncio.create_task(hub.run())
        got = []
        for _ in range(7):
            site.tell()
            delivery = await quick.next(5)
            assert delivery is not None
            got.append(delivery.event.id)
        assert await slow.next(5) is None  # cut off at the sixth event
        assert len(hub) == 1
        resumed = await hub.join(Wanted(), slow.after)
        missed = [delivery.event.id async for delivery in hub.catch_up(resumed)]
        assert missed == got
        task.cancel()
        await feed.close()
        await store.close()

    asyncio.run(scenario())


def test_readers_that_hang_up_leave_nothing_behind(
    valkey_url: str, site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    site.camera()
    with running(valkey_url, QUICK) as port:
        for _ in range(5):
            stream = Stream(port)
            for _ in range(300):
                site.tell()
            stream.take(5)
            stream.close()  # with events on their way
        idle = Stream(port)
        idle.close()
        until(lambda: _clients(port) == 0)
    assert [record.getMessage() for record in caplog.records] == []


def test_the_number_of_streams_is_bounded(valkey_url: str, site: Site) -> None:
    site.camera()
    with running(valkey_url, Settings(max_clients=1)) as port, Stream(port):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", "/v1/stream")
        answer = connection.getresponse()
        assert (answer.status, b"too-many-streams" in answer.read()) == (503, True)
        connection.close()


def test_open_streams_do_not_hold_up_the_end(valkey_url: str, site: Site) -> None:
    site.camera()
    with running(valkey_url) as port:
        streams = [Stream(port) for _ in range(3)]
        before = time.monotonic()
    took_s = time.monotonic() - before
    assert [stream.rest() for stream in streams] == [[], [], []]
    for stream in streams:
        stream.close()
    assert took_s < 1.0


@pytest.mark.parametrize("after", ["17-x@nord", "1700000000000", "1-99999999999999999999@nord", "1-1@Nord"])
def test_a_malformed_resume_point_is_refused(valkey_url: str, site: Site, after: str) -> None:
    site.camera()
    with running(valkey_url) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", "/v1/stream", headers={"Last-Event-ID": after})
        answer = connection.getresponse()
        assert (answer.status, b"is no event id" in answer.read()) == (422, True)
        connection.close()
