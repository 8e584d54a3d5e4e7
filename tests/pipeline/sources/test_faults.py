"""What cameras do that they should not: each is outlived, and told."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from pipeline.sources import DecodeSpec, SourceSpec, nominal_fps, open_source
from pipeline.sources.doors import LiveDoor
from tests.pipeline.sources.cameras import HastyClock, ScriptedCamera, mjpeg_camera, until, watching
from tests.pipeline.sources.drawing import always, draw_video, flat, levels, play

pytestmark = pytest.mark.usefixtures("door")

HTTP = b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=picture\r\n\r\n"


def test_a_recording_that_changes_its_size_in_the_middle_goes_on(tmp_path: Path, door: str) -> None:
    parts = [
        draw_video(tmp_path / f"{number}.h264", [flat(60 + 80 * number, size)] * 5)
        for number, size in enumerate([(64, 48), (160, 120)])
    ]
    path = tmp_path / "both.h264"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    left = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
    frames = play(open_source(SourceSpec(str(path), masks=(left,)), always))
    assert len(frames) == 10
    if door == "pyav":  # OpenCV scales all pictures to one size, which is no harm either: places are fractions
        assert [frame.size for frame in frames] == [(64, 48)] * 5 + [(160, 120)] * 5
    for frame in frames:
        assert frame.image is not None
        assert frame.image.shape == (frame.size[1], frame.size[0], 3)
        assert frame.image[:, : frame.size[0] // 2].max() == 0, "the mask follows"


@pytest.mark.parametrize("fps", [1, 125])
def test_a_recording_of_one_or_of_more_than_a_hundred_frames_a_second_keeps_its_times(
    tmp_path: Path, fps: int, door: str
) -> None:
    times_ms = [round(1000 * number / fps) for number in range(12)]
    path = draw_video(tmp_path / "v.mp4", [flat(100)] * 12, times_ms=times_ms)
    frames = play(open_source(SourceSpec(str(path)), always))
    assert [frame.time_s for frame in frames] == pytest.approx([ms / 1000 for ms in times_ms], abs=0.0011)
    if door == "pyav" or fps == 1:  # OpenCV takes half the rate from a clip this short
        assert nominal_fps([path]) == pytest.approx(fps, rel=0.1)


@pytest.mark.parametrize("fps", [2.0, 120.0])
def test_a_slow_and_a_fast_camera_are_read_at_their_rate(fps: float) -> None:
    with mjpeg_camera(fps) as camera:
        source = open_source(SourceSpec(camera.url), always, HastyClock())
        with watching(source) as viewer:
            until(lambda: source.status.frames >= min(fps, 60))
            assert source.status.state == "running"
            assert source.status.fps_in <= fps * 1.5
            assert len(viewer.frames) + source.status.dropped >= source.status.frames - 2


@contextmanager
def server(send: Callable[[socket.socket], None]) -> Iterator[str]:
    """Serve one thing to whoever connects; yield the address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                threading.Thread(target=answer, args=(connection,), daemon=True).start()

        def answer(connection: socket.socket) -> None:
            with connection:
                connection.settimeout(10)
                try:
                    connection.recv(4096)
                    send(connection)
                except OSError:  # the other side has hung up
                    return

        threading.Thread(target=serve, daemon=True).start()
        yield f"127.0.0.1:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)


def garbage(connection: socket.socket) -> None:
    """Send what is no video."""
    rng = np.random.default_rng(5)
    connection.sendall(HTTP)
    for _ in range(200):
        connection.sendall(rng.bytes(4096))


def broken_pictures(connection: socket.socket) -> None:
    """Send parts that say they are pictures, and are not."""
    connection.sendall(HTTP)
    for number in range(400):
        body = b"\xff\xd8\xff\xe0" + np.random.default_rng(number).bytes(500) + b"\xff\xd9"
        head = f"--picture\r\nContent-Type: image/jpeg\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        connection.sendall(head + body + b"\r\n")


@pytest.mark.parametrize("scheme", ["http", "rtsp"])
@pytest.mark.parametrize("send", [garbage, broken_pictures])
def test_a_camera_that_sends_garbage_never_runs_and_is_tried_again(
    scheme: str, send: Callable[[socket.socket], None]
) -> None:
    clock = HastyClock()
    with server(send) as address:
        source = open_source(SourceSpec(f"{scheme}://u:s3cret@{address}/"), always, clock)
        with watching(source) as viewer:
            until(lambda: len(clock.asked_s) >= 3)
            assert viewer.frames == []
            assert source.status.state in ("reconnecting", "starting")
            assert "s3cret" not in (source.status.error or "")


def test_a_camera_that_sends_drop_by_drop_is_given_up_in_time() -> None:
    """Something comes all the time, so only a limit for a whole frame notices."""

    def drops(connection: socket.socket) -> None:
        connection.sendall(HTTP)
        while True:
            connection.sendall(b"-")
            threading.Event().wait(0.05)

    with server(drops) as address:
        opened = LiveDoor(DecodeSpec())(f"http://{address}/", 0.5, 0.5)
        assert opened is None or not opened.grab()


SUBSTREAM, MAIN = "rtsp://camera/sub", "rtsp://camera/main"


class TwoStreams:
    """A camera with two streams, of which one may refuse."""

    def __init__(self, *answering: str) -> None:
        self.cameras = {name: ScriptedCamera() for name in answering}
        self.asked: list[str] = []

    def connect(self, target: str, open_timeout_s: float, read_timeout_s: float) -> object:
        """Answer where that stream does."""
        self.asked.append(target)
        camera = self.cameras.get(target)
        return camera.connect(target, open_timeout_s, read_timeout_s) if camera else None


@pytest.mark.parametrize(
    ("answering", "size", "decoder", "fallback"),
    [
        ((SUBSTREAM, MAIN), (160, 90), "scripted, substream", None),
        ((MAIN,), (320, 180), "scripted", "substream: cannot be opened"),
    ],
)
def test_the_substream_is_taken_first_and_the_main_stream_where_it_is_not_there(
    answering: tuple[str, ...], size: tuple[int, int], decoder: str, fallback: str | None
) -> None:
    streams = TwoStreams(*answering)
    for name, camera in streams.cameras.items():
        camera.accept().send(flat(100, (160, 90) if name == SUBSTREAM else (320, 180)))
    source = open_source(
        SourceSpec(MAIN, substream=SUBSTREAM),
        always,
        HastyClock(),
        connect=streams.connect,  # type: ignore[arg-type]
    )
    frame = next(iter(source))
    assert (frame.size, levels([frame])) == (size, [100])
    assert streams.asked == [SUBSTREAM, MAIN][: 3 - len(answering)]
    assert (source.status.decoder, source.status.decoder_fallback) == (decoder, fallback)
    for camera in streams.cameras.values():
        camera.switch_off()
    source.close()
