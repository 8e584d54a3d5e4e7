"""Effects and their intervals: hand calculations, gaps, what is refused, and honesty over simulated cities."""

from datetime import date

import numpy as np
import pytest

from benchmarks.decisions import trials
from hypervisor.statistics.design import Calendar, columns_of
from hypervisor.statistics.effect import Estimate, estimate
from hypervisor.statistics.noise import GRID, PRIOR, Floats, Model
from hypervisor.statistics.outcome import outcome_of
from hypervisor.statistics.power import power
from hypervisor.statistics.trial import TooLittle, Trial, effect_of
from parvis.simulated_city import Wish, city, remembering

MONDAY = date(2026, 1, 5)
NAN = float("nan")


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def two_means(days: int = 60, step: float = 1.0) -> tuple[Model, Floats, np.ndarray]:
    """Return a model of a constant and a step in the middle, and white noise around it."""
    after = (np.arange(days) >= days // 2).astype(float)
    model = Model(np.column_stack([after, np.ones(days)]), np.arange(days))
    return model, step * after + rng(3).normal(0, 1, days), after.astype(bool)


def test_with_white_noise_it_is_close_to_the_difference_of_two_means() -> None:
    model, outcome, after = two_means()
    found = estimate(model, outcome, 0, rng())
    plain = outcome[after].mean() - outcome[~after].mean()
    student = 2.0017 * np.sqrt(outcome[after].var(ddof=1) / 30 + outcome[~after].var(ddof=1) / 30)
    assert found.value == pytest.approx(plain, abs=0.15)
    assert found.high - found.low == pytest.approx(2 * student, rel=0.35)


def test_noise_that_remembers_widens_the_interval() -> None:
    days = np.arange(80)
    model = Model(np.column_stack([(days >= 40).astype(float), np.ones(80)]), days)
    white = estimate(model, rng(1).normal(0, 1, 80), 0, rng())
    lasting = estimate(model, remembering(rng(1), (1, 80), 0.85, 1.0)[0], 0, rng())
    assert lasting.high - lasting.low > 1.5 * (white.high - white.low)
    assert lasting.memory > white.memory + 0.2


def test_the_same_seed_gives_the_same_interval() -> None:
    model, outcome, _ = two_means()
    assert estimate(model, outcome, 0, rng(7)) == estimate(model, outcome, 0, rng(7))


def test_a_ratio_is_the_exponential_less_one() -> None:
    ratio = Estimate(np.log(1.2), np.log(1.1), np.log(1.3), 0.05, 80, 0.3).as_ratio()
    assert (ratio.value, ratio.low, ratio.high) == pytest.approx((0.2, 0.1, 0.3))
    assert ratio.is_clear


def test_beliefs_before_the_data_add_up() -> None:
    assert len(PRIOR) == len(GRID)
    assert PRIOR.sum() == pytest.approx(1)


@pytest.mark.parametrize(
    ("columns", "what"),
    [(np.ones((5, 3)), "5 observed steps"), (np.ones((30, 2)), "depend on each other")],
)
def test_a_design_that_cannot_be_fitted_is_refused(columns: Floats, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        Model(columns, np.arange(len(columns)))


def test_a_constant_series_has_no_effect_to_tell() -> None:
    model, outcome, _ = two_means()
    with pytest.raises(ValueError, match="constant"):
        estimate(model, np.ones_like(outcome), 0, rng())


def test_weekdays_holidays_and_weather_become_columns_but_what_does_not_vary_does_not() -> None:
    plain = columns_of(Calendar(MONDAY, 28))
    assert plain.shape == (28, 7)
    assert plain[:, 1:].sum(axis=0) == pytest.approx(np.zeros(6))
    weather = np.array([np.zeros(28), np.arange(28.0)])
    full = columns_of(Calendar(MONDAY, 28, frozenset({date(2026, 1, 8)}), weather, trend=False))
    assert full.shape == (28, 9)
    assert np.argmax(full[:, 7]) == 3  # the Thursday


def test_the_outcome_is_treated_minus_controls_each_against_its_own_past() -> None:
    before = np.array([True, True, False])
    treated, controls = np.array([[10.0, 10, 20]]), np.array([[5.0, 5, 5], [50, 50, NAN]])
    got = outcome_of(treated, controls, before, "difference")
    assert got == pytest.approx([0, 0, 10])
    assert np.isnan(outcome_of(np.array([[1.0, NAN, 1]]), None, before, "difference")[1])


def test_a_place_that_is_missing_one_day_does_not_look_like_a_change() -> None:
    before = np.array([True, True, True, False])
    got = outcome_of(np.array([[10.0, 10, 10, 10], [1000, 1000, NAN, 1000]]), None, before, "ratio")
    assert got == pytest.approx(np.zeros(4))


@pytest.mark.parametrize(("during", "what"), [(5, "trial was observed on 5 days"), (50, "baseline was observed on 6")])
def test_too_short_a_trial_or_baseline_is_refused(during: int, what: str) -> None:
    figures = rng().poisson(100, (2, 56)).astype(float)
    trial = Trial(figures[:1], figures[1:], np.arange(56) >= 56 - during, Calendar(MONDAY, 56))
    with pytest.raises(TooLittle, match=what):
        effect_of(trial, rng())


def test_power_grows_with_days_and_effect_and_is_small_for_none() -> None:
    built = city(Wish(days=56), 4)
    figures = built.daily("pedestrian")
    calendar = Calendar(MONDAY, 56)
    outcome = Trial(figures[:1], figures[1:], np.zeros(56, bool), calendar).outcome()
    powers = [power(outcome, calendar, days, 0.15) for days in (7, 28, 84)]
    assert powers == sorted(powers)
    assert power(outcome, calendar, 28, 0.6) > 0.95
    assert power(outcome, calendar, 28, 0.0) == pytest.approx(0.05, abs=0.03)


def test_in_simulated_cities_intervals_cover_and_nothing_is_seen_where_nothing_is() -> None:
    found = list(trials(40, seed=50_000))
    covered = [one.found.low <= one.truth <= one.found.high for one in found]
    false = [one.found.is_clear for one in found if not one.truth]
    assert sum(covered) >= 34  # of 38 on average: one run in 300 has fewer
    assert sum(false) <= 4  # of 20; one on average, and more than four in one run of 3000
