"""One question of one place, and how surely the days answer it: a p-value that knows that days resemble each other.

Every kind comes down to a number a day, and asks whether its mean (or what goes with a column, such as polluted days)
is above zero. The noise is that of `hypervisor.statistics.noise`, averaged over all forms that it may have; the
statistic is compared with the same one of series in which nothing is true, drawn in blocks of a week
(`effect.estimate`). 299 draws do not resolve p-values of one in ten thousand, as are needed when thousands of questions
are asked: beyond them the tail is Student's, widened to the draws' 95th percentile.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from hypervisor.recommendations.view import WEEK, Window
from hypervisor.statistics.effect import BLOCK, DRAWS
from hypervisor.statistics.noise import GRID, Floats, Model

LEAST_WATCHED = 0.7
"""Share of the days asked about that must have been watched: below, nothing is recommended."""

LEAST_DAYS, LEAST_WEEKS = 28, 8
SCREEN_P = 0.05
"""What is not even believed if days were independent needs no draws: memory only widens."""

_MODELS = 64
Word = str | float | tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """Is this above zero?"""

    outcome: Floats  # (days,) NaN is not observed
    unit: str
    asked: np.ndarray | None = None  # (days,) True on the days asked about; without: all
    column: Floats | None = None  # (days,) what it is asked to go with; without: its mean is asked about
    extras: Floats | None = None  # (k, days) what is taken out first, such as weather
    words: Mapping[str, Word] = field(default_factory=dict)  # for the texts, such as the hour that was chosen
    profile: Floats | None = None  # (24,) for the picture: what an ordinary day looks like
    shown: Floats | None = None  # (days,) for the picture; without: the outcome
    bound: float | None = None  # for the picture, in the unit of what is shown
    also: tuple["Question", ...] = ()  # all must be true: the weakest counts (intersection-union, Berger 1982)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the days say."""

    p: float
    value: float
    low: float
    high: float
    n: int
    watched: float  # share of the days asked about
    memory: float


def answered(question: Question, window: Window, rng: np.random.Generator) -> Answer | str:
    """Return the answer, or why there is none: a name of `words.SILENT`."""
    answer = _one(question, window, rng)
    if isinstance(answer, str) or not question.also:
        return answer
    others = [answered(one, window, rng) for one in question.also]
    for one in others:
        if isinstance(one, str):
            return one
    weakest = max([answer.p, *(one.p for one in others if isinstance(one, Answer))])
    return Answer(weakest, answer.value, answer.low, answer.high, answer.n, answer.watched, answer.memory)


def _one(question: Question, window: Window, rng: np.random.Generator) -> Answer | str:
    asked = np.ones(window.days, dtype=bool) if question.asked is None else question.asked
    usable = asked & np.isfinite(question.outcome)
    if question.column is not None:
        usable &= np.isfinite(question.column)
    rows = np.flatnonzero(usable)
    watched = len(rows) / max(1, int(asked.sum()))
    weekly = len(set(window.weekdays()[asked])) == 1
    if watched < LEAST_WATCHED or len(rows) < (LEAST_WEEKS if weekly else LEAST_DAYS):
        return "coverage"
    outcome = question.outcome[rows]
    if np.ptp(outcome) == 0:
        return _constant(outcome, watched, weekly) if question.column is None else "constant"
    columns = columns_of(question, window, rows)
    times = rows // WEEK if weekly else rows
    if columns is None or len(rows) < columns.shape[1] + 4:
        return "coverage"
    return _judged(outcome, columns, times, watched, rng)


def _judged(outcome: Floats, columns: Floats, times: np.ndarray, watched: float, rng: np.random.Generator) -> Answer:
    n, k = columns.shape
    screen = _screened(outcome, columns)
    if screen.p > SCREEN_P:
        return Answer(screen.p, screen.value, screen.low, screen.high, n, watched, 0.0)
    model = _model(columns.tobytes(), times.tobytes(), n)
    judged = model.judged(outcome[:, None], 0)
    value, sd, weights = float(judged.mean[0]), float(judged.sd[0]), judged.weights[:, 0]
    null = model.judged(model.resampled(outcome, weights, BLOCK, rng, DRAWS), 0)
    statistics = null.mean / null.sd
    wide = max(1.0, float(np.quantile(statistics, 0.95)) / student(0.95, n - k))
    reach = float(np.quantile(np.abs(statistics), 0.95)) * sd
    memory = float(sum(w * one.persistence * one.share for w, one in zip(weights, GRID, strict=True)))
    return Answer(above(value / sd / wide, n - k), value, value - reach, value + reach, n, watched, memory)


def _screened(outcome: Floats, columns: Floats) -> Answer:
    """Return the answer if days told nothing of each other."""
    n, k = columns.shape
    q, r = np.linalg.qr(columns)
    inverse = np.linalg.inv(r)
    inside = q.T @ outcome
    value = float(inverse[0] @ inside)
    residual = outcome - q @ inside
    sd = math.sqrt(float(residual @ residual) / (n - k) * float(inverse[0] @ inverse[0]))
    if sd <= 0:
        return Answer(0.0 if value > 0 else 1.0, value, value, value, n, 1.0, 0.0)
    reach = student(0.975, n - k) * sd
    return Answer(above(value / sd, n - k), value, value - reach, value + reach, n, 1.0, 0.0)


def columns_of(question: Question, window: Window, rows: np.ndarray) -> Floats | None:
    """Return (n, k): first what is asked about, then a constant, weekdays that are there, and what is taken out."""
    weekdays = window.weekdays()[rows]
    there = sorted(set(weekdays))
    parts = [np.ones(len(rows))]
    # Contrasts that add up to nothing over the weekdays: the constant is the mean over them, gaps or not.
    parts += [(weekdays == day) - 1.0 * (weekdays == there[0]) for day in there[1:]]
    if question.column is not None:
        parts.insert(0, question.column[rows])
    for extra in () if question.extras is None else question.extras[:, rows]:
        known = np.isfinite(extra)
        if known.any() and extra[known].std() > 0:
            filled = np.where(known, extra, extra[known].mean())
            parts.append((filled - filled.mean()) / filled.std())
    for off in window.days_off():
        _take(parts, off[rows])
    columns: Floats = np.column_stack(parts).astype(float)
    return columns if np.linalg.matrix_rank(columns) == columns.shape[1] else None


def _take(parts: list[Floats], off: Floats) -> None:
    """Add days off as a column, unless others say the same already (all Mondays that are asked about are holidays)."""
    spread = off.std()
    if spread > 0:
        column = (off - off.mean()) / spread
        if np.linalg.matrix_rank(np.column_stack([*parts, column])) > len(parts):
            parts.append(column)


def _constant(outcome: Floats, watched: float, weekly: bool) -> Answer:
    """Return what a number says that is the same every day: a coin a week (sign test); days of a week are one throw."""
    value, n = float(outcome[0]), len(outcome)
    p = 0.5 ** (n if weekly else n // BLOCK) if value > 0 else 1.0
    return Answer(p, value, value, value, n, watched, 1.0)


@lru_cache(maxsize=_MODELS)
def _model(columns: bytes, times: bytes, n: int) -> Model:
    """Return the model of a design; places that were watched on the same days share it."""
    return Model(np.frombuffer(columns).reshape(n, -1), np.frombuffer(times, dtype=np.int64))


@lru_cache(maxsize=512)
def student(share: float, free: int) -> float:
    """Return a quantile of Student's t."""
    from hypervisor.statistics.tails import quantile

    return quantile(share, free)


def above(statistic: float, free: int) -> float:
    """Return the probability that Student's t is above a value."""
    from hypervisor.statistics.tails import survival

    return survival(statistic, free)
