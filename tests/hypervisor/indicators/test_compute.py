"""What values say of how sure they are, and why there sometimes is none."""

import asyncio
from dataclasses import replace
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from hypervisor.history.past import Asked, Hours, TableOfHours
from hypervisor.indicators.area import Scope
from hypervisor.indicators.checking import compiled
from hypervisor.indicators.compute import World, computed
from hypervisor.indicators.examples import WrittenFacts, world_of
from hypervisor.indicators.library import Ready, library, shipped
from hypervisor.indicators.model import Example, Indicator, Value
from hypervisor.places.model import Place
from parvis.simulated_city import Wish, city
from pipeline.config_faults import ConfigError

PARIS = ZoneInfo("Europe/Paris")
MONDAY = 1_772_406_000  # 2026-03-02 00:00 in Paris


def ready(formula: str, unit: str, least: float = 0.6) -> Ready:
    shape = next(iter(shipped().all.values())).indicator
    said = shape.model_copy(update={"id": "tried", "formula": formula, "unit": unit, "minimum_coverage": least})
    return Ready("tried", said, compiled(formula, unit))


def value(formula: str, unit: str, given: dict[str, str], first: str = "2026-03-02", least: float = 0.6) -> Value:
    world = world_of(Example(first=first, given=given, value=None, by_hand="-"))
    return asyncio.run(computed([ready(formula, unit, least)], world))[0]


@pytest.mark.parametrize(
    ("formula", "unit", "given", "reason"),
    [
        ("mean(no2())", "ug/m3", {"no2()": "10x20 14x-"}, "low-coverage"),
        ("mean(no2())", "ug/m3", {"pm10()": "24x5"}, "not-measured"),
        ("mean(no2())", "ug/m3", {"no2()": "24x."}, "nothing"),
        ("sum(crossings()) / sum(deposits_opened())", "crossing/deposit",
         {'crossings(class="car", way="forward")': "24x5", "deposits_opened()": "24x0"}, "zero-divisor"),
        ("per_day(crossings())", "crossing/d", {'crossings(class="car", way="forward")': "20x5"}, "no-day"),
        ("peak_hour(crossings())", "h", {'crossings(class="car", way="forward")': "24x0"}, "no-peak"),
        ("variation(daily_sum(crossings()))", "1", {'crossings(class="car", way="forward")': "48x0"}, "zero-divisor"),
        ("lden(laeq(), 6)", "dB", {"laeq()": "12x50 12x-"}, "no-whole-profile"),
        ("median_time(resolution_times())", "h", {"resolution_times()": "1 5+ 5+ 5+"}, "too-many-open"),
        ("within(resolution_times(), 9)", "1", {"resolution_times()": "5+ 5+"}, "not-followed"),
        ("median_time(resolution_times())", "h", {"resolution_times()": ""}, "no-times"),
        ('cameras() * parameter(name="camera_cost")', "EUR/d", {"cameras()": "2"}, "no-parameter"),
    ],
)  # fmt: skip
def test_what_cannot_be_computed_says_why(formula: str, unit: str, given: dict[str, str], reason: str) -> None:
    found = value(formula, unit, given)
    assert (found.value, found.low, found.reason) == (None, None, reason)
    assert found.why is not None
    assert found.why.fr != found.why.en


def test_a_half_watched_hour_of_counts_stands_for_the_whole_one() -> None:
    given = {'crossings(class="car", way="forward")': "12x10 12x5@0.5"}
    assert value("mean(crossings())", "crossing/h", given).value == 10
    assert value("sum(crossings())", "crossing", given).value == 180  # a total is of what was watched


def test_clock_changes_have_days_of_23_and_25_hours() -> None:
    given = {'crossings(class="car", way="forward")': "23x1"}
    assert value("per_day(crossings())", "crossing/d", given, first="2026-03-29").value == 23
    given = {'crossings(class="car", way="forward")': "25x1"}
    assert value("per_day(crossings())", "crossing/d", given, first="2026-10-25").value == 25


def test_a_public_holiday_is_neither_a_working_day_nor_a_weekend() -> None:
    """A week of 10 an hour, but 1 on its Wednesday, which is one, 4 on Saturday, and 2 on its Sunday, which is one."""
    per_day = np.array([10.0, 10, 1, 10, 10, 4, 2]).repeat(24)
    past = TableOfHours((Hours(Asked("no2", sensor="s"), MONDAY, per_day, np.ones(168), "ug/m3"),))
    off = frozenset({date(2026, 3, 4), date(2026, 3, 8)})
    world = World(past, WrittenFacts({}, MONDAY), Scope((), ("s",)), MONDAY, MONDAY + 7 * 86_400, PARIS, off)
    asked = [ready(f"mean({one}(no2()))", "ug/m3") for one in ("weekdays", "weekends")]
    asked.append(ready("days(weekdays(daily_mean(no2())) > 0)", "d"))
    assert [one.value for one in asyncio.run(computed(asked, world))] == [10, 4, 4]
    plain = asyncio.run(computed(asked, replace(world, holidays=frozenset())))
    assert [one.value for one in plain] == [8.2, 3, 5]


def test_a_constant_series_has_an_interval_of_no_width_and_a_short_one_none() -> None:
    found = value("mean(no2())", "ug/m3", {"no2()": "336x20"})
    assert (found.value, found.low, found.high) == (20, 20, 20)
    short = value("mean(no2())", "ug/m3", {"no2()": "72x20"})
    assert (short.value, short.low, short.high) == (20, None, None)


def test_intervals_over_days_cover_the_mean_of_the_city() -> None:
    """Of 40 cities whose days come and go, at least 85 % of intervals hold the mean that they were drawn from."""
    rng, held = np.random.default_rng(3), 0
    one = ready("mean(no2())", "ug/m3")
    for _ in range(40):
        days = 30 + rng.normal(0, 6, 56)
        hours = Hours(Asked("no2", sensor="sensor"), MONDAY, days.repeat(24), np.ones(56 * 24), "ug/m3")
        world = World(
            TableOfHours((hours,)),
            WrittenFacts({}, MONDAY),
            Scope((), ("sensor",)),
            MONDAY,
            MONDAY + 56 * 86_400,
            PARIS,
        )
        found = asyncio.run(computed([one], world))[0]
        held += (found.low or 0.0) <= 30 <= (found.high or 0.0)
    assert held >= 34


def _two_cameras(semantics: str) -> World:
    def hours(camera: str, line: str, way: str, per_hour: float) -> Hours:
        asked = Asked("crossings", camera, "", line, "person", way)
        return Hours(asked, MONDAY, np.full(24, per_hour), np.ones(24), "crossing")

    rows = (
        hours("nord", "entree", "forward", 10), hours("nord", "entree", "backward", 2),
        hours("nord", "ailleurs", "forward", 99), hours("sud", "porte", "forward", 3),
        hours("sud", "porte", "backward", 8),
    )  # fmt: skip
    turned = {"camera": "sud", "lines": [{"line": "porte", "reverse": True}]}
    views = [{"camera": "nord", "lines": [{"line": "entree"}]}, turned]
    place = Place.model_validate({"id": "place", "name": "Place", "semantics": semantics, "views": views}, strict=False)
    scope = Scope(place.cameras, (), place)
    return World(TableOfHours(rows), WrittenFacts({}, MONDAY), scope, MONDAY, MONDAY + 86_400, PARIS)


@pytest.mark.parametrize(("semantics", "per_hour"), [("sum", 18), ("max", 10), ("primary", 10)])
def test_a_place_counts_nobody_twice_and_turns_lines_around(semantics: str, per_hour: float) -> None:
    formula = ready('mean(crossings(class="pedestrian", way="forward"))', "crossing/h")
    assert asyncio.run(computed([formula], _two_cameras(semantics)))[0].value == per_hour


def test_a_camera_that_was_out_leaves_the_total_of_the_others_scaled() -> None:
    world = _two_cameras("sum")
    assert isinstance(world.past, TableOfHours)
    rows = tuple(
        replace(one, values=np.full(24, np.nan), coverage=np.zeros(24)) if one.asked.camera == "sud" else one
        for one in world.past.rows
    )
    formula = ready('mean(crossings(class="pedestrian", way="forward"))', "crossing/h", 0.5)
    found = asyncio.run(computed([formula], replace(world, past=TableOfHours(rows))))[0]
    assert (found.value, found.coverage) == (20, 0.5)


def test_sixty_indicators_or_more_come_with_the_library() -> None:
    assert len(shipped().all) >= 60
    assert len(shipped().themes) == 8


def test_a_simulated_month_is_computed() -> None:
    """Everything that the simulated city measures has a value; everything else says what is missing."""
    built = city(Wish(places=2, days=31), 5)
    first = int(np.datetime64(built.wish.first.isoformat()).astype("datetime64[s]").astype(int))
    rows = [
        Hours(Asked("crossings", f"c{n}", "", "line", name, "forward"), first, flows[n], built.coverage[n], "crossing")
        for name, flows in built.flows.items()
        for n in range(2)
    ]
    sensed = {"no2": "ug/m3", "pm25": "ug/m3", "noise": "dB"}
    rows += [
        Hours(
            Asked({"noise": "laeq"}.get(name, name), sensor="air"), first, built.air[name], np.ones(built.hours), unit
        )
        for name, unit in sensed.items()
    ]
    scope = Scope(("c0", "c1"), ("air",))
    world = World(
        TableOfHours(tuple(rows)), WrittenFacts({}, first), scope, first, first + built.hours * 3600, ZoneInfo("UTC")
    )
    found = {one.indicator: one for one in asyncio.run(computed(list(shipped().all.values()), world))}
    assert len(found) == len(shipped().all)
    assert all((one.value is None) == (one.why is not None) for one in found.values())
    for name in (
        "pedestrians-per-day",
        "cycling-share",
        "peak-hour-share",
        "no2-mean",
        "noise-lden",
        "pm25-days-over-who",
    ):
        assert found[name].value is not None, name
        assert found[name].low is not None, name
    by_day = np.nanmean(built.daily("pedestrian"), axis=1).sum()
    assert found["pedestrians-per-day"].value == pytest.approx(by_day, rel=0.05)
    assert found["deposits-per-day"].reason == "not-measured"


def _written(folder: Path, text: str) -> Path:
    (folder / "own.yaml").write_text(text, encoding="utf-8")
    return folder


OWN = """theme: own
name: {fr: Nos choix, en: Our own}
indicators:
  - id: cargo-bikes
    name: {fr: Vélos cargo, en: Cargo bikes}
    explanation: {fr: Combien., en: How many.}
    formula: per_day(crossings(class="cargo_bike"))
    unit: crossing/d
    better: higher
    service: mobility
    source: the city
    limits: {fr: Peu., en: Few.}
    example: {given: {'crossings(class="cargo_bike", way="forward")': 24x1}, value: 24, by_hand: 24 × 1}
"""


def test_a_city_adds_an_indicator_by_adding_a_file(tmp_path: Path) -> None:
    found = library(_written(tmp_path, OWN))
    assert found.all["cargo-bikes"].theme == "own"
    assert len(found.all) == len(shipped().all) + 1


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('class="cargo_bike"))\n', 'class="cargo_bike")\n', "own.yaml:7: indicators[0].formula: line 1, column"),
        ("per_day(crossings", "per_day(crosings", "crosings is no measure and no function"),
        ("unit: crossing/d", "unit: km/h", "expected the unit of the indicator, km/h"),
        ("id: cargo-bikes", "id: no2-mean", "own.yaml:4: indicators[0].id: no2-mean is there already"),
        ("better: higher", "better: more", "own.yaml:9: indicators[0].better"),
        ("    unit: crossing/d\n", "", "indicators[0].unit: is missing"),
    ],
)
def test_a_wrong_file_is_refused_with_line_and_field(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in OWN
    with pytest.raises(ConfigError) as refused:
        library(_written(tmp_path, OWN.replace(old, new, 1)))
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [("rent: 3", "parameters.yaml:1: rent: is unknown"), ("inhabitants: many", "expected a number of inhabitant")],
)
def test_wrong_parameters_are_refused(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "parameters.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        library(tmp_path)
    assert told in str(refused.value)


def test_an_indicator_is_told_with_both_languages_everywhere() -> None:
    for one in (ready.indicator for ready in shipped().all.values()):
        assert isinstance(one, Indicator)
        assert all(text.strip() for said in (one.name, one.explanation, one.limits) for text in (said.fr, said.en))
