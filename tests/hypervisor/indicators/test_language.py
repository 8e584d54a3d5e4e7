"""Formulas that mean nothing are refused where they stand; nothing of them is ever run as code."""

import pytest

from hypervisor.indicators.checking import compiled
from hypervisor.indicators.language import FormulaError, parsed

REFUSED = {
    "an unknown measure": ("mean(pm3())", "ug/m3", "line 1, column 6: pm3 is no measure and no function"),
    "a name that is nearly one": ("meen(no2())", "ug/m3", "did you mean 'mean'"),
    "a measure of hours long gone": ("mean(no2_max())", "ug/m3", "kept for a short time only"),
    "different units added": ("mean(no2()) + mean(temperature())", "1", "one unit"),
    "different units compared": ("share(no2() > laeq())", "1", "one unit"),
    "another unit than the indicator's": ("mean(no2())", "dB", "expected the unit of the indicator, dB"),
    "a constant zero divisor": ("mean(no2()) / (3 - 3)", "ug/m3", "column 13: divides by what is always zero"),
    "a divisor multiplied by zero": ("mean(no2()) / (0 * mean(no2()))", "1", "always zero"),
    "hours instead of a number": ("no2()", "ug/m3", "expected one number"),
    "a mean of decibels": ("mean(laeq())", "dB", "expected energy_mean or lden"),
    "an energy mean of something else": ("energy_mean(no2())", "ug/m3", "expected a series in dB"),
    "a sum of levels": ("sum(no2())", "ug/m3", "expected counts"),
    "a share of no comparison": ("share(no2())", "1", "expected a comparison"),
    "a share that is none": ("percent(mean(no2()))", "%", "expected a share"),
    "a comparison of two numbers": ("share(mean(no2()) > 3)", "1", "compares two numbers"),
    "days and hours mixed": ("mean(daily_mean(no2()) + no2())", "ug/m3", "one kind"),
    "an unknown way": ('sum(crossings(way="left"))', "crossing", "expected forward or backward"),
    "a way of what has none": ('mean(occupancy(way="forward"))', "object", "has no way"),
    "several classes of a percentile": ('mean(speed_p85(class="motor"))', "km/h", "expected one class"),
    "an unknown parameter": ('parameter(name="rent") * cameras()', "EUR", "'rent' is unknown"),
    "a parameter without a name": ("parameter() * cameras()", "EUR", "lacks name"),
    "an unknown severity": ('median_time(resolution_times(severity="hot"))', "h", "'hot' is unknown"),
    "a quantile out of range": ("quantile(no2(), 95)", "ug/m3", "from 0 to 1"),
    "a quantile that is reckoned": ("quantile(no2(), 0.5 + 0.4)", "ug/m3", "from 0 to 1"),
    "too few arguments": ("quantile(no2())", "ug/m3", "expected quantile(x, part)"),
    "an open bracket": ("mean(no2()", "ug/m3", "column 11: got the end; expected ')'"),
    "a letter that means nothing": ("mean(no2()) ^ 2", "ug/m3", "column 13: '^' means nothing"),
    "an attribute": ("no2().__class__", "1", "'.' means nothing"),
    "a name that Python would run": ('__import__(name="os")', "1", "no measure and no function"),
    "the same twice": ('crossings(class="car", class="bus")', "1", "given twice"),
    "too deep": ("(" * 40 + "1" + ")" * 40, "1", "nested too deep"),
    "minus signs without end": ("-" * 900 + "1", "1", "nested too deep"),
    "too long": ("1+" * 600 + "1", "1", "expected 1000 at most"),
    "nothing": ("", "1", "got the end"),
}


@pytest.mark.parametrize(("formula", "unit", "why"), REFUSED.values(), ids=REFUSED)
def test_a_formula_is_refused_with_line_and_column(formula: str, unit: str, why: str) -> None:
    with pytest.raises(FormulaError) as refused:
        compiled(formula, unit)
    assert why in str(refused.value)
    assert str(refused.value).startswith("line ")


def test_a_fault_on_the_second_line_is_told_there() -> None:
    with pytest.raises(FormulaError, match="line 2, column 3"):
        parsed("mean(no2()) +\n  ?")


@pytest.mark.parametrize(
    ("formula", "unit"),
    [
        ("mean(no2()) * 2 - 1", "ug/m3"),
        ('per_day(crossings(class="car,bus"))', "crossing/d"),
        ("mean(crossings())", "crossing/h"),
        ("sum(crossings()) / sum(deposits_opened())", "crossing/deposit"),
        ("mean(daily_mean(no2()) / daily_mean(o3()))", "1"),
        ("-1 * mean(temperature())", "Cel"),
    ],
)
def test_units_follow_the_formula(formula: str, unit: str) -> None:
    compiled(formula, unit)
