"""Reckons a checked formula: its local parts once, its totals for each draw of days."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from hypervisor.history.past import Floats
from hypervisor.indicators.aggregates import HOURS_AND_DAYS, OF_TIMES
from hypervisor.indicators.days import daily
from hypervisor.indicators.frame import Column, Draw, Frame, Mask, Times
from hypervisor.indicators.language import Binary, Call, Node, Number
from hypervisor.indicators.sources import FACTS, wanted
from hypervisor.indicators.why import NotComputable, because

Part = float | Column | Times
Name = tuple[str, tuple[tuple[str, str], ...]]
"""What a call reads: its name and what is given with it."""


@dataclass(slots=True)
class Reckoner:
    """Everything that is known of one place and period."""

    frame: Frame
    given: Mapping[Name, Part | NotComputable]  # series, events, durations and numbers
    covered: dict[Call, float] = field(default_factory=dict)  # what each total was watched, 0..1
    watched: Mask | None = None  # (days,) of which totals and durations were made of something
    cases: int = 0  # durations that totals were made of
    _parts: dict[Node, Part] = field(default_factory=dict)
    _noted: set[Call] = field(default_factory=set)

    def value(self, node: Node, draw: Draw) -> float:
        """Return what a formula gives over the days of a draw.

        Raises:
            NotComputable: if it gives nothing, with the reason.
        """
        found = self._part(node, draw)
        if not isinstance(found, float):
            raise TypeError(f"a checked formula gives a number, this gives {type(found).__name__}")
        if not np.isfinite(found):
            raise because("nothing")
        return found

    def _part(self, node: Node, draw: Draw) -> Part:
        if isinstance(node, Number):
            return node.value
        if isinstance(node, Binary):
            if node not in self._parts:
                left, right = self._part(node.left, draw), self._part(node.right, draw)
                made = _binary(node.operator, left, right)
                if isinstance(made, float):
                    return made  # of totals: another draw gives another
                self._parts[node] = made
            return self._parts[node]
        if node.name in FACTS or wanted(node) is not None:
            found = self.given[(node.name, node.named)]
            if isinstance(found, NotComputable):
                raise found
            return found
        return self._function(node, draw)

    def _function(self, node: Call, draw: Draw) -> Part:
        if node in self._parts:
            return self._parts[node]
        of = self._part(node.arguments[0], draw)
        numbers = [one.value for one in node.arguments[1:] if isinstance(one, Number)]
        if node.name == "percent":
            return 100.0 * of  # type: ignore[operator]  # checked: of a number
        if isinstance(of, Times):
            self._made_of(node, np.isin(np.arange(self.frame.days), of.day), len(of.hours))
            return OF_TIMES[node.name](of, draw, *numbers)
        if not isinstance(of, Column):
            raise TypeError(f"{node.name} is of hours or days")
        if node.name in _LOCAL:
            self._parts[node] = _LOCAL[node.name](self.frame, of, *numbers)
            return self._parts[node]
        if node not in self.covered:
            known = of.asked & np.isfinite(of.values)
            by_day = len(of.values) == self.frame.days and len(of.values) != len(self.frame.day)
            days = known if by_day else np.bincount(self.frame.day, known, self.frame.days) > 0
            self._made_of(node, days, 0)
            self.covered[node] = float(of.coverage[of.asked].mean()) if of.asked.any() else 0.0
        return HOURS_AND_DAYS[node.name](self.frame, of, draw, *numbers)

    def _made_of(self, node: Call, days: Mask, cases: int) -> None:
        if node in self._noted:
            return
        self._noted.add(node)
        self.watched = days if self.watched is None else self.watched | days
        self.cases += cases


def _binary(operator: str, left: Part, right: Part) -> Part:
    if isinstance(left, float) and isinstance(right, float):
        return _of_numbers(operator, left, right)
    sides = [one for one in (left, right) if isinstance(one, Column)]
    a, b = (one.values if isinstance(one, Column) else one for one in (left, right))
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.asarray(_OPERATORS[operator](a, b), float)
    known = np.logical_and.reduce([np.isfinite(one.values) for one in sides])
    values = np.where(known & np.isfinite(values), values, np.nan)
    coverage = np.minimum.reduce([one.coverage for one in sides])
    return Column(values, coverage, np.logical_and.reduce([one.asked for one in sides]))


_OPERATORS: Mapping[str, Callable[..., Floats]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}


def _of_numbers(operator: str, left: float, right: float) -> float:
    if operator == "/" and right == 0:
        raise because("zero-divisor")
    return float(_OPERATORS[operator](left, right))


def _between(frame: Frame, of: Column, first: float, end: float) -> Column:
    hour = frame.hour_of_day
    inside = (hour >= first) & (hour < end) if first < end else (hour >= first) | (hour < end)
    return _asking(of, inside)


def _asking(of: Column, inside: Mask) -> Column:
    asked = of.asked & inside
    return Column(np.where(asked, of.values, np.nan), of.coverage, asked)


def _on_days(working: bool) -> Callable[[Frame, Column], Column]:
    def kept(frame: Frame, of: Column) -> Column:
        # A public holiday is neither, as everywhere: it is no Tuesday, and not every Sunday is like it.
        by_hour = ((frame.weekday < 5) == working) & ~frame.holiday
        by_day = by_hour[np.searchsorted(frame.day, np.arange(frame.days))]
        return _asking(of, by_hour if len(of.values) == len(by_hour) else by_day)

    return kept


def _running_mean(frame: Frame, of: Column, hours: float) -> Column:
    """Return the mean of the last hours, where three quarters of them are known, as the air quality directive asks."""
    n = int(hours)
    known = np.isfinite(of.values)
    total, number = (_last(one, n) for one in (np.where(known, of.values, 0.0), known.astype(float)))
    return Column(np.where(number >= 0.75 * n, total / np.maximum(number, 1), np.nan), of.coverage, of.asked)


def _last(values: Floats, n: int) -> Floats:
    found: Floats = np.convolve(values, np.ones(n))[: len(values)]
    return found


def _daily(name: str) -> Callable[[Frame, Column], Column]:
    def days(frame: Frame, of: Column) -> Column:
        return daily(frame, of, name)

    return days


_LOCAL: Mapping[str, Callable[..., Column]] = {
    "between": _between,
    "weekdays": _on_days(True),
    "weekends": _on_days(False),
    "running_mean": _running_mean,
    "daily_sum": _daily("daily_sum"),
    "daily_mean": _daily("daily_mean"),
    "daily_max": _daily("daily_max"),
    "daily_min": _daily("daily_min"),
}
