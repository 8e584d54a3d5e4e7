"""What sensors measure: one row each, with dimension, plausible range and how values of a bucket become one figure."""

import math
from collections.abc import Mapping
from typing import Literal, NamedTuple

from hypervisor.sensors.units import Dimension, kept_unit

Kind = Literal["level", "energy", "circular", "amount", "peak"]
"""How a bucket's values become a figure.

| kind | figure | why |
|---|---|---|
| `level` | arithmetic mean | temperature, concentration, filling |
| `energy` | level of the mean energy, 10·lg(mean(10^(L/10))) | decibels: the mean of 50 and 70 dB is 67, not 60 |
| `circular` | direction of the mean vector | the mean of 350° and 10° is 0°, not 180° |
| `amount` | sum | rain, passages |
| `peak` | highest | highest levels that the sensor found itself |
"""


class MeasureRow(NamedTuple):
    """One measure."""

    dimension: Dimension
    kind: Kind
    low: float  # plausible range, in the unit that is kept
    high: float
    molar_mass: float | None = None  # g/mol, of gases: they may come as shares of volume
    people: bool = False  # counts people or vehicles: small counts are withheld from others

    @property
    def unit(self) -> str:
        """Return the unit that is kept (UCUM)."""
        return kept_unit(self.dimension).code


def _gas(molar_mass: float, high: float) -> MeasureRow:
    return MeasureRow("mass concentration", "level", 0, high, molar_mass)


_DUST = MeasureRow("mass concentration", "level", 0, 10_000)

MEASURES: Mapping[str, MeasureRow] = {
    "pm1": _DUST,
    "pm25": _DUST,
    "pm10": _DUST,
    "no": _gas(30.006, 10_000),
    "no2": _gas(46.0055, 10_000),
    "nox": _gas(46.0055, 20_000),  # as NO2, which is how limits are stated
    "o3": _gas(47.998, 2_000),
    "so2": _gas(64.066, 20_000),
    "co": _gas(28.010, 500_000),
    "c6h6": _gas(78.114, 5_000),
    "co2": MeasureRow("amount fraction", "level", 200, 40_000),
    "temperature": MeasureRow("temperature", "level", -60, 70),
    "humidity": MeasureRow("share", "level", 0, 100),
    "pressure": MeasureRow("pressure", "level", 500, 1100),
    "wind_speed": MeasureRow("speed", "level", 0, 120),
    "wind_direction": MeasureRow("angle", "circular", 0, 360),
    "precipitation": MeasureRow("rain", "amount", 0, 500),
    "laeq": MeasureRow("sound level", "energy", 0, 150),
    "lamax": MeasureRow("sound level", "peak", 0, 150),
    "filling": MeasureRow("share", "level", 0, 100),
    "battery": MeasureRow("share", "level", 0, 100),
    "people_present": MeasureRow("count", "level", 0, 1_000_000, people=True),
    "passages": MeasureRow("count", "amount", 0, 1_000_000, people=True),
}
"""Name → row. A new one is a row here, a line in docs/sensors.md, and nothing else."""


def parts(kind: Kind, value: float) -> tuple[float, float]:
    """Return what a value adds to the two sums of its bucket."""
    if kind == "energy":
        return 10 ** (value / 10), 0.0
    if kind == "circular":
        return math.sin(math.radians(value)), math.cos(math.radians(value))
    return value, 0.0


def figure(kind: Kind, n: int, sums: tuple[float, float], highest: float) -> float | None:
    """Return the figure of a bucket with `n` values; None if there is none (opposite winds have no direction)."""
    if n <= 0:
        return None
    if kind == "amount":
        return round(sums[0], 6)
    if kind == "peak":
        return round(highest, 3)
    if kind == "energy":
        return round(10 * math.log10(sums[0] / n), 3)
    if kind == "circular":
        if math.hypot(*sums) / n < 1e-9:
            return None
        return round(math.degrees(math.atan2(*sums)) % 360, 1) % 360
    return round(sums[0] / n, 3)


class SeriesRow(NamedTuple):
    """One measure of /v1/series that comes from sensors."""

    measure: str
    what: Literal["figure", "min", "max"]


SERIES: Mapping[str, SeriesRow] = {
    **{name: SeriesRow(name, "figure") for name in MEASURES},
    **{
        f"{name}_{what}": SeriesRow(name, what)
        for name, row in MEASURES.items()
        if row.kind in ("level", "energy")
        for what in ("min", "max")
    },
}
"""Name in /v1/series → which figure of which measure."""
