"""What others are told of values that were reckoned: services by the bus, operators by a mark for /metrics."""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from hypervisor.indicators.area import Scope
from hypervisor.indicators.checking import facts_of, series_of
from hypervisor.indicators.kept.periods import Period
from hypervisor.indicators.library import Library, Ready
from hypervisor.indicators.model import Value
from hypervisor.store.values import Message

NEWS_S = 7 * 86_400.0
"""What ended longer ago is no news: a first start tells no broker of two years."""

MARK = "indicator-values"
KIND = "indicator.reckoned"
OPEN_FACTS = frozenset({"deposit_times", "cameras", "parameter"})
"""Facts that whoever sees the cameras may know; cases, alerts and acts belong to services."""


class LastTurn(NamedTuple):
    """When values were reckoned last."""

    at_s: float
    reckoned: int
    left: bool


def mark(at_s: float, reckoned: int, *, left: bool) -> str:
    """Return the mark of a turn."""
    return json.dumps([at_s, reckoned, left])


def last_turn(text: str | None) -> LastTurn | None:
    """Return the turn that a mark tells of; None if there was none."""
    return None if text is None else LastTurn(*json.loads(text))


def is_open(ready: Ready) -> bool:
    """Tell whether seeing the cameras is enough to be shown an indicator: no sensor and no service's papers in it."""
    if any(one.name not in OPEN_FACTS for one in facts_of(ready.node)):
        return False
    return not any(wish.is_sensed for wish in series_of(ready.node))


def message_of(library: Library, values: Sequence[Value], period: Period, spot: str, scope: Scope) -> Message | None:
    """Return what is told of one spot and period: what whoever sees its cameras may know; None if that is nothing."""
    begin, end = (datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z") for at in period[2:])
    told = [
        _told(library.all[one.indicator], one)
        for one in values
        if one.value is not None and is_open(library.all[one.indicator])
    ]
    if not told or not scope.cameras:
        return None
    data: dict[str, Any] = {"spot": spot, "step": period.step, "from": begin, "to": end, "values": told}
    if scope.place is not None:
        data |= {"place": scope.place.id}
        if scope.place.location:
            data |= {"location": list(scope.place.location)}
    name = f"{spot or 'all'}/{period.step}"
    return Message(
        id=f"{KIND}:{name}:{period.first}:{_stamp(values)}",
        kind=KIND,
        time_s=float(period.to_s),
        subject=name,
        lane=name,
        cameras=tuple(scope.cameras),
        data=data,
    )


def _told(ready: Ready, value: Value) -> dict[str, Any]:
    words = ready.indicator.model_dump(mode="json", include={"name", "explanation", "service", "formula"})
    return value.model_dump(mode="json", exclude_none=True) | words | {"definition": ready.definition}


def _stamp(values: Sequence[Value]) -> str:
    """Return what changes when the values do: a repeat is dropped, a value reckoned anew is not."""
    text = "".join(one.model_dump_json() for one in values)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
