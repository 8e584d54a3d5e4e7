"""Real cameras on the loopback, read by the real OpenCV: HTTP MJPEG and RTSP, killed, frozen and started again."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.sources import SourceSpec, open_source
from tests.pipeline.sources.cameras import HastyClock, mjpeg_camera, until, watching
from tests.pipeline.sources.drawing import always, draw_video, flat, levels

SERVER = Path(__file__).with_name("rtsp_server.py")
SYSTEM_PYTHON = Path("/usr/bin/python3")
DEBIAN_PACKAGES = "python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-base gstreamer1.0-plugins-good"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.mark.usefixtures("door")
def test_an_http_camera_that_is_killed_and_started_again_is_found_again() -> None:
    with mjpeg_camera() as camera:
        source = open_source(SourceSpec(camera.url), always, HastyClock())
        with watching(source) as viewer:
            until(lambda: len(viewer.frames) >= 5)
            assert source.status.state == "running"
            assert {frame.size for frame in viewer.frames} == {(64, 48)}
            camera.kill()
            until(lambda: source.status.state == "reconnecting")
            camera.size = (160, 120)
            camera.start()
            until(lambda: source.status.state == "running")
            until(lambda: viewer.frames[-1].size == (160, 120))
            assert source.status.reconnects == 1
            indices = [frame.index for frame in viewer.frames]
            assert indices == sorted(set(indices))


def test_a_dead_camera_does_not_slow_down_the_one_beside_it() -> None:
    silent = socket.create_server(("127.0.0.1", 0))  # accepts, and never says a word
    silent.settimeout(10)
    with mjpeg_camera(fps=50) as camera, silent:
        dead = open_source(SourceSpec(f"rtsp://u:s3cret@127.0.0.1:{silent.getsockname()[1]}/"), always)
        refused = open_source(SourceSpec(f"http://u:s3cret@127.0.0.1:{free_port()}/"), always, HastyClock())
        alive = open_source(SourceSpec(camera.url), always)
        with watching(dead) as nobody, silent.accept()[0], watching(refused), watching(alive) as viewer:
            until(lambda: len(viewer.frames) >= 10)
            first = viewer.frames[-1]
            until(lambda: viewer.frames[-1].time_s > first.time_s + 1.0)
            last = viewer.frames[-1]
            rate = (last.index - first.index) / (last.time_s - first.time_s)
            assert rate > 15, "it sends 50, and the machine may be busy; a camera that is held up brings none"
            assert alive.status.dropped < 10
            assert (len(nobody.frames), dead.status.state) == (0, "starting")
            until(lambda: refused.status.state == "reconnecting")


def test_no_password_reaches_the_status_or_standard_error() -> None:
    """FFmpeg and OpenCV write to the process's standard error by themselves, so only another process shows it."""
    code = f"""
import threading
from pipeline.sources import SourceSpec, open_source
for address in ("rtsp://admin:s3cret@127.0.0.1:{free_port()}/x", "http://h:s3cret@127.0.0.1:{free_port()}/?pwd=t0ken", "63"):
    source = open_source(SourceSpec(address), lambda index, time_s, glance: True)
    threading.Thread(target=lambda: list(source), daemon=True).start()
    while source.status.error is None:
        threading.Event().wait(0.01)
    print(source.status.state, source.status.error)
    source.close()
"""  # noqa: E501
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
    assert done.stderr == ""
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["reconnecting"] * 3
    assert "rtsp://admin:***@127.0.0.1" in done.stdout
    assert "63: cannot be opened" in done.stdout
    assert "s3cret" not in done.stdout
    assert "t0ken" not in done.stdout


def _missing_for_rtsp() -> str | None:
    if not SYSTEM_PYTHON.exists():
        return f"{SYSTEM_PYTHON} is not there"
    look = (
        "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import Gst, GstRtspServer; "
        "Gst.init(); assert all(Gst.ElementFactory.find(name) for name in ('qtdemux', 'rtph264pay'))"
    )
    found = subprocess.run([SYSTEM_PYTHON, "-c", look], capture_output=True, check=False).returncode == 0
    return None if found else f"needs the Debian packages {DEBIAN_PACKAGES}"


class RtspServer:
    """GStreamer's RTSP server in a process of its own."""

    def __init__(self, clip: Path) -> None:
        self.clip = clip
        self.port = free_port()
        self.process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"rtsp://127.0.0.1:{self.port}/live"

    def start(self) -> None:
        command = [str(part) for part in (SYSTEM_PYTHON, SERVER, self.port, self.clip)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "serving\n"

    def signal(self, number: int) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None


@pytest.fixture
def rtsp_server(tmp_path: Path) -> Iterator[RtspServer]:
    if reason := _missing_for_rtsp():
        pytest.skip(reason)
    server = RtspServer(draw_video(tmp_path / "street.mp4", (flat(20 + number % 200) for number in range(600))))
    server.start()
    yield server
    server.kill()


@pytest.mark.usefixtures("door")
def test_an_rtsp_camera_is_read_over_tcp_and_outlives_a_frozen_and_a_killed_server(rtsp_server: RtspServer) -> None:
    source = open_source(SourceSpec(rtsp_server.url, stall_s=1.0), always, HastyClock())
    with watching(source) as viewer:
        until(lambda: len(viewer.frames) >= 3)
        assert source.status.state == "running"
        assert {frame.size for frame in viewer.frames} == {(64, 48)}
        assert all(level is not None and 15 <= level <= 225 for level in levels(viewer.frames))
        assert not _udp_sockets_of_this_process(), "RTP comes inside the TCP connection"

        rtsp_server.signal(signal.SIGSTOP)  # the connection stands, but nothing comes
        until(lambda: "no frame for 1 s" in (source.status.error or ""))
        rtsp_server.signal(signal.SIGCONT)
        until(lambda: source.status.state == "running")

        rtsp_server.kill()
        until(lambda: source.status.state == "reconnecting")
        rtsp_server.start()
        until(lambda: source.status.state == "running")
        assert source.status.reconnects == 2


def _udp_sockets_of_this_process() -> list[str]:
    own = {os.readlink(link) for link in Path("/proc/self/fd").iterdir() if link.is_symlink()}
    rows = Path("/proc/self/net/udp").read_text().splitlines()[1:]
    return [row for row in rows if f"socket:[{row.split()[9]}]" in own]
