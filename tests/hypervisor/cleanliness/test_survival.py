"""Time-to-clean: what still lies there counts, and what cannot be known is not told."""

import random

import pytest

from hypervisor.cleanliness.survival import Lifetime, time_to_clean

HOUR_S = 3600.0


def gone(*hours: float) -> list[Lifetime]:
    """Return deposits that were cleaned after so many hours."""
    return [Lifetime(h * HOUR_S, True) for h in hours]


def still(*hours: float) -> list[Lifetime]:
    """Return deposits that had been there for so many hours when they were last seen."""
    return [Lifetime(h * HOUR_S, False) for h in hours]


def test_a_textbook_example() -> None:
    """The 6-MP arm of Freireich et al. (1963), as in Collett: S(6)=0.857, S(10)=0.753, median 23 weeks."""
    weeks = gone(6, 6, 6, 7, 10, 13, 16, 22, 23) + still(6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35)
    found = time_to_clean(weeks, 10 * HOUR_S)
    assert (found.cleaned, found.censored) == (9, 12)
    assert found.median_s.value == 23 * HOUR_S
    assert found.within.value == pytest.approx(1 - 0.7529, abs=1e-4)
    assert found.p90_s.value is None  # a third is never seen to go
    assert found.median_s.low == 13 * HOUR_S
    assert found.median_s.high is None  # the band's upper side never comes down to a half


def test_what_is_still_there_makes_the_median_longer() -> None:
    cleaned = gone(1, 2, 3, 4, 5)
    assert time_to_clean(cleaned, HOUR_S).median_s.value == 3 * HOUR_S
    assert time_to_clean(cleaned + still(10, 10, 10), HOUR_S).median_s.value == 4 * HOUR_S


def test_without_censoring_it_is_the_plain_share() -> None:
    found = time_to_clean(gone(1, 2, 3, 4), 2 * HOUR_S)
    assert found.within.value == 0.5
    assert found.within.low is not None
    assert found.within.high is not None
    assert found.within.low < 0.5 < found.within.high
    assert found.p90_s.value == 4 * HOUR_S


def test_a_service_level_that_nobody_was_watched_for_has_no_share() -> None:
    assert time_to_clean(gone(1, 2) + still(3), 24 * HOUR_S).within.value is None
    assert time_to_clean(gone(1, 2), 24 * HOUR_S).within.value == 1.0  # all were gone long before
    assert time_to_clean(still(3), 24 * HOUR_S).within.value is None
    assert time_to_clean(still(30), 24 * HOUR_S).within.value == 0.0


@pytest.mark.parametrize("lifetimes", [[], gone(2), still(2), gone(2, 2, 2), gone(2) + still(1)])
def test_few_of_them(lifetimes: list[Lifetime]) -> None:
    found = time_to_clean(lifetimes, HOUR_S)
    assert found.cleaned + found.censored == len(lifetimes)
    assert found.median_s.value in (None, 2 * HOUR_S)


def test_the_interval_holds_the_true_median_about_as_often_as_it_says() -> None:
    """Exponential stays, cut off at random: 95 % of the intervals should hold the true median."""
    rng = random.Random(7)
    true_s, held, n = 0.6931471805599453 * HOUR_S, 0, 200
    for _ in range(n):
        stays = [(rng.expovariate(1 / HOUR_S), rng.uniform(0, 3 * HOUR_S)) for _ in range(60)]
        found = time_to_clean([Lifetime(min(a, b), a <= b) for a, b in stays], HOUR_S).median_s
        held += (found.low or 0) <= true_s <= (found.high or float("inf"))
    assert held / n > 0.9
