"""Schedules: hours of weekdays as clocks show them, and the events of calendars."""

from datetime import datetime
from typing import Any

import pytest

from hypervisor.rules.calendars import Almanac
from hypervisor.rules.schedule import RuleSchedule, is_on

HOLIDAYS = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//test//FR
BEGIN:VEVENT
UID:1
DTSTART;VALUE=DATE:20260214
DTEND;VALUE=DATE:20260302
SUMMARY:Vacances d'hiver
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTART;TZID=Europe/Paris:20260304T080000
DTEND;TZID=Europe/Paris:20260304T130000
RRULE:FREQ=WEEKLY
SUMMARY:Marché
END:VEVENT
END:VCALENDAR
"""


def on(schedule: dict[str, Any], local: str) -> bool:
    almanac = Almanac()
    almanac.follow({"calendar": HOLIDAYS})
    return is_on(RuleSchedule.model_validate(schedule), datetime.fromisoformat(local).timestamp(), almanac)


@pytest.mark.parametrize(
    ("hours", "local", "expected"),
    [
        ({"from": "07:30", "to": "19:00"}, "2026-03-02T07:30:00+01:00", True),
        ({"from": "07:30", "to": "19:00"}, "2026-03-02T07:29:59+01:00", False),
        ({"from": "07:30", "to": "19:00"}, "2026-03-02T19:00:00+01:00", False),
        ({"days": ["sat", "sun"]}, "2026-03-02T12:00:00+01:00", False),
        ({"days": ["mon"]}, "2026-03-02T12:00:00+01:00", True),
        ({"days": ["sun"], "from": "22:00", "to": "05:00"}, "2026-03-02T04:00:00+01:00", True),
        ({"days": ["sun"], "from": "22:00", "to": "05:00"}, "2026-03-02T22:30:00+01:00", False),
        ({"from": "07:00", "to": "08:00"}, "2026-06-01T05:30:00+00:00", True),  # summer time
    ],
)
def test_hours_are_those_of_the_clock_on_the_wall(hours: dict[str, Any], local: str, expected: bool) -> None:
    assert on({"hours": [hours]}, local) is expected


@pytest.mark.parametrize(
    ("schedule", "local", "expected"),
    [
        ({"except": ["calendar"]}, "2026-02-20T12:00:00+01:00", False),
        ({"except": ["calendar"]}, "2026-03-02T12:00:00+01:00", True),
        ({"during": ["calendar"]}, "2026-03-11T09:00:00+01:00", True),
        ({"during": ["calendar"]}, "2026-03-11T13:00:00+01:00", False),
        ({"during": ["nowhere"]}, "2026-03-11T09:00:00+01:00", False),
    ],
)
def test_events_open_and_close_a_rule(schedule: dict[str, Any], local: str, expected: bool) -> None:
    assert on(schedule, local) is expected


def test_an_event_that_ends_in_the_hour_that_comes_twice_ends_in_the_second_one() -> None:
    night = HOLIDAYS.replace("DTSTART;VALUE=DATE:20260214", "DTSTART:20261025T010000").replace(
        "DTEND;VALUE=DATE:20260302", "DTEND:20261025T023000"
    )
    almanac = Almanac()
    almanac.follow({"calendar": night})
    schedule = RuleSchedule.model_validate({"during": ["calendar"]})
    moments = [datetime.fromisoformat(f"2026-10-25T02:{clock}").timestamp() for clock in ("29+01:00", "30+01:00")]
    assert [is_on(schedule, moment, almanac) for moment in moments] == [True, False]


@pytest.mark.parametrize(
    "schedule", [{}, {"hours": [{"from": "7:30"}]}, {"timezone": "Paris", "hours": [{}]}, {"hours": [{"days": []}]}]
)
def test_a_schedule_that_makes_no_sense_is_refused(schedule: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        RuleSchedule.model_validate(schedule)
