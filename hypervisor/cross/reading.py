"""Reads what a cross-analysis is of: cameras, sensors, and places out of their cameras."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hypervisor.catalogue import ROWS
from hypervisor.cross.model import Named, Question
from hypervisor.cross.quarters import quarters
from hypervisor.cross.steps import QUARTER_S, Off, Steps, added, clocked, daily
from hypervisor.history.kept import KeptPast
from hypervisor.history.past import HOUR_S, Asked, Hours
from hypervisor.history.rows import is_level
from hypervisor.places.figure import TURNED, adds, how
from hypervisor.places.model import Place, View

WEATHER = ("precipitation", "temperature", "wind_speed")


class Read:
    """The hours (or quarters) of each series of a question, of the weather, and the days off."""

    def __init__(self, series: list[Hours], weather: list[Hours], off: Off | None = None) -> None:
        self.series, self.weather, self.off = series, weather, off or {}

    def steps(self, n: int, step: str, zone: ZoneInfo) -> Steps:
        """Return a series on the steps of the question.

        Raises:
            ValueError: if there is no whole step.
        """
        return on(self.series[n], step, zone, self.off)


def on(hours: Hours, step: str, zone: ZoneInfo, off: Off | None = None) -> Steps:
    """Return hours on steps.

    Raises:
        ValueError: if there is no whole step.
    """
    level = is_level(hours.asked.measure)
    return (daily if step == "1d" else clocked)(hours, zone, level=level, off=off)


async def read(past: KeptPast, question: Question, places: Mapping[str, Place], off: Off | None = None) -> Read:
    """Return what was, of whole steps inside the period; `places` are those that the question names.

    Raises:
        FeedAway: if Redis does not answer.
    """
    step_s = QUARTER_S if question.step == "15m" else HOUR_S
    from_s = -(-int(question.from_.timestamp()) // step_s) * step_s
    to_s = max(from_s + step_s, int(question.to.timestamp()) // step_s * step_s)
    plans = [_planned(one, places) for one in question.series]
    weather = [Asked(one, sensor=question.removed.weather) for one in WEATHER] if question.removed.weather else []
    flat = [asked for plan in plans for camera in plan.cameras for asked in camera]
    listed = [*flat, *weather]
    told: Sequence[Hours] = await past.hours(listed, from_s, to_s) if step_s == HOUR_S else ()
    found = iter(told or await quarters(past, listed, from_s, to_s))
    series = []
    for plan in plans:
        cameras = [_one([next(found) for _ in camera], plan.within) for camera in plan.cameras]
        series.append(_one(cameras, plan.across))
    return Read(series, list(found), off if question.removed.holidays else None)


class _Plan(NamedTuple):
    """What is read for one series: lines and zones of each camera, and how they become one."""

    cameras: list[list[Asked]]
    within: str = "sum"
    across: str = "sum"


def _one(found: list[Hours], way: str) -> Hours:
    return found[0] if len(found) == 1 else added(found, way)


def _planned(one: Named, places: Mapping[str, Place]) -> _Plan:
    if one.place is None:
        named = Asked(one.measure, one.camera or "", one.sensor or "", one.subject, one.class_name, one.way)
        return _Plan([[named]])
    place = places[one.place]
    within = "sum" if adds(one.measure) else "max"  # lines and zones of one camera are different ground
    cameras = [asked for view in place.views if (asked := _of_view(one, view))]
    return _Plan(cameras, within, how(one.measure, place.semantics))


def _of_view(one: Named, view: View) -> list[Asked]:
    if ROWS[one.measure].subject == "line":
        subjects = [(line.line, TURNED.get(one.way, one.way) if line.reverse else one.way) for line in view.lines]
    else:
        subjects = [(zone, one.way) for zone in view.zones]
    return [Asked(one.measure, view.camera, "", subject, one.class_name, way) for subject, way in subjects]


def has(place: Place, one: Named) -> bool:
    """Tell whether a place has what a measure is taken of."""
    return any(_of_view(one, view) for view in place.views)
