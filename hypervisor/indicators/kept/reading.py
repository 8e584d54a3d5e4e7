"""What of the values that were reckoned may be shown to whom: they were reckoned out of everything."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime
from itertools import groupby
from typing import NamedTuple

from hypervisor.access.principal import Principal
from hypervisor.indicators.area import Scope
from hypervisor.indicators.checking import facts_of, series_of
from hypervisor.indicators.kept.change import Point, change_of
from hypervisor.indicators.kept.files import KeptRow, ValueFiles
from hypervisor.indicators.kept.periods import Period, Step
from hypervisor.indicators.kept.telling import OPEN_FACTS
from hypervisor.indicators.kept.wire import ChangeTold, KeptSeries, KeptValue
from hypervisor.indicators.library import Library, Ready
from hypervisor.strict import Bilingual


class Wish(NamedTuple):
    """What is asked for."""

    spot: str  # "", place/ID, camera/ID
    step: Step
    indicators: Sequence[str]
    earliest: date


def is_shown(ready: Ready, who: Principal, mine: Scope, whole: Scope) -> bool:
    """Tell whether somebody sees all that a kept value was made of.

    Args:
        ready: the indicator.
        who: who asks.
        mine: what of the spot that one sees.
        whole: what the value was made of.
    """
    if who.may("admin"):
        return True
    if any(one.name not in OPEN_FACTS for one in facts_of(ready.node)):
        return False  # cases, alerts and acts of all services are in it
    sensed = any(wish.is_sensed for wish in series_of(ready.node))
    return not sensed or (mine.sensors, mine.own_sensors) == (whole.sensors, whole.own_sensors)


async def kept_series(files: ValueFiles, library: Library, wish: Wish) -> list[KeptSeries]:
    """Return the series of the indicators that are named, in the library's order; those without any are left out."""
    rows = await asyncio.to_thread(files.read, wish.step, wish.spot, list(wish.indicators), wish.earliest)
    rows.sort(key=lambda one: (one.indicator, one.first))
    found = {name: list(some) for name, some in groupby(rows, lambda one: one.indicator)}
    return [_series(name, wish.step, found[name]) for name in library.all if name in found]


def _series(name: str, step: Step, rows: Sequence[KeptRow]) -> KeptSeries:
    change = change_of(_points(step, rows), step)
    return KeptSeries(
        indicator=name,
        unit=rows[-1].unit,
        points=[_told(one) for one in rows],
        change=None if change is None else ChangeTold(**change._asdict()),
    )


def _points(step: Step, rows: Sequence[KeptRow]) -> list[Point]:
    """Return the periods without holes: one that nobody reckoned is one without a value."""
    by_first = {one.first: one for one in rows}
    first, last = date.fromisoformat(rows[0].first), date.fromisoformat(rows[-1].first)
    found, day = list[Point](), first
    while day <= last:
        one = by_first.get(str(day))
        found.append(Point(None) if one is None else Point(one.value, one.low, one.high, one.definition))
        day = Period.after(step, day)
    return found


def _told(row: KeptRow) -> KeptValue:
    why = Bilingual(fr=row.why_fr, en=row.why_en or row.why_fr) if row.why_fr else None
    begin, end, at = (datetime.fromtimestamp(one, UTC) for one in (row.from_s, row.to_s, row.computed_s))
    said = row._asdict()
    figures = {name: said[name] for name in ("value", "low", "high", "coverage", "n", "definition", "reason")}
    return KeptValue.model_validate({
        "first": date.fromisoformat(row.first), "from": begin, "to": end, "computed_at": at, "why": why, **figures,
    })  # fmt: skip
