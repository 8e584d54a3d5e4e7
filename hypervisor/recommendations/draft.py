"""From an accepted recommendation to the protocol of an experiment: a draft, for people to change before it starts.

The baseline lies in the weeks to come, not in those that were judged: a place was chosen because it stood out in them,
and would look better afterwards whatever is done (regression to the mean).
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from hypervisor.history.past import Asked
from hypervisor.recommendations import words
from hypervisor.recommendations.model import Recommendation
from hypervisor.recommendations.rule import Rule, Trial, catalogue

BASELINE_D, TRIAL_D = 42, 42
DRAFTED_D = 7 + BASELINE_D + TRIAL_D
"""Days from today on that a draft may reach."""

MOST_CONTROLS = 10


def draft_of(
    one: Recommendation, today: date, known: Iterable[Asked] = (), lang: str = "fr", off: Iterable[date] = ()
) -> dict[str, Any] | None:
    """Return a body of POST /v1/experiments; None where no series measures the effect.

    Args:
        one: the recommendation.
        today: the local day; the baseline begins with the next Monday.
        known: series that exist, for places to compare with.
        lang: in which language titles and questions are written.
        off: days off of the coming weeks; those of the experiment are written into its protocol.
    """
    rule = catalogue().get(one.kind)
    if rule is None or rule.trial is None:
        return None
    first = today + timedelta(days=7 - today.weekday())
    trial = first + timedelta(days=BASELINE_D)
    there = list(known)
    class_name = _class_of(one, rule.trial, there)
    protocol: dict[str, Any] = {
        "title": f"{getattr(one.title, lang)} : {_where(one)}"[:200],
        "question": getattr(words.DRAFT["question"], lang).format(title=getattr(one.title, lang)),
        "hypothesis": _hypothesis(rule.trial, lang),
        "tried": getattr(one.what, lang),
        "service": one.service,
        "outcome": {
            "measure": rule.trial.measure,
            "class": class_name,
            "scale": rule.trial.scale,
            "wanted": rule.trial.wanted,
            "smallest": rule.trial.smallest,
        },
        "treated": [_spot(one.camera, one.sensor, one.subject)],
        "controls": _controls(one, rule, class_name, there),
        "baseline": _period(first, BASELINE_D),
        "trial": _period(trial, TRIAL_D),
        "holidays": [str(one) for one in off if first <= one < trial + timedelta(days=TRIAL_D)],
    }
    if one.weather is not None:
        protocol["weather"] = one.weather
    return {"protocol": protocol, "recommendation": one.id}


def _hypothesis(trial: Trial, lang: str) -> str:
    smallest = f"{100 * trial.smallest:.0f} %" if trial.scale == "ratio" else f"{trial.smallest:g}"
    way = getattr(words.DRAFT[trial.wanted], lang)
    text: str = getattr(words.DRAFT["hypothesis"], lang).format(measure=trial.measure, smallest=smallest, way=way)
    return text


def _class_of(one: Recommendation, trial: Trial, known: Sequence[Asked]) -> str:
    """Return the class that is counted at the place, out of those that the trial may be about."""
    here = {each.class_name for each in known if each.camera == one.camera and each.measure == trial.measure}
    return next((name for name in trial.classes if name in here), trial.classes[0] if trial.classes else "")


def _controls(one: Recommendation, rule: Rule, class_name: str, known: Sequence[Asked]) -> list[dict[str, str]]:
    """Return other cameras (or sensors) with the same series: a line of the same camera would see the same people."""
    assert rule.trial is not None
    found: dict[tuple[str, str], str] = {}
    for each in sorted(known):
        same = each.measure == rule.trial.measure and (not class_name or each.class_name == class_name)
        if same and bool(each.sensor) == bool(one.sensor) and (each.camera, each.sensor) != (one.camera, one.sensor):
            found.setdefault((each.camera, each.sensor), each.subject if one.subject else "")
    listed = list(found.items())[:MOST_CONTROLS]
    return [_spot(camera, sensor, "" if sensor else subject) for (camera, sensor), subject in listed]


def _spot(camera: str, sensor: str, subject: str) -> dict[str, str]:
    named = {"camera": camera, "sensor": sensor, "subject": subject}
    return {name: value for name, value in named.items() if value}


def _period(first: date, days: int) -> dict[str, str]:
    return {"first": str(first), "last": str(first + timedelta(days=days - 1))}


def _where(one: Recommendation) -> str:
    return ", ".join(part for part in one.place if part)
