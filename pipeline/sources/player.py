"""Plays a recording: at its own speed or as fast as it is taken, once or again and again."""

import threading
from collections.abc import Callable, Generator, Iterator

from pipeline.errors import SourceError
from pipeline.frame import Frame
from pipeline.schedule import STILL, Due, Wanted
from pipeline.sources.contract import Clock, Polygon, SourceSpec, SourceStatus, StatusBoard
from pipeline.sources.masks import MaskedGlance, Masks
from pipeline.sources.video import Reel
from pipeline.sources.wanting import Wanting

LATE_S = 0.5
"""A picture that comes later is missed. Looks of cameras that share a core and fall together wait for each other; that
costs none of them as long as it is no longer than about the time between two looks."""


class RecordedSource:
    """A `Source` over a reel. Every frame is yielded; `Frame.image` is None for those that are not wanted.

    Pace `realtime`: a frame comes when its moment has come. Whoever is late misses the pictures (not the frames) that
    are older than `LATE_S`, as with a live camera; `dropped` counts those that were due.

    Raises:
        SourceError: if the recording cannot be opened.
    """

    def __init__(self, open_reel: Callable[[], Reel], spec: SourceSpec, due: Due, clock: Clock) -> None:
        self._open_reel = open_reel
        self._reel = open_reel()
        self._wanting = Wanting(due)
        self._clock = clock
        self._realtime = spec.pace == "realtime"
        self._loop = spec.loop
        self.remask(spec.masks)
        self._stop = threading.Event()
        self._began_s: float | None = None  # monotonic moment of media time 0
        self._board = StatusBoard(clock, size=self._reel.size, fps=self._reel.fps, duration_s=self._reel.duration_s)
        self._tell_decoder()
        self._frames: Generator[Frame, None, None] = self._play()
        self._turn = threading.Lock()  # held by whoever is inside the generator

    @property
    def status(self) -> SourceStatus:
        """How it is now."""
        return self._board.status

    def __iter__(self) -> Iterator[Frame]:
        """Yield the frames; the numbers and times go on rising when the recording begins again."""
        while True:
            with self._turn:
                frame = next(self._frames, None)
            if frame is None:
                return
            yield frame

    def remask(self, masks: tuple[Polygon, ...]) -> None:
        """Black out other parts from the next picture on."""
        self._masks = Masks(masks)
        self._glance = MaskedGlance(masks, lambda: self._reel.glance())  # the reel changes with each loop

    def close(self) -> None:
        """Stop before the next frame."""
        self._stop.set()
        if not self._turn.acquire(blocking=False):  # another thread is inside the iteration, and will end it
            return
        try:
            self._frames.close()
            self._reel.close()
        finally:
            self._turn.release()

    def _play(self) -> Generator[Frame, None, None]:
        self._board.enter("running")
        index, start_s = 0, 0.0
        try:
            while True:
                time_s = 0.0
                while not self._stop.is_set() and (advanced_s := self._reel.advance()) is not None:
                    time_s = advanced_s
                    frame = self._frame(index, start_s + time_s)
                    index += 1
                    if frame is not None:
                        yield frame
                length_s = time_s + 1 / self._reel.fps
                if self._stop.is_set() or not self._begin_again(length_s):
                    return
                start_s += length_s
        finally:
            self._reel.close()
            if self._board.state == "running":
                self._board.enter("ended")

    def _frame(self, index: int, time_s: float) -> Frame | None:
        if self._realtime:
            self._wait_for(time_s)
        size = self._reel.size
        image, wanted, luma = None, self._wanted(index, time_s), self._glance.take()
        if wanted and wanted != STILL:
            image = self._reel.picture()
            if image is None:
                self._board.add(unreadable=1, frames=1)
                return None
            size = (image.shape[1], image.shape[0])
            self._masks.black_out(image)
        self._board.frame(size)
        return Frame(index, time_s, image, size, wanted == STILL, None if image is None else luma)

    def _tell_decoder(self) -> None:
        decoder, fallback = self._reel.decoder
        self._board.change(decoder=decoder, decoder_fallback=fallback)

    def _wanted(self, index: int, time_s: float) -> Wanted:
        wanted = self._wanting.wants(index, time_s, self._glance, passed_over=self._reel.passed_over)
        if not wanted:
            return False
        if self._realtime and self._lateness_s(time_s) > LATE_S:
            self._board.add(dropped=1)
            return False
        return wanted

    def _wait_for(self, time_s: float) -> None:
        early_s = -self._lateness_s(time_s)
        if early_s > 0:
            self._clock.wait(self._stop, early_s)

    def _lateness_s(self, time_s: float) -> float:
        now_s = self._clock.monotonic_s()
        if self._began_s is None:
            self._began_s = now_s - time_s
        return now_s - (self._began_s + time_s)

    def _begin_again(self, length_s: float) -> bool:
        """Note how the pass went; return whether another one began."""
        self._board.change(duration_s=length_s)
        self._tell_decoder()
        if self._board.loop == 0 and (fault := self._reel.fault()):
            self._board.change(complete=False, error=fault)
        if not self._loop:
            self._board.enter("ended")
            return False
        self._reel.close()
        try:
            self._reel = self._open_reel()
        except SourceError as error:
            self._board.enter("failed", complete=False, error=str(error))
            return False
        self._board.add(loop=1)
        return True
