"""Noise that remembers: what two days share beyond weekday, weather and controls, and how it widens every interval.

Daily figures of a place are counting noise plus something that lasts for days (works nearby, a sale, the season). Both
are modelled together: covariance = share x persistence^(distance in days) + (1 - share) on the diagonal. Neither number
can be told well from a few weeks, so none is picked: every pair on a grid is weighed by its restricted likelihood
(Patterson and Thompson 1971; Harville 1974, which allows for the coefficients that are fitted), and estimates are
averages over all of them. Days that nobody watched are left out; distances stay what they are.
"""

from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Noise(NamedTuple):
    """One form that the noise may have."""

    persistence: float  # correlation of the lasting part from one step to the next, 0..1
    share: float  # of the variance that lasts, 0..1


GRID: tuple[Noise, ...] = (
    Noise(0.0, 0.0),
    *(Noise(*one) for one in product((0.2, 0.4, 0.6, 0.75, 0.87, 0.95), (0.25, 0.5, 0.75, 1.0))),
)
"""What is weighed. Coarse on purpose: between neighbours no interval differs by more than a few per cent."""

_BELIEF = np.array([len({one.share for one in GRID}) - 1.0, *(1.0 for _ in GRID[1:])])
PRIOR: Floats = _BELIEF / _BELIEF.sum()
"""No memory at all weighs as much as one whole persistence."""


class Judged(NamedTuple):
    """What outcomes say of one coefficient, averaged over the noise; B outcomes at once."""

    mean: Floats  # (B,)
    sd: Floats  # (B,)
    weights: Floats  # (G, B), columns sum to 1


@dataclass(frozen=True, slots=True)
class _Part:
    """The design as one form of noise sees it."""

    root: Floats  # (n, n) lower Cholesky factor of the correlation
    white: Floats  # (n, n) its inverse
    q: Floats  # (n, k) orthonormal columns of the whitened design
    r_inverse: Floats  # (k, k)
    penalty: float  # log|C| + log|X'C^-1 X|


class Model:
    """A linear model of one series, whose noise remembers.

    Args:
        columns: (n, k) the design, of full rank.
        times: (n,) whole steps, increasing; gaps are allowed.

    Raises:
        ValueError: if there are not at least four rows more than columns, or the columns depend on each other.
    """

    def __init__(self, columns: Floats, times: NDArray[np.int64]) -> None:
        self.n, self.k = columns.shape
        if self.n < self.k + 4:
            raise ValueError(f"{self.n} observed steps for {self.k} coefficients; expected {self.k + 4} at least")
        if np.linalg.matrix_rank(columns) < self.k:
            raise ValueError("the columns depend on each other; expected a design of full rank")
        self.columns = columns
        distance = np.abs(times[:, None] - times[None, :])
        self._parts = [_part(columns, distance, noise) for noise in GRID]

    def judged(self, outcomes: Floats, column: int) -> Judged:
        """Return what outcomes (n, B) say of the coefficient of a column."""
        found = [self._fitted(part, outcomes, column) for part in self._parts]
        likelihood, mean, variance = (np.stack(one) for one in zip(*found, strict=True))
        weights = PRIOR[:, None] * np.exp(likelihood - likelihood.max(axis=0))
        weights /= weights.sum(axis=0)
        centre = (weights * mean).sum(axis=0)
        spread = (weights * (variance + (mean - centre) ** 2)).sum(axis=0)
        return Judged(centre, np.sqrt(spread), weights)

    def variances(self, column: int) -> Floats:
        """Return (G,): the variance of a column's coefficient for noise of variance one, for each form."""
        found: Floats = np.array([part.r_inverse[column] @ part.r_inverse[column] for part in self._parts])
        return found

    def noise_variances(self, outcome: Floats) -> Floats:
        """Return (G,): the variance of the noise of an outcome (n,), for each form."""
        sums: Floats = np.array([_rss(part, outcome[:, None])[0][0] for part in self._parts])
        mean: Floats = sums / (self.n - self.k)
        return mean

    def resampled(self, outcome: Floats, weights: Floats, block: int, rng: np.random.Generator, draws: int) -> Floats:
        """Return (n, draws) series of noise alone, as the outcome's (n,) might have been.

        Residuals are whitened, drawn in blocks of `block` steps (Künsch 1989: what memory the model missed stays in
        them), and coloured again ("post-blackening", Davison and Hinkley 1997, 8.2.3). The form of the noise is drawn
        anew for each series by `weights` (G,): not knowing it is part of what is not known.
        """
        chosen = rng.choice(len(GRID), size=draws, p=weights)
        series = np.empty((self.n, draws))
        for form in np.unique(chosen):
            part, here = self._parts[form], chosen == form
            series[:, here] = part.root @ _blocks(_residuals(part, outcome), block, rng, int(here.sum()))
        return series

    def _fitted(self, part: _Part, outcomes: Floats, column: int) -> tuple[Floats, Floats, Floats]:
        rss, inside = _rss(part, outcomes)
        row, free = part.r_inverse[column], self.n - self.k
        rss = np.maximum(rss, np.finfo(float).tiny)
        # Over the unknown variance the estimate follows t with `free` degrees: its variance is that of t.
        likelihood: Floats = -0.5 * (free * np.log(rss) + part.penalty)
        return likelihood, row @ inside, rss / (free - 2) * (row @ row)


def _part(columns: Floats, distance: NDArray[np.int64], noise: Noise) -> _Part:
    here = distance == 0
    lasting = np.where(here, 1.0, noise.persistence ** distance.astype(float))
    root = np.linalg.cholesky(noise.share * lasting + (1 - noise.share) * here)
    white = np.linalg.inv(root)
    q, r = np.linalg.qr(white @ columns)
    penalty = 2 * float(np.log(np.abs(np.diag(r))).sum() + np.log(np.diag(root)).sum())
    return _Part(root, white, q, np.linalg.inv(r), penalty)


def _rss(part: _Part, outcomes: Floats) -> tuple[Floats, Floats]:
    whitened = part.white @ outcomes
    inside = part.q.T @ whitened
    return (whitened**2).sum(axis=0) - (inside**2).sum(axis=0), inside


def _residuals(part: _Part, outcome: Floats) -> Floats:
    """Return whitened residuals, each widened by what its own row drew the fit towards it, around zero."""
    whitened = part.white @ outcome
    residual = whitened - part.q @ (part.q.T @ whitened)
    leverage = (part.q**2).sum(axis=1)
    residual /= np.sqrt(np.maximum(1 - leverage, 0.05))
    centred: Floats = residual - residual.mean()
    return centred


def _blocks(residual: Floats, block: int, rng: np.random.Generator, draws: int) -> Floats:
    n = len(residual)
    starts = rng.integers(0, n, size=(-(-n // block), 1, draws))
    rows = (starts + np.arange(block)[None, :, None]) % n
    drawn: Floats = residual[rows.reshape(-1, draws)[:n]]
    return drawn
