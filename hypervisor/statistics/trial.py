"""The whole of an evaluation on one screen: figures of places and days in, an effect with its interval out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hypervisor.statistics.design import Calendar, columns_of
from hypervisor.statistics.effect import LEVEL, Estimate, estimate
from hypervisor.statistics.noise import Floats, Model
from hypervisor.statistics.outcome import Scale, outcome_of

LEAST_TRIAL = 7
"""Days of a trial, at least: every weekday once."""
LEAST_BASELINE = 14


class TooLittle(ValueError):
    """Data that do not allow an answer; the text says what is missing."""


@dataclass(frozen=True, slots=True)
class Trial:
    """Daily figures of places with and without a measure; NaN is not observed."""

    treated: Floats  # (places, days)
    controls: Floats | None  # (places, days); None: interrupted time series
    during: NDArray[np.bool_]  # (days,) True while the measure is in force
    calendar: Calendar
    scale: Scale = "ratio"

    def outcome(self) -> Floats:
        """Return (days,): treated against controls (`outcome_of`)."""
        return outcome_of(self.treated, self.controls, ~self.during, self.scale)


def effect_of(trial: Trial, rng: np.random.Generator, level: float = LEVEL) -> Estimate:
    """Return the effect on the outcome's scale (`Estimate.as_ratio` makes per cent of a logarithm).

    Raises:
        TooLittle: if baseline or trial were observed on too few days, or nothing varies.
    """
    outcome = trial.outcome()
    rows = np.flatnonzero(np.isfinite(outcome))
    for name, there, least in (("trial", trial.during, LEAST_TRIAL), ("baseline", ~trial.during, LEAST_BASELINE)):
        if there[rows].sum() < least:
            raise TooLittle(f"the {name} was observed on {there[rows].sum()} days; expected {least} at least")
    columns = np.column_stack([trial.during.astype(float), columns_of(trial.calendar)])[rows]
    try:
        return estimate(Model(columns, rows), outcome[rows], 0, rng, level)
    except ValueError as error:
        raise TooLittle(str(error)) from None
