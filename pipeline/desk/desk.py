"""The desk of a worker: hears what is asked of its cameras, and answers, on two threads of its own.

One thread listens; the other makes pictures and counts again. Neither ever holds what a camera's thread waits for, and
whatever waits here is bounded: too many questions, or pictures that come too fast, are left out.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from pipeline import asks
from pipeline.asks import Answer, Ask, Content, Taken, packed
from pipeline.desk.camera_desk import CameraDesk, busy
from pipeline.desk.window import Window
from pipeline.errors import ParvisError
from pipeline.redis_line import RedisLine

POLL_S = 0.2
PAUSE_S = 2.0
MOST_WAITING = 16
MOST_GATHERING = 2
"""Cameras of one worker whose pictures are held for a still at the same time: some 100 MB each."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Heard:
    """A question, and when it came (monotonic)."""

    camera: str
    ask: Ask
    at_s: float


@dataclass(slots=True)
class _Mouth:
    """Speaks for one camera."""

    camera: str
    line: Callable[[], RedisLine | None]

    def answer(self, ask: Ask, content: Content, picture: bytes = b"") -> None:
        """Answer one question; whoever does not wait any more does not hear it."""
        line = self.line()
        if line is not None:
            _say(line, asks.answers(ask.id, line.db), packed(Answer(id=ask.id, content=content), picture))

    def show(self, taken: Taken, picture: bytes) -> int:
        """Show a live picture; return how many processes watch."""
        line = self.line()
        if line is None:
            return 0
        return _say(line, asks.live(self.camera, line.db), packed(Answer(id="0" * 32, content=taken), picture))


class Desk:
    """Answers for the cameras of one worker.

    `windows` tells which cameras there are now; `connect` opens a line, and is called again after every loss.
    """

    def __init__(
        self,
        windows: Callable[[], Mapping[str, Window]],
        connect: Callable[[], RedisLine | None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._windows, self._connect, self._clock = windows, connect, clock
        self._line: RedisLine | None = None
        self._waiting: deque[_Heard] = deque()
        self._wake, self._over = threading.Event(), threading.Event()
        self._desks: dict[str, CameraDesk] = {}
        self._counting = threading.Semaphore()
        self._threads = [
            threading.Thread(target=self._listen, name="desk-ear", daemon=True),
            threading.Thread(target=self._work, name="desk", daemon=True),
        ]

    def start(self) -> None:
        """Begin to listen."""
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Listen and look out no more."""
        self._over.set()
        self._wake.set()
        for thread in self._threads:
            thread.join(2 * PAUSE_S)

    def _listen(self) -> None:
        while not self._over.is_set():
            try:
                self._line = self._line or self._connect()
                if self._line is None:  # not told yet where
                    self._over.wait(POLL_S)
                    continue
                self._hear(self._line)
            except ParvisError as error:
                _log.warning("nobody can ask for pictures: %s", error)
                self._hang_up()
                self._over.wait(PAUSE_S)
        self._hang_up()

    def _hear(self, line: RedisLine) -> None:
        cameras = {asks.asks(camera, line.db): camera for camera in self._windows()}
        if not cameras:
            self._over.wait(POLL_S)
            return
        line.hear(cameras)
        heard = line.next(POLL_S)
        if heard is None or heard[0] not in cameras:
            return
        try:
            ask = Ask.model_validate_json(heard[1])
        except ValidationError as error:
            _log.warning("%s: a question cannot be read (%d faults)", cameras[heard[0]], error.error_count())
            return
        if len(self._waiting) >= MOST_WAITING:
            self._mouth(cameras[heard[0]]).answer(ask, busy())
            return
        self._waiting.append(_Heard(cameras[heard[0]], ask, self._clock()))
        self._wake.set()

    def _hang_up(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.close()

    def _work(self) -> None:
        while not self._over.is_set():
            self._wake.wait(POLL_S)
            self._wake.clear()
            try:
                self.turn()
            except Exception:  # noqa: BLE001 (an edge: what breaks one answer must not silence the desk)
                _log.exception("the desk could not answer")
        for desk in self._desks.values():
            desk.close()

    def turn(self) -> None:
        """Answer what waits."""
        windows = self._windows()
        for camera, desk in list(self._desks.items()):
            if windows.get(camera) is not desk.window:  # gone, or begun anew
                del self._desks[camera]
                desk.close()
        while self._waiting:
            heard = self._waiting.popleft()
            if heard.camera in windows and self._clock() - heard.at_s < heard.ask.within_s:
                self._take(heard, windows[heard.camera])
        for desk in self._desks.values():
            desk.look()
            desk.sweep()

    def _take(self, heard: _Heard, window: Window) -> None:
        desk = self._desks.get(heard.camera) or self._desks.setdefault(heard.camera, self._made(heard.camera, window))
        gathering = sum(other.is_gathering for other in self._desks.values() if other is not desk)
        if heard.ask.what == "still" and gathering >= MOST_GATHERING and not desk.is_gathering:
            self._mouth(heard.camera).answer(heard.ask, busy())
            return
        desk.ask(heard.ask)

    def _made(self, camera: str, window: Window) -> CameraDesk:
        def look_out(until_s: float, gap_s: float) -> None:
            window.open(until_s, gap_s, self._wake)

        return CameraDesk(window, self._mouth(camera), look_out, self._clock, self._counting)

    def _mouth(self, camera: str) -> _Mouth:
        return _Mouth(camera, lambda: self._line)


def _say(line: RedisLine, channel: str, message: bytes) -> int:
    try:
        return line.say(channel, message)
    except ParvisError as error:  # the ear will notice, and connect anew
        _log.warning("an answer could not be given: %s", error)
        return 0
