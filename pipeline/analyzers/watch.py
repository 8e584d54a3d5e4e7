"""An analyzer that finds nothing and hands each look on: for pictures, tracks files and numbering."""

from collections.abc import Callable, Iterable

from pipeline.events import Event
from pipeline.tracks import Tracks


class Watch:
    """Call a function with the tracks of each look."""

    def __init__(self, see: Callable[[Tracks], None]) -> None:
        self._see = see

    def update(self, tracks: Tracks) -> Iterable[Event]:
        """Hand the tracks on."""
        self._see(tracks)
        return ()

    def close(self) -> Iterable[Event]:
        """Return nothing."""
        return ()
