"""A bounded buffer between who counts and who delivers."""

import threading
from collections import deque

from pipeline.publish import Entry


class Outbox:
    """Entries in order, handed out in batches; a batch stays until it is confirmed.

    Beyond `bound` entries the oldest are lost and counted (`drop_oldest`), or `put` waits.
    """

    def __init__(self, bound: int, batch_entries: int, drop_oldest: bool) -> None:
        self._bound = bound
        self._batch_entries = batch_entries
        self._drop_oldest = drop_oldest
        self._entries: deque[Entry] = deque()
        self._batch: list[Entry] = []
        self._poked = False
        self._closed = False
        self.lost = 0
        lock = threading.Lock()
        self._work, self._room = threading.Condition(lock), threading.Condition(lock)

    def __len__(self) -> int:
        """Return how many entries are not confirmed yet."""
        return len(self._entries) + len(self._batch)

    def put(self, entry: Entry) -> None:
        """Take an entry. After `close` it is lost."""
        with self._room:
            while len(self._entries) >= self._bound and not (self._drop_oldest or self._closed):
                self._room.wait()
            if self._closed:
                self.lost += 1
                return
            if len(self._entries) >= self._bound:
                self._entries.popleft()
                self.lost += 1
            self._entries.append(entry)
            if len(self._entries) in (1, self._batch_entries):  # the first starts the clock, the last ends it
                self._work.notify()

    def poke(self) -> None:
        """Wake who waits for work, though no entry came."""
        with self._work:
            self._poked = True
            self._work.notify()

    def wait(self, gather_s: float) -> bool:
        """Wait for work, and up to `gather_s` more for a full batch; return False when closed and empty."""
        with self._work:
            self._work.wait_for(lambda: self._closed or self._poked or len(self) > 0)
            self._work.wait_for(lambda: self._closed or len(self) >= self._batch_entries, gather_s)
            more = self._poked or bool(self) or not self._closed
            self._poked = False
            return more

    def pause(self, pause_s: float) -> None:
        """Wait before trying again; something new may cut it short."""
        with self._work:
            self._work.wait(pause_s)

    def batch(self) -> list[Entry]:
        """Return the oldest entries: the same ones until they are confirmed."""
        with self._room:
            while self._entries and len(self._batch) < self._batch_entries:
                self._batch.append(self._entries.popleft())
            self._room.notify_all()
            return list(self._batch)

    def confirm(self) -> None:
        """Forget the batch: it was delivered."""
        with self._room:
            self._batch.clear()

    def close(self) -> None:
        """Take nothing more."""
        with self._room:
            self._closed = True
            self._room.notify_all()
            self._work.notify_all()

    def abandon(self) -> int:
        """Give up what is left and return how many entries that is."""
        with self._room:
            left = len(self)
            self._entries.clear()
            self._batch.clear()
            self.lost += left
            return left
