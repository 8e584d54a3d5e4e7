"""What a worker does with its cameras: real threads, a real server, drawn films."""

import queue
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from models.detections import Detections, Detector, DetectorStatus, Image
from models.errors import ModelFileError
from pipeline.config_file import LoadedSite
from pipeline.engine import post as posts
from pipeline.engine.control import Order, Report
from pipeline.engine.detectors import Detectors
from pipeline.engine.worker import Worker, work
from pipeline.errors import Refused
from pipeline.redis_client import RedisClient
from tests.pipeline.engine.bench import Bench, live
from tests.running import until
from tests.served import Server
from tests.sites import bright, camera, draw_walk, load, to_and_fro

FORWARD, BACKWARD = "c|middle|person|forward", "c|middle|person|backward"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posts, "PAUSE_FIRST_S", 0.05)


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


def away_at_first(connect: Callable[[], RedisClient], times: int) -> Callable[[LoadedSite], RedisClient]:
    """Return a way to connect that fails so many times."""
    left = iter(range(times))

    def maybe(_: LoadedSite) -> RedisClient:
        if next(left, None) is not None:
            raise Refused("redis: away")
        return connect()

    return maybe


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


def test_memory_that_is_free_goes_back_once_a_minute(
    bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    now_s, given_s = [0.0], list[float]()
    monkeypatch.setattr("pipeline.engine.worker.give_back", lambda: given_s.append(now_s[0]))
    worker = bench(clock=lambda: now_s[0]).worker
    for second in range(150):
        now_s[0] = float(second)
        worker.tick()
    assert given_s == [60.0, 120.0]
