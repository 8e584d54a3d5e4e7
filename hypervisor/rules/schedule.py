"""When a rule may alert: hours of weekdays, and the events of calendars (school holidays, markets, works)."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field, model_validator

from hypervisor.strict import Body, Id, Many

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
TimeOfDay = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", examples=["07:30"])]
Happening = Callable[[str, date, str], list[tuple[float, float]]]
"""Calendar, day, time zone → spans of its events on that day, epoch seconds."""


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"{name!r} is no time zone; expected such as Europe/Paris")
    return name


class Hours(Body):
    """Hours of some weekdays. `to` before `from` reaches into the next day; equal ones are the whole day."""

    days: Many[Day] = Field(default=DAYS, min_length=1, max_length=7)
    from_: TimeOfDay = Field(default="00:00", alias="from")
    to: TimeOfDay = "00:00"


class RuleSchedule(Body):
    """Inside one of `hours` (always, without), during an event of `during`, and during none of `except`."""

    timezone: Annotated[str, AfterValidator(_known_zone)] = "Europe/Paris"
    hours: Many[Hours] = Field(default=(), max_length=50)
    during: Many[Id] = Field(default=(), max_length=20, description="calendars: only during one of their events")
    except_: Many[Id] = Field(
        default=(), max_length=20, alias="except", description="calendars: never during their events (school holidays)"
    )

    @model_validator(mode="after")
    def _says_something(self) -> "RuleSchedule":
        if not (self.hours or self.during or self.except_):
            raise ValueError("hours: is missing; expected hours, during or except")
        return self

    @property
    def calendars(self) -> tuple[str, ...]:
        """Return the calendars it needs."""
        return (*self.during, *self.except_)


def is_on(schedule: RuleSchedule | None, at_s: float, happening: Happening) -> bool:
    """Tell whether a rule may alert at a moment, epoch seconds."""
    if schedule is None:
        return True
    local = datetime.fromtimestamp(at_s, ZoneInfo(schedule.timezone))
    if schedule.hours and not any(_within(hours, local) for hours in schedule.hours):
        return False

    def in_event(calendar: str) -> bool:
        return any(start <= at_s < end for start, end in happening(calendar, local.date(), schedule.timezone))

    if schedule.during and not any(in_event(calendar) for calendar in schedule.during):
        return False
    return not any(in_event(calendar) for calendar in schedule.except_)


def _within(hours: Hours, local: datetime) -> bool:
    """Tell whether a local moment lies in the hours, by what the clock on the wall shows."""
    now = local.strftime("%H:%M")
    if hours.from_ < hours.to or hours.from_ == hours.to:
        whole_day = hours.from_ == hours.to
        return _on(hours, local.date()) and (whole_day or hours.from_ <= now < hours.to)
    began_yesterday = now < hours.to and _on(hours, local.date() - timedelta(days=1))
    return began_yesterday or (now >= hours.from_ and _on(hours, local.date()))


def _on(hours: Hours, day: date) -> bool:
    return DAYS[day.weekday()] in hours.days
