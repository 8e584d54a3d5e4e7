"""Cameras that tests switch on and off: one scripted, one real over HTTP."""

import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.frame import Frame
from pipeline.sources import Clock, Source
from pipeline.sources.luma import of_bgr
from tests.pipeline.sources.drawing import flat

LIMIT_S = 10.0


def until(true: Callable[[], bool], within_s: float = LIMIT_S) -> None:
    """Wait until something is true; fail if it takes too long."""
    end_s = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < end_s, f"not within {within_s} s"
        time.sleep(0.005)


class HastyClock(Clock):
    """The real time, but nobody waits longer than a moment between two attempts."""

    def __init__(self) -> None:
        self.asked_s: list[float] = []

    def wait(self, stop: threading.Event, seconds: float) -> None:
        """Remember the wait that was asked for, and cut it short."""
        self.asked_s.append(seconds)
        stop.wait(min(seconds, 0.01))


class ScriptedCamera:
    """Follows a script: each connection is refused, or brings pictures until it breaks off or hangs."""

    def __init__(self) -> None:
        self.answers: queue.Queue[Connection | None] = queue.Queue()
        self.connections: list[Connection] = []
        self.attempts = 0
        self.asked: tuple[str, float, float] | None = None

    def connect(self, target: str, open_timeout_s: float, read_timeout_s: float) -> "Connection | None":
        """Give the next scripted answer, once there is one."""
        self.attempts += 1
        self.asked = (target, open_timeout_s, read_timeout_s)
        return self.answers.get(timeout=LIMIT_S)

    def refuse(self, times: int = 1) -> None:
        """Script refused connections."""
        for _ in range(times):
            self.answers.put(None)

    def accept(self) -> "Connection":
        """Script a connection."""
        connection = Connection()
        self.connections.append(connection)
        self.answers.put(connection)
        return connection

    def switch_off(self) -> None:
        """End everything that hangs."""
        self.refuse(10)
        for connection in self.connections:
            connection.break_off()


class Connection:
    """One scripted connection (a `Capture`); `grab` hangs while there is nothing to do."""

    passed_over = False
    decoder = "scripted"
    fallback: str | None = None

    def __init__(self) -> None:
        self.script: queue.Queue[NDArray[np.uint8] | None] = queue.Queue()
        self.present: NDArray[np.uint8] | None = None
        self.retrieved = 0
        self.released = threading.Event()

    def send(self, *pictures: NDArray[np.uint8]) -> None:
        """Let the camera send pictures."""
        for picture in pictures:
            self.script.put(picture)

    def break_off(self) -> None:
        """Let the connection end."""
        self.script.put(None)

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the present picture."""
        assert self.present is not None
        return self.present.shape[1], self.present.shape[0]

    @property
    def position_s(self) -> float:
        """Live captures have no media time that anyone asks for."""
        raise NotImplementedError

    def grab(self) -> bool:
        """Wait for the next picture."""
        self.present = self.script.get(timeout=LIMIT_S)
        return self.present is not None

    def retrieve(self) -> NDArray[np.uint8] | None:
        """Return the present picture."""
        self.retrieved += 1
        return None if self.present is None else self.present.copy()

    def glance(self) -> NDArray[np.uint8] | None:
        """Return the present picture, small."""
        return None if self.present is None else of_bgr(self.present)

    def release(self) -> None:
        """Note that the reader has let go."""
        self.released.set()


class Viewer:
    """A consumer in a thread of its own that keeps the frames it gets."""

    def __init__(self, source: Source) -> None:
        self.frames: list[Frame] = []
        self._source = source
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        for frame in self._source:
            self.frames.append(frame)

    def leave(self) -> None:
        """Close the source and see the iteration end."""
        self._source.close()
        self._thread.join(LIMIT_S)
        assert not self._thread.is_alive()


@contextmanager
def watching(source: Source) -> Iterator[Viewer]:
    """Look at a source until the block ends."""
    viewer = Viewer(source)
    try:
        yield viewer
    finally:
        viewer.leave()


class MjpegCamera:
    """An HTTP camera on the loopback that sends JPEG pictures without end; it can be killed and started again."""

    def __init__(self, fps: float = 50.0) -> None:
        self.fps = fps
        self.size = (64, 48)
        self.port = 0
        self._server: ThreadingHTTPServer | None = None
        self._dead = threading.Event()

    @property
    def url(self) -> str:
        """The address, with a password that nobody may see."""
        return f"http://viewer:s3cret@127.0.0.1:{self.port}/video?token=t0ken"

    def start(self) -> None:
        """Serve, on the port it had before."""
        camera, dead = self, threading.Event()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=picture")
                self.end_headers()
                camera._send_pictures(self, dead)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name is inherited)
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._dead = dead
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def kill(self) -> None:
        """Break off all connections and stop listening."""
        self._dead.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def _send_pictures(self, handler: BaseHTTPRequestHandler, dead: threading.Event) -> None:
        number = 0
        while not dead.is_set():
            data = cv2.imencode(".jpg", flat(number * 10 % 250, self.size))[1].tobytes()
            head = f"--picture\r\nContent-Type: image/jpeg\r\nContent-Length: {len(data)}\r\n\r\n".encode()
            try:
                handler.wfile.write(head + data + b"\r\n")
            except OSError:  # the viewer is gone
                return
            number += 1
            time.sleep(1 / self.fps)


@contextmanager
def mjpeg_camera(fps: float = 50.0) -> Iterator[MjpegCamera]:
    """Serve until the block ends."""
    camera = MjpegCamera(fps)
    camera.start()
    try:
        yield camera
    finally:
        camera.kill()
