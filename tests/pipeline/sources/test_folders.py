"""Folders: pictures at a steady rate, or several files as one recording with gaps."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from pipeline.errors import SourceError
from pipeline.sources import SourceSpec, open_recording, open_source
from pipeline.sources.recording import start_s
from tests.pipeline.sources.drawing import always, draw_picture, draw_video, flat, levels, never, play

NOON = datetime(2024, 5, 4, 12, tzinfo=UTC)


def cut_off(path: Path) -> Path:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    return path


def test_pictures_come_in_their_natural_order_one_a_second(tmp_path: Path) -> None:
    for number, level in ((10, 200), (2, 100), (1, 50)):
        draw_picture(tmp_path / f"shot {number}.jpg", level)
    (tmp_path / "notes.txt").write_text("no picture")
    source = open_source(SourceSpec(str(tmp_path)), always)
    frames = play(source)
    assert levels(frames) == pytest.approx([50, 100, 200], abs=5)
    assert [frame.time_s for frame in frames] == [0, 1, 2]
    assert (source.status.duration_s, source.status.complete) == (3, True)


def test_a_stated_rate_gives_pictures_their_times(tmp_path: Path) -> None:
    for number in range(3):
        draw_picture(tmp_path / f"{number}.png", 50)
    assert [frame.time_s for frame in play(open_source(SourceSpec(str(tmp_path), fps=4), never))] == [0, 0.25, 0.5]


@pytest.mark.parametrize("suffix", ["jpg", "png"])
def test_a_broken_picture_is_a_gap_and_not_an_end(
    tmp_path: Path, suffix: str, capfd: pytest.CaptureFixture[str]
) -> None:
    for number in range(4):
        draw_picture(tmp_path / f"{number}.{suffix}", 50 * number)
    broken = cut_off(tmp_path / f"1.{suffix}")
    source = open_source(SourceSpec(str(tmp_path)), always)
    frames = play(source)
    assert [(frame.index, frame.time_s) for frame in frames] == [(0, 0), (2, 2), (3, 3)]
    status = source.status
    assert (status.unreadable, status.frames, status.complete) == (1, 4, False)
    assert status.error == f"{broken}: cannot be read (1 of 4 pictures)"
    assert capfd.readouterr() == ("", "")


def test_pictures_of_changing_size_and_grey_ones_come_as_they_are(tmp_path: Path) -> None:
    import cv2

    draw_picture(tmp_path / "1.png", 50, size=(321, 241))
    cv2.imwrite(str(tmp_path / "2.png"), np.full((48, 64), 90, np.uint8))
    frames = play(open_source(SourceSpec(str(tmp_path)), always))
    assert [frame.size for frame in frames] == [(321, 241), (64, 48)]
    assert [frame.image.shape for frame in frames if frame.image is not None] == [(241, 321, 3), (48, 64, 3)]


def test_a_folder_of_broken_pictures_is_refused(tmp_path: Path) -> None:
    (tmp_path / "1.jpg").write_bytes(b"nothing")
    (tmp_path / "2.jpg").write_bytes(b"")
    with pytest.raises(SourceError, match="none of 2 pictures can be read"):
        open_source(SourceSpec(str(tmp_path)), always)


def test_a_folder_of_both_kinds_is_refused(tmp_path: Path) -> None:
    draw_picture(tmp_path / "1.jpg", 50)
    draw_video(tmp_path / "2.mp4", [flat(50)])
    with pytest.raises(SourceError, match="holds 1 videos and 1 pictures; expected one kind"):
        open_source(SourceSpec(str(tmp_path)), always)


def test_files_without_a_creation_time_follow_each_other(tmp_path: Path) -> None:
    for number in (2, 10):
        draw_video(tmp_path / f"{number}.mp4", [flat(number * 20)] * 3)
    source = open_source(SourceSpec(str(tmp_path)), always)
    frames = play(source)
    assert [frame.index for frame in frames] == [0, 1, 2, 3, 4, 5]
    assert [frame.time_s for frame in frames] == pytest.approx([0, 0.1, 0.2, 0.3, 0.4, 0.5])
    assert levels(frames) == pytest.approx([40, 40, 40, 200, 200, 200], abs=5)
    assert source.status.complete


def test_files_with_creation_times_keep_the_gaps_between_them(tmp_path: Path) -> None:
    names = []
    for number, offset_s in enumerate((0, 60, 60)):  # the third says it began together with the second
        created = (NOON + timedelta(seconds=offset_s)).isoformat()
        names.append(draw_video(tmp_path / f"{number}.mp4", [flat(50)] * 2, created=created))
    source = open_recording(names, SourceSpec("not looked at"), never)
    assert [frame.time_s for frame in play(source)] == pytest.approx([0, 0.1, 60, 60.1, 60.2, 60.3])
    assert source.status.duration_s == pytest.approx(60.4)


@pytest.mark.parametrize(
    ("seconds_later", "end_s", "expected_s"),
    [
        pytest.param(60, 59.5, 59.5, id="creation times are whole seconds: less than 1.5 s is no gap"),
        pytest.param(62, 60.0, 62.0, id="a gap is kept"),
        pytest.param(30, 60.0, 60.0, id="a file never begins before the one before it ended"),
        pytest.param(-99, 60.0, 60.0, id="a clock that was set back counts for nothing"),
    ],
)
def test_a_file_begins_when_it_says_or_where_the_last_one_ended(
    seconds_later: float, end_s: float, expected_s: float
) -> None:
    assert start_s(NOON, NOON + timedelta(seconds=seconds_later), end_s) == expected_s


def test_a_file_that_cannot_be_opened_in_its_turn_is_passed_over_and_named(tmp_path: Path) -> None:
    first, second, third = (draw_video(tmp_path / f"{n}.mp4", [flat(50)] * 2) for n in range(3))
    second.write_text("no video")
    source = open_recording([first, second, third], SourceSpec(""), never)
    assert len(play(source)) == 4
    assert not source.status.complete
    assert (source.status.error or "").startswith(f"{second}: is no video that can be read")


def test_a_missing_file_among_several_is_refused_at_once(tmp_path: Path) -> None:
    first = draw_video(tmp_path / "1.mp4", [flat(50)] * 2)
    with pytest.raises(SourceError, match=r"2\.mp4: no such file"):
        open_recording([first, tmp_path / "2.mp4"], SourceSpec(""), never)
    with pytest.raises(SourceError, match="no footage given"):
        open_recording([], SourceSpec(""), never)
