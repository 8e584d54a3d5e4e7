"""One camera watched in this process, with a real server: what it counts, and that it counts it once."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from models.detections import Detections, DetectorStatus, Image
from models.errors import DeviceError
from pipeline import keys
from pipeline.build import source_spec
from pipeline.camera import CameraWatch
from pipeline.config_file import LoadedSite
from pipeline.embedded_owner import ServerProcess
from pipeline.errors import Refused
from pipeline.redis_client import RedisClient, connect
from pipeline.redis_sink import RedisSink
from pipeline.runs import this_run
from tests.pipeline.sources.drawing import draw_video
from tests.running import until
from tests.served import Server
from tests.sites import T0, bright, camera, draw_walk, load, to_and_fro, walk_pictures

FORWARD, BACKWARD = "c|middle|person|forward", "c|middle|person|backward"


@pytest.fixture
def server(valkey_url: str) -> Server:
    return Server(valkey_url)


class Slow:
    """A detector that tells where it is and waits to be let go."""

    labels = bright().labels
    status = bright().status

    def __init__(self, hold_at: int) -> None:
        self.looks = 0
        self._hold_at = hold_at
        self.held, self.go = threading.Event(), threading.Event()

    def __call__(self, image: Image) -> Detections:
        self.looks += 1
        if self.looks == self._hold_at:
            self.held.set()
            assert self.go.wait(10)
        return bright()(image)


class Broken:
    """A detector whose every device is gone."""

    labels = ("person",)
    status = DetectorStatus("broken", "cpu", "auto")

    def __call__(self, image: Image) -> Detections:
        raise DeviceError("broken: runs on no device")


def watch(loaded: LoadedSite, server: Server) -> bool:
    return CameraWatch(loaded, loaded.site.cameras[0], bright(), server.connect).watch()


def interrupted(loaded: LoadedSite, server: Server, after_looks: int) -> None:
    """Watch until `stop` is called in the middle."""
    detector = Slow(after_looks)
    one = CameraWatch(loaded, loaded.site.cameras[0], detector, server.connect)
    thread = threading.Thread(target=one.watch)
    thread.start()
    assert detector.held.wait(10)
    one.stop()
    detector.go.set()
    thread.join(10)
    assert not thread.is_alive()


def test_every_crossing_is_told_and_counted_under_operations(tmp_path: Path, server: Server) -> None:
    draw_walk(tmp_path / "clip.mp4", to_and_fro(5))

    assert watch(load(tmp_path), server)
    assert [(server.total(FORWARD, step), server.total(BACKWARD, step)) for step in (60, 900, 3600)] == [(3, 2)] * 3
    assert [o["detail"]["direction"] for o in server.told("crossing")] == ["forward", "backward"] * 2 + ["forward"]
    assert {o["detail"]["step_s"] for o in server.told("bucket.sealed")} == {60, 900, 3600}
    assert server.state()["state"] == "ended"
    assert [o["detail"]["state"] for o in server.told("camera.state")][-1] == "ended"


def test_no_track_id_reaches_redis(tmp_path: Path, server: Server) -> None:
    draw_walk(tmp_path / "clip.mp4", to_and_fro(2))
    watch(load(tmp_path), server)

    assert server.told("crossing")
    assert "track" not in server.everything()
    details = [set(o["detail"]) for kind in ("crossing", "dwell") for o in server.told(kind)]
    assert set().union(*details) == {"class", "direction"}


def test_under_statistics_only_sealed_totals_leave(tmp_path: Path, server: Server) -> None:
    draw_walk(tmp_path / "clip.mp4", to_and_fro(5))
    before = {path.name for path in tmp_path.rglob("*")}
    loaded = load(tmp_path, camera(purpose="statistics"))
    assert watch(loaded, server)

    assert {o["kind"] for o in server.told()} == {"bucket.sealed", "camera.state"}
    assert [server.total(FORWARD, step) for step in (60, 900, 3600)] == [0, 3, 3]
    assert not list(server.redis.scan_iter(f"{keys.bucket_prefix('cam')}60:*"))
    assert server.bucket(900, T0)["q|sealed"] == "1"
    assert {path.name for path in tmp_path.rglob("*")} - before == {"site.yaml"}, "nothing is written to disk"
    assert not any(mark in server.everything() for mark in ("JFIF", "PNG", "ftyp", "base64"))
    assert len(server.everything()) < 20_000, "no room for pictures"


def test_under_statistics_nothing_is_told_before_the_bucket_is_over(tmp_path: Path, server: Server) -> None:
    xs = to_and_fro(3)
    times_ms = [n * 100 for n in range(len(xs))]
    times_ms[-1] = 901_000  # the quarter ends, but not yet by the ten seconds that a late claim may take
    draw_walk(tmp_path / "clip.mp4", xs, times_ms=times_ms)
    loaded = load(tmp_path, camera(purpose="statistics"))
    interrupted(loaded, server, after_looks=len(xs))

    assert not list(server.redis.scan_iter(f"{keys.bucket_prefix('cam')}*"))


def test_a_recording_played_twice_counts_once(tmp_path: Path, server: Server) -> None:
    draw_walk(tmp_path / "clip.mp4", to_and_fro(4))
    loaded = load(tmp_path)
    watch(loaded, server)
    once = server.bucket(3600, T0)

    assert watch(loaded, server)
    assert server.bucket(3600, T0) == once


@pytest.mark.parametrize("purpose", ["operations", "statistics"])
@pytest.mark.parametrize("after_looks", [17, 40, 63])
def test_a_recording_interrupted_and_played_again_counts_once(
    tmp_path: Path, server: Server, purpose: str, after_looks: int
) -> None:
    draw_walk(tmp_path / "clip.mp4", to_and_fro(4))
    loaded = load(tmp_path, camera(purpose=purpose))
    interrupted(loaded, server, after_looks)
    watch(loaded, server)
    twice = server.bucket(3600, T0)
    server.redis.flushall()
    watch(loaded, server)

    assert twice == server.bucket(3600, T0)


def test_an_interruption_on_the_line_does_not_count_what_the_next_frame_will(tmp_path: Path, server: Server) -> None:
    """A track that ends on the line counts, but a watch that is stopped ends no track."""
    xs = to_and_fro(1, step_px=4)
    draw_walk(tmp_path / "clip.mp4", xs)
    loaded = load(tmp_path)
    interrupted(loaded, server, after_looks=1 + xs.index(161))
    watch(loaded, server)

    assert (server.total(FORWARD), len(server.told("crossing"))) == (1, 1)


def test_a_recording_without_a_date_keeps_its_first_start(tmp_path: Path, server: Server) -> None:
    draw_walk(tmp_path / "clip.mp4", to_and_fro(1))
    loaded = load(tmp_path, camera(recorded_at=None))
    spec = source_spec(loaded, loaded.site.cameras[0])
    first, second = (this_run(server.connect, loaded, loaded.site.cameras[0], spec) for _ in range(2))

    assert first == second
    assert first.repeats


def test_a_looped_recording_is_a_new_run_each_time(tmp_path: Path, server: Server) -> None:
    draw_walk(tmp_path / "clip.mp4", to_and_fro(1))
    loaded = load(tmp_path, camera(recorded_at=None, loop=True))
    spec = source_spec(loaded, loaded.site.cameras[0])
    first, second = (this_run(server.connect, loaded, loaded.site.cameras[0], spec) for _ in range(2))

    assert first.epoch != second.epoch
    assert first.live
    assert not first.repeats


def test_a_looped_recording_started_again_counts_each_walk_once(tmp_path: Path, server: Server) -> None:
    xs = to_and_fro(2)
    draw_walk(tmp_path / "clip.mp4", [*xs, None, None])
    loaded = load(tmp_path, camera(recorded_at=None, loop=True))
    for _ in range(2):
        interrupted(loaded, server, after_looks=2 * (len(xs) + 2))

    assert (server.total(FORWARD, 3600), server.total(BACKWARD, 3600)) == (4, 4)


def test_masks_are_black_before_the_detector_sees_the_picture(tmp_path: Path, server: Server) -> None:
    draw_walk(tmp_path / "clip.mp4", to_and_fro(2))  # 4.4 s: what moves is masked, and 5 s of that look frozen
    mask = {"id": "garden", "points": [[0.0, 0.5], [1.0, 0.5], [1.0, 0.9], [0.0, 0.9]]}
    watch(load(tmp_path, camera(masks=[mask])), server)

    assert server.total("q|processed") == len(to_and_fro(2))
    assert server.total(FORWARD) + server.total(BACKWARD) == 0


def test_time_in_which_nothing_could_be_seen_is_not_watched_and_its_figures_say_so(
    tmp_path: Path, server: Server
) -> None:
    pictures = walk_pictures([*to_and_fro(4), *[None] * 100, *to_and_fro(4)])
    for picture in pictures[88:188]:
        picture[:] = 255
    draw_video(tmp_path / "clip.mp4", pictures)
    watch(load(tmp_path), server)

    bucket = server.bucket(3600, T0)
    assert 10_000 <= int(bucket["q|suspended_ms"]) <= 13_500
    assert int(bucket["q|suspended_ms"]) + int(bucket["q|covered_ms"]) == 100 * (len(pictures) - 1)
    assert [o["detail"]["condition"] for o in server.told("camera.condition")] == ["blinded", "ok"]


def test_a_missing_recording_is_a_failed_camera_that_says_why(tmp_path: Path, server: Server) -> None:
    assert not watch(load(tmp_path), server)
    state = server.state()
    assert state["state"] == "failed"
    assert "clip.mp4: no such file" in state["error"].lower()


def test_a_variable_that_is_not_set_is_a_failed_camera(tmp_path: Path, server: Server) -> None:
    assert not watch(load(tmp_path, camera(source="${PARVIS_NO_SUCH}")), server)
    assert "PARVIS_NO_SUCH" in server.state()["error"]


def test_a_watch_that_breaks_off_leaves_a_failed_state_and_not_an_ended_one(tmp_path: Path, server: Server) -> None:
    draw_walk(tmp_path / "clip.mp4", to_and_fro(1))
    loaded = load(tmp_path)

    with pytest.raises(DeviceError):
        CameraWatch(loaded, loaded.site.cameras[0], Broken(), server.connect).watch()
    assert (server.state()["state"], server.state()["error"]) == ("failed", "broken: runs on no device")


def test_redis_away_at_the_start_is_refused(tmp_path: Path) -> None:
    def nobody() -> RedisClient:
        raise Refused("redis: away")

    loaded = load(tmp_path)
    with pytest.raises(Refused):
        CameraWatch(loaded, loaded.site.cameras[0], bright(), nobody).watch()


def test_redis_lost_for_a_while_is_delivered_to_once(
    tmp_path: Path, short_dir: Path, own_server: ServerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RedisSink, "close_s", 10.0)
    own_server.start()
    url = f"unix://{short_dir}/socket"
    server = Server(url)
    draw_walk(tmp_path / "clip.mp4", to_and_fro(6))
    loaded = load(tmp_path)
    detector = Slow(40)
    one = CameraWatch(loaded, loaded.site.cameras[0], detector, lambda: connect(url, Path(), timeout_s=0.3))
    thread = threading.Thread(target=one.watch)
    thread.start()
    assert detector.held.wait(10)
    process_id = server.process_id()
    os.kill(process_id, signal.SIGSTOP)
    detector.go.set()
    time.sleep(1.0)
    os.kill(process_id, signal.SIGCONT)
    thread.join(15)

    assert (server.total(FORWARD), server.total(BACKWARD)) == (3, 3)
    assert len(server.told("crossing")) == 6
    assert server.state()["events_lost"] == 0


def test_a_live_camera_that_nobody_answers_never_shows_its_password(
    tmp_path: Path, server: Server, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    loaded = load(tmp_path, camera(source="rtsp://admin:geheim@127.0.0.1:9/live?token=geheim", recorded_at=None))
    one = CameraWatch(loaded, loaded.site.cameras[0], bright(), server.connect)
    thread = threading.Thread(target=one.watch)
    thread.start()
    until(lambda: "127.0.0.1" in (server.state().get("error") or ""))
    one.stop()
    thread.join(15)

    assert "geheim" not in server.everything()
    assert "geheim" not in caplog.text
    assert "geheim" not in "".join(capfd.readouterr())
