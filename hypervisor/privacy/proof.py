"""The proof of retention: what is really kept, and until when, held against what the configuration says.

Every key of the store is looked at. One that will be kept longer than stated, has no end where it should, or is of no
kind that is known, is a fault; so is a file that is older than it may be.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from hypervisor.delivery.settings import DeliverySettings
from hypervisor.sensors.keys import KEPT_S, SEEN_S
from pipeline.config import SiteFile
from pipeline.keys import COMMANDS_S

DAY_S, HOUR_S = 86_400, 3600
STREAM_SLACK_S = 6 * HOUR_S
"""Streams are trimmed by whole nodes of a hundred entries: the oldest may stay until its node is full."""

Verdict = Literal["ok", "too long", "no end", "unknown"]


class Found(NamedTuple):
    """One key or file as it is now."""

    name: str
    left_s: float | None  # until it vanishes; None: never by itself
    age_s: float | None = None  # of the oldest thing in it, where that is known


class Kind(NamedTuple):
    """What keys are called, and how long they may be kept from now."""

    label: str
    pattern: str
    most_s: float | None  # None: without an end, for the reason
    reason: str = ""
    oldest_s: float | None = None  # of the oldest entry in it


@dataclass(frozen=True, slots=True)
class Line:
    """One kind, as it was found."""

    label: str
    keys: int
    stated_s: float | None
    longest_left_s: float | None
    oldest_age_s: float | None
    verdict: Verdict
    reason: str
    example: str


def kinds(site: SiteFile) -> tuple[Kind, ...]:
    """Return every kind of key there is, with what the configuration says of it."""
    kept = site.retention
    steps = {step: kept.seconds(step) for step in (60, 900, 3600)}
    longest = max(*steps.values(), round(kept.deposits_d * DAY_S), round(kept.events_h * HOUR_S))
    camera = r"parvis1:\{(?!hypervisor\})[^}]+\}"
    events_s = kept.events_h * HOUR_S
    failed_s = float(DeliverySettings().kept_s)
    own = r"parvis1:\{hypervisor\}"
    sensor = rf"{own}:s:[^:]+"
    return (
        *(Kind(f"totals of {step} s", rf"{camera}:b:{step}:\d+", steps[step]) for step in steps),
        *(Kind(f"list of totals of {step} s", rf"{camera}:i:{step}", steps[step]) for step in steps),
        Kind("observations", rf"{camera}:stream", events_s, oldest_s=events_s + STREAM_SLACK_S),
        Kind("deposits (things)", rf"{camera}:(d:.+|deposits|deposits:kept|watch)", kept.deposits_d * DAY_S),
        Kind("what operators asked", rf"{camera}:commands", COMMANDS_S),
        Kind("states, marks, first starts of recordings", rf"{camera}:(state|mark:.+|rec:.+)", longest),
        Kind("descriptions of cameras", "parvis1:cameras", None, "replaced with the configuration; no personal data"),
        Kind("which configuration and models are used", "parvis1:(configuration|models)", DAY_S),
        *(Kind(f"sensors, buckets of {step} s", rf"{sensor}:b:{step}:\d+", s + step + 1) for step, s in KEPT_S.items()),
        Kind("sensors, which values came", rf"{sensor}:seen:.+", SEEN_S + HOUR_S + 1),
        Kind("sensors, newest values", rf"{sensor}:last", 400 * DAY_S),
        Kind("audit log", rf"{own}:audit", None, "proves who did what; removed by the controller only"),
        Kind("messages between services", rf"{own}:bus", None, "bounded by number; no person is told of by name"),
        Kind("leases, counters of requests", rf"{own}:(lease|rate):.+", DAY_S),
        Kind("log of attempts", rf"{own}:d:log:.+", failed_s),
        Kind(
            "dead letters",
            rf"{own}:d:(dead|deadorder):.+",
            None,
            "the delivering process removes the old ones",
            failed_s + HOUR_S,
        ),
        Kind(
            "messages on their way to services",
            rf"{own}:d:.+",
            None,
            f"until they are accepted, or dead letters; {DeliverySettings().most_waiting} of a subscription at most",
        ),
        Kind("what services own", rf"{own}:.+", None, "services, keys, rules, cases: removed by their owner"),
    )


def lines(kinds_: Iterable[Kind], found: Iterable[Found]) -> list[Line]:
    """Return a line for each kind of which something is kept, faults first."""
    known = [(kind, re.compile(kind.pattern)) for kind in kinds_]
    grouped: dict[str, list[tuple[Kind | None, Found]]] = {}
    for one in found:
        kind = next((kind for kind, pattern in known if pattern.fullmatch(one.name)), None)
        grouped.setdefault(kind.label if kind else "unknown", []).append((kind, one))
    told = [_line(label, members[0][0], [one for _, one in members]) for label, members in grouped.items()]
    return sorted(told, key=lambda line: (line.verdict == "ok", line.label))


def _line(label: str, kind: Kind | None, found: list[Found]) -> Line:
    left = [one.left_s for one in found if one.left_s is not None]
    ages = [one.age_s for one in found if one.age_s is not None]
    worst = _worst(kind, found)
    return Line(
        label=label,
        keys=len(found),
        stated_s=kind.most_s if kind else None,
        longest_left_s=max(left, default=None),
        oldest_age_s=max(ages, default=None),
        verdict=worst[0],
        reason=kind.reason if kind else "no kind of key that this version knows",
        example=worst[1],
    )


def _worst(kind: Kind | None, found: list[Found]) -> tuple[Verdict, str]:
    """Return the verdict, and one key that it is about."""
    if kind is None:
        return "unknown", found[0].name
    for one in found:
        if kind.most_s is not None and one.left_s is None:
            return "no end", one.name
        if kind.most_s is not None and one.left_s is not None and one.left_s > kind.most_s + 1:
            return "too long", one.name
        if kind.oldest_s is not None and one.age_s is not None and one.age_s > kind.oldest_s:
            return "too long", one.name
    return "ok", ""
