"""Calendars that services keep: the events of an iCalendar text as spans (the services' side of that door)."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import Field

from hypervisor.strict import Body, Id, Text

MOST_TEXT = 1_000_000
KNOWN_DAYS = 512  # days remembered; an evaluation asks for the same few again and again


class CalendarBody(Body):
    """A calendar as it is written."""

    name: Text = Field(description="name for people")
    ics: str = Field(max_length=MOST_TEXT, description="iCalendar (RFC 5545), recurrence included")


class Calendar(CalendarBody):
    """A calendar as it is kept."""

    id: Id
    service: Id = Field(description="who keeps it; every service may use it")


def parsed(ics: str) -> Any:
    """Return what answers which events lie in a span.

    Raises:
        ValueError: if the text is no calendar.
    """
    import recurring_ical_events  # only here: half a second that most processes need not spend
    from icalendar import Calendar as Parsed

    try:
        query = recurring_ical_events.of(Parsed.from_ical(ics))
        query.at((2000, 1))  # recurrence rules that make no sense are found here, not at night
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:  # what its parser raises
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        raise ValueError(f"is no calendar ({reason}); expected iCalendar (RFC 5545)") from error
    return query


class Almanac:
    """The calendars that are kept now; answers for days, and remembers a bounded number of answers."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._queries: dict[str, Any] = {}
        self._days: dict[tuple[str, date, str], list[tuple[float, float]]] = {}

    def follow(self, calendars: dict[str, str]) -> None:
        """Use these calendars, id → iCalendar text, from now on."""
        if calendars != self._texts:
            self._texts, self._queries, self._days = dict(calendars), {}, {}

    def __call__(self, calendar: str, day: date, timezone: str) -> list[tuple[float, float]]:
        """Return the events that touch a day, epoch seconds; none of a calendar that is not there."""
        key = (calendar, day, timezone)
        if key not in self._days:
            if len(self._days) >= KNOWN_DAYS:
                self._days.clear()
            self._days[key] = self._found(calendar, day, ZoneInfo(timezone))
        return self._days[key]

    def _found(self, calendar: str, day: date, zone: ZoneInfo) -> list[tuple[float, float]]:
        if calendar not in self._texts:
            return []
        if calendar not in self._queries:
            self._queries[calendar] = parsed(self._texts[calendar])
        start = datetime.combine(day, time(), zone)
        events = self._queries[calendar].between(start, start + timedelta(days=1))
        return [
            (_epoch(event.start, zone), _epoch(event.end, zone))
            for event in events
            if str(event.get("STATUS", "")).upper() != "CANCELLED"
        ]


def _epoch(moment: Any, zone: ZoneInfo) -> float:
    """Return a moment in epoch seconds; without a zone it is local time, a day begins at its midnight."""
    if isinstance(moment, datetime):
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC).timestamp()
    assert isinstance(moment, date)
    return datetime.combine(moment, time(), zone).timestamp()


def faults_of_calendar(calendar: CalendarBody) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a calendar, by field."""
    try:
        parsed(calendar.ics)
    except ValueError as error:
        yield "ics", str(error)
