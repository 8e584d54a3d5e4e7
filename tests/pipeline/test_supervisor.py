"""Workers that die are started again; cameras that break off are watched anew; children end with their parent."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from models.detections import Detections, DetectorStatus, Image
from pipeline import children, worker
from pipeline.errors import Refused
from pipeline.redis_client import RedisClient
from pipeline.supervisor import CAMERA_FAILED, RESTART_LONGEST_S, STEADY_S, Supervisor, groups_of
from pipeline.worker import work
from tests import builders
from tests.running import until
from tests.served import Server
from tests.sites import bright, camera, draw_walk, load, to_and_fro

KILLED = -signal.SIGKILL


class Process:
    """A worker process as its supervisor sees it; the test says when it ends, and how."""

    def __init__(self) -> None:
        self.code: int | None = None

    def poll(self) -> int | None:
        return self.code


class Site:
    """A supervisor with scripted workers and a clock of its own."""

    def __init__(self, *groups: tuple[str, ...]) -> None:
        self.now_s = 100.0
        self.started: list[tuple[str, ...]] = []
        self.processes: dict[tuple[str, ...], Process] = {}
        self.supervisor = Supervisor(groups or (("a",),), self._launch, lambda: self.now_s)
        self.supervisor.start()

    def _launch(self, cameras: tuple[str, ...]) -> "subprocess.Popen[bytes]":
        self.started.append(cameras)
        self.processes[cameras] = Process()
        return cast("subprocess.Popen[bytes]", self.processes[cameras])

    def ends(self, code: int, *cameras: str) -> bool:
        """Let a worker end; return whether the supervisor still wants any."""
        self.processes[cameras or ("a",)].code = code
        return self.supervisor.step()

    def restarts_after_s(self) -> float:
        """Let time pass until a worker is started; return how long that took."""
        before, began_s = len(self.started), self.now_s
        while len(self.started) == before:
            self.now_s += 0.25
            assert self.now_s - began_s < 100, "never started again"
            self.supervisor.step()
        return self.now_s - began_s


def test_a_worker_killed_is_started_again_with_its_cameras_alone() -> None:
    site = Site(("a", "c"), ("b",))
    assert site.ends(KILLED, "a", "c")
    site.restarts_after_s()
    assert site.started == [("a", "c"), ("b",), ("a", "c")]


@pytest.mark.parametrize("code", [KILLED, -signal.SIGSEGV, 1, 134], ids=["killed", "crashed", "python fault", "abort"])
def test_any_other_end_than_its_own_word_is_a_death(code: int) -> None:
    site = Site()
    assert site.ends(code)
    assert site.restarts_after_s() <= 1.5


def test_who_dies_again_and_again_waits_longer_up_to_a_bound() -> None:
    site, pauses = Site(), []
    for _ in range(9):
        site.ends(KILLED)
        pauses.append(site.restarts_after_s())
    assert pauses == sorted(pauses)
    assert pauses[0] <= 1.5
    assert pauses[3] > 2 * pauses[1]
    assert pauses[-2:] == [RESTART_LONGEST_S, RESTART_LONGEST_S]


def test_who_lived_steadily_is_started_again_soon() -> None:
    site = Site()
    for _ in range(6):
        site.ends(KILLED)
        site.restarts_after_s()
    site.now_s += STEADY_S
    site.ends(KILLED)
    assert site.restarts_after_s() <= 0.5


@pytest.mark.parametrize(("code", "failed"), [(0, False), (CAMERA_FAILED, True), (2, True)])
def test_a_worker_that_says_it_is_done_stays_done(code: int, failed: bool) -> None:
    site = Site()
    assert not site.ends(code)
    site.now_s += 1000
    assert not site.supervisor.step()
    assert site.started == [("a",)]
    assert site.supervisor.failed is failed


def test_a_restarted_worker_that_is_refused_is_tried_again() -> None:
    """The configuration was valid before: someone is editing it."""
    site = Site()
    site.ends(KILLED)
    site.restarts_after_s()
    assert site.ends(2)
    site.restarts_after_s()
    assert len(site.started) == 3


def test_all_is_done_when_every_worker_is() -> None:
    site = Site(("a",), ("b",))
    assert site.ends(0, "a")
    assert not site.ends(0, "b")
    assert not site.supervisor.failed


@pytest.mark.parametrize(
    ("cameras", "workers", "groups"),
    [
        (1, 8, [("c0",)]),
        (5, 2, [("c0", "c2", "c4"), ("c1", "c3")]),
        (3, 1, [("c0", "c1", "c2")]),
        (3, 3, [("c0",), ("c1",), ("c2",)]),
    ],
)
def test_cameras_are_dealt_out_in_turn(cameras: int, workers: int, groups: list[tuple[str, ...]]) -> None:
    assert groups_of([builders.camera(id=f"c{n}") for n in range(cameras)], workers) == groups


@pytest.fixture
def own_signals() -> Iterator[None]:
    """Give the handlers of this process back."""
    before = [(number, signal.getsignal(number)) for number in (signal.SIGTERM, signal.SIGINT)]
    yield
    for number, handler in before:
        signal.signal(number, handler)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "PAUSE_FIRST_S", 0.05)


class FailsOnce:
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


def away_at_first(connect: Callable[[], RedisClient], times: int) -> Callable[[], RedisClient]:
    """Return a way to connect that fails so many times."""
    left = iter(range(times))

    def maybe() -> RedisClient:
        if next(left, None) is not None:
            raise Refused("redis: away")
        return connect()

    return maybe


@pytest.mark.usefixtures("own_signals", "quick")
class TestWork:
    """What a worker does with its cameras."""

    def test_a_broken_camera_takes_no_other_with_it(self, tmp_path: Path, valkey_url: str) -> None:
        server = Server(valkey_url)
        draw_walk(tmp_path / "clip.mp4", to_and_fro(2))
        loaded = load(tmp_path, camera("bad", source="absent.mp4"), camera("good"))
        assert work(loaded, loaded.site.cameras, bright(), server.connect) == CAMERA_FAILED
        assert server.total("c|middle|person|forward", camera_id="good") == 1
        assert (server.state("good")["state"], server.state("bad")["state"]) == ("ended", "failed")

    def test_redis_away_at_the_start_is_waited_for(self, tmp_path: Path, valkey_url: str) -> None:
        server = Server(valkey_url)
        draw_walk(tmp_path / "clip.mp4", to_and_fro(2))
        loaded = load(tmp_path)
        assert work(loaded, loaded.site.cameras, bright(), away_at_first(server.connect, 3)) == 0
        assert server.total("c|middle|person|forward") == 1

    def test_a_fault_of_ours_ends_the_watch_of_a_recording(
        self, tmp_path: Path, valkey_url: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        server = Server(valkey_url)
        draw_walk(tmp_path / "clip.mp4", to_and_fro(2))
        loaded = load(tmp_path)
        assert work(loaded, loaded.site.cameras, FailsOnce(9), server.connect) == CAMERA_FAILED
        assert server.state()["error"] == "unexpected ZeroDivisionError, the log tells more"
        assert "its watch broke off" in caplog.text

    def test_a_fault_of_ours_makes_an_endless_camera_begin_anew(self, tmp_path: Path, valkey_url: str) -> None:
        server = Server(valkey_url)
        draw_walk(tmp_path / "clip.mp4", to_and_fro(2))
        loaded = load(tmp_path, camera(loop=True, recorded_at=None))
        detector = FailsOnce(9)

        def leave_when_running_again() -> None:
            until(lambda: detector.looks > 30)
            os.kill(os.getpid(), signal.SIGTERM)

        threading.Thread(target=leave_when_running_again).start()
        work(loaded, loaded.site.cameras, detector, server.connect)
        states = [o["detail"]["state"] for o in server.told("camera.state")]
        assert "failed" in states
        assert states[states.index("failed") + 1] in ("starting", "running")
        assert states[-1] == "ended"


PARENT = """
import subprocess, sys, time
from pipeline import children
CHILD = "from pipeline import children; children.obey_parent(); print('up', flush=True); time.sleep(60)"
class Sleeper(subprocess.Popen):
    def __init__(self, command, **options):
        super().__init__([sys.executable, "-c", f"import time; time.sleep({sys.argv[1]}); {CHILD}"], **options)
subprocess.Popen = Sleeper
print(children.start([]).pid, flush=True)
time.sleep(60)
"""


def gone(process_id: int) -> bool:
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rpartition(") ")[2][0] in "ZX"
    except OSError:
        return True


@pytest.mark.parametrize("slow_start_s", [0.0, 0.5], ids=["while it works", "while it starts"])
def test_a_child_ends_when_its_parent_is_killed(slow_start_s: float) -> None:
    command = [sys.executable, "-c", PARENT, str(slow_start_s)]
    tree = str(Path(__file__).parents[2])
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": tree}) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        if not slow_start_s:
            assert parent.stdout.readline() == "up\n"
        parent.kill()
        until(lambda: gone(child), within_s=5)


def test_children_that_do_not_end_are_killed() -> None:
    deaf = "import signal,time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    child: Any = subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE)
    with child:
        child.stdout.readline()
        children.stop([child], within_s=0.2)
        assert child.returncode == KILLED


def test_a_folder_named_models_where_the_user_stands_is_not_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "__init__.py").write_text("raise SystemExit(77)")
    monkeypatch.chdir(tmp_path)
    with children.start(["worker", "--help"]) as child:
        assert child.wait(20) == 0
