"""Recommendations where there is nothing to recommend: a hundred cameras, judged once."""

from collections import Counter

from benchmarks.decisions_noise import false_in, year_of
from hypervisor.recommendations.judge import places_of
from hypervisor.recommendations.rule import catalogue

CITIES = 100
MOST = 12
"""Of a hundred, at most five on average may be told anything (Benjamini and Hochberg, nothing being true); thirteen or
more would happen once in a thousand runs."""


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
