"""Series beside each other: lags, memory, rhythm, gaps, and what is not concluded."""

import numpy as np
import pytest

from benchmarks.decisions import lag_rows
from hypervisor.statistics.cross import (
    Lagged,
    across,
    autocorrelation,
    lagged,
    ranks,
    strongest,
    without,
    without_rhythm,
)
from hypervisor.statistics.discovery import adjusted, believed
from hypervisor.statistics.noise import Floats
from parvis.simulated_city import remembering

NAN = float("nan")


def noise(n: int, seed: int = 0, persistence: float = 0.0) -> Floats:
    series: Floats = remembering(np.random.default_rng(seed), (1, n), persistence, 1.0)[0]
    return series


def test_a_planted_lag_is_found_and_its_sign() -> None:
    first = noise(2000)
    second = -np.concatenate([noise(3, 9), first[:-3]]) + 0.5 * noise(2000, 2)
    best = strongest(lagged(first, second, range(-5, 6)))
    assert best is not None
    assert best.lag == 3
    assert best.value is not None
    assert best.value < -0.8
    assert best.n == 1997


def test_one_lag_is_the_plain_correlation() -> None:
    first, second = noise(500, 1), noise(500, 2)
    (one,) = lagged(first, second, range(1))
    assert one.value == pytest.approx(np.corrcoef(first, second)[0, 1], abs=1e-5)


def test_gaps_are_left_out_of_both() -> None:
    first, second = noise(400, 1), noise(400, 1)
    first[50:90], second[80:120] = NAN, NAN
    (one,) = lagged(first, second, range(1))
    assert one.n == 400 - 70
    assert one.value == pytest.approx(1, abs=1e-4)


def test_memory_makes_many_hours_few() -> None:
    white = lagged(noise(3000, 1), noise(3000, 2), range(1))[0]
    lasting = lagged(noise(3000, 1, 0.95), noise(3000, 2, 0.95), range(1))[0]
    assert white.effective == pytest.approx(3000, rel=0.1)
    assert lasting.effective < 600


def test_too_few_independent_hours_are_no_conclusion() -> None:
    (one,) = lagged(noise(15, 1), noise(15, 2), range(1))
    assert one.value is None
    assert strongest([one]) is None


def test_ranks_do_not_care_how_far_an_outlier_lies() -> None:
    first = noise(300, 1)
    second = first + 0.1 * noise(300, 2)
    second[7] = 1e6
    pearson, spearman = (lagged(first, second, range(1), how)[0].value for how in ("pearson", "spearman"))
    assert pearson is not None
    assert spearman is not None
    assert abs(pearson) < 0.2
    assert spearman > 0.95
    assert np.isnan(ranks(np.array([[1.0, NAN, 3]]))[0, 1])


def test_a_shared_rhythm_is_no_correlation() -> None:
    phase = np.arange(168 * 12) % 168
    rush = 5 * np.sin(2 * np.pi * phase / 24)
    both = np.array([rush + noise(len(phase), 1), rush + noise(len(phase), 2)])
    raw = lagged(both[0], both[1], range(1))[0]
    quiet = without_rhythm(both, phase)
    left = lagged(quiet[0], quiet[1], range(1))[0]
    assert raw.value is not None
    assert raw.value > 0.8
    assert left.low is not None
    assert left.high is not None
    assert left.low <= 0 <= left.high


def test_what_weather_does_to_both_is_taken_out() -> None:
    rain = noise(1000, 5)
    both = np.array([rain + noise(1000, 1), -2 * rain + noise(1000, 2)])
    both[0, 3] = NAN
    left = without(both, rain[None, :])
    assert np.isnan(left[0, 3])
    one = lagged(left[0], left[1], range(1))[0]
    assert one.value == pytest.approx(0, abs=0.1)


def test_many_lines_are_answered_at_once_as_one_by_one() -> None:
    firsts, second = np.array([noise(500, n) for n in range(4)]), noise(500, 9)
    lags = range(-2, 3)
    together = across(firsts, second, lags)
    for row, alone in zip(together, (lagged(first, second, lags) for first in firsts), strict=True):
        assert [one.value for one in row] == pytest.approx([one.value for one in alone], abs=1e-6)


@pytest.mark.parametrize(
    ("first", "second", "what"),
    [
        (np.ones(50), noise(50), "constant"),
        (noise(50), np.full(50, NAN), "never observed"),
        (noise(5), noise(6), "same steps"),
    ],
)
def test_what_cannot_be_compared_is_refused(first: Floats, second: Floats, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        lagged(first, second, range(1))


def test_how_a_series_goes_with_itself() -> None:
    assert autocorrelation(np.tile([1.0, -1.0], 50), 2) == pytest.approx([1, -1, 1], abs=0.05)
    assert autocorrelation(noise(5000, 1, 0.7), 2)[1] == pytest.approx(0.7, abs=0.05)


def test_the_lag_from_traffic_to_the_air_is_found_again() -> None:
    (row,) = lag_rows(12, seed=70_000)
    assert row.value >= 0.9


def test_of_many_questions_the_believed_ones_are_those_of_benjamini_and_hochberg() -> None:
    published = [
        0.0001,
        0.0004,
        0.0019,
        0.0095,
        0.0201,
        0.0278,
        0.0298,
        0.0344,
        0.0459,
        0.3240,
        0.4262,
        0.5719,
        0.6528,
        0.7590,
        1.0,
    ]
    assert sum(believed(published)) == 4  # their example of 1995, section 3.1
    assert [one <= 0.05 for one in adjusted(published)] == believed(published)
    assert believed([]) == []


def test_a_lagged_figure_without_conclusion_has_no_interval() -> None:
    assert Lagged(0, None, None, None, 3, 3.0).low is None
