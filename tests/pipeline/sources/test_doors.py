"""The two doors give the same pictures; what only one of them can do changes none that is looked at."""

import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import av
import cv2
import numpy as np
import pytest
from av.codec.hwaccel import hwdevices_available
from av.video.stream import VideoStream
from numpy.typing import NDArray

from pipeline.sources import DecodeSpec, Glance, SourceSpec, open_source
from pipeline.sources.av_capture import MOST_FAILURES, AvCapture
from pipeline.sources.contract import EXACTLY
from pipeline.sources.doors import REST_S, LiveDoor, open_file
from pipeline.sources.hardware import Opened
from pipeline.sources.luma import of_bgr
from tests.pipeline.sources.drawing import always, flat, levels, play

Picture = NDArray[np.uint8]
PYAV, OPENCV = DecodeSpec(door="pyav"), DecodeSpec(door="opencv")


def scene(number: int, size: tuple[int, int] = (320, 240)) -> Picture:
    """Return coloured blobs that move, so that colours, edges and motion all matter."""
    blobs = np.random.default_rng(1).integers(0, 256, (9, 12, 3), np.uint8)
    large = cv2.resize(blobs, size, interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.roll(large, 3 * number, axis=1), np.uint8)


def encode(
    path: Path,
    pictures: list[Picture],
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    options: dict[str, str] | None = None,
    colours: tuple[int, int] | None = None,  # matrix, range
) -> Path:
    plain = {"libx264": {"crf": "8", "g": "5"}, "libx265": {"crf": "8", "x265-params": "log-level=none"}}
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=10, options=options or plain.get(codec, {}))
        assert isinstance(stream, VideoStream)
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = pix_fmt
        if colours:
            stream.codec_context.colorspace, stream.codec_context.color_range = colours
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        container.mux(stream.encode(None))
    return path


def pictures_of(path: Path, decode: DecodeSpec) -> list[Picture]:
    frames = play(open_source(SourceSpec(str(path), decode=decode), always))
    return [frame.image for frame in frames if frame.image is not None]


@pytest.mark.parametrize(
    ("name", "codec", "pix_fmt", "colours"),
    [
        ("plain.mp4", "libx264", "yuv420p", None),
        ("bt709.mp4", "libx264", "yuv420p", (1, 1)),
        ("full.mp4", "libx264", "yuv420p", (1, 2)),
        ("bt2020.mp4", "libx264", "yuv420p", (9, 1)),
        ("jpeg-range.mkv", "libx264", "yuvj420p", None),
        ("4:2:2.mkv", "libx264", "yuv422p", None),
        ("4:4:4.mkv", "libx264", "yuv444p", None),
        ("ten bits.mkv", "libx264", "yuv420p10le", None),
        ("hevc.mkv", "libx265", "yuv420p", None),
        ("mpeg4.avi", "mpeg4", "yuv420p", None),
        ("mjpeg.avi", "mjpeg", "yuvj420p", None),
        ("grey.mkv", "ffv1", "gray", None),
        ("grey 16.mkv", "ffv1", "gray16le", None),
        ("rgb.mkv", "ffv1", "bgr0", None),
    ],
)
def test_both_doors_give_the_same_pictures_to_the_bit(
    tmp_path: Path, name: str, codec: str, pix_fmt: str, colours: tuple[int, int] | None
) -> None:
    path = encode(tmp_path / name, [scene(n) for n in range(4)], codec, pix_fmt, colours=colours)
    ours, theirs = pictures_of(path, PYAV), pictures_of(path, OPENCV)
    assert len(ours) == len(theirs) == 4
    for one, other in zip(ours, theirs, strict=True):
        assert np.array_equal(one, other)


@pytest.mark.parametrize("size", [(321, 241), (64, 48), (1922, 1082)])
def test_odd_and_large_sizes_are_the_same_too(tmp_path: Path, size: tuple[int, int]) -> None:
    pix_fmt = "yuv420p" if size[0] % 2 == 0 else "yuv444p"
    path = encode(tmp_path / "v.mkv", [scene(0, size)], pix_fmt=pix_fmt)
    (ours,), (theirs,) = pictures_of(path, PYAV), pictures_of(path, OPENCV)
    assert np.array_equal(ours, theirs)


def test_an_interlaced_camera_shows_what_it_saw(tmp_path: Path) -> None:
    """OpenCV 5.0 hands out a picture that it failed to convert, one reason why PyAV is the first door."""
    options = {"crf": "8", "x264-params": "tff=1:interlaced=1"}
    path = encode(tmp_path / "v.mp4", [scene(0)] * 3, options=options)
    for picture in pictures_of(path, DecodeSpec()):
        assert np.abs(picture.astype(int) - scene(0)).mean() < 6


def test_a_picture_of_two_moments_is_shown_as_one_of_them(tmp_path: Path) -> None:
    both = np.full((240, 320, 3), 60, np.uint8)
    both[::2] = 180
    options = {"crf": "8", "x264-params": "tff=1:interlaced=1"}
    for picture in pictures_of(encode(tmp_path / "v.mp4", [both] * 3, options=options), DecodeSpec()):
        assert picture.shape == both.shape
        assert np.abs(picture.astype(int) - 180).mean() < 6, "no row of the other moment is left"


@pytest.mark.parametrize(
    ("stated", "size"),
    [
        (Fraction(2), (640, 240)),
        (Fraction(1, 2), (320, 480)),
        (Fraction(12, 11), (349, 240)),
        (Fraction(1), (320, 240)),
        (Fraction(40, 39), (320, 240)),
        (Fraction(1, 100), (320, 240)),
    ],
)
def test_pixels_that_are_not_square_are_shown_so(stated: Fraction, size: tuple[int, int], tmp_path: Path) -> None:
    squeezed = np.full((240, 320, 3), 30, np.uint8)
    squeezed[120:180, 80:160] = 220
    path = tmp_path / "v.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10, options={"crf": "8"})
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        stream.codec_context.sample_aspect_ratio = stated
        container.mux(stream.encode(av.VideoFrame.from_ndarray(squeezed, format="bgr24")))
        container.mux(stream.encode(None))
    capture = open_file(path, PYAV)
    assert capture is not None
    assert capture.size == size, "before the first picture"
    assert capture.grab()
    assert capture.size == size
    image = capture.retrieve()
    assert image is not None
    assert image.shape == (size[1], size[0], 3)
    lit = np.argwhere(image[..., 0] > 125) / (size[1], size[0])
    assert np.allclose((lit.min(axis=0), lit.max(axis=0)), ((0.5, 0.25), (0.75, 0.5)), atol=0.02), "nothing moved"


@pytest.mark.parametrize(
    ("codec", "pix_fmt"),
    [("libx264", "yuv420p"), ("libx264", "yuv420p10le"), ("ffv1", "gray"), ("ffv1", "gray16le"), ("ffv1", "bgr0")],
)
def test_a_glance_from_the_planes_shows_the_same_as_one_from_the_picture(
    tmp_path: Path, codec: str, pix_fmt: str
) -> None:
    capture = open_file(encode(tmp_path / "v.mkv", [scene(0)], codec, pix_fmt), PYAV)
    assert capture is not None
    assert capture.grab()
    glance, image = capture.glance(), capture.retrieve()
    assert glance is not None
    assert image is not None
    whole = of_bgr(image)
    assert glance.shape == whole.shape == (240, 320)
    assert np.corrcoef(glance.ravel(), whole.ravel())[0, 1] > 0.99
    assert np.abs(glance.astype(int) - whole).max() <= 30, "luma may leave out the darkest and the lightest levels"


def _broken_pictures(path: Path, numbers: set[int]) -> Path:
    """Spoil some pictures of an MJPEG file: everything behind their first bytes."""
    data = bytearray(path.read_bytes())
    starts = [found.start() for found in re.finditer(b"\xff\xd8\xff", bytes(data))]
    for number in numbers:
        data[starts[number] + 4 : starts[number] + 400] = bytes(396)
    path.write_bytes(data)
    return path


def test_of_pictures_that_stand_alone_only_the_wanted_are_decoded(tmp_path: Path) -> None:
    path = encode(tmp_path / "v.avi", [scene(n) for n in range(6)], "mjpeg", "yuvj420p")
    _broken_pictures(path, {1, 2, 4})
    source = open_source(SourceSpec(str(path), decode=PYAV), lambda index, time_s, glance: index in (0, 3, 4))
    frames = play(source)
    assert [frame.index for frame in frames] == [0, 1, 2, 3, 5], "one of the broken ones was wanted"
    assert [frame.image is not None for frame in frames] == [True, False, False, True, False]
    assert (source.status.unreadable, source.status.frames) == (1, 6)


@pytest.mark.parametrize("b_frames", ["0", "2"])
def test_keyframes_alone_come_at_their_own_numbers_and_times(tmp_path: Path, b_frames: str) -> None:
    options = {"crf": "8", "g": "5", "keyint_min": "5", "sc_threshold": "0", "bf": b_frames}
    path = encode(tmp_path / "v.mp4", [flat(10 * n + 20) for n in range(20)], options=options)
    frames = play(open_source(SourceSpec(str(path), decode=DecodeSpec(frames="keyframes")), always))
    assert [frame.index for frame in frames] == list(range(20))
    assert [n for n, frame in enumerate(frames) if frame.image is not None] == [0, 5, 10, 15]
    assert [level for level in levels(frames) if level is not None] == pytest.approx([20, 70, 120, 170], abs=4)
    assert [frame.time_s for frame in frames] == pytest.approx([n / 10 for n in range(20)], abs=0.11)
    assert [frames[n].time_s for n in (0, 5, 10, 15)] == pytest.approx([0, 0.5, 1.0, 1.5])


def test_a_look_that_falls_between_keyframes_is_made_at_the_next_one(tmp_path: Path) -> None:
    path = encode(tmp_path / "v.mp4", [flat(10 * n) for n in range(20)])
    seen: list[bool] = []

    def due(index: int, time_s: float, glance: Glance) -> bool:
        seen.append(glance() is not None)
        return index in (0, 7, 8)

    frames = play(open_source(SourceSpec(str(path), decode=DecodeSpec(frames="keyframes")), due))
    assert [frame.index for frame in frames if frame.image is not None] == [0, 10]
    assert [n for n, shown in enumerate(seen) if shown] == [0, 5, 10, 15], "nothing to glance at in between"


def test_without_the_loop_filter_pictures_stay_close(tmp_path: Path) -> None:
    path = encode(tmp_path / "v.mp4", [scene(n) for n in range(10)], options={"crf": "30", "g": "10"})
    exact, skipped = pictures_of(path, PYAV), pictures_of(path, DecodeSpec(loop_filter="skip"))
    errors = [float(np.abs(one.astype(int) - other).mean()) for one, other in zip(exact, skipped, strict=True)]
    assert 0 < max(errors) < 4


def test_a_device_that_is_not_there_is_named_and_the_cpu_decodes(tmp_path: Path) -> None:
    path = encode(tmp_path / "v.mp4", [flat(100)] * 3)
    absent = next(kind for kind in ("vaapi", "videotoolbox", "dxva2") if kind not in hwdevices_available())
    source = open_source(SourceSpec(str(path), decode=DecodeSpec(hardware=absent)), always)
    assert levels(play(source)) == pytest.approx([100] * 3, abs=5)
    assert source.status.decoder == "pyav h264, software"
    assert source.status.decoder_fallback == f"{absent}: FFmpeg was built without it"


def test_whatever_device_there_is_may_be_none(tmp_path: Path) -> None:
    path = encode(tmp_path / "v.mp4", [flat(100)] * 3)
    source = open_source(SourceSpec(str(path), decode=DecodeSpec(hardware="auto")), always)
    assert levels(play(source)) == pytest.approx([100] * 3, abs=5)
    assert source.status.decoder_fallback is None


class LostDevice:
    """A stream and its container, as PyAV has them, on a graphics card that decodes nothing any more."""

    time_base = 0.1
    intra_only = False
    canonical_name = "h264"
    width, height = 64, 48
    sample_aspect_ratio = None

    def __init__(self) -> None:
        self.codec_context = self.codec = self
        self.tried = 0

    def demux(self, stream: object) -> Iterator[SimpleNamespace]:
        """Send packets without end."""
        return (SimpleNamespace(size=9, pts=n, dts=n, is_keyframe=n == 0, is_discard=False) for n in count())

    def decode(self, packet: object) -> list[av.VideoFrame]:
        """Fail, as FFmpeg does when a card is gone."""
        self.tried += 1
        raise av.error.ExternalError(1, "external")


def test_a_device_that_fails_while_decoding_is_left_alone_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, now_s, lost = [], 0.0, LostDevice()

    def open_live(target: str, open_s: float, read_s: float, decode: DecodeSpec) -> AvCapture:
        asked.append(decode.hardware)
        return AvCapture(Opened(cast(Any, lost), "cuda"), cast(Any, lost), EXACTLY)

    monkeypatch.setattr("pipeline.sources.av_capture.open_live", open_live)
    door = LiveDoor(DecodeSpec(hardware="cuda"), lambda: now_s)
    first = door("rtsp://camera/", 1, 1)
    assert first is not None
    assert not first.grab()
    assert lost.tried == MOST_FAILURES
    second = door("rtsp://camera/", 1, 1)
    now_s = REST_S + 1
    door("rtsp://camera/", 1, 1)
    assert asked == ["cuda", "none", "cuda"]
    assert second is not None
    assert second.fallback == "cuda: failed while decoding, left alone for 5 min"


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="threads are counted where Linux lists them")
def test_decoding_and_converting_take_the_readers_thread_alone(tmp_path: Path) -> None:
    """Cameras share the cores: a pool of threads for each would cost more than it saves, and hide what one costs."""

    def threads() -> int:
        return len(list(Path("/proc/self/task").iterdir()))

    path = encode(tmp_path / "v.mp4", [scene(n, (1280, 720)) for n in range(3)])
    before = threads()
    capture = open_file(path, PYAV)
    assert capture is not None
    while capture.grab():
        assert capture.retrieve() is not None
        assert threads() == before
