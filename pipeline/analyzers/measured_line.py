"""A line with measures beyond its crossings: each measure is handed every look and what crossed in it."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from pipeline.analyzers.line import LineAnalyzer
from pipeline.events import Crossing, Event
from pipeline.tracks import Tracks


class LineMeasure(Protocol):
    """One measure of a line."""

    def look(self, tracks: Tracks, crossings: Sequence[Crossing]) -> Iterable[Event]:
        """Return what this look proves; the crossings are of now or, of an object young until now, of before."""

    def close(self, crossings: Sequence[Crossing]) -> Iterable[Event]:
        """Return what the end of the recording proves; the crossings are those it cut off."""


class MeasuredLine:
    """Count the crossings of a line, and hand them to its measures."""

    def __init__(self, line: LineAnalyzer, measures: Sequence[LineMeasure]) -> None:
        self._line = line
        self._measures = measures

    def update(self, tracks: Tracks) -> Iterable[Event]:
        """Return the crossings that this frame proves, and what they tell the measures."""
        crossings = list(self._line.update(tracks))
        return [*crossings, *(event for one in self._measures for event in one.look(tracks, crossings))]

    def close(self) -> Iterable[Event]:
        """Return what the end of the recording proves."""
        crossings = list(self._line.close())
        return [*crossings, *(event for one in self._measures for event in one.close(crossings))]
