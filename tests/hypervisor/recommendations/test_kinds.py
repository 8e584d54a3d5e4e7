"""Each kind of recommendation: a place where it must be made, and one like it where it must not."""

import asyncio
from collections.abc import Callable
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from hypervisor.history.past import Hours
from hypervisor.recommendations.judge import Judgement, judged
from hypervisor.recommendations.kinds import ASKERS
from hypervisor.recommendations.local import Local
from hypervisor.recommendations.rule import catalogue
from tests.hypervisor.recommendations.builders import (
    DAYS,
    NOW_S,
    Floats,
    at,
    counts_of,
    hours_of,
    past,
    peak,
    sensed,
    series,
)

Rows = Callable[[], list[Hours]]


def judgement_of(rows: list[Hours]) -> Judgement:
    return asyncio.run(judged(past(*rows), Local(ZoneInfo("UTC"), NOW_S)))


def one(measure: str, values: Floats, subject: str = "zone", class_name: str = "") -> list[Hours]:
    return [series(at(measure, subject, class_name), values)]


def both(walkers: Floats, cars: Floats) -> list[Hours]:
    return [*one("crossings", walkers, "line", "pedestrian"), *one("crossings", cars, "line", "car")]


def lying(hours: float) -> list[Hours]:
    opened = counts_of(0.1, 1)
    return [*one("deposits_opened", opened), *one("deposits", hours_of(0.1 * hours, 2))]


def path(off: float) -> list[Hours]:
    on = one("crossings", counts_of(20, 1), "piste-nord", "cyclist")
    return [*on, *one("crossings", counts_of(off, 2), "chaussee", "cyclist")]


def astray(share: float) -> list[Hours]:
    return [
        *one("wrong_way", counts_of(30 * share, 1), "line", "car"),
        *one("crossings", counts_of(30, 2), "line", "car"),
    ]


def school(at_eight: float, cars: float) -> list[Hours]:
    return both(counts_of(peak([8], at_eight, 40), 1), counts_of(cars, 2))


def rainy(loss: float) -> list[Hours]:
    wet = np.repeat(np.random.default_rng(3).random(DAYS) < 0.3, 24)
    cyclists = np.random.default_rng(4).poisson(hours_of(30, 1) * np.where(wet, 1 - loss, 1.0)).astype(float)
    return [
        *one("crossings", cyclists, "line", "cyclist"),
        series(sensed("precipitation"), np.where(wet, 0.8, 0.0)),
        series(sensed("temperature"), hours_of(12, 5)),
    ]


def polluted(with_cars: float, level: float) -> list[Hours]:
    cars = counts_of(200, 1)
    daily = np.repeat(cars.reshape(DAYS, 24).mean(axis=1) / 200, 24)
    no2 = level * (1 + with_cars * (daily - 1)) + np.random.default_rng(2).normal(0, 1.5, len(cars))
    return [*one("crossings", cars, "line", "car"), series(sensed("no2"), no2)]


def watched(share: float) -> list[Hours]:
    covered = np.clip(np.random.default_rng(1).normal(share, 0.05, DAYS * 24), 0, 1)
    return [series(at("crossings", "line", "car"), counts_of(10), covered)]


SCENES: dict[str, tuple[Rows, Rows]] = {
    "collection-round": (
        lambda: one("deposits_opened", counts_of(peak([18, 19, 20], 1.2, 0.05))),
        lambda: one("deposits_opened", counts_of(0.2)),
    ),
    "add-bin": (lambda: one("deposits_opened", counts_of(0.1)), lambda: one("deposits_opened", counts_of(0.03))),
    "clear-sooner": (lambda: lying(48), lambda: lying(12)),
    "empty-sooner": (
        lambda: [series(sensed("filling"), hours_of(85, spread=0.05))],
        lambda: [series(sensed("filling"), hours_of(60, spread=0.05))],
    ),
    "empty-later": (
        lambda: [series(sensed("filling"), hours_of(20, spread=0.05))],
        lambda: [series(sensed("filling"), hours_of(60, spread=0.05))],
    ),
    "pedestrian-phase": (
        lambda: one("density", hours_of(peak([17], 1.1, 0.2)), class_name="pedestrian"),
        lambda: one("density", hours_of(peak([17], 0.6, 0.2)), class_name="pedestrian"),
    ),
    "signal-timing": (
        lambda: one("wait_p50", hours_of(peak([8], 90, 20)), class_name="car"),
        lambda: one("wait_p50", hours_of(peak([8], 40, 20)), class_name="car"),
    ),
    "second-counter": (
        lambda: one("wait_p85", hours_of(peak([11], 500, 60)), class_name="person"),
        lambda: one("wait_p85", hours_of(peak([11], 200, 60)), class_name="person"),
    ),
    "crowd-measures": (
        lambda: one("crowded", hours_of(peak([18], 0.5, 0.02)), class_name="all"),
        lambda: one("crowded", hours_of(peak([18], 0.15, 0.02)), class_name="all"),
    ),
    "school-street": (lambda: school(150, 120), lambda: school(150, 30)),
    "crossing": (
        lambda: both(counts_of(peak(range(7, 20), 300, 5), 1), counts_of(peak(range(7, 20), 900, 50), 2)),
        lambda: both(counts_of(peak(range(7, 20), 100, 5), 1), counts_of(peak(range(7, 20), 600, 50), 2)),
    ),
    "protect-cycle-path": (lambda: path(12), lambda: path(2)),
    "calm-traffic": (
        lambda: one("speed_p85", hours_of(62, spread=0.05), "line", "car"),
        lambda: one("speed_p85", hours_of(51, spread=0.05), "line", "car"),
    ),
    "wrong-way": (lambda: astray(0.12), lambda: astray(0.02)),
    "sunday-street": (
        lambda: both(counts_of(400, 1), counts_of(60, 2)),
        lambda: both(counts_of(60, 1), counts_of(60, 2)),
    ),
    "bay-full": (
        lambda: one("bay_occupied", np.minimum(1, hours_of(0.94, spread=0.02)), class_name="all"),
        lambda: one("bay_occupied", hours_of(0.7, spread=0.05), class_name="all"),
    ),
    "bay-free": (
        lambda: one("bay_occupied", hours_of(0.1), class_name="all"),
        lambda: one("bay_occupied", hours_of(0.7, spread=0.05), class_name="all"),
    ),
    "delivery-bay": (
        lambda: one("stopped", counts_of(peak([9, 10, 11], 9, 1)), class_name="truck"),
        lambda: one("stopped", counts_of(peak([9, 10, 11], 2, 1)), class_name="truck"),
    ),
    "dim-lights": (
        lambda: one("crossings", counts_of(peak(range(1, 5), 0.3, 40)), "line", "pedestrian"),
        lambda: one("crossings", counts_of(peak(range(1, 5), 6, 40)), "line", "pedestrian"),
    ),
    "rain-plan": (lambda: rainy(0.4), lambda: rainy(0.0)),
    "divert-traffic": (lambda: polluted(1.0, 40), lambda: polluted(0.0, 40)),
    "quiet-nights": (
        lambda: [series(sensed("laeq"), 60 + np.random.default_rng(1).normal(0, 1, DAYS * 24))],
        lambda: [series(sensed("laeq"), 48 + np.random.default_rng(1).normal(0, 1, DAYS * 24))],
    ),
    "camera-coverage": (lambda: watched(0.6), lambda: watched(0.95)),
    "clear-view": (
        lambda: one("deposits_watched", hours_of(0.35, spread=0.05), class_name="all"),
        lambda: one("deposits_watched", hours_of(0.85, spread=0.02), class_name="all"),
    ),
}
"""Kind → where it must be made, where it must not."""


def test_every_kind_has_its_question_and_its_two_scenes() -> None:
    assert set(catalogue()) == set(ASKERS) == set(SCENES)
    assert len(SCENES) >= 15


@pytest.mark.parametrize("kind", SCENES)
def test_it_is_made_where_it_must_be_and_not_where_it_must_not(kind: str) -> None:
    there, elsewhere = (judgement_of(rows()) for rows in SCENES[kind])
    made = [found for found in there.found if found.kind == kind]
    assert len(made) == 1, [(found.kind, found.evidence.p) for found in there.found]
    assert kind not in {found.kind for found in elsewhere.found}
    assert elsewhere.asked, "the other scene must be asked, too"
    (found,) = made
    assert found.evidence.excess.low > 0
    assert "{" not in found.what.fr + found.what.en
    assert found.evidence.picture.startswith("<svg")
    assert "nan" not in found.evidence.picture


@pytest.mark.parametrize("kind", [one for one in SCENES if one != "camera-coverage"])
def test_under_the_coverage_bound_nothing_is_recommended(kind: str) -> None:
    rows = SCENES[kind][0]()
    hidden = np.repeat(np.random.default_rng(1).random(DAYS) < 0.5, 24)
    thin = [series(row.asked, row.values, np.where(hidden, 0.0, 1.0)) for row in rows]
    found = judgement_of(thin)
    assert kind not in {made.kind for made in found.found}
    assert kind in {silent.kind for silent in found.silent}
