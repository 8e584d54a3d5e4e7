"""Live cameras: the newest picture wins, trouble is told and outlived."""

import random
import threading
from collections.abc import Callable, Iterator

import pytest

from pipeline.sources import Due, SourceSpec, open_source
from pipeline.sources.backoff import Backoff
from pipeline.sources.live import MOST_ABANDONED, LiveSource
from tests.pipeline.sources.cameras import HastyClock, ScriptedCamera, until, watching
from tests.pipeline.sources.drawing import FakeClock, always, flat, levels

ADDRESS = "rtsp://admin:s3cret@10.0.0.5/ch1"


@pytest.fixture
def camera(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedCamera]:
    monkeypatch.setattr("pipeline.sources.live._CLOSE_S", 0.02)  # a scripted camera hangs until it is switched off
    scripted = ScriptedCamera()
    yield scripted
    scripted.switch_off()


def source_of(camera: ScriptedCamera, due: Due = always, clock: HastyClock | FakeClock | None = None) -> LiveSource:
    source = open_source(SourceSpec(ADDRESS), due, clock or HastyClock(), random.random, camera.connect)
    assert isinstance(source, LiveSource)
    return source


def test_a_late_consumer_gets_the_newest_picture_and_the_others_count_as_dropped(camera: ScriptedCamera) -> None:
    connection = camera.accept()
    source = source_of(camera)
    frames = iter(source)
    connection.send(flat(10))
    assert next(frames).index == 0
    connection.send(*(flat(level) for level in (20, 30, 40, 50)))
    until(lambda: source.status.frames == 5)
    newest = next(frames)
    assert (newest.index, levels([newest])) == (4, [50])
    assert source.status.dropped == 3
    source.close()


def test_frames_that_are_not_due_are_not_converted_and_never_replace_a_picture(camera: ScriptedCamera) -> None:
    connection = camera.accept()
    source = source_of(camera, due=lambda index, time_s, glance: index in (0, 2))
    frames = iter(source)
    connection.send(flat(10))
    next(frames)
    connection.send(*(flat(level) for level in (20, 30, 40, 50)))
    until(lambda: source.status.frames == 5)
    waiting = next(frames)
    assert (waiting.index, levels([waiting])) == (2, [30])
    assert (source.status.dropped, connection.retrieved) == (0, 2)
    connection.send(flat(60))
    assert next(frames).image is None, "without a picture waiting, a frame says that time goes on"
    source.close()


def test_the_time_of_a_frame_is_its_arrival_and_never_goes_back(camera: ScriptedCamera) -> None:
    clock = FakeClock()
    connection = camera.accept()
    source = source_of(camera, clock=clock)
    frames = iter(source)
    times = []
    for step_s in (0.0, 0.5, -3600.0, 3601.0):
        clock.now_s += step_s
        connection.send(flat(10))
        times.append(next(frames).time_s)
    assert times == pytest.approx([1_700_001_000, 1_700_001_000.5, 1_700_001_000.501, 1_700_001_001.5], abs=1e-4)
    source.close()


def test_masks_follow_the_size_of_the_picture(camera: ScriptedCamera) -> None:
    connection = camera.accept()
    left = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
    source = open_source(SourceSpec(ADDRESS, masks=(left,)), always, HastyClock(), random.random, camera.connect)
    frames = iter(source)
    for width in (64, 128):
        connection.send(flat(200, (width, 48)))
        image = next(frames).image
        assert image is not None
        assert image[:, : width // 2].max() == 0
        assert image[:, width // 2 + 1 :].min() == 200
    source.close()


def test_a_camera_that_comes_back_in_another_size_goes_on(camera: ScriptedCamera) -> None:
    first, source = camera.accept(), source_of(camera)
    with watching(source) as viewer:
        first.send(flat(10))
        until(lambda: source.status.state == "running")
        first.break_off()
        until(lambda: source.status.state == "reconnecting")
        assert source.status.error == "rtsp://admin:***@10.0.0.5/ch1: the stream broke off"
        assert source.status.fps_in == 0
        camera.refuse()
        camera.accept().send(flat(20, (320, 240)))
        until(lambda: len(viewer.frames) == 2)
        assert [frame.size for frame in viewer.frames] == [(64, 48), (320, 240)]
        assert [frame.index for frame in viewer.frames] == [0, 1]
        status = source.status
        assert (status.state, status.reconnects, status.error) == ("running", 1, None)
        assert status.size == (320, 240)
        assert first.released.is_set()
    assert source.status.state == "ended"


def test_a_camera_that_never_answered_is_tried_again_for_ever(camera: ScriptedCamera) -> None:
    clock = HastyClock()
    source = source_of(camera, clock=clock)
    assert source.status.state == "starting"
    with watching(source) as viewer:
        camera.refuse(20)
        until(lambda: camera.attempts == 21)
        status = source.status
        assert (status.state, status.frames, status.reconnects) == ("reconnecting", 0, 0)
        assert (status.error or "").startswith("rtsp://admin:***@10.0.0.5/ch1: cannot be opened")
        camera.accept().send(flat(10))
        until(lambda: len(viewer.frames) == 1)
        assert source.status.reconnects == 0, "it is the first connection that worked"
    assert all(15 <= delay_s <= 30 for delay_s in clock.asked_s[7:20])


@pytest.mark.parametrize(
    ("chance", "expected"),
    [(1.0, [1, 2, 4, 8, 16, 30, 30]), (0.0, [0.5, 1, 2, 4, 8, 15, 15])],
)
def test_delays_double_up_to_a_bound_and_are_shortened_by_half_at_most(chance: float, expected: list[float]) -> None:
    backoff = Backoff(lambda: chance)
    assert [backoff.next_s() for _ in expected] == expected
    backoff.reset()
    assert backoff.next_s() == expected[0]


def test_only_a_connection_that_was_sound_makes_the_next_delay_short(camera: ScriptedCamera) -> None:
    clock = FakeClock()
    source = open_source(SourceSpec(ADDRESS), always, clock, lambda: 1.0, camera.connect)
    with watching(source) as viewer:
        for number, sound_s in enumerate((0.0, 0.0, 30.0)):
            connection = camera.accept()
            connection.send(flat(10))
            until(lambda seen=number: len(viewer.frames) == seen * 2 + 1)  # type: ignore[misc]
            for _ in range(int(sound_s)):
                clock.now_s += 1.0
            connection.send(flat(10))
            until(lambda seen=number: len(viewer.frames) == seen * 2 + 2)  # type: ignore[misc]
            connection.break_off()
            until(lambda seen=number: camera.attempts == seen + 2)  # type: ignore[misc]
    assert [wait for wait in clock.waits_s if wait > 0][:3] == [1.0, 2.0, 1.0]


def test_a_stream_that_stands_still_is_stalled_and_opened_anew_though_opencv_hangs(camera: ScriptedCamera) -> None:
    clock = FakeClock()
    hanging, source = camera.accept(), source_of(camera, clock=clock)
    with watching(source) as viewer:
        hanging.send(flat(10))
        until(lambda: len(viewer.frames) == 1)
        fresh = camera.accept()
        clock.now_s += 10.5
        until(lambda: source.status.error is not None)
        assert "no frame for 10 s" in (source.status.error or "")
        fresh.send(flat(20))
        until(lambda: len(viewer.frames) == 2)
        assert (source.status.state, source.status.reconnects) == ("running", 1)
        assert not hanging.released.is_set()
        hanging.send(flat(30))  # OpenCV lets go at last
        until(hanging.released.is_set)
        fresh.send(flat(40))
        until(lambda: len(viewer.frames) == 3)
        assert levels(viewer.frames) == [10, 20, 40], "what an abandoned reader brings is not looked at"
        assert [frame.index for frame in viewer.frames] == [0, 1, 2], "nor counted"
        assert camera.asked == (ADDRESS, 10.0, 12.0), "OpenCV's own time-out ends a thread that hangs"


def test_the_state_of_a_stalled_camera_is_stalled_until_it_is_tried_again(camera: ScriptedCamera) -> None:
    clock = FakeClock()
    gate = threading.Event()
    wait_at_once: Callable[[threading.Event, float], None] = clock.wait

    def wait(stop: threading.Event, seconds: float) -> None:
        wait_at_once(stop, seconds)
        if seconds > 0:
            assert gate.wait(10)

    clock.wait = wait  # type: ignore[method-assign]
    hanging, source = camera.accept(), source_of(camera, clock=clock)
    with watching(source) as viewer:
        hanging.send(flat(10))
        until(lambda: len(viewer.frames) == 1)
        clock.now_s += 10.5
        until(lambda: source.status.state == "stalled")
        gate.set()
        until(lambda: source.status.state == "reconnecting")
        camera.accept().send(flat(20))
        until(lambda: source.status.state == "running")
        hanging.break_off()


def test_readers_that_hang_are_bounded(camera: ScriptedCamera) -> None:
    clock = FakeClock()
    source = source_of(camera, clock=clock)
    hanging = [camera.accept() for _ in range(MOST_ABANDONED)]
    with watching(source) as viewer:
        for number in range(MOST_ABANDONED):
            until(lambda tried=number: camera.attempts == tried + 1)  # type: ignore[misc]
            hanging[number].send(flat(10))
            until(lambda seen=number: len(viewer.frames) == seen + 1)  # type: ignore[misc]
            clock.now_s += 10.5
        until(lambda: source.status.state == "stalled")
        threading.Event().wait(0.5)  # two rounds of the watchdog
        assert camera.attempts == MOST_ABANDONED, "no further reader while so many hang"
        camera.accept().send(flat(99))
        hanging[0].break_off()
        until(lambda: levels(viewer.frames)[-1] == 99)
        for connection in hanging:
            connection.break_off()


def test_closing_a_camera_that_waits_between_attempts_is_quick(camera: ScriptedCamera) -> None:
    camera.refuse()
    source = open_source(SourceSpec(ADDRESS), always, connect=camera.connect)
    with watching(source):
        until(lambda: source.status.state == "reconnecting")
    assert source.status.state == "ended"
    assert list(source) == []
