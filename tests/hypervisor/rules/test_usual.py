"""What is usual is learned hour by hour of the week, holds against outliers, and says when too little is known."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from hypervisor.days_off import KindsOff
from hypervisor.rules.judge import limit_of
from hypervisor.rules.learning import FindsOff
from hypervisor.rules.model import Condition
from hypervisor.rules.usual import WEEKS, History, Hour, Level, learn, level
from hypervisor.settings import Settings
from pipeline.days_off import HolidaysConfig
from tests.hypervisor.builders import NOON, Site
from tests.hypervisor.conftest import Clock
from tests.hypervisor.rules.builders import Judge, Minutes, alerts, as_service, flow, made

WEEK_S = 7 * 86_400


def learned(*weeks: tuple[float, ...]) -> History:
    """Return a history with the values of each of the last weeks, at noon of a Monday, the oldest first."""
    history = History(timezone="Europe/Paris")
    for ago, values in enumerate(reversed(weeks), start=1):
        history = learn(history, Hour(at=int(NOON) - ago * WEEK_S, values=values))
    return history


def test_the_usual_level_is_the_middle_of_weeks_and_one_feast_moves_it_not() -> None:
    quiet = [(10.0, 12.0, 11.0, 13.0)] * 4
    found = level(learned(*quiet), NOON, counts=False)
    feast = level(learned(*quiet, (400.0,) * 4), NOON, counts=False)
    assert (found.weeks, found.centre) == (4, 11.5)
    assert (feast.weeks, feast.centre) == (5, 11.5)
    assert feast.sigma == pytest.approx(found.sigma) == pytest.approx(1.4826)


def test_a_count_strays_by_chance_however_regular_its_weeks_were() -> None:
    assert level(learned((16.0,), (16.0,), (16.0,)), NOON, counts=True).sigma == 4
    assert level(learned((16.0,), (16.0,), (16.0,)), NOON, counts=False).sigma == 0


def test_other_hours_and_the_running_week_do_not_count() -> None:
    history = learned((10.0,))
    assert level(history, NOON + 3600, counts=False).weeks == 0
    history = learn(history, Hour(at=int(NOON), values=(99.0,)))
    assert level(history, NOON, counts=False).centre == 10


def test_weeks_are_forgotten_and_an_hour_is_learned_once() -> None:
    history = learned(*[(float(n),) for n in range(12)])
    (kept,) = history.hours.values()
    assert len(kept) == WEEKS
    again = learn(history, Hour(at=int(NOON) - WEEK_S, values=(50.0,)))
    assert level(again, NOON, counts=False).weeks == WEEKS


def test_hours_follow_the_clock_on_the_wall_over_a_change_of_clocks() -> None:
    # 13:00 in Paris on Monday, 30 March 2026, in summer time, is 11:00 UTC; the Monday before it was 12:00 UTC.
    before = int(NOON) + 3 * WEEK_S
    history = learn(History(timezone="Europe/Paris"), Hour(at=before, values=(7.0,)))
    assert level(history, before + WEEK_S - 3600, counts=False).centre == 7


@pytest.mark.parametrize(
    ("usual", "is_", "threshold"),
    [
        ({"factor": 2.0}, "above", 20.0),
        ({"factor": 0.5}, "below", 5.0),
        ({"deviations": 3.0}, "above", 16.0),
        ({"deviations": 3.0}, "below", 4.0),
        ({"deviations": 3.0, "margin": 8.0}, "above", 18.0),
        ({"factor": 1.1, "margin": 8.0}, "above", 18.0),
    ],
)
def test_thresholds_follow_the_usual_level(usual: dict[str, Any], is_: str, threshold: float) -> None:
    condition = Condition.model_validate({"is": is_, "usual": usual})
    limit = limit_of(condition, Level(3, 10.0, 2.0))
    assert limit is not None
    assert limit.threshold == threshold
    assert limit_of(condition, Level(2, 10.0, 2.0)) is None


MONDAY = date(2026, 3, 2)
"""The day of `NOON`."""


def learned_with(off: dict[date, str], *days: tuple[int, float]) -> History:
    """Return a history with a value at noon of days so many days before `MONDAY`, the oldest first."""
    history = History(timezone="Europe/Paris")
    for ago, value in days:
        history = learn(history, Hour(at=int(NOON) - ago * 86_400, values=(value,)), off)
    return history


def test_a_public_holiday_neither_teaches_an_ordinary_monday_nor_is_judged_by_one() -> None:
    off = {MONDAY - timedelta(days=7): "public"}
    history = learned_with(off, (21, 10.0), (14, 10.0), (7, 0.0))
    assert level(history, NOON, counts=False, off=off)[:2] == (2, 10.0)
    assert level(history, NOON, counts=False, off={MONDAY: "public"})[:2] == (1, 0.0)
    assert level(history, NOON, counts=False, off={MONDAY: "calendar"}).weeks == 0


def test_public_holidays_are_one_day_whatever_their_weekday_and_each_counts() -> None:
    off = {MONDAY - timedelta(days=ago): "public" for ago in (0, 3, 4, 40)}
    history = learned_with(off, (40, 1.0), (4, 2.0), (3, 3.0))
    assert level(history, NOON, counts=False, off=off)[:2] == (3, 2.0), "two in one week are two days"


def test_school_holidays_have_a_week_of_their_own() -> None:
    off = {MONDAY - timedelta(days=ago): "calendar" for ago in (0, 7, 13, 14)}
    history = learned_with(off, (14, 5.0), (13, 50.0), (7, 7.0))
    assert level(history, NOON, counts=False, off=off)[:2] == (2, 6.0), "its Tuesdays are not its Mondays"


def relative(**usual: Any) -> dict[str, Any]:
    watch = {"measure": "crossings", "zone": None, "line": "entree", "direction": "forward", "bucket": "15m"}
    condition = {"threshold": None, "usual": {"factor": 2.0} | usual}
    return flow("unusual", watch=watch, condition=condition)


def test_a_rule_learns_from_what_is_stored_and_judges_by_it(
    api: TestClient, judge: Judge, minutes: Minutes, square: Site, clock: Clock
) -> None:
    for ago, n in enumerate((20, 22, 18, 300), start=1):
        for quarter in range(4):
            square.bucket(NOON - ago * WEEK_S + 900 * quarter, 900, forward=n)
    made(api, relative())
    judge()
    minutes.seal(int(NOON), 900, forward=30)
    judge()
    assert alerts(api) == []
    minutes.seal(int(NOON) + 900, 900, forward=60)
    judge()
    (alert,) = alerts(api)
    assert alert["figures"] == {"value": 60.0, "peak": 60.0, "threshold": 42.0, "usual": 21.0, "coverage": 1.0}
    assert "habituellement 21, seuil 42" in alert["text"]["fr"]
    levels = api.get("/v1/rules/unusual/usual", headers=as_service("safety")).json()
    assert levels["timezone"] == "Europe/Paris"
    assert [(one["hour"], one["weeks"], one["centre"]) for one in levels["hours"]] == [(13, 4, 21.0)]


def crowd_after(weeks: int, api: TestClient, judge: Judge, minutes: Minutes, square: Site) -> Any:
    """Tell a crowd after some ordinary weeks, of which nobody must be alerted; return how the rule is now."""
    for ago in range(1, weeks + 1):
        square.bucket(NOON - ago * WEEK_S, 900, forward=10)
    made(api, relative())
    judge()
    minutes.seal(int(NOON), 900, forward=500)
    judge()
    assert alerts(api) == []
    return api.get("/v1/rules/unusual", headers=as_service("safety")).json()["now"]


def test_without_enough_history_a_rule_says_so_and_alerts_of_nothing(
    api: TestClient, judge: Judge, minutes: Minutes, square: Site
) -> None:
    now = crowd_after(2, api, judge, minutes, square)
    assert now["status"] == "learning"
    assert now["reasons"] == ["not enough history: 2 of 3 weeks for Monday 13:00 Europe/Paris"]


def test_what_is_usual_goes_on_being_learned_and_survives_the_process(
    api: TestClient, judge: Judge, minutes: Minutes, clock: Clock
) -> None:
    made(api, relative(min_weeks=2))
    judge()
    for week in range(3):
        for quarter in range(5):
            minutes.seal(int(NOON) + week * WEEK_S + 900 * quarter, 900, forward=10 + week)
        judge()
        judge.restart()
    levels = api.get("/v1/rules/unusual/usual", headers=as_service("safety")).json()
    assert (levels["hours"][0]["weeks"], levels["hours"][0]["centre"]) == (3, 11.0)


def test_hours_that_were_not_watched_are_not_learned(api: TestClient, judge: Judge, minutes: Minutes) -> None:
    made(api, relative())
    judge()
    for quarter in range(5):
        minutes.seal(int(NOON) + 900 * quarter, 900, forward=1, covered=0.9)
    judge()
    assert api.get("/v1/rules/unusual/usual", headers=as_service("safety")).json()["hours"] == []


def test_a_rule_does_not_take_a_holiday_for_an_ordinary_day(
    api: TestClient, judge: Judge, minutes: Minutes, square: Site
) -> None:
    judge.evaluator.off = on({MONDAY: "public"})
    now = crowd_after(3, api, judge, minutes, square)
    assert now["reasons"] == ["not enough history: 0 of 3 days for a public holiday 13:00 Europe/Paris"]
    for quarter in range(1, 5):
        minutes.seal(int(NOON) + 900 * quarter, 900, forward=500)
    judge()
    levels = api.get("/v1/rules/unusual/usual", headers=as_service("safety")).json()["hours"]
    assert [(one["hour"], one["weeks"], one["centre"]) for one in levels] == [(13, 3, 10.0), (349, 1, 500.0)]


def on(days: dict[date, str]) -> FindsOff:
    """Return what finds these days off."""

    async def found(first_s: float, last_s: float) -> dict[date, str]:
        return days

    return found


async def _kinds(settings: Settings, clock: Clock) -> tuple[Any, Any]:
    kinds = KindsOff(settings, clock)
    return await kinds(NOON, NOON), await kinds(NOON - 86_400 * 80, NOON)


def test_the_days_off_of_a_site_are_found_by_moments_over_the_turn_of_a_year(clock: Clock) -> None:
    settings = Settings(holidays=HolidaysConfig(country="FR"), timezone="Europe/Paris")
    one, two = asyncio.run(_kinds(settings, clock))
    assert one[date(2026, 7, 14)] == "public"
    assert date(2025, 12, 25) in two
    assert date(2025, 12, 25) not in one
    assert asyncio.run(_kinds(Settings(), clock)) == ({}, {})
