"""Days that are unlike their weekday: public holidays of a country, and whole days of the city's calendars."""

import os
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from pipeline.days_off import DaysOff, HolidaysConfig
from pipeline.errors import Refused

PARIS = ZoneInfo("Europe/Paris")


def calendar(folder: Path, *events: tuple[str, ...]) -> Path:
    """Write a calendar."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//t//t//FR"]
    for n, event in enumerate(events):
        lines += ["BEGIN:VEVENT", f"UID:{n}", "DTSTAMP:20260101T000000Z", *event, "END:VEVENT"]
    (folder / "c.ics").write_text("\r\n".join([*lines, "END:VCALENDAR", ""]), encoding="utf-8")
    return folder / "c.ics"


HOLIDAYS = ("SUMMARY:Vacances d'hiver", "DTSTART;VALUE=DATE:20260221", "DTEND;VALUE=DATE:20260223")
MEETING = ("SUMMARY:Réunion", "DTSTART;TZID=Europe/Paris:20260225T180000", "DTEND;TZID=Europe/Paris:20260225T200000")


def days(found: DaysOff, first: str, last: str) -> dict[str, str]:
    return {str(one.day): one.kind for one in found.between(date.fromisoformat(first), date.fromisoformat(last))}


def test_public_holidays_of_a_country_and_of_a_part_of_it() -> None:
    france = DaysOff(HolidaysConfig(country="FR"), Path(), PARIS)
    moselle = DaysOff(HolidaysConfig(country="FR", subdivision="57"), Path(), PARIS)
    assert days(france, "2026-04-01", "2026-05-08") == {
        "2026-04-06": "public",
        "2026-05-01": "public",
        "2026-05-08": "public",
    }
    assert "2026-04-03" in days(moselle, "2026-04-01", "2026-04-30"), "Good Friday in Moselle"
    (one,) = france.between(date(2026, 7, 14), date(2026, 7, 14))
    assert (one.fr, one.en) == ("Fête nationale", "National Day")


def test_whole_days_of_a_calendar_count_and_meetings_do_not(tmp_path: Path) -> None:
    calendar(tmp_path, HOLIDAYS, MEETING)
    found = DaysOff(HolidaysConfig(calendars=(Path("c.ics"),)), tmp_path, PARIS)
    assert days(found, "2026-02-01", "2026-02-28") == {"2026-02-21": "calendar", "2026-02-22": "calendar"}
    assert days(found, "2026-02-22", "2026-02-28") == {"2026-02-22": "calendar"}, "cut at both ends"


def test_a_public_holiday_in_school_holidays_is_a_public_one(tmp_path: Path) -> None:
    calendar(tmp_path, ("DTSTART;VALUE=DATE:20260404", "DTEND;VALUE=DATE:20260408"))
    found = DaysOff(HolidaysConfig(country="FR", calendars=(Path("c.ics"),)), tmp_path, PARIS)
    assert days(found, "2026-04-05", "2026-04-07") == {
        "2026-04-05": "calendar",
        "2026-04-06": "public",
        "2026-04-07": "calendar",
    }


def test_a_calendar_that_is_replaced_is_read_again_and_a_broken_one_is_not(tmp_path: Path) -> None:
    path = calendar(tmp_path, HOLIDAYS)
    found = DaysOff(HolidaysConfig(calendars=(Path("c.ics"),)), tmp_path, PARIS)
    assert len(days(found, "2026-01-01", "2026-12-31")) == 2
    path.write_text("nothing", encoding="utf-8")
    os.utime(path, ns=(1, 1))
    assert len(days(found, "2026-01-01", "2026-12-31")) == 2
    calendar(tmp_path)
    os.utime(path, ns=(2, 2))
    assert days(found, "2026-01-01", "2026-12-31") == {}


@pytest.mark.parametrize(
    ("members", "text"),
    [
        ({"country": "XX"}, "is unknown; expected two letters"),
        ({"country": "france"}, "should match pattern"),
        ({"country": "FR", "subdivision": "75"}, "is unknown in FR; expected one of 57"),
        ({"subdivision": "57"}, "has no country"),
    ],
)
def test_an_unknown_country_is_refused_early(members: dict[str, Any], text: str) -> None:
    with pytest.raises(ValidationError, match=text):
        HolidaysConfig.model_validate(members)


def test_a_missing_calendar_is_refused_early(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"c\.ics: No such file"):
        DaysOff(HolidaysConfig(calendars=(Path("c.ics"),)), tmp_path, PARIS)
