"""When something may lie in a zone: schedules, evaluated in the site's time zone, clock changes included.

A window begins at the first and ends at the last moment that its clock times name: on the day on which clocks go
back, `02:00` to `03:00` lasts two hours, and on the day on which they go forward it does not happen.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from pipeline.calendars import Events, events_of_file
from pipeline.errors import Refused
from pipeline.quiet_config import DAYS, ScheduleConfig, WeeklyConfig

_log = logging.getLogger(__name__)

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Quiet:
    """One time in which something may lie there."""

    start_s: float  # seconds since the Unix epoch
    end_s: float
    schedule_id: str
    reason: str
    name: str
    zones: tuple[str, ...]  # empty: all


@dataclass(slots=True)
class _File:
    """A calendar on disk: read again when it was replaced."""

    path: Path
    events: Events
    stamp: tuple[int, int] | None = None

    def refresh(self) -> None:
        stamp = _stamp(self.path)
        if stamp == self.stamp:
            return
        self.stamp = stamp
        try:
            self.events = events_of_file(self.path)
        except Refused as error:
            _log.warning("%s; what it said before goes on", error)


@dataclass(slots=True)
class QuietTimes:
    """The schedules of one camera. Knows the windows of one local day at a time, so asking is cheap.

    Raises:
        Refused: while it is made, if a calendar cannot be read.
    """

    schedules: Sequence[ScheduleConfig]
    timezone: str
    base: Path  # relative paths of calendars start here
    _files: dict[str, _File] = field(init=False)
    _day: date | None = field(init=False, default=None)
    _windows: tuple[Quiet, ...] = field(init=False, default=())

    def __post_init__(self) -> None:
        paths = {one.id: self.base / one.ical.expanduser() for one in self.schedules if one.ical is not None}
        self._files = {name: _File(path, events_of_file(path), _stamp(path)) for name, path in paths.items()}

    def at(self, zone_id: str, at_s: float) -> Quiet | None:
        """Return the time that a moment (seconds since the Unix epoch) lies in; of several, the one that ends last."""
        if not self.schedules:
            return None
        today = datetime.fromtimestamp(at_s, ZoneInfo(self.timezone)).date()
        if today != self._day:
            self._day, self._windows = today, tuple(self._windows_of(today))
        found = (one for one in self._windows if one.start_s <= at_s < one.end_s)
        return max((one for one in found if zone_id in one.zones or not one.zones), key=_end, default=None)

    def _windows_of(self, today: date) -> Iterator[Quiet]:
        """Yield what begins, ends or goes on within a local day."""
        zone = ZoneInfo(self.timezone)
        first, last = (datetime(day.year, day.month, day.day, tzinfo=zone) for day in (today, today + _DAY))
        for one in self.schedules:
            spans = [span for weekly in one.weekly for span in _weekly(weekly, today, zone)]
            if one.id in self._files:
                self._files[one.id].refresh()
                spans += self._files[one.id].events.spans(first, last)
            for start, end in spans:
                yield Quiet(start.timestamp(), end.timestamp(), one.id, one.reason, one.name, one.zones)


def _weekly(config: WeeklyConfig, today: date, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    """Yield the window that began today, and the one of the day before, which may go on."""
    for day in (today - _DAY, today):
        if DAYS[day.weekday()] in config.days:
            last = day if config.to > config.from_ else day + _DAY
            yield (
                datetime.combine(day, config.from_, zone).replace(fold=0),
                datetime.combine(last, config.to, zone).replace(fold=1),
            )


def _end(one: Quiet) -> float:
    return one.end_s


def _stamp(path: Path) -> tuple[int, int] | None:
    """Return what changes when a file is replaced; None while it is not there."""
    try:
        told = path.stat()
    except OSError:
        return None
    return told.st_mtime_ns, told.st_size
