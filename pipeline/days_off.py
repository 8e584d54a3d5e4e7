"""Days that are unlike their weekday: public holidays of a country, and what calendars say, such as school holidays."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from pipeline.calendars import CalendarFile, Followed, stamp_of
from pipeline.schema import Strict

LEAST = timedelta(hours=12)
"""Of a day: an event that lasts as long makes it another day; a meeting does not."""


class HolidaysConfig(Strict):
    """Which days are off here. Without: none is known, and none is guessed."""

    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = Field(
        default=None, description="country whose public holidays count, ISO 3166-1, such as `FR`"
    )
    subdivision: Annotated[str, Field(max_length=10)] | None = Field(
        default=None, description="part of the country with days of its own, ISO 3166-2 without the country (`57`)"
    )
    calendars: tuple[Path, ...] = Field(
        default=(), max_length=20, description="iCalendar files whose whole-day events count, such as school holidays"
    )

    @model_validator(mode="after")
    def _known(self) -> "HolidaysConfig":
        if self.subdivision is not None and self.country is None:
            raise ValueError("subdivision: has no country; expected one")
        if self.country is not None:
            _known_part(self.country, self.subdivision)
        return self


class DayOff(NamedTuple):
    """One day off."""

    day: date
    kind: Literal["public", "calendar"]
    fr: str
    en: str


class DaysOff:
    """The days off of a site; calendars on disk are read again when they were replaced."""

    def __init__(self, config: HolidaysConfig, base: Path, zone: ZoneInfo) -> None:
        """Read the calendars; `base`: where relative paths start.

        Raises:
            Refused: if one cannot be read.
        """
        self._config, self._zone = config, zone
        paths = [base / one.expanduser() for one in config.calendars]
        self._files = [Followed(path, CalendarFile, CalendarFile(path), stamp_of(path)) for path in paths]

    def between(self, first: date, last: date) -> list[DayOff]:
        """Return the days off from the first to the last day, each once; a public holiday is told as such."""
        found = {one.day: one for one in self._of_calendars(first, last)}
        if self._config.country is not None:
            found |= {one.day: one for one in public(self._config.country, self._config.subdivision, first, last)}
        return [found[day] for day in sorted(found)]

    def _of_calendars(self, first: date, last: date) -> Iterator[DayOff]:
        begin, end = (datetime.combine(day, time(), self._zone) for day in (first, last + timedelta(days=1)))
        for file in self._files:
            file.refresh()
            for one in file.calendar.happenings(begin, end):
                for day in _days(max(one.start, begin), min(one.end, end)):
                    yield DayOff(day, "calendar", one.name, one.name)


def public(country: str, subdivision: str | None, first: date, last: date) -> Iterator[DayOff]:
    """Yield the public holidays of a country; names are French and English as far as the library has them."""
    years = range(first.year, last.year + 1)
    french, english = (_listed(country, subdivision, years, one) for one in ("fr", "en_US"))
    for day, name in sorted(french.items()):
        if first <= day <= last:
            yield DayOff(day, "public", name, english.get(day, name))


def _listed(country: str, subdivision: str | None, years: range, language: str) -> dict[date, str]:
    import holidays  # loaded where a country is configured

    known = getattr(holidays.utils.country_holidays(country), "supported_languages", ())
    chosen = language if language in known else None
    return dict(holidays.country_holidays(country, subdiv=subdivision, years=years, language=chosen))


def _known_part(country: str, subdivision: str | None) -> None:
    import holidays

    there = holidays.list_supported_countries()
    if country not in there:
        raise ValueError(f"country: {country!r} is unknown; expected two letters of ISO 3166-1 such as FR")
    parts: list[Any] = there[country]
    if subdivision is not None and subdivision not in parts:
        listed = f"one of {', '.join(parts)}" if parts else "none: all of the country has the same days"
        raise ValueError(f"subdivision: {subdivision!r} is unknown in {country}; expected {listed}")


def _days(start: datetime, end: datetime) -> Iterator[date]:
    """Yield the local days of which a span covers half."""
    day = start.date()
    while (midnight := datetime.combine(day, time(), start.tzinfo)) < end:
        if min(end, midnight + timedelta(days=1)) - max(start, midnight) >= LEAST:
            yield day
        day += timedelta(days=1)
