"""Programs as they stand on the pages of the channels, run as they stand there."""

import os
import queue
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PAGES = Path(__file__).parents[3] / "docs" / "channels"
WAIT_S = 20.0


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class Example:
    """A page's program while it runs, and what it prints."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line.rstrip("\n"))

    def until(self, text: str) -> str:
        """Return the line that holds a text, once it is printed."""
        seen, end_s = [], time.monotonic() + WAIT_S
        while time.monotonic() < end_s:
            with suppress(queue.Empty):
                seen.append(self._lines.get(timeout=0.2))
                if text in seen[-1]:
                    return seen[-1]
            if self._process.poll() is not None and self._lines.empty():
                break
        raise AssertionError(f"{text!r} was not printed, but {seen}")


@contextmanager
def example(page: str, **environ: str) -> Iterator[Example]:
    """Run the program of a page until it listens."""
    (program,) = re.findall(
        r"^```python\n(.+?)^```", (PAGES / f"{page}.md").read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        env={**os.environ, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        shown = Example(process)
        shown.until("listening")
        yield shown
    finally:
        process.kill()
        process.communicate()
