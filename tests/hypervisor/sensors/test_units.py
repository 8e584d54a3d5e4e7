"""Units are converted by physics, and refused with what was expected."""

import pytest

from hypervisor.sensors.measures import MEASURES, SERIES, figure, parts
from hypervisor.sensors.units import UNITS, Reference, WrongUnit, convert, find


@pytest.mark.parametrize(
    ("value", "unit", "measure", "kept"),
    [
        (18.4, "GQ", "pm10", 18.4),
        (0.5, "GP", "co", 500.0),
        (0.5, "mg/m3", "co", 500.0),
        (1.0, "µg/m³", "pm25", 1.0),
        (40.0, "ppb", "no2", 76.50),  # 1.9125 µg/m³ a ppb at 20 °C and 1013.25 hPa: the EU's own factor is 1.91
        (60.0, "[ppb]", "o3", 119.73),  # 1.9954: the EU's factor is 2.00
        (1.0, "ppm", "co", 1164.4),  # 1.164: the EU's factor is 1.16
        (420.0, "ppm", "co2", 420.0),
        (50.0, "°F", "temperature", 10.0),
        (273.15, "K", "temperature", 0.0),
        (0.55, "1", "humidity", 55.0),
        (0.55, "C62", "filling", 55.0),
        (36.0, "km/h", "wind_speed", 10.0),
        (3.14159265, "rad", "wind_direction", 180.0),
        (101325.0, "Pa", "pressure", 1013.25),
        (4.0, "L/m2", "precipitation", 4.0),
        (61.5, "dB(A)", "laeq", 61.5),
        (3.0, "1", "passages", 3.0),
    ],
)
def test_values_come_out_in_the_unit_that_is_kept(value: float, unit: str, measure: str, kept: float) -> None:
    row = MEASURES[measure]
    assert convert(value, unit, row.dimension, row.molar_mass, Reference()) == pytest.approx(kept, rel=1e-3, abs=1e-6)


def test_a_share_of_volume_depends_on_the_state_of_the_air() -> None:
    cold = convert(40, "ppb", "mass concentration", 46.0055, Reference(0.0, 1013.25))
    warm = convert(40, "ppb", "mass concentration", 46.0055, Reference(25.0, 1013.25))
    assert cold / warm == pytest.approx(298.15 / 273.15)


@pytest.mark.parametrize(
    ("unit", "measure", "expected"),
    [
        ("Cel", "pm10", r"ug/m3 \(GQ\), mg/m3 \(GP\)"),
        ("ppb", "pm10", r"expected ug/m3"),  # dust has no molar mass
        ("%", "temperature", r"Cel \(CEL\)"),
        ("dB", "humidity", r"% \(P1\), 1 \(C62\)"),
        ("", "laeq", "dB"),
    ],
)
def test_a_wrong_unit_is_refused_with_what_was_expected(unit: str, measure: str, expected: str) -> None:
    row = MEASURES[measure]
    with pytest.raises(WrongUnit, match=expected):
        convert(1.0, unit, row.dimension, row.molar_mass, Reference())


def test_every_code_means_one_unit_of_its_dimension() -> None:
    for dimension, units in UNITS.items():
        for unit in units:
            for code in (unit.code, *([unit.cefact] if unit.cefact else []), *unit.names):
                assert find(dimension, code) is unit, (dimension, code)


def test_levels_of_sound_are_averaged_by_energy_and_winds_by_direction() -> None:
    def mean(kind: str, *values: float) -> float | None:
        added = [parts(kind, one) for one in values]  # type: ignore[arg-type]
        return figure(kind, len(values), (sum(a for a, _ in added), sum(b for _, b in added)), max(values))  # type: ignore[arg-type]

    assert mean("energy", 50, 70) == pytest.approx(67.03, abs=0.01)
    assert mean("circular", 350, 10) == pytest.approx(0.0)
    assert mean("circular", 90, 270) is None
    assert mean("amount", 2, 3) == 5
    assert mean("peak", 61, 75, 60) == 75
    assert mean("level", 1, 2, 6) == 3


def test_no_series_of_sensors_is_called_like_one_of_cameras() -> None:
    from hypervisor.catalogue import ROWS

    assert set(ROWS) & set(SERIES) == set()
