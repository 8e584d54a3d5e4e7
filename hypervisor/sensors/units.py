"""Units of measure: UCUM and UN/CEFACT codes, by dimension, and conversion to the unit that is kept.

A code means something only within a dimension: `1` (UN/CEFACT `C62`) is a fraction where a share is measured and one
piece where things are counted. Sources: UCUM (codes), UN/ECE Recommendation 20 (three-letter codes, as NGSI-LD's
`unitCode` uses them).
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

Dimension = Literal[
    "mass concentration",
    "amount fraction",
    "sound level",
    "temperature",
    "share",
    "speed",
    "angle",
    "pressure",
    "rain",
    "count",
]


class Unit(NamedTuple):
    """A unit of one dimension: kept = (value + offset) × factor."""

    code: str  # UCUM
    cefact: str  # UN/CEFACT, for NGSI-LD
    factor: float = 1.0
    offset: float = 0.0
    names: tuple[str, ...] = ()  # how makers write it


class Reference(NamedTuple):
    """The state of the air that a volume of gas is meant at; the default is that of Directive 2008/50/EC, annex VI."""

    temperature_c: float = 20.0
    pressure_hpa: float = 1013.25


class WrongUnit(ValueError):
    """A unit that does not measure what is measured; the message says what was expected."""


UNITS: Mapping[Dimension, tuple[Unit, ...]] = {
    "mass concentration": (
        Unit("ug/m3", "GQ", names=("µg/m3", "µg/m³", "μg/m3", "μg/m³", "ug/m³")),
        Unit("mg/m3", "GP", 1000.0, names=("mg/m³",)),
        Unit("ng/m3", "", 0.001, names=("ng/m³",)),
    ),
    "amount fraction": (Unit("[ppm]", "59", names=("ppm",)), Unit("[ppb]", "61", 0.001, names=("ppb",))),
    "sound level": (Unit("dB", "2N", names=("dB(A)", "dBA", "dB[A]")),),
    "temperature": (
        Unit("Cel", "CEL", names=("°C", "degC")),
        Unit("[degF]", "FAH", 5 / 9, -32.0, names=("°F", "degF")),
        Unit("K", "KEL", 1.0, -273.15),
    ),
    "share": (Unit("%", "P1"), Unit("1", "C62", 100.0)),
    "speed": (
        Unit("m/s", "MTS"),
        Unit("km/h", "KMH", 1 / 3.6),
        Unit("[kn_i]", "KNT", 1852 / 3600, names=("kn", "kt")),
        Unit("[mi_i]/h", "HM", 0.44704, names=("mph",)),
    ),
    "angle": (Unit("deg", "DD", names=("°",)), Unit("rad", "C81", 57.29577951308232)),
    "pressure": (
        Unit("hPa", "A97", names=("mbar", "MBR")),
        Unit("Pa", "PAL", 0.01),
        Unit("kPa", "KPA", 10.0),
    ),
    "rain": (Unit("mm", "MMT", names=("L/m2", "l/m2", "L/m²")),),
    "count": (Unit("1", "C62", names=("H87", "IE")),),
}
"""Dimension → its units; the first is the one that is kept."""

GAS_CONSTANT = 8.314462618  # J/(mol K), CODATA 2018


def kept_unit(dimension: Dimension) -> Unit:
    """Return the unit that figures of a dimension are kept and given in."""
    return UNITS[dimension][0]


def find(dimension: Dimension, code: str) -> Unit | None:
    """Return the unit of a dimension by UCUM code, UN/CEFACT code or a maker's name."""
    return next(
        (unit for unit in UNITS[dimension] if code in (unit.code, unit.cefact or code + "?", *unit.names)), None
    )


def expected(dimension: Dimension, molar_mass: float | None) -> str:
    """Return the units that are taken, in words."""
    taken = UNITS[dimension] + (UNITS["amount fraction"] if molar_mass is not None else ())
    return ", ".join(f"{unit.code} ({unit.cefact})" if unit.cefact else unit.code for unit in taken)


def convert(value: float, code: str, dimension: Dimension, molar_mass: float | None, reference: Reference) -> float:
    """Return a value in the unit that is kept; shares of a gas become masses by its molar mass (g/mol).

    Raises:
        WrongUnit: if the unit measures something else; with those that are taken.
    """
    unit = find(dimension, code)
    if unit is not None:
        return (value + unit.offset) * unit.factor
    share = find("amount fraction", code) if dimension == "mass concentration" and molar_mass is not None else None
    if share is None or molar_mass is None:
        raise WrongUnit(f"{code!r} does not measure {dimension}; expected {expected(dimension, molar_mass)}")
    return value * share.factor * _micrograms_of_a_ppm(molar_mass, reference)


def _micrograms_of_a_ppm(molar_mass: float, reference: Reference) -> float:
    """Return what one millionth of ideal gas weighs in a cubic metre: p·M/(R·T), in micrograms."""
    moles_m3 = reference.pressure_hpa * 100 / (GAS_CONSTANT * (reference.temperature_c + 273.15))
    return moles_m3 * molar_mass  # mol/m³ × g/mol × 1e-6 × 1e6 µg/g
