"""How often indicators' intervals hold, in few months."""

import pytest

from benchmarks import decisions_months
from benchmarks.decisions_months import MEMORIES, month_rows


def test_intervals_hold_most_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decisions_months, "MEMORIES", MEMORIES[1:2])
    monkeypatch.setattr(decisions_months, "LONG_DAYS", 2 * 364)
    covered, worst, plain = month_rows(3, 1)
    assert covered.settings == worst.settings == plain.settings == "28 days, persistence 0.6 of 70%"
    assert 0.7 <= covered.value <= 1
    assert worst.value <= covered.value
    assert 0 <= plain.value <= 1
