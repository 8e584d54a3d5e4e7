"""Pace and loop: a recording played at its own speed behaves like a live camera."""

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.frame import Frame
from pipeline.sources import SourceSpec, open_source
from pipeline.sources.video import VideoReel
from tests.pipeline.sources.drawing import FakeClock, always, draw_video, flat, levels, never, play

GREYS = [20, 60, 100, 140, 180, 220]


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return draw_video(tmp_path / "v.mp4", map(flat, GREYS))  # 10 frames a second


def consume(frames: Iterator[Frame], clock: FakeClock, *, seconds_a_picture: float) -> list[Frame]:
    """Take all frames and spend time on each picture, as a detector does."""
    taken = []
    for frame in frames:
        taken.append(frame)
        clock.now_s += seconds_a_picture if frame.image is not None else 0.0
    return taken


def test_in_real_time_each_frame_waits_for_its_moment(clip: Path) -> None:
    clock = FakeClock()
    source = open_source(SourceSpec(str(clip), pace="realtime"), always, clock)
    frames = consume(iter(source), clock, seconds_a_picture=0.03)
    assert clock.waits_s == pytest.approx([0.07] * 5)
    assert levels(frames) == pytest.approx(GREYS, abs=5)
    assert source.status.dropped == 0


def test_fast_never_waits_and_never_drops(clip: Path) -> None:
    clock = FakeClock()
    source = open_source(SourceSpec(str(clip), pace="fast"), always, clock)
    frames = consume(iter(source), clock, seconds_a_picture=10.0)
    assert clock.waits_s == []
    assert levels(frames) == pytest.approx(GREYS, abs=5)
    assert source.status.dropped == 0


def test_who_is_late_misses_pictures_but_no_frame_and_catches_up(clip: Path) -> None:
    clock = FakeClock()
    source = open_source(SourceSpec(str(clip), pace="realtime"), always, clock)
    frames = consume(iter(source), clock, seconds_a_picture=0.24)
    # Four pictures take 0.96 s, when frame 4 (0.4 s) is more than half a second old; frame 5 (0.5 s) is not.
    assert [frame.image is not None for frame in frames] == [True, True, True, True, False, True]
    assert [frame.index for frame in frames] == [0, 1, 2, 3, 4, 5]
    assert source.status.dropped == 1
    assert source.status.frames == 6


def test_only_due_frames_count_as_dropped(clip: Path) -> None:
    clock = FakeClock()
    source = open_source(SourceSpec(str(clip), pace="realtime"), lambda index, time_s, glance: index == 0, clock)
    consume(iter(source), clock, seconds_a_picture=100.0)
    assert source.status.dropped == 0


def test_a_loop_goes_on_counting_frames_and_time(clip: Path) -> None:
    clock = FakeClock()
    source = open_source(SourceSpec(str(clip), pace="realtime", loop=True), never, clock)
    frames = iter(source)
    taken = [next(frames) for _ in range(15)]
    assert [frame.index for frame in taken] == list(range(15))
    assert [frame.time_s for frame in taken] == pytest.approx([number / 10 for number in range(15)])
    assert source.status.loop == 2
    assert source.status.duration_s == pytest.approx(0.6)
    assert sum(clock.waits_s) == pytest.approx(1.4), "the second round is played at its own speed too"
    source.close()


def test_a_loop_whose_file_is_gone_fails_with_its_name(clip: Path) -> None:
    source = open_source(SourceSpec(str(clip), loop=True), never)
    frames = iter(source)
    next(frames)
    shutil.move(clip, clip.with_suffix(".gone"))
    assert len(list(frames)) == 5
    status = source.status
    assert (status.state, status.complete, status.error) == ("failed", False, f"{clip}: no such file")


def test_the_status_tells_the_rate_and_when_the_last_frame_came(clip: Path) -> None:
    clock = FakeClock()
    source = open_source(SourceSpec(str(clip), pace="realtime"), always, clock)
    frames = iter(source)
    for _ in range(6):
        next(frames)
    status = source.status
    assert (status.state, status.fps) == ("running", 10)
    assert status.fps_in == pytest.approx(10)
    assert status.since_s == 1_700_001_000.0
    assert status.last_frame_s == pytest.approx(1_700_001_000.5)
    clock.now_s += 100
    assert source.status.fps_in < 0.1, "a rate that died away shows as such"
    assert play(source) == []
    assert source.status.state == "ended"


def test_who_takes_a_frame_while_another_thread_closes_just_gets_no_more(
    clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Letting go of a file takes a moment, and the next frame is asked for in that very moment."""
    closing, go_on = threading.Event(), threading.Event()
    let_go = VideoReel.close

    def slowly(reel: VideoReel) -> None:
        closing.set()
        assert go_on.wait(5)
        let_go(reel)

    source = open_source(SourceSpec(str(clip)), always)
    frames = iter(source)
    assert next(frames).index == 0
    monkeypatch.setattr(VideoReel, "close", slowly)
    closer = threading.Thread(target=source.close)
    closer.start()
    assert closing.wait(5)
    threading.Timer(0.05, go_on.set).start()
    assert list(frames) == []
    closer.join(5)


def test_other_parts_can_be_blacked_out_while_it_plays(clip: Path) -> None:
    source = open_source(SourceSpec(str(clip)), always)
    frames = iter(source)
    first = next(frames).image
    source.remask((((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)),))
    second = next(frames).image
    source.close()
    assert first is not None
    assert second is not None
    half = second.shape[1] // 2
    assert first[:, : half - 2].min() > 0
    assert second[:, : half - 2].max() == 0
    assert second[:, half + 2 :].min() > 0
