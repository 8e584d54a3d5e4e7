"""Every indicator is what its own example says that it is by hand."""

import math

import pytest

from hypervisor.indicators.examples import value_of
from hypervisor.indicators.library import shipped
from hypervisor.indicators.model import Indicator

LIBRARY = shipped()
EVERY = [one.indicator for one in LIBRARY.all.values()]
SIGNIFICANT = 6e-4
"""Values are told with four digits."""


@pytest.mark.parametrize("indicator", EVERY, ids=lambda one: one.id)
def test_an_indicator_is_what_it_is_by_hand(indicator: Indicator) -> None:
    found = value_of(LIBRARY.all[indicator.id])
    by_hand = indicator.example.value

    assert (found.value is None) == (by_hand is None), found
    if found.value is not None and by_hand is not None:
        assert math.isclose(found.value, by_hand, rel_tol=SIGNIFICANT, abs_tol=1e-9)


def test_no_two_indicators_are_the_same() -> None:
    assert len({one.formula for one in EVERY}) == len(EVERY)
    for language in ("fr", "en"):
        for said in ("name", "explanation"):
            texts = [getattr(getattr(one, said), language) for one in EVERY]
            assert len(set(texts)) == len(texts)
