"""What is wrong with a value is said, with what was expected."""

from typing import Any

import pytest

from hypervisor.sensors.values import FUTURE_S, OLDEST_S, Checked, Fault, Raw, check
from tests.hypervisor.builders import NOON
from tests.hypervisor.sensors.builders import at, sensor


def checked(value: Any = 18.4, time: Any = None, unit: str | None = None, measure: str = "pm10") -> Checked | Fault:
    one = sensor("air-1", "pm10", "temperature", "no2", {"measure": "humidity", "unit": "1"}, "wind_direction")
    return check(Raw(7, "air-1", measure, "", at() if time is None else time, value, unit), one, NOON)


def test_a_good_value_is_kept_in_its_unit() -> None:
    found = checked(0.4, unit="GP")
    assert isinstance(found, Checked)
    assert found.value == pytest.approx(400)
    assert found.time_ms == NOON * 1000


def test_a_value_without_unit_has_the_one_that_was_registered() -> None:
    found = checked(0.4, measure="humidity")
    assert isinstance(found, Checked)
    assert found.value == pytest.approx(40)


@pytest.mark.parametrize(
    ("members", "field", "detail"),
    [
        ({"time": "2026-03-02T12:00:00"}, "time", "no offset"),
        ({"time": "yesterday"}, "time", "is no moment"),
        ({"time": at(FUTURE_S + 1)}, "time", "ahead"),
        ({"time": at(-OLDEST_S - 1)}, "time", "older than 35 days"),
        ({"unit": "Cel"}, "unit", "expected ug/m3"),
        ({"value": "a lot"}, "value", "no finite number"),
        ({"value": float("nan")}, "value", "no finite number"),
        ({"value": True}, "value", "no finite number"),
        ({"value": -1.0}, "value", "not plausible for pm10; expected 0 to 10000"),
        ({"value": 300.0, "unit": "K", "measure": "humidity"}, "unit", "does not measure share"),
        ({"value": 30.0, "unit": "K", "measure": "temperature"}, "value", "30 K is -243.15 Cel"),
        ({"measure": "o3"}, "measure", "is not registered for 'air-1'; there are: pm10"),
    ],
)
def test_what_is_wrong_is_said(members: dict[str, Any], field: str, detail: str) -> None:
    found = checked(**members)
    assert isinstance(found, Fault)
    assert (found.number, found.field) == (7, field)
    assert detail in found.detail


def test_clocks_may_disagree_a_little() -> None:
    assert isinstance(checked(time=at(FUTURE_S - 1)), Checked)


def test_a_wind_of_360_degrees_is_one_of_0() -> None:
    found = checked(360.0, measure="wind_direction")
    assert isinstance(found, Checked)
    assert found.value == 0
