"""What a worker does with its cameras: real threads, a real server, drawn films."""

import queue
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from models.detections import Detections, Detector, DetectorStatus, Image
from models.errors import ModelFileError
from pipeline.config_file import LoadedSite
from pipeline.engine import post as posts
from pipeline.engine import steps
from pipeline.engine.control import Order, Report
from pipeline.engine.detectors import Detectors
from pipeline.engine.worker import Worker, work
from pipeline.errors import Refused
from pipeline.redis_client import RedisClient
from tests.running import until
from tests.served import Server
from tests.sites import LEFT, MIDDLE, bright, camera, draw_walk, load, to_and_fro

FORWARD, BACKWARD = "c|middle|person|forward", "c|middle|person|backward"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posts, "PAUSE_FIRST_S", 0.05)


@pytest.fixture
def server(valkey_url: str) -> Server:
    return Server(valkey_url)


class Faulty:
    """A detector with a fault of ours in it: it raises at one look."""

    labels = bright().labels
    status = DetectorStatus("faulty", "cpu", "auto")

    def __init__(self, at: int) -> None:
        self._at = at
        self.looks = 0

    def __call__(self, image: Image) -> Detections:
        self.looks += 1
        if self.looks == self._at:
            raise ZeroDivisionError
        return bright()(image)


class Bench:
    """A worker in this process, driven by hand."""

    def __init__(self, server: Server, detector: Detector | None = None, **options: Any) -> None:
        self.made: list[Detector] = []

        def make(*_: object) -> Detector:
            self.made.append(detector or bright())
            return self.made[-1]

        self.worker = Worker(lambda _: server.connect(), Detectors(make), **options)
        self._number = 0

    def watch(self, loaded: LoadedSite, *cameras: str) -> "Bench":
        self._number += 1
        ids = cameras or tuple(one.id for one in loaded.site.cameras)
        self.worker.follow(Order(number=self._number, path=loaded.path, site=loaded.site, cameras=ids))
        return self

    def until(self, happened: Callable[[], bool]) -> "Bench":
        def ticked() -> bool:
            self.worker.tick()
            return happened()

        until(ticked)
        return self

    def until_over(self) -> dict[str, bool | None]:
        """Wait until every camera has ended; return whether all of it was seen."""
        self.until(lambda: self.worker.over)
        return {one: post.complete for one, post in self.worker._posts.items()}


@pytest.fixture
def bench(server: Server, request: pytest.FixtureRequest) -> Iterator[Callable[..., Bench]]:
    """Make workers that are gone at the end."""
    made: list[Bench] = []

    def make(**options: Any) -> Bench:
        made.append(Bench(server, **options))
        return made[-1]

    yield make
    for one in made:
        one.worker.leave()


def away_at_first(connect: Callable[[], RedisClient], times: int) -> Callable[[LoadedSite], RedisClient]:
    """Return a way to connect that fails so many times."""
    left = iter(range(times))

    def maybe(_: LoadedSite) -> RedisClient:
        if next(left, None) is not None:
            raise Refused("redis: away")
        return connect()

    return maybe


def live(camera_id: str = "cam", **fields: Any) -> dict[str, Any]:
    """Return a recording in a loop, at its own speed: it stands for a live camera."""
    return camera(camera_id, loop=True, recorded_at=None, pace="realtime", **fields)


def test_a_broken_camera_takes_no_other_with_it(tmp_path: Path, server: Server, bench: Callable[..., Bench]) -> None:
    draw_walk(tmp_path / "clip.mp4", to_and_fro(2))
    (tmp_path / "garbage.mp4").write_bytes(bytes(range(256)) * 64)
    loaded = load(
        tmp_path,
        camera("absent", source="absent.mp4"),
        camera("garbage", source="garbage.mp4"),
        camera("secret", source="rtsp://${PARVIS_TEST_UNSET}/live"),
        camera("strange", source="gopher://host/live"),
        camera("good"),
    )
    ended = bench().watch(loaded).until_over()
    broken = ("absent", "garbage", "secret", "strange")
    assert ended == {**dict.fromkeys(broken, False), "good": True}
    assert server.total(FORWARD, camera_id="good") == 1
    states = {one: server.state(one)["state"] for one in ended}
    assert states == {**dict.fromkeys(broken, "failed"), "good": "ended"}


@pytest.mark.usefixtures("quick")
def test_redis_away_at_the_start_is_waited_for(tmp_path: Path, server: Server) -> None:
    draw_walk(tmp_path / "clip.mp4", to_and_fro(2))
    loaded = load(tmp_path)
    worker = Worker(away_at_first(server.connect, 3), Detectors(lambda *_: bright()))
    worker.follow(Order(number=1, path=loaded.path, site=loaded.site, cameras=("cam",)))
    until(lambda: worker.over)
    assert server.total(FORWARD) == 1


@pytest.mark.usefixtures("quick")
class TestFaultsOfOurs:
    """A detector that throws at the 100th look."""

    def test_it_ends_the_watch_of_a_recording(
        self, tmp_path: Path, server: Server, bench: Callable[..., Bench], caplog: pytest.LogCaptureFixture
    ) -> None:
        draw_walk(tmp_path / "clip.mp4", to_and_fro(6))
        assert bench(detector=Faulty(100)).watch(load(tmp_path)).until_over() == {"cam": False}
        assert server.state()["error"] == "unexpected ZeroDivisionError, the log tells more"
        assert "its watch broke off" in caplog.text
        assert server.total(FORWARD) == 2, "what was seen before counts"

    def test_it_makes_an_endless_camera_begin_anew(
        self, tmp_path: Path, server: Server, bench: Callable[..., Bench]
    ) -> None:
        draw_walk(tmp_path / "clip.mp4", to_and_fro(2))
        detector = Faulty(100)
        one = bench(detector=detector).watch(load(tmp_path, camera(loop=True, recorded_at=None)))
        one.until(lambda: detector.looks > 130)
        one.worker.leave()
        states = [o["detail"]["state"] for o in server.told("camera.state")]
        assert "failed" in states
        assert states[states.index("failed") + 1] in ("starting", "running")
        assert states[-1] == "ended"

    def test_no_other_camera_is_touched(self, tmp_path: Path, server: Server, bench: Callable[..., Bench]) -> None:
        draw_walk(tmp_path / "clip.mp4", to_and_fro(10))
        detector = Faulty(100)
        ended = bench(detector=detector).watch(load(tmp_path, camera("a"), camera("b"))).until_over()
        assert sorted(map(bool, ended.values())) == [False, True]
        whole = next(one for one, complete in ended.items() if complete)
        assert server.total(FORWARD, camera_id=whole) == server.total(BACKWARD, camera_id=whole) == 5


def test_a_model_that_cannot_be_used_is_said_of_the_camera(tmp_path: Path, server: Server) -> None:
    draw_walk(tmp_path / "clip.mp4", to_and_fro(2))

    def make(config: Any, *_: object) -> Detector:
        if config.model == "broken":
            raise ModelFileError("broken: cannot be loaded")
        return bright()

    loaded = load(tmp_path, camera("bad", detector={"model": "broken"}), camera("good"))
    worker = Worker(lambda _: server.connect(), Detectors(make))
    worker.follow(Order(number=1, path=loaded.path, site=loaded.site, cameras=("bad", "good")))
    until(lambda: worker.over)
    assert (server.state("bad")["state"], server.state("bad")["error"]) == ("failed", "broken: cannot be loaded")
    assert server.state("good")["state"] == "ended"


class TestChanges:
    """Another configuration: who changed follows it, and nobody else notices."""

    @pytest.fixture
    def running(self, tmp_path: Path, server: Server, bench: Callable[..., Bench]) -> Bench:
        draw_walk(tmp_path / "clip.mp4", to_and_fro(2))
        one = bench().watch(load(tmp_path, live("a"), live("b")))
        return one.until(lambda: all(server.state(c).get("frames", 0) > 3 for c in ("a", "b")))

    def runs(self, server: Server, camera_id: str) -> list[str]:
        """The states that a camera told, oldest first."""
        return [o["detail"]["state"] for o in server.told("camera.state", camera_id)]

    def test_another_line_is_counted_without_connecting_anew(
        self, tmp_path: Path, server: Server, running: Bench
    ) -> None:
        other = {**MIDDLE, "id": "other", "from": [0.55, 1.0], "to": [0.55, 0.0]}
        post = running.worker._posts["a"]
        running.watch(load(tmp_path, live("a", lines=[MIDDLE, other]), live("b")))
        running.until(lambda: server.total("c|other|person|forward", camera_id="a") >= 1)
        assert running.worker._posts["a"] is post, "the same watch goes on"
        assert "ended" not in self.runs(server, "a")
        revisions = [f for f in server.redis.hgetall(latest(server, "a")) if f.startswith("q|revision|")]
        assert revisions, "each figure says of which configuration it is"

    def test_its_description_is_told_at_once(self, tmp_path: Path, server: Server, running: Bench) -> None:
        running.watch(load(tmp_path, live("a", name="Autre", lines=[]), live("b")))
        running.until(lambda: '"Autre"' in server.redis.hget("parvis1:cameras", "a"))
        assert '"lines":[]' in server.redis.hget("parvis1:cameras", "a")

    def test_a_camera_whose_source_changed_begins_anew_alone(
        self, tmp_path: Path, server: Server, running: Bench
    ) -> None:
        draw_walk(tmp_path / "other.mp4", to_and_fro(2))
        running.watch(load(tmp_path, live("a", source="other.mp4"), live("b")))
        running.until(lambda: self.runs(server, "a").count("running") == 2)
        assert self.runs(server, "b").count("running") == 1
        assert "ended" not in self.runs(server, "b")

    def test_a_camera_may_come_and_go(self, tmp_path: Path, server: Server, running: Bench) -> None:
        running.watch(load(tmp_path, live("b"), live("c")))
        running.until(lambda: server.state("a")["state"] == "ended" and server.state("c").get("frames", 0) > 3)
        assert "ended" not in self.runs(server, "b")
        assert running.worker._posts.keys() == {"b", "c"}

    def test_a_camera_is_reported_until_it_is_gone(self, tmp_path: Path, server: Server, running: Bench) -> None:
        """Only then may another worker begin with it."""
        leaving = running.worker._posts["a"]
        running.watch(load(tmp_path, live("a"), live("b")), "b")
        seen = []

        def gone() -> bool:
            report = running.worker.tick()
            if report is not None:
                seen.append(("a" in report.cameras, leaving.is_alive()))
            return bool(seen) and not seen[-1][0]

        until(gone)
        assert not leaving.is_alive()

    def test_nothing_happens_when_nothing_has_changed(self, tmp_path: Path, server: Server, running: Bench) -> None:
        before = dict(running.worker._posts)
        running.watch(load(tmp_path, live("a"), live("b")))
        assert running.worker._posts == before
        assert len(running.made) == 1

    def test_a_recording_with_other_lines_is_another_run(
        self, tmp_path: Path, server: Server, bench: Callable[..., Bench]
    ) -> None:
        draw_walk(tmp_path / "clip.mp4", to_and_fro(4))
        one = bench().watch(load(tmp_path, camera()))
        one.until_over()
        other = {**MIDDLE, "id": "other"}
        one.watch(load(tmp_path, camera(lines=[other], zones=[LEFT])))
        one.until_over()
        assert server.total("c|other|person|forward") == 2
        assert server.total(FORWARD) == 2, "what was counted before stays as it was"


def latest(server: Server, camera_id: str) -> str:
    """Return the key of a camera's newest bucket of a minute."""
    found = sorted(server.redis.scan_iter(f"parvis1:{{{camera_id}}}:b:60:*", count=1000))
    return str(found[-1])


class TestReduced:
    """A camera that its worker reduces: it is told on the stream, in its state and in its buckets."""

    def test_every_step_is_told(self, tmp_path: Path, server: Server, bench: Callable[..., Bench]) -> None:
        draw_walk(tmp_path / "clip.mp4", to_and_fro(2))
        one = bench().watch(load(tmp_path, live()))
        one.until(lambda: server.state().get("frames", 0) > 3)
        one.worker._reduce("cam", steps.QUARTER, "too much")
        one.until(lambda: server.state()["shed"] == steps.QUARTER)
        assert server.state()["shed_reason"] == "too much"
        one.until(lambda: server.redis.hget(latest(server, "cam"), "q|shed") == "2")
        one.worker._reduce("cam", steps.FULL, None)
        one.until(lambda: len(server.told("camera.load")) == 2)
        details = [o["detail"] for o in server.told("camera.load")]
        assert details == [
            {"step": "quarter-rate", "before": "none", "reason": "too much"},
            {"step": "none", "before": "quarter-rate", "reason": None},
        ]

    def test_a_paused_camera_lets_go_of_its_source_says_so_and_comes_back(
        self, tmp_path: Path, server: Server, bench: Callable[..., Bench]
    ) -> None:
        draw_walk(tmp_path / "clip.mp4", to_and_fro(2))
        one = bench().watch(load(tmp_path, live()))
        one.until(lambda: server.state().get("frames", 0) > 3)
        one.worker._reduce("cam", steps.PAUSED, "too much")
        one.until(lambda: server.state()["state"] == "paused")
        one.until(lambda: server.redis.hget(latest(server, "cam"), "q|shed") == "4")
        frames = server.state()["frames"]
        one.worker._reduce("cam", steps.SMALL, None)
        one.until(lambda: server.state()["state"] == "running" and server.state()["frames"] > 3)
        assert frames >= 3
        assert "failed" not in [o["detail"]["state"] for o in server.told("camera.state")]

    def test_a_paused_camera_can_be_left(self, tmp_path: Path, server: Server, bench: Callable[..., Bench]) -> None:
        draw_walk(tmp_path / "clip.mp4", to_and_fro(2))
        one = bench().watch(load(tmp_path, live()))
        one.until(lambda: server.state().get("frames", 0) > 3)
        one.worker._reduce("cam", steps.PAUSED, "too much")
        one.until(lambda: server.state()["state"] == "paused")
        one.worker.leave()
        assert server.state()["state"] == "ended"


def test_a_worker_follows_orders_reports_and_ends_when_nobody_is_left(tmp_path: Path, server: Server) -> None:
    before = [(number, signal.getsignal(number)) for number in (signal.SIGTERM, signal.SIGINT)]
    draw_walk(tmp_path / "clip.mp4", to_and_fro(2))
    loaded = load(tmp_path, live())
    orders: queue.SimpleQueue[Order | None] = queue.SimpleQueue()
    reports: list[Report] = []

    def speak() -> None:
        orders.put(Order(number=1, path=loaded.path, site=loaded.site, cameras=("cam",)))
        until(lambda: any(one.cameras and one.cameras["cam"].cost > 0 for one in reports))
        orders.put(None)

    threading.Thread(target=speak).start()
    try:
        work(Worker(lambda _: server.connect(), Detectors(lambda *_: bright())), orders, reports.append)
    finally:
        for number, handler in before:
            signal.signal(number, handler)
    assert server.state()["state"] == "ended"
    assert reports[-1].cameras["cam"].lasting
    assert 0 < reports[-1].cameras["cam"].cost < 2
