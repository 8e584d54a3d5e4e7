"""Calendars that services keep, and which of their events touch a day."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pydantic import Field

from hypervisor.strict import Body, Id, Text
from pipeline.calendars import Events

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


class Almanac:
    """The calendars that are kept now; answers for days, and remembers a bounded number of answers."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._events: dict[str, Events] = {}
        self._days: dict[tuple[str, date, str], list[tuple[float, float]]] = {}

    def follow(self, calendars: dict[str, str]) -> None:
        """Use these calendars, id → iCalendar text, from now on."""
        if calendars != self._texts:
            self._texts, self._events, self._days = dict(calendars), {}, {}

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
        if calendar not in self._events:
            self._events[calendar] = Events(self._texts[calendar])
        start = datetime.combine(day, time(), zone)
        spans = self._events[calendar].spans(start, start + timedelta(days=1))
        return [(begin.timestamp(), end.timestamp()) for begin, end in spans]


def faults_of_calendar(calendar: CalendarBody) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a calendar, by field."""
    try:
        Events(calendar.ics)
    except ValueError as error:
        yield "ics", str(error)
