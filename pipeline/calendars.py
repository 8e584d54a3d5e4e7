"""The door to iCalendar: the events of a text as spans of time. Recurrence is the library's work.

The library takes half a second to load, so it is loaded with the first calendar.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Generic, NamedTuple, Protocol, TypeVar
from zoneinfo import ZoneInfo

from pipeline.errors import Refused

MOST_BYTES = 5 * 1024 * 1024
"""A collection calendar of many years has a few hundred kilobytes."""

CANCELLED = "CANCELLED"
_log = logging.getLogger(__name__)


class Happening(NamedTuple):
    """One event, with the offset of the zone that was asked for."""

    start: datetime
    end: datetime
    name: str


class CalendarText:
    """The events of an iCalendar text, read once."""

    def __init__(self, text: str | bytes) -> None:
        """Read a text.

        Raises:
            ValueError: if it is no calendar.
        """
        import recurring_ical_events
        from icalendar import Calendar as Parsed

        try:
            self._query = recurring_ical_events.of(Parsed.from_ical(text))
            self._query.at((2000, 1))  # recurrence rules that make no sense are found here, not at night
        except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:  # what its parser raises
            reason = " ".join(str(error).split())[:120] or type(error).__name__
            raise ValueError(f"is no calendar ({reason}); expected iCalendar (RFC 5545)") from error

    def happenings(self, first: datetime, last: datetime) -> Iterator[Happening]:
        """Yield the events that overlap [first, last).

        What a calendar says without a zone is local time of `first`'s zone, whole days from midnight to midnight.
        """
        zone = first.tzinfo
        assert isinstance(zone, ZoneInfo)
        for event in self._query.between(first, last):
            if str(event.get("STATUS", "")).upper() != CANCELLED:
                name = str(event.get("SUMMARY", ""))
                yield Happening(_local(event.start, zone, fold=0), _local(event.end, zone, fold=1), name)

    def spans(self, first: datetime, last: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield start and end of the events that overlap [first, last)."""
        yield from ((one.start, one.end) for one in self.happenings(first, last))


class CalendarFile(CalendarText):
    """One calendar on disk, read once."""

    def __init__(self, path: Path) -> None:
        """Read a file.

        Raises:
            Refused: if it is not there, too large, or no calendar.
        """
        try:
            if path.stat().st_size > MOST_BYTES:
                raise Refused(f"{path}: is larger than {MOST_BYTES // 1024} KiB; expected an iCalendar file")
            super().__init__(path.read_bytes())
        except OSError as error:
            raise Refused(f"{path}: {error.strerror}; expected an iCalendar file") from error
        except ValueError as error:
            raise Refused(f"{path}: {error}") from error


class HasSpans(Protocol):
    """What has events."""

    def spans(self, first: datetime, last: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield start and end of the events that overlap [first, last)."""


Spans = TypeVar("Spans", bound=HasSpans)


@dataclass(slots=True)
class Followed(Generic[Spans]):
    """A calendar on disk: read again when it was replaced."""

    path: Path
    open: Callable[[Path], Spans]
    calendar: Spans
    stamp: tuple[int, int] | None = None

    def refresh(self) -> None:
        """Read it again if it was replaced; what cannot be read is told, and what it said before goes on."""
        stamp = stamp_of(self.path)
        if stamp == self.stamp:
            return
        self.stamp = stamp
        try:
            self.calendar = self.open(self.path)
        except Refused as error:
            _log.warning("%s; what it said before goes on", error)


def stamp_of(path: Path) -> tuple[int, int] | None:
    """Return what changes when a file is replaced; None while it is not there."""
    try:
        told = path.stat()
    except OSError:
        return None
    return told.st_mtime_ns, told.st_size


def _local(moment: Any, zone: ZoneInfo, fold: int) -> datetime:
    """Return a moment in the zone; `fold` says which of two equal clock times is meant when clocks go back."""
    if isinstance(moment, datetime):
        return moment.astimezone(zone) if moment.tzinfo else moment.replace(tzinfo=zone, fold=fold)
    assert isinstance(moment, date)
    return datetime.combine(moment, time(), zone)
