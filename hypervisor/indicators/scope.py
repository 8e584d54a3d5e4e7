"""Which series make an indicator somewhere, and how they become one.

Counts and numbers of things add up over lines and zones, because these are different ground. Shares, densities and
percentiles are averaged, levels of sound by their energy. Cameras of a place are joined as the place says: so two of
them that see the same ground never count somebody twice.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from hypervisor.history.past import Asked, Floats, Hours
from hypervisor.indicators.area import Scope
from hypervisor.indicators.frame import Column, watched_hours
from hypervisor.indicators.sources import Wanted
from hypervisor.indicators.why import NotComputable, because
from hypervisor.places.figure import TURNED
from hypervisor.places.model import Semantics
from hypervisor.sensors.measures import MEASURES as SENSED


def asked_for(scope: Scope, wish: Wanted, known: Sequence[Asked]) -> list[Asked]:
    """Return the stored series that make a series here."""
    owners = frozenset(_sensors(scope, wish) if wish.is_sensed else scope.cameras)
    fitting = [one for one in known if one.measure == wish.measure and (one.sensor or one.camera) in owners]
    return list(dict.fromkeys(_kept(scope, wish, fitting)))


def _sensors(scope: Scope, wish: Wanted) -> tuple[str, ...]:
    """Return the sensors that may be read: small counts of people are withheld from others, so all of them are here."""
    is_withheld = SENSED[wish.measure].people and scope.own_sensors is not None
    return scope.own_sensors or () if is_withheld else scope.sensors


def _kept(scope: Scope, wish: Wanted, fitting: Sequence[Asked]) -> Iterator[Asked]:
    subjects = None if wish.is_sensed else scope.subjects()
    for one in fitting:
        turned = False
        if subjects is not None:
            mine = subjects.get(one.camera, {})
            if one.subject not in mine:
                continue
            turned = mine[one.subject]
        meant = TURNED.get(one.way, one.way) if turned else one.way
        if (wish.classes and one.class_name not in wish.classes) or wish.way not in ("", meant):
            continue
        if subjects is None and wish.counts:  # the past adds lines and zones up itself
            yield Asked(one.measure, one.camera, one.sensor, "", one.class_name, one.way)
        else:
            yield one


def joined(scope: Scope, wish: Wanted, found: Sequence[Hours]) -> Column | NotComputable:
    """Return one column out of the series that were asked for."""
    by_owner: dict[str, list[Hours]] = {}
    for one in found:
        by_owner.setdefault(one.asked.sensor or one.asked.camera, []).append(one)
    if not by_owner:
        return because("not-measured", what=wish.measure)
    order = [owner for owner in (*scope.cameras, *scope.sensors) if owner in by_owner]
    columns = [_within(wish, by_owner[owner]) for owner in order]
    semantics = "sum" if wish.is_sensed else scope.semantics
    return _across(wish, columns, semantics)


def _within(wish: Wanted, parts: Sequence[Hours]) -> Column:
    """Join what one camera or sensor gives: its parts were watched together."""
    coverage = np.max([one.coverage for one in parts], axis=0)
    values = _combined(wish, np.array([one.values for one in parts]))
    return watched_hours(values, coverage, counts=wish.counts)


def _across(wish: Wanted, columns: Sequence[Column], semantics: Semantics) -> Column:
    values = np.array([one.values for one in columns])
    coverage = np.array([one.coverage for one in columns])
    if semantics == "sum":
        known = np.isfinite(values)
        total = _combined(wish, values)
        if wish.is_added:  # what some did not watch is taken to be like what the others saw
            total = total * len(columns) / np.maximum(known.sum(axis=0), 1)
        return _column(total, coverage.mean(axis=0))
    if semantics == "max":
        best = coverage.argmax(axis=0)
        highest = np.where(np.isfinite(values), values, -np.inf).max(axis=0)
        return _column(np.where(np.isfinite(highest), highest, np.nan), np.take_along_axis(coverage, best[None], 0)[0])
    first = np.where((coverage >= 0.95).any(axis=0), (coverage >= 0.95).argmax(axis=0), coverage.argmax(axis=0))
    return _column(np.take_along_axis(values, first[None], 0)[0], np.take_along_axis(coverage, first[None], 0)[0])


def _combined(wish: Wanted, values: Floats) -> Floats:
    """Return (n,) out of (parts, n); NaN where none is known."""
    known = np.isfinite(values)
    n = known.sum(axis=0)
    energy = wish.is_sensed and SENSED[wish.measure].kind == "energy"
    terms = 10 ** (values / 10) if energy else values
    total = np.where(known, terms, 0.0).sum(axis=0)
    if not wish.is_added:
        total = total / np.maximum(n, 1)
    if energy:
        total = 10 * np.log10(np.maximum(total, 1e-12))
    found: Floats = np.where(n > 0, total, np.nan)
    return found


def _column(values: Floats, coverage: Floats) -> Column:
    return Column(values, coverage, np.ones(len(values), bool))
