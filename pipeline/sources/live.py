"""Live cameras: the newest picture wins, and a dead camera is tried again for ever."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

from pipeline.frame import Frame
from pipeline.redaction import redact
from pipeline.schedule import STILL, Due
from pipeline.sources.backoff import Backoff
from pipeline.sources.capture import Capture
from pipeline.sources.contract import Clock, Polygon, SourceSpec, SourceStatus, StatusBoard
from pipeline.sources.masks import MaskedGlance, Masks
from pipeline.sources.reader import Connect, Reader
from pipeline.sources.wanting import Wanting

MOST_ABANDONED = 4
"""Readers of one camera that may be stuck inside OpenCV at the same time; no new one is started beyond."""

_SOUND_S = 10.0  # a connection that brought frames for so long makes the next delay short again
_POLL_S = 0.2  # how often the watchdog looks while no frame comes
_CLOSE_S = 2.0  # how long `close` waits for the reader


class LiveSource:
    """A `Source` over a camera. It never fails, and ends only when it is closed.

    The reader's thread grabs every frame and asks `due` at once; only a wanted frame is converted. One frame waits for
    the consumer; a wanted one gives way only to a newer wanted one, and then counts as `dropped`. `Frame.index`
    numbers every frame that the camera sent, so whatever the consumer did not get is a gap.
    """

    def __init__(self, spec: SourceSpec, due: Due, clock: Clock, random: Callable[[], float], connect: Connect) -> None:
        self._spec = spec
        self._wanting = Wanting(due)
        self._clock = clock
        self._connect = connect
        self._backoff = Backoff(random)
        self._board = StatusBoard(clock)
        self._news = threading.Condition()  # guards all below
        self._pending: Frame | None = None
        self._index = 0
        self._time_s = 0.0
        self._closed = False
        self._connected_before = False
        self._reader: Reader | None = None
        self._masks = Masks(())
        self._abandoned: list[Reader] = []
        self._decoder: str | None = None

    @property
    def status(self) -> SourceStatus:
        """How it is now."""
        return self._board.status

    def __iter__(self) -> Iterator[Frame]:
        """Connect, and yield the newest frame whenever there is one."""
        with self._news:
            if self._reader is None and not self._closed:
                self._start_reader(0.0)
        while True:
            with self._news:
                self._news.wait_for(lambda: self._closed or self._pending is not None, _POLL_S)
                if self._closed:
                    return
                frame, self._pending = self._pending, None
                if frame is None:
                    self._watch()
            if frame is not None:
                yield frame

    def remask(self, masks: tuple[Polygon, ...]) -> None:
        """Black out other parts from the next picture on."""
        with self._news:
            self._spec = replace(self._spec, masks=masks)
            self._masks = Masks(masks)
            if self._pending is not None and self._pending.image is not None:  # it shows what must not be seen now
                self._masks.black_out(self._pending.image)

    def close(self) -> None:
        """Stop reading; a reader that is stuck inside OpenCV ends by its time-out."""
        with self._news:
            self._closed = True
            self._news.notify_all()
            reader = self._reader
        if reader is not None:
            reader.stop()
            if reader.alive:
                reader.join(_CLOSE_S)
        self._board.enter("ended")

    def attempting(self, reader: Reader) -> None:
        """Note that a connection is being opened (called by the reader)."""
        with self._news:
            if self._is_current(reader) and self._board.state != "starting":
                self._board.enter("reconnecting")

    def grabbed(self, reader: Reader, capture: Capture) -> None:
        """Take a frame from the reader's thread."""
        with self._news:
            if not self._is_current(reader):
                return
            index, masks = self._index, self._masks
            self._index += 1
            # A clock that is set back must not turn time around: it stands still until it has caught up.
            time_s = self._time_s = max(self._clock.epoch_s(), self._time_s + 0.001)
            glance = MaskedGlance(self._spec.masks, capture.glance)
            wanted = self._wanting.wants(index, time_s, glance, passed_over=capture.passed_over)
        still = wanted == STILL
        image = capture.retrieve() if wanted and not still else None
        if wanted and not still and image is None:
            self._board.add(unreadable=1, frames=1)
            return
        size = capture.size
        if image is not None:
            size = (image.shape[1], image.shape[0])
            masks.black_out(image)
        luma = None if image is None else glance.take()
        self._hand_over(reader, Frame(index, time_s, image, size, still, luma), capture)

    def lost(self, reader: Reader, why: str) -> float:
        """Note that there is no connection; return the delay before the next attempt (called by the reader)."""
        with self._news:
            if not self._is_current(reader):
                return 0.0
            self._board.enter("reconnecting", error=self._told(why))
            return self._next_delay_s(reader)

    def _hand_over(self, reader: Reader, frame: Frame, capture: Capture) -> None:
        with self._news:
            if not self._is_current(reader):
                return
            self._board.frame(frame.size)
            if self._board.state != "running":
                self._board.add(reconnects=int(self._connected_before))
                self._board.enter("running", error=None)
                self._connected_before = True
                self._decoder = None
            if frame.image is not None and capture.decoder != self._decoder:
                self._tell_decoder(reader, capture)
            waiting = self._pending
            if waiting is not None and (waiting.image is not None or waiting.still):
                if frame.image is None:
                    return
                self._board.add(dropped=int(waiting.image is not None))
            self._pending = frame
            self._news.notify_all()

    def _tell_decoder(self, reader: Reader, capture: Capture) -> None:
        self._decoder = capture.decoder
        reasons = [capture.fallback] if capture.fallback else []
        if self._spec.substream and reader.target != self._spec.substream:
            reasons.insert(0, "substream: cannot be opened")
        which = ", substream" if reader.target == self._spec.substream else ""
        self._board.change(decoder=self._decoder + which, decoder_fallback="; ".join(reasons) or None)

    def _watch(self) -> None:
        """Give up a reader that is stuck, or died, and start another."""
        reader = self._reader
        if reader is not None and (reader.overdue or not reader.alive):
            why = f"no frame for {self._spec.stall_s:g} s" if reader.alive else "its reader died"
            self._board.enter("stalled", error=self._told(why))
            reader.stop()
            self._abandoned.append(reader)
            self._reader = None
        self._abandoned = [stuck for stuck in self._abandoned if stuck.alive]
        if self._reader is None and len(self._abandoned) < MOST_ABANDONED:
            self._start_reader(self._next_delay_s(reader))

    def _start_reader(self, delay_s: float) -> None:
        # Masks of its own: a reader given up in mid-frame must not change the corners under the next one's hands.
        self._masks = Masks(self._spec.masks)
        targets = [self._spec.substream, self._spec.source] if self._spec.substream else [self._spec.source]
        self._reader = Reader(targets, self._spec.stall_s, self._connect, self._clock, self)
        self._reader.start(delay_s)

    def _next_delay_s(self, reader: Reader | None) -> float:
        if reader is not None and reader.sound_s >= _SOUND_S:
            self._backoff.reset()
        return self._backoff.next_s()

    def _is_current(self, reader: Reader) -> bool:
        return reader is self._reader and not self._closed

    def _told(self, why: str) -> str:
        return redact(f"{self._spec.source}: {why}")
