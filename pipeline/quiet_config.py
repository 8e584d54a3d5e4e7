"""When something may lie in a zone: the configuration of collection days, markets and works (pydantic only)."""

from datetime import time
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, model_validator

from pipeline.schema import Id, Strict

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Reason = Literal["collection", "market", "terrace", "works", "event", "other"]


def _clock(value: object) -> object:
    """Read `HH:MM`; `24:00` is the end of the day, which `time` has no word for."""
    if isinstance(value, time):
        return value
    if not isinstance(value, str):  # YAML 1.2 reads 05:00 as text, but 5 as a number
        raise ValueError(f"got {value!r}; expected a time of day such as '05:30'")
    hours, colon, minutes = value.partition(":")
    if not (colon and hours.isdigit() and minutes.isdigit() and len(hours) <= 2 and len(minutes) == 2):
        raise ValueError(f"got {value!r}; expected a time of day such as '05:30'")
    if (int(hours), int(minutes)) == (24, 0):
        return time(0, 0)
    if int(hours) > 23 or int(minutes) > 59:
        raise ValueError(f"got {value!r}; expected 00:00 to 24:00")
    return time(int(hours), int(minutes))


LocalTime = Annotated[
    time,
    BeforeValidator(_clock),
    PlainSerializer(lambda value: value.strftime("%H:%M"), return_type=str, when_used="json"),  # as it is read
]


class WeeklyConfig(Strict):
    """The same hours on some days of every week."""

    days: tuple[Day, ...] = Field(min_length=1, description="days on which it begins")
    from_: LocalTime = Field(alias="from", description="first moment, local time, such as `05:00`")
    to: LocalTime = Field(
        description="last moment; not after `from`: on the next day, so `00:00` to `24:00` is the whole day"
    )


class ScheduleConfig(Strict):
    """A time in which something may lie there: nothing opens then, and what still lies there afterwards is new."""

    id: Id = Field(description="identifier, unique within the camera")
    name: str = Field(default="", description="name for people")
    reason: Reason = Field(description="why: told with what is left out")
    zones: tuple[Id, ...] = Field(default=(), description="zones of the camera that it is for; without: all")
    weekly: tuple[WeeklyConfig, ...] = Field(default=(), description="the same hours every week")
    ical: Path | None = Field(
        default=None,
        description="an iCalendar file (RFC 5545), such as the town's collection calendar: each event is a time",
    )

    @model_validator(mode="after")
    def _says_when(self) -> "ScheduleConfig":
        if not self.weekly and self.ical is None:
            raise ValueError("weekly: is missing, and ical too; expected one of them at least")
        return self
