"""Every indicator is what its own example says that it is by hand."""

from dataclasses import replace

import pytest

from hypervisor.indicators.examples import fault_of
from hypervisor.indicators.library import shipped
from hypervisor.indicators.model import Indicator

LIBRARY = shipped()
EVERY = [one.indicator for one in LIBRARY.all.values()]


@pytest.mark.parametrize("indicator", EVERY, ids=lambda one: one.id)
def test_an_indicator_is_what_it_is_by_hand(indicator: Indicator) -> None:
    assert fault_of(LIBRARY.all[indicator.id]) is None


def test_a_wrong_example_is_found_out() -> None:
    ready = LIBRARY.all["no2-mean"]
    example = ready.indicator.example.model_copy(update={"value": 31.0})
    wrong = replace(ready, indicator=ready.indicator.model_copy(update={"example": example}))
    assert fault_of(wrong) == "gives 30.0; expected 31.0"


def test_no_two_indicators_are_the_same() -> None:
    assert len({one.formula for one in EVERY}) == len(EVERY)
    for language in ("fr", "en"):
        for said in ("name", "explanation"):
            texts = [getattr(getattr(one, said), language) for one in EVERY]
            assert len(set(texts)) == len(texts)
