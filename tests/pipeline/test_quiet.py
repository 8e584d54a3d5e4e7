"""Collection mornings, markets and works: in the zone's own time, on the days on which clocks change too."""

import logging
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from pipeline.errors import Refused
from pipeline.quiet import QuietTimes
from pipeline.quiet_config import ScheduleConfig

COLLECTION = {
    "id": "collecte",
    "reason": "collection",
    "name": "Collecte",
    "weekly": [{"days": ["mon", "thu"], "from": "05:00", "to": "12:00"}],
}


def times(*schedules: dict[str, Any], base: Path = Path(), timezone: str = "Europe/Paris") -> QuietTimes:
    """Return the times of these schedules."""
    return QuietTimes([ScheduleConfig.model_validate(one) for one in schedules], timezone, base)


def at(text: str) -> float:
    """Return a moment, ISO 8601 with offset, as epoch seconds."""
    return datetime.fromisoformat(text).timestamp()


def reason(found: QuietTimes, moment: str, zone: str = "trottoir") -> str | None:
    """Return why something may lie there."""
    quiet = found.at(zone, at(moment))
    return quiet.reason if quiet else None


def calendar(folder: Path, *lines: str) -> Path:
    """Write a calendar with one event."""
    event = ("BEGIN:VEVENT", "UID:a", "DTSTAMP:20260101T000000Z", *lines, "END:VEVENT")
    text = "\r\n".join(("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//t//t//FR", *event, "END:VCALENDAR", ""))
    (folder / "c.ics").write_text(text, encoding="utf-8")
    return folder / "c.ics"


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-03-02T04:59:59+01:00", None),  # a Monday
        ("2026-03-02T05:00:00+01:00", "collection"),
        ("2026-03-02T11:59:59+01:00", "collection"),
        ("2026-03-02T12:00:00+01:00", None),  # at noon what still lies there is a deposit
        ("2026-03-03T08:00:00+01:00", None),  # a Tuesday
        ("2026-03-05T08:00:00+01:00", "collection"),
        ("2026-07-06T04:30:00+02:00", None),  # summer: the same clock time, one hour earlier in UTC
        ("2026-07-06T05:00:00+02:00", "collection"),
    ],
)
def test_collection_mornings(moment: str, expected: str | None) -> None:
    assert reason(times(COLLECTION), moment) == expected


def test_it_says_until_when_and_which() -> None:
    quiet = times(COLLECTION).at("trottoir", at("2026-03-02T06:00:00+01:00"))
    assert quiet is not None
    assert (quiet.schedule_id, quiet.name) == ("collecte", "Collecte")
    assert quiet.end_s == at("2026-03-02T12:00:00+01:00")


def test_a_schedule_is_for_its_zones_only() -> None:
    found = times(COLLECTION | {"zones": ["trottoir"]})
    assert reason(found, "2026-03-02T06:00:00+01:00", "trottoir") == "collection"
    assert reason(found, "2026-03-02T06:00:00+01:00", "place") is None


def test_a_window_may_pass_midnight() -> None:
    night = {"id": "nuit", "reason": "terrace", "weekly": [{"days": ["sat"], "from": "22:00", "to": "02:00"}]}
    found = times(night)
    assert reason(found, "2026-03-07T21:59:00+01:00") is None
    assert reason(found, "2026-03-07T23:00:00+01:00") == "terrace"
    assert reason(found, "2026-03-08T01:59:00+01:00") == "terrace"  # Sunday
    assert reason(found, "2026-03-08T02:00:00+01:00") is None
    assert reason(found, "2026-03-07T01:00:00+01:00") is None  # the night before began on a Friday


def test_a_whole_day() -> None:
    found = times({"id": "x", "reason": "works", "weekly": [{"days": ["sun"], "from": "00:00", "to": "24:00"}]})
    assert reason(found, "2026-03-08T00:00:00+01:00") == "works"
    assert reason(found, "2026-03-08T23:59:59+01:00") == "works"
    assert reason(found, "2026-03-09T00:00:00+01:00") is None


def hours_quiet(found: QuietTimes, first: str, hours: float) -> float:
    """Return how many hours are quiet, by asking every minute."""
    start_s = at(first)
    return sum(found.at("z", start_s + 60 * n) is not None for n in range(round(hours * 60))) / 60


@pytest.mark.parametrize(
    ("from_", "to", "day", "expected"),
    [
        ("01:00", "04:00", "2026-03-29T00:00:00+01:00", 2.0),  # clocks go forward at 02:00
        ("02:00", "03:00", "2026-03-29T00:00:00+01:00", 0.0),  # an hour that this day does not have
        ("01:00", "04:00", "2026-10-25T00:00:00+02:00", 4.0),  # clocks go back at 03:00
        ("02:00", "03:00", "2026-10-25T00:00:00+02:00", 2.0),  # an hour that this day has twice
        ("00:30", "02:30", "2026-10-25T00:00:00+02:00", 3.0),  # until the second 02:30
        ("02:30", "04:00", "2026-10-25T00:00:00+02:00", 2.5),  # from the first 02:30
        ("00:00", "24:00", "2026-10-25T00:00:00+02:00", 25.0),
    ],
)
def test_days_on_which_clocks_change(from_: str, to: str, day: str, expected: float) -> None:
    found = times({"id": "x", "reason": "works", "weekly": [{"days": ["sun"], "from": from_, "to": to}]})
    assert hours_quiet(found, day, 26) == pytest.approx(expected, abs=0.02)


def test_the_same_file_means_other_moments_in_another_time_zone() -> None:
    assert reason(times(COLLECTION), "2026-03-02T04:00:00+00:00") == "collection"
    assert reason(times(COLLECTION, timezone="Europe/Lisbon"), "2026-03-02T04:00:00+00:00") is None


def from_file(path: Path) -> QuietTimes:
    """Return the times of a calendar that stands beside the configuration."""
    return times({"id": "x", "reason": "market", "ical": path.name}, base=path.parent)


def test_a_recurring_event_of_a_calendar_keeps_its_clock_time(tmp_path: Path) -> None:
    path = calendar(
        tmp_path,
        "DTSTART;TZID=Europe/Paris:20260101T060000",
        "DTEND;TZID=Europe/Paris:20260101T140000",
        "RRULE:FREQ=MONTHLY;BYDAY=1SA",
        "EXDATE;TZID=Europe/Paris:20260502T060000",
    )
    found = from_file(path)
    assert reason(found, "2026-03-07T06:00:00+01:00") == "market"
    assert reason(found, "2026-04-04T06:00:00+02:00") == "market"
    assert reason(found, "2026-04-04T14:00:00+02:00") is None
    assert reason(found, "2026-05-02T08:00:00+02:00") is None, "the excepted Saturday"


def test_what_a_calendar_says_without_a_zone_is_local_time(tmp_path: Path) -> None:
    path = calendar(tmp_path, "DTSTART:20260706T050000", "DTEND:20260706T120000", "RRULE:FREQ=WEEKLY;BYDAY=MO")
    assert reason(from_file(path), "2026-11-02T05:00:00+01:00") == "market"
    assert reason(from_file(path), "2026-11-02T04:59:00+01:00") is None


def test_whole_days_of_a_calendar_last_from_midnight_to_midnight(tmp_path: Path) -> None:
    found = from_file(calendar(tmp_path, "DTSTART;VALUE=DATE:20261024", "DTEND;VALUE=DATE:20261026"))
    assert hours_quiet(found, "2026-10-23T12:00:00+02:00", 72) == pytest.approx(49, abs=0.02)


def test_a_cancelled_event_does_not_happen(tmp_path: Path) -> None:
    path = calendar(tmp_path, "DTSTART:20260706T050000", "DTEND:20260706T120000", "STATUS:CANCELLED")
    assert reason(from_file(path), "2026-07-06T06:00:00+02:00") is None


def test_a_calendar_that_is_replaced_counts_from_the_next_day_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = calendar(tmp_path, "DTSTART:20260706T050000", "DTEND:20260706T120000", "RRULE:FREQ=DAILY")
    found = from_file(path)
    assert reason(found, "2026-07-06T06:00:00+02:00") == "market"
    calendar(tmp_path, "DTSTART:20260706T150000", "DTEND:20260706T160000", "RRULE:FREQ=DAILY")
    os.utime(path, ns=(1, 1))
    assert reason(found, "2026-07-07T06:00:00+02:00") is None
    assert reason(found, "2026-07-07T15:30:00+02:00") == "market"
    path.write_text("no calendar", encoding="utf-8")
    with caplog.at_level(logging.WARNING):
        assert reason(found, "2026-07-08T15:30:00+02:00") == "market"
    assert "what it said before goes on" in caplog.text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no calendar",
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VCALENDAR",
        "\x00\xff",
        "BEGIN:VEVENT\r\nEND:VEVENT\r\n",
    ],
)
def test_what_is_no_calendar_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "c.ics").write_text(text, encoding="utf-8")
    with pytest.raises(Refused, match=r"c\.ics: .*expected"):
        from_file(tmp_path / "c.ics")


def test_a_rule_that_makes_no_sense_is_refused_at_the_start(tmp_path: Path) -> None:
    path = calendar(tmp_path, "DTSTART:20260706T050000", "DTEND:20260706T120000", "RRULE:FREQ=SOMETIMES")
    with pytest.raises(Refused, match="expected iCalendar"):
        from_file(path)


def test_a_calendar_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="No such file"):
        from_file(tmp_path / "absent.ics")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weekly": []}, "one of them at least"),
        ({"weekly": [{"days": [], "from": "05:00", "to": "06:00"}]}, "at least 1"),
        ({"weekly": [{"days": ["monday"], "from": "05:00", "to": "06:00"}]}, "'mon'"),
        ({"weekly": [{"days": ["mon"], "from": "5", "to": "06:00"}]}, "time of day"),
        ({"weekly": [{"days": ["mon"], "from": 300, "to": "06:00"}]}, "time of day"),
        ({"weekly": [{"days": ["mon"], "from": "25:00", "to": "06:00"}]}, "00:00 to 24:00"),
        ({"reason": "because"}, "'collection'"),
    ],
)
def test_a_schedule_that_makes_no_sense_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        ScheduleConfig.model_validate(COLLECTION | change)


def test_without_schedules_nothing_is_asked_of_the_clock() -> None:
    assert times().at("z", datetime(2026, 3, 2, tzinfo=UTC).timestamp()) is None
