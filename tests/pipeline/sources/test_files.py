"""Recordings: every frame accounted for, at the time it shows; faults named at once."""

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest

from pipeline.errors import SourceError
from pipeline.sources import SourceSpec, creation_time, nominal_fps, open_source
from tests.pipeline.sources.drawing import always, draw_video, flat, levels, never, play, turn_by_90

pytestmark = pytest.mark.usefixtures("door")

GREYS = [20, 60, 100, 140, 180, 220]


def spec_of(path: Path, fps: float | None = None) -> SourceSpec:
    return SourceSpec(source=str(path), fps=fps)


def test_every_frame_comes_with_its_number_time_and_picture(tmp_path: Path) -> None:
    path = draw_video(tmp_path / "v.mp4", map(flat, GREYS))
    source = open_source(spec_of(path), always)
    assert source.status.state == "starting"
    frames = play(source)
    assert [frame.index for frame in frames] == [0, 1, 2, 3, 4, 5]
    assert [frame.time_s for frame in frames] == pytest.approx([0, 0.1, 0.2, 0.3, 0.4, 0.5])
    assert levels(frames) == pytest.approx(GREYS, abs=5)
    assert {frame.size for frame in frames} == {(64, 48)}
    status = source.status
    assert (status.state, status.frames, status.complete, status.error) == ("ended", 6, True, None)
    assert status.duration_s == pytest.approx(0.6)


def test_frames_that_are_not_due_come_without_a_picture(tmp_path: Path) -> None:
    path = draw_video(tmp_path / "v.mp4", map(flat, GREYS))
    frames = play(open_source(spec_of(path), lambda index, time_s, glance: index % 3 == 1))
    assert [frame.image is not None for frame in frames] == [False, True, False, False, True, False]
    assert levels(frames)[1] == pytest.approx(60, abs=5)
    assert {frame.size for frame in frames} == {(64, 48)}


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
@pytest.mark.parametrize("b_frames", [0, 2])
@pytest.mark.parametrize("start_ms", [0, 5000])
def test_times_are_those_of_the_container_also_at_a_changing_rate(
    tmp_path: Path, suffix: str, b_frames: int, start_ms: int
) -> None:
    times_ms = [0, 40, 80, 500, 540, 2000]
    path = draw_video(
        tmp_path / f"v.{suffix}", map(flat, GREYS), times_ms=[start_ms + ms for ms in times_ms], b_frames=b_frames
    )
    source = open_source(spec_of(path), always)
    frames = play(source)
    assert [frame.time_s for frame in frames] == pytest.approx([ms / 1000 for ms in times_ms], abs=0.0011)
    assert levels(frames) == pytest.approx(GREYS, abs=5)
    assert source.status.complete, source.status.error


def test_a_stream_without_times_is_counted_by_its_frame_rate(tmp_path: Path) -> None:
    path = draw_video(tmp_path / "v.h264", map(flat, GREYS))
    frames = play(open_source(spec_of(path), never))
    step_s = 1 / nominal_fps([path])
    assert [frame.time_s for frame in frames] == pytest.approx([number * step_s for number in range(6)])


def test_a_stated_frame_rate_overrides_the_container(tmp_path: Path) -> None:
    path = draw_video(tmp_path / "v.mp4", map(flat, GREYS))
    source = open_source(spec_of(path, fps=25), never)
    assert [frame.time_s for frame in play(source)] == pytest.approx([0, 0.04, 0.08, 0.12, 0.16, 0.2])
    assert source.status.duration_s == pytest.approx(0.24)
    assert (nominal_fps([path]), nominal_fps([path], 25)) == (10, 25)


@pytest.mark.parametrize("size", [(352, 288), (240, 426), (321, 241), (3840, 2160), (16, 16)])
def test_pictures_of_every_size_come_as_they_are(tmp_path: Path, size: tuple[int, int]) -> None:
    even = size[0] % 2 == 0
    path = draw_video(tmp_path / "v.mp4", [flat(100, size)] * 2, pix_fmt="yuv420p" if even else "yuv444p")
    for frame in play(open_source(spec_of(path), lambda index, time_s, glance: index == 1)):
        assert frame.size == size
        assert frame.image is None or frame.image.shape == (size[1], size[0], 3)


def test_a_quarter_turn_in_the_metadata_is_made(tmp_path: Path) -> None:
    upright = flat(50, (64, 48))
    upright[:, :32] = 200  # bright on the left
    path = turn_by_90(draw_video(tmp_path / "v.mp4", [upright] * 2))
    source = open_source(spec_of(path), lambda index, time_s, glance: index == 1)
    assert source.status.size == (48, 64)
    without, turned = play(source)
    assert without.size == turned.size == (48, 64)
    assert turned.image is not None
    assert turned.image.shape == (64, 48, 3)
    assert turned.image[10].mean() == pytest.approx(200, abs=5), "clockwise, the left side comes to the top"
    assert turned.image[54].mean() == pytest.approx(50, abs=5)


@pytest.mark.parametrize("pix_fmt", ["gray", "gray16le"])
def test_grey_and_infrared_pictures_have_three_channels(tmp_path: Path, pix_fmt: str) -> None:
    path = draw_video(tmp_path / "v.mkv", map(flat, GREYS), codec="ffv1", pix_fmt=pix_fmt)
    frames = play(open_source(spec_of(path), always))
    assert all(frame.image is not None and frame.image.shape == (48, 64, 3) for frame in frames)
    assert levels(frames) == pytest.approx(GREYS, abs=5)


def test_masks_are_black_before_anyone_sees_the_picture(tmp_path: Path) -> None:
    path = draw_video(tmp_path / "v.mp4", [flat(200)] * 2)
    right, top = ((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0)), ((0.0, 0.0), (1.0, 0.0), (1.0, 0.5), (0.0, 0.5))
    for frame in play(open_source(SourceSpec(str(path), masks=(right, top)), always)):
        assert frame.image is not None
        assert frame.image[:, 32:].max() == 0
        assert frame.image[:24].max() == 0, "where two masks overlap it is black too"
        assert frame.image[26:, :30].min() > 190


def _write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def _cut(path: Path, keep: float) -> Path:
    data = path.read_bytes()
    return _write(path, data[: int(len(data) * keep)])


def _scramble(path: Path) -> Path:
    data = bytearray(path.read_bytes())
    pictures_at = data.index(b"mdat") + 4
    data[pictures_at:] = np.random.default_rng(2).bytes(len(data) - pictures_at)
    return _write(path, bytes(data))


def _sound_only(path: Path) -> Path:
    import av

    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=44100)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate, frame.pts = 44100, 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("name", "make", "expected"),
    [
        ("missing.mp4", lambda path: path, "no such file"),
        ("empty.mp4", lambda path: _write(path, b""), "is empty (0 bytes)"),
        ("text.mp4", lambda path: _write(path, b"not a video at all\n" * 99), "is no video that can be read"),
        ("sound.mp4", _sound_only, "holds no video stream"),
        ("frameless.mp4", lambda path: draw_video(path, []), "holds no video stream"),
        ("frameless.mkv", lambda path: draw_video(path, []), "is no video that can be read"),
        ("scrambled.mp4", lambda path: _scramble(draw_video(path, [_noise(1)])), "no picture that can be decoded"),
        ("headless.mkv", lambda path: _write(path, b"\x1a\x45\xdf\xa3" + b"\0" * 500), "is no video that can be read"),
        ("folder", lambda path: path.mkdir() or path, "holds neither videos nor pictures"),
    ],
)
def test_what_is_no_recording_is_refused_in_one_line(
    tmp_path: Path, name: str, make: Callable[[Path], Path], expected: str
) -> None:
    path = make(tmp_path / name)
    with pytest.raises(SourceError) as refusal:
        open_source(spec_of(path), always)
    message = str(refusal.value)
    assert expected in message
    assert message.startswith(f"{path}: ")
    assert "\n" not in message


def test_an_unknown_kind_of_address_is_refused() -> None:
    with pytest.raises(SourceError, match=r"rtmp://u:\*\*\*@host/: unknown kind of address"):
        open_source(SourceSpec("rtmp://u:secret@host/"), always)


def test_a_wrong_file_leaves_standard_error_to_us(tmp_path: Path, door: str) -> None:
    """FFmpeg and OpenCV write to the process's standard error by themselves, so only another process shows it."""
    bad = _write(tmp_path / "text.mp4", b"not a video\n" * 99)
    cut = _cut(draw_video(tmp_path / "cut.mp4", [_noise(n) for n in range(30)]), 0.5)
    code = f"""
from pipeline.errors import SourceError
from pipeline.sources import DecodeSpec, SourceSpec, open_source
exactly = DecodeSpec(door={door!r})
try:
    open_source(SourceSpec({str(bad)!r}, decode=exactly), lambda index, time_s, glance: True)
except SourceError:
    list(open_source(SourceSpec({str(cut)!r}, decode=exactly), lambda index, time_s, glance: True))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
    assert (done.stdout, done.stderr) == ("", "")


def _noise(seed: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.random.default_rng(seed).integers(0, 255, (48, 64, 3), np.uint8)


def test_a_truncated_file_gives_what_it_holds_and_says_so(tmp_path: Path) -> None:
    path = _cut(draw_video(tmp_path / "v.mp4", [_noise(number) for number in range(40)]), 0.6)
    source = open_source(spec_of(path), always)
    frames = play(source)
    assert 15 <= len(frames) <= 30
    assert [frame.index for frame in frames] == list(range(len(frames)))
    assert source.status.state == "ended"
    assert not source.status.complete
    assert "ends early: it announces 40 frames and holds" in (source.status.error or "")


def test_a_truncated_matroska_file_says_so_by_its_length(tmp_path: Path) -> None:
    path = _cut(draw_video(tmp_path / "v.mkv", [_noise(number) for number in range(60)]), 0.5)
    source = open_source(spec_of(path), never)
    assert 20 <= len(play(source)) <= 40
    assert "ends early: it announces 6.0 s" in (source.status.error or "")


def test_frames_that_an_edit_list_hides_are_not_missed(tmp_path: Path) -> None:
    path = draw_video(tmp_path / "v.mp4", map(flat, GREYS), times_ms=[-200, -100, 0, 100, 200, 300])
    source = open_source(spec_of(path), always)
    frames = play(source)
    assert [frame.time_s for frame in frames] == pytest.approx([0, 0.1, 0.2, 0.3])
    assert levels(frames) == pytest.approx(GREYS[2:], abs=5)
    assert source.status.complete, source.status.error


def test_damage_in_the_middle_is_passed_over_and_reported(tmp_path: Path) -> None:
    path = draw_video(tmp_path / "v.mp4", [_noise(number) for number in range(60)])
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + len(data) // 10] = np.random.default_rng(1).bytes(len(data) // 10)
    path.write_bytes(data)
    source = open_source(spec_of(path), always)
    frames = play(source)
    assert frames[-1].time_s == pytest.approx(5.9), "what lies behind the damage is read"
    assert len(frames) < 60
    assert f"is damaged: {60 - len(frames)} of 60 frames could not be decoded" in (source.status.error or "")


def test_the_creation_time_is_read_where_it_can_be_true(tmp_path: Path) -> None:
    said = draw_video(tmp_path / "a.mp4", map(flat, GREYS), created="2024-05-04T08:00:00.000000Z")
    clockless = draw_video(tmp_path / "b.mp4", map(flat, GREYS), created="1970-01-01T00:00:00.000000Z")
    unsaid = draw_video(tmp_path / "c.mp4", map(flat, GREYS))
    assert creation_time(said) == datetime(2024, 5, 4, 8, tzinfo=UTC)
    assert creation_time(clockless) is None
    assert creation_time(unsaid) is None
    assert creation_time(tmp_path / "missing.mp4") is None


def test_closing_ends_the_iteration_and_lets_go_of_the_file(tmp_path: Path) -> None:
    source = open_source(spec_of(draw_video(tmp_path / "v.mp4", map(flat, GREYS))), always)
    frames = iter(source)
    next(frames)
    source.close()
    assert list(frames) == []
    assert source.status.state == "ended"


def test_opencv_agrees_with_the_drawn_grey_levels(tmp_path: Path) -> None:
    """The helper is right: what it draws is what OpenCV alone reads."""
    capture = cv2.VideoCapture(str(draw_video(tmp_path / "v.mp4", map(flat, GREYS))))
    seen = [capture.read()[1].mean() for _ in GREYS]
    assert seen == pytest.approx(GREYS, abs=5)
