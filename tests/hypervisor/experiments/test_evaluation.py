"""Experiments in simulated cities: what was planted is found, what was not is not, and doubts are told."""

import asyncio
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from pydantic import ValidationError

from hypervisor.experiments.evaluation import Result, evaluated, gathered, verdict_of
from hypervisor.experiments.protocol import Protocol
from hypervisor.history.kept import start_of
from hypervisor.history.past import Asked, Hours, TableOfHours
from hypervisor.statistics.effect import Estimate
from hypervisor.statistics.trial import TooLittle
from parvis.simulated_city import DAY, City, Trial, Wish, city

UTC = ZoneInfo("UTC")
NAMES = ("ecole", "gare", "marche", "quai")
BEGIN = 56


def past_of(built: City) -> TableOfHours:
    start = start_of(built.wish.first)
    rows = [
        Hours(Asked("crossings", name, subject="ligne", class_name="pedestrian"), start, flow, covered, "crossing")
        for name, flow, covered in zip(NAMES, built.flows["pedestrian"], built.coverage, strict=False)
    ]
    weather = {"precipitation": built.weather["rain"], "temperature": built.weather["temperature"]}
    full = np.ones(built.hours)
    rows += [Hours(Asked(name, sensor="meteo"), start, values, full, "") for name, values in weather.items()]
    return TableOfHours(tuple(rows), frozenset({"temperature"}))


def protocol(built: City, **changes: Any) -> Protocol:
    days = [str(one) for one in built.days()]
    body = {
        "title": "Rue scolaire",
        "question": "Plus d’enfants viennent-ils à pied ?",
        "hypothesis": "Les passages de piétons augmentent d’au moins 10 %.",
        "tried": "La rue est fermée aux voitures à l’entrée et à la sortie des classes.",
        "service": "mobility",
        "outcome": {"measure": "crossings", "class": "pedestrian", "wanted": "more", "smallest": 0.1},
        "treated": [{"camera": "ecole"}],
        "controls": [{"camera": name} for name in NAMES[1:]],
        "baseline": {"first": days[0], "last": days[BEGIN - 1]},
        "trial": {"first": days[BEGIN], "last": days[-1]},
        "weather": "meteo",
    } | changes
    return Protocol.model_validate(body)


def result_of(built: City, **changes: Any) -> Result:
    written = protocol(built, **changes)
    trial, unit = asyncio.run(gathered(past_of(built), written, UTC))
    return evaluated(written, trial, unit)


def test_a_planted_effect_is_found_with_its_size_and_its_placebos_are_quiet() -> None:
    found = result_of(city(Wish(days=98, trials=(Trial((0,), BEGIN, 0.35),)), 3))
    assert found.verdict == "effect"
    assert found.effect.low < 0.35 < found.effect.high
    placebos = [one.found for one in found.others if one.kind.startswith("placebo") and one.found]
    assert len(placebos) >= 6
    assert sum(one.is_clear for one in placebos) <= len(placebos) // 3
    assert {"without-weather", "without-control", "with-trend"} <= {one.kind for one in found.others}
    assert found.suspicions == ()


def test_a_control_that_the_trial_reached_is_named() -> None:
    found = result_of(city(Wish(days=98, unrest=0.05, trials=(Trial((0, 2), BEGIN, 0.6),)), 5))
    assert "marche" in found.suspicions


def test_the_same_data_give_everybody_the_same_figures() -> None:
    built = city(Wish(days=84), 8)
    assert result_of(built).effect == result_of(built).effect


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(0.02, 0.2, "effect"), (-0.3, -0.1, "effect"), (-0.05, 0.08, "no-effect-found"), (-0.05, 0.3, "not-conclusive")],
)
def test_a_verdict_is_what_the_interval_allows(low: float, high: float, verdict: str) -> None:
    assert verdict_of(Estimate((low + high) / 2, low, high, 0.1, 80, 0.2), 0.1) == verdict


def test_days_between_baseline_and_trial_belong_to_neither() -> None:
    built = city(Wish(days=84), 1)
    late = protocol(built, trial={"first": str(built.days()[63]), "last": str(built.days()[83])})
    trial, _ = asyncio.run(gathered(past_of(built), late, UTC))
    assert np.isnan(trial.outcome()[BEGIN:63]).all()
    assert trial.during.sum() == 21


def test_too_much_that_nobody_watched_is_no_verdict() -> None:
    built = city(Wish(days=84), 1)
    built.flows["pedestrian"][0, BEGIN * DAY : (BEGIN + 20) * DAY] = np.nan
    built.coverage[0, BEGIN * DAY : (BEGIN + 20) * DAY] = 0
    with pytest.raises(TooLittle, match="of the trial"):
        result_of(built)


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"trial": {"first": "2026-03-02", "last": "2026-03-05"}}, "lasts 4 days"),
        ({"trial": {"first": "2026-01-20", "last": "2026-03-05"}}, "expected after the baseline ends"),
        ({"controls": [{"camera": "ecole"}]}, "is treated too"),
        ({"treated": []}, "at least 1"),
        ({"baseline": {"first": "2026-02-01", "last": "2026-01-05"}}, "before it begins"),
        ({"treated": [{"camera": "a", "sensor": "b"}]}, "either a camera or a sensor"),
    ],
)
def test_a_protocol_that_cannot_be_judged_is_refused(changes: dict[str, Any], what: str) -> None:
    with pytest.raises(ValidationError, match=what):
        protocol(city(Wish(days=84), 1), **changes)


def test_a_seal_changes_with_anything_and_with_nothing_else() -> None:
    built = city(Wish(days=84), 1)
    one = protocol(built)
    assert one.seal() == Protocol.model_validate_json(one.model_dump_json(by_alias=True)).seal()
    assert one.seal() != protocol(built, title="Autre").seal()
