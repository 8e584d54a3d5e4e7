"""Network cameras for a benchmark: Motion JPEG over HTTP on the loopback, each picture sent at its moment."""

import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

BOUNDARY = "picture"


class Cameras:
    """Cameras `/0`, `/1`, … that show the same pictures in a loop, each a little later than the one before.

    What was sent when is kept: `sent[camera]` is a list of (number of the picture in the loop, moment it was out,
    seconds since the Unix epoch).
    """

    def __init__(self, jpegs: Sequence[bytes], fps: float, count: int) -> None:
        self.sent: list[list[tuple[int, float]]] = [[] for _ in range(count)]
        self._jpegs, self._period_s, self._count = jpegs, 1 / fps, count
        self._over = threading.Event()
        cameras = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={BOUNDARY}")
                self.end_headers()
                with suppress(OSError):  # the reader went away
                    cameras.play(int(self.path.strip("/")), self.wfile)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, name="cameras", daemon=True).start()

    def __enter__(self) -> "Cameras":
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()

    def url(self, camera: int) -> str:
        """Return the address of a camera."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/{camera}"

    def play(self, camera: int, file: Any) -> None:
        """Send pictures until the end; the cameras' moments are spread over the time between two pictures."""
        number = 0
        began_s = time.monotonic() + self._period_s * camera / self._count
        while not self._over.wait(max(0.0, began_s + number * self._period_s - time.monotonic())):
            place = number % len(self._jpegs)
            jpeg = self._jpegs[place]
            head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
            file.write(head.encode() + jpeg + b"\r\n")
            file.flush()
            self.sent[camera].append((place, time.time()))
            number += 1
