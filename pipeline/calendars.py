"""The door to iCalendar for both sides: the events of a text as spans of time. Recurrence is the library's work."""

from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pipeline.errors import Refused

MOST_BYTES = 5 * 1024 * 1024
"""A collection calendar of many years has a few hundred kilobytes."""

CANCELLED = "CANCELLED"


class Events:
    """The events of one calendar, read once."""

    def __init__(self, ics: str | bytes) -> None:
        """Read a text.

        Raises:
            ValueError: if it is no calendar.
        """
        import recurring_ical_events  # only here: half a second that who has no calendar need not spend
        from icalendar import Calendar

        try:
            self._query = recurring_ical_events.of(Calendar.from_ical(ics))
            self._query.at((2000, 1))  # recurrence rules that make no sense are found here, not at night
        except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:  # what its parser raises
            reason = " ".join(str(error).split())[:120] or type(error).__name__
            raise ValueError(f"is no calendar ({reason}); expected iCalendar (RFC 5545)") from error

    def spans(self, first: datetime, last: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield start and end of the events that overlap [first, last), both with the zone's offset.

        What a calendar says without a zone is local time of `first`'s zone, whole days from midnight to midnight.
        """
        zone = first.tzinfo
        assert isinstance(zone, ZoneInfo)
        for event in self._query.between(first, last):
            if str(event.get("STATUS", "")).upper() != CANCELLED:
                yield _local(event.start, zone, fold=0), _local(event.end, zone, fold=1)


def events_of_file(path: Path) -> Events:
    """Read a file.

    Raises:
        Refused: if it is not there, too large, or no calendar.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise Refused(f"{path}: is larger than {MOST_BYTES // 1024} KiB; expected an iCalendar file")
        ics = path.read_bytes()
    except OSError as error:
        raise Refused(f"{path}: {error.strerror}; expected an iCalendar file") from error
    try:
        return Events(ics)
    except ValueError as error:
        raise Refused(f"{path}: {error}") from error


def _local(moment: Any, zone: ZoneInfo, fold: int) -> datetime:
    """Return a moment in the zone; `fold` says which of two equal clock times is meant when clocks go back."""
    if isinstance(moment, datetime):
        return moment.astimezone(zone) if moment.tzinfo else moment.replace(tzinfo=zone, fold=fold)
    assert isinstance(moment, date)
    return datetime.combine(moment, time(), zone)
