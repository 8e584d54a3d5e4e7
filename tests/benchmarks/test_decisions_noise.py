"""Recommendations where there is nothing to recommend: forty cameras, judged once."""

from collections import Counter

import pytest

from benchmarks import decisions_noise
from benchmarks.decisions_noise import false_in, year_of
from hypervisor.recommendations.judge import places_of
from hypervisor.recommendations.rule import catalogue

CITIES = 40
MOST = 6
"""Of forty, at most two on average may be told anything (Benjamini and Hochberg, nothing being true); seven or more
would happen once in three hundred runs."""


def test_where_there_is_nothing_to_recommend_hardly_anything_is() -> None:
    # Without outages all of them share the models of their noise, so that it takes seconds.
    told = Counter(false_in(year_of(seed, 1, outages_per_month=0.0), 1) for seed in range(CITIES))
    assert CITIES - told[0] <= MOST


def test_the_noise_asks_every_kind() -> None:
    site, *sensors = year_of(1, 1).sites(0)
    asked = {rule.id for one in (site, *sensors) for rule, _ in places_of(one, catalogue())}
    assert asked == set(catalogue())


def test_a_year_that_is_full_of_reasons_is_told() -> None:
    """What counts false recommendations must be able to count."""
    year = year_of(2, 1)
    table = year.camera["deposits_opened", "zone", "all"]
    fuller = type(table)(table.values + 1.0, table.coverage)
    more = year._replace(camera={**year.camera, ("deposits_opened", "zone", "all"): fuller})
    assert false_in(more, 1) > false_in(year, 1)


def test_the_row_has_the_interval_of_a_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decisions_noise, "false_in", lambda year, weeks: 3)
    monkeypatch.setattr(decisions_noise, "year_of", lambda seed, weeks: None)
    (row,) = decisions_noise.noise_rows(4, 1)
    assert (row.value, row.n, row.unit) == (3.0, 4, "a camera-year")
    # Garwood (1936): 12 events, 6.20 to 20.96.
    assert row.low == pytest.approx(6.20 / 4, abs=0.01)
    assert row.high == pytest.approx(20.96 / 4, abs=0.01)
