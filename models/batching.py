"""Pictures of several cameras, answered together where a device gains by it.

Nobody waits for company: while the device works on one batch, whatever arrives becomes the next one. So an idle device
answers at once, a busy one takes larger batches, and a picture is answered within two batches' time: the one that runs
when it comes and its own (or a further one for each `most` pictures that came before it). On a processor batches gain
nothing, and each camera's thread runs by itself.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.errors import SessionError
from models.runtime import RunSession

log = logging.getLogger(__name__)

MOST = 16
"""Pictures of one batch at most: beyond it a graphics card gains little, and everybody waits longer."""

Blob = NDArray[Any]


@dataclass(eq=False, slots=True)
class _Ticket:
    """One picture that waits for its answer."""

    blob: Blob  # (1, 3, H, W)
    outputs: list[Blob] = field(default_factory=list)
    error: str | None = None
    done: bool = False


class Batcher:
    """A `RunSession` for one picture over one for several, which several threads may call at once.

    Batches are filled up to 1, 2, 4, … pictures, so that a device sees few shapes. Where a batch fails, its pictures
    are tried one by one, and later batches are half as large: a card that others use too may be short of memory.
    """

    def __init__(self, run: RunSession, most: int = MOST) -> None:
        self._run = run
        self._most = most
        self._news = threading.Condition()  # guards all below
        self._waiting: deque[_Ticket] = deque()
        self._busy = False
        self._batches: dict[int, Blob] = {}  # one a size, filled again and again by whoever leads

    @property
    def most(self) -> int:
        """Pictures of one batch at most, now."""
        return self._most

    def __call__(self, blob: Blob) -> list[Blob]:
        """Return the outputs for one picture, each (1, …).

        Raises:
            SessionError: if the device fails with this picture alone.
        """
        ticket = _Ticket(blob)
        with self._news:
            self._waiting.append(ticket)
        while not ticket.done:
            batch = self._lead(ticket)
            if batch:
                self._answer(batch)
        if ticket.error is not None:
            raise SessionError(ticket.error)
        return ticket.outputs

    def _lead(self, ticket: _Ticket) -> list[_Ticket]:
        """Return a batch for this thread to run; nothing, once another one has answered its picture."""
        with self._news:
            self._news.wait_for(lambda: ticket.done or not self._busy)
            if ticket.done:
                return []
            self._busy = True
            return [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]

    def _answer(self, batch: list[_Ticket]) -> None:
        try:
            self._fill(batch)
        finally:
            with self._news:
                for ticket in batch:
                    if not ticket.outputs and ticket.error is None:
                        ticket.error = "the thread that ran this picture's batch was ended"
                    ticket.done = True
                self._busy = False
                self._news.notify_all()

    def _fill(self, batch: list[_Ticket]) -> None:
        """Give each picture its outputs, or the error that it met alone."""
        if len(batch) > 1:
            try:
                outputs = self._run(self._together(batch))
            except SessionError as error:
                self._most = max(1, len(batch) // 2)
                log.warning("a batch of %d pictures failed (%s); now %d at most", len(batch), error, self._most)
            else:
                for number, ticket in enumerate(batch):
                    ticket.outputs = [output[number : number + 1] for output in outputs]
                return
        for ticket in batch:
            try:
                ticket.outputs = self._run(ticket.blob)
            except SessionError as error:
                ticket.error = str(error)

    def _together(self, batch: list[_Ticket]) -> Blob:
        """Return pictures as one array, filled up to a power of two with whatever lay there before."""
        size, first = 1 << (len(batch) - 1).bit_length(), batch[0].blob
        if size not in self._batches:
            self._batches[size] = np.zeros((size, *first.shape[1:]), first.dtype)
        for number, ticket in enumerate(batch):
            self._batches[size][number] = ticket.blob[0]
        return self._batches[size]


class BatchSizes:
    """A `RunSession` for batches over one session a batch size, opened when the first such batch comes.

    Not for two threads at once: the batcher's leader calls it.
    """

    def __init__(self, opener: Callable[[int], RunSession]) -> None:
        """Open the session for one picture.

        Args:
            opener: pictures of a batch → a session for just so many.

        Raises:
            SessionError: if the device refuses.
        """
        self._open = opener
        self._sessions = {1: opener(1)}

    def __call__(self, blob: Blob) -> list[Blob]:
        """Return all outputs for pictures (batch, 3, H, W)."""
        run = self._sessions.get(len(blob))
        if run is None:
            run = self._sessions[len(blob)] = self._open(len(blob))
        return run(blob)
