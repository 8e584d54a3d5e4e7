"""The small worlds of examples: what a YAML file writes down becomes a past and facts, computed like any other."""

import asyncio
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import numpy as np

from hypervisor.history.past import HOUR_S, Asked, Hours, TableOfHours
from hypervisor.indicators.area import Scope
from hypervisor.indicators.compute import World, computed
from hypervisor.indicators.facts import Duration, Named
from hypervisor.indicators.language import Call, FormulaError, parsed
from hypervisor.indicators.library import Ready
from hypervisor.indicators.model import Example, Value
from hypervisor.indicators.sources import FACTS, wanted
from hypervisor.indicators.why import because

CAMERA, SENSOR = "camera", "sensor"
SIGNIFICANT = 6e-4
"""Values are told with four digits."""

_HOURS = re.compile(r"^(?:(\d+)x)?(-|\.|-?\d+(?:\.\d+)?)(?:@(\d(?:\.\d+)?))?$")
_DURATION = re.compile(r"^(?:(\d+)x)?(\d+(?:\.\d+)?)(\+?)$")
Key = tuple[str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True, slots=True)
class WrittenFacts:
    """Facts of an example."""

    given: Mapping[Key, str]
    from_s: int

    async def events(self, name: str, named: Named) -> Sequence[float]:
        """Return moments: so many in each hour."""
        hours = _hours(self._text(name, named))
        return [self.from_s + n * HOUR_S for n, (value, _) in enumerate(hours) for _ in range(int(value))]

    async def times(self, name: str, named: Named) -> Sequence[Duration]:
        """Return durations, all of which began with the period."""
        found = []
        for word in self._text(name, named).split():
            match = _DURATION.match(word)
            if match is None:
                raise ValueError(f"{word!r} is no duration; expected hours such as 3.5, 2x4 or 8+")
            found += [Duration(self.from_s, float(match[2]), not match[3])] * int(match[1] or 1)
        return found

    async def number(self, name: str, named: Named) -> float:
        """Return a number."""
        return float(self._text(name, named))

    def _text(self, name: str, named: Named) -> str:
        key = name, tuple(sorted(named.items()))
        if key not in self.given:
            raise because("no-parameter" if name == "parameter" else "no-facts", what=named.get("name", name))
        return self.given[key]


def fault_of(ready: Ready) -> str | None:
    """Return how the example differs from what was reckoned by hand; None if it does not.

    Raises:
        ValueError: if the example says nothing sensible.
    """
    found, by_hand = value_of(ready), ready.indicator.example.value
    if found.value is None or by_hand is None:
        agrees = found.value is None and by_hand is None
    else:
        agrees = math.isclose(found.value, by_hand, rel_tol=SIGNIFICANT, abs_tol=1e-9)
    said = found.value if found.why is None else f"no value, because {found.why.en}"
    return None if agrees else f"gives {said}; expected {by_hand}"


def value_of(ready: Ready) -> Value:
    """Return what an indicator is in its own example.

    Raises:
        ValueError: if the example says nothing sensible.
    """
    return asyncio.run(_computed(ready))


async def _computed(ready: Ready) -> Value:
    return (await computed([ready], world_of(ready.indicator.example)))[0]


def world_of(example: Example) -> World:
    """Return the world that an example writes down."""
    zone = ZoneInfo(example.timezone)
    from_s = int(datetime.combine(date.fromisoformat(example.first), time(), zone).timestamp())
    rows, facts = list[Hours](), dict[Key, str]()
    for text, said in example.given.items():
        call = parsed(text)
        if not isinstance(call, Call):
            raise FormulaError(call.at, f"{text!r} is nothing that can be given; expected a series or a fact")
        if call.name in FACTS:
            facts[call.name, call.named] = said
        else:
            rows.append(_row(call, said, from_s))
    lengths = {len(one) for one in rows} | {len(_hours(said)) for key, said in facts.items() if _is_event(key)}
    if len(lengths) > 1:
        raise ValueError(f"series have {', '.join(map(str, sorted(lengths)))} hours; expected all of one length")
    past = TableOfHours(tuple(rows))
    hours = lengths.pop() if lengths else 24
    scope = Scope((CAMERA,), (SENSOR,))
    return World(past, WrittenFacts(facts, from_s), scope, from_s, from_s + hours * HOUR_S, zone)


def _is_event(key: Key) -> bool:
    return FACTS[key[0]].sort == "events"


def _row(call: Call, said: str, from_s: int) -> Hours:
    wish = wanted(call)
    if wish is None:
        raise FormulaError(call.at, f"{call.name} is no series and no fact; expected one that can be given")
    hours = _hours(said)
    name = wish.classes[0] if wish.classes else ""
    where = ("", SENSOR, "") if wish.is_sensed else (CAMERA, "", "line-or-zone")
    asked = Asked(wish.measure, *where, name, wish.way)
    values, coverage = (np.array(one, float) for one in zip(*hours, strict=True))
    return Hours(asked, from_s, values, coverage, wish.unit)


def _hours(text: str) -> list[tuple[float, float]]:
    """Return value and coverage of each hour."""
    found: list[tuple[float, float]] = []
    for word in text.split():
        match = _HOURS.match(word)
        if match is None:
            raise ValueError(f"{word!r} is no hour; expected such as 12, 24x5, 3x- (not watched), . or 4@0.5")
        known = match[2] not in ("-", ".")
        covered = 0.0 if match[2] == "-" else float(match[3] or 1)
        found += [(float(match[2]) if known else float("nan"), covered)] * int(match[1] or 1)
    return found
