"""Hours and days of the past: clock changes, gaps, sums and means."""

import asyncio
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from hypervisor.history.past import HOUR_S, Asked, Hours, TableOfHours, days_of

PARIS = ZoneInfo("Europe/Paris")


NORD = Asked("crossings", "nord")


def at(year: int, month: int, day: int, hour: int = 0) -> int:
    return int(datetime(year, month, day, hour, tzinfo=UTC).timestamp())


def hours(first_s: int, values: list[float], coverage: float = 1.0, asked: Asked = NORD) -> Hours:
    return Hours(asked, first_s, np.array(values, float), np.full(len(values), coverage), "crossing")


@pytest.mark.parametrize(("day", "length"), [((2026, 3, 29), 23), ((2026, 10, 25), 25), ((2026, 5, 4), 24)])
def test_a_local_day_has_as_many_hours_as_it_has(day: tuple[int, int, int], length: int) -> None:
    midnight = int(datetime(*day, tzinfo=PARIS).timestamp())
    days = days_of(hours(midnight, [1.0] * 26), PARIS, level=False)
    assert days.first == date(*day)
    assert days.values[0] == length


def test_a_day_watched_in_part_is_scaled_or_not_observed() -> None:
    midnight = int(datetime(2026, 5, 4, tzinfo=PARIS).timestamp())
    nearly = days_of(hours(midnight, [float("nan")] + [1.0] * 23), PARIS, level=False)
    assert nearly.values[0] == pytest.approx(24)
    hardly = days_of(hours(midnight, [float("nan")] * 4 + [1.0] * 20), PARIS, level=False)
    assert np.isnan(hardly.values[0])
    assert hardly.coverage[0] == pytest.approx(20 / 24)


def test_levels_are_averaged() -> None:
    midnight = int(datetime(2026, 5, 4, tzinfo=PARIS).timestamp())
    assert days_of(hours(midnight, [1.0] * 12 + [3.0] * 12), PARIS, level=True).values[0] == pytest.approx(2)


def test_no_whole_day_is_refused() -> None:
    with pytest.raises(ValueError, match="no whole day"):
        days_of(hours(at(2026, 5, 4, 10), [1.0] * 5), PARIS, level=False)


def test_what_is_asked_without_a_name_is_the_sum_of_all() -> None:
    start = at(2026, 5, 4, 0)
    rows = (
        hours(start, [1, 2], asked=Asked("crossings", "nord", subject="a", class_name="person")),
        hours(start + HOUR_S, [10, 20], asked=Asked("crossings", "nord", subject="b", class_name="person")),
    )
    past = TableOfHours(rows)
    (both, one, none) = asyncio.run(
        past.hours(
            [Asked("crossings", "nord"), Asked("crossings", subject="b"), Asked("speed_p85")], start, start + 3 * HOUR_S
        )
    )
    assert both.values.tolist() == [1, 12, 20]
    assert np.isnan(one.values[0])
    assert np.isnan(none.values).all()
    assert none.coverage.tolist() == [0, 0, 0]


def test_uneven_columns_are_refused() -> None:
    with pytest.raises(ValueError, match="whole hours"):
        Hours(Asked("x"), 1, np.zeros(2), np.zeros(2), "")
