"""From buckets and states to transitions: pure functions. What is kept of each subject of a rule is a `Run`.

A bucket is judged once, in order, when it is sealed. What was not watched is not known: such a bucket opens nothing,
closes nothing and breaks every row that is being counted; several of them in a row are an alert of their own, about
coverage. So a camera that stops looking never reads as a flow that dropped.
"""

from typing import Literal, NamedTuple

from hypervisor.rules.model import Condition
from hypervisor.rules.usual import Level
from hypervisor.strict import Body

UNSEEN = 2
"""Buckets in a row of which too little was watched until that is an alert: one is a camera that starts."""

UPDATE_S = 600.0
UPDATE_RATIO = 1.5
MOST_UPDATES = 50
"""An open alert is updated when the figure is half as far again beyond the threshold as was told last, once in ten
minutes at most, so many times at most."""

What = Literal["open", "update", "close"]
Because = Literal[
    "cleared", "schedule", "rule_changed", "rule_removed", "rule_disabled", "watched_again", "well_again",
    "deposit_cleared", "deposit_absorbed", "rule_whole_again",
]  # fmt: skip


class Step(NamedTuple):
    """One transition of a subject."""

    what: What
    health: bool = False  # it is about whether anything can be known, not about the figure
    because: Because | None = None  # why it is closed


class Limit(NamedTuple):
    """Where an alert begins and ends for one bucket."""

    threshold: float
    clear: float
    usual: float | None = None


class Sample(NamedTuple):
    """One bucket (or one value of a sensor) to judge."""

    start: int  # epoch seconds
    end: int
    value: float | None  # None although it was watched: nothing happened that has such a value
    coverage: float
    limit: Limit | None  # None: not enough history
    is_on: bool = True  # the schedule lets the rule alert


class Run(Body):
    """What is kept of one subject of a rule between two buckets."""

    judged_until: int = 0  # end of the last judged bucket, epoch seconds
    over: int = 0  # buckets in a row beyond the threshold
    well: int = 0  # buckets in a row on the right side of the clear threshold
    unseen: int = 0  # buckets in a row of which too little was watched
    began: float | None = None  # when the row beyond the threshold began
    since: float | None = None  # for states of cameras: when it came to be as it is
    alert: str | None = None
    health: str | None = None  # the open alert about coverage
    peak: float | None = None  # farthest value of the open alert
    told: float | None = None  # value that was told last
    told_s: float = 0.0
    updates: int = 0
    closed_s: float | None = None  # when the last alert ended


def limit_of(condition: Condition, level: Level | None) -> Limit | None:
    """Return where an alert begins and ends; None where the usual level is not known well enough."""
    if condition.threshold is not None:
        clear = condition.threshold if condition.clear is None else condition.clear
        return Limit(condition.threshold, clear)
    usual = condition.usual
    assert usual is not None
    if level is None or level.weeks < usual.min_weeks:
        return None
    first = usual.factor or usual.deviations or 0.0
    threshold, clear = (_beyond(condition, level, times) for times in (first, usual.clear or first))
    return Limit(threshold, clear, level.centre)


def _beyond(condition: Condition, level: Level, times: float) -> float:
    usual, sign = condition.usual, 1 if condition.is_ == "above" else -1
    assert usual is not None
    if usual.factor is not None:
        found = level.centre * times
        return max(found, level.centre + usual.margin) if sign > 0 else min(found, level.centre - usual.margin)
    return level.centre + sign * max(times * level.sigma, usual.margin)


def judge(condition: Condition, cooldown_s: float, run: Run, sample: Sample) -> tuple[Run, list[Step]]:
    """Return the run after a bucket, and what follows. A bucket that was judged already changes nothing."""
    if sample.start < run.judged_until:
        return run, []
    length = max(1, sample.end - sample.start)
    gap = (sample.start - run.judged_until) // length if run.judged_until else 0
    if gap:
        run = run.model_copy(update={"unseen": run.unseen + gap, "over": 0, "well": 0, "began": None})
    run = run.model_copy(update={"judged_until": sample.end})
    if not sample.is_on:
        return _off(run, sample)
    if sample.coverage < condition.min_coverage:
        return _unseen(run)
    run, steps = _seen(run)
    if sample.limit is None:
        return run.model_copy(update={"over": 0, "began": None}), steps
    run, more = _seen_value(condition, cooldown_s, run, sample, sample.limit)
    return run, [*steps, *more]


def _off(run: Run, sample: Sample) -> tuple[Run, list[Step]]:
    """Leave the hours of the schedule: nothing is open outside them."""
    steps = [Step("close", because="schedule")] if run.alert else []
    steps += [Step("close", health=True, because="schedule")] if run.health else []
    closed_s = float(sample.end) if run.alert else run.closed_s
    return Run(judged_until=run.judged_until, alert=run.alert, health=run.health, closed_s=closed_s), steps


def _unseen(run: Run) -> tuple[Run, list[Step]]:
    run = run.model_copy(update={"unseen": run.unseen + 1, "over": 0, "well": 0, "began": None})
    return run, [Step("open", health=True)] if run.unseen >= UNSEEN and run.health is None else []


def _seen(run: Run) -> tuple[Run, list[Step]]:
    steps = [Step("close", health=True, because="watched_again")] if run.health else []
    return run.model_copy(update={"unseen": 0}), steps


def _seen_value(
    condition: Condition, cooldown_s: float, run: Run, sample: Sample, limit: Limit
) -> tuple[Run, list[Step]]:
    sign = 1.0 if condition.is_ == "above" else -1.0
    value = sample.value
    is_over = value is not None and sign * (value - limit.threshold) > 0
    is_well = value is None or sign * (value - limit.clear) <= 0
    began = (run.began if run.began is not None else float(sample.start)) if is_over else None
    run = run.model_copy(
        update={"over": run.over + 1 if is_over else 0, "well": run.well + 1 if is_well else 0, "began": began}
    )
    if run.alert is None:
        cool = run.closed_s is None or sample.end >= run.closed_s + cooldown_s
        if run.over >= condition.for_buckets and cool:
            fresh = {"peak": value, "told": value, "told_s": float(sample.end), "updates": 0, "well": 0}
            return run.model_copy(update=fresh), [Step("open")]
        return run, []
    if run.well >= condition.clear_buckets:
        return run.model_copy(update={"closed_s": float(sample.end), "over": 0}), [Step("close", because="cleared")]
    return _still_open(run, sample, sign, limit)


def _still_open(run: Run, sample: Sample, sign: float, limit: Limit) -> tuple[Run, list[Step]]:
    value = sample.value
    if value is None or run.peak is None or run.told is None:
        return run, []
    run = run.model_copy(update={"peak": max(run.peak, value) if sign > 0 else min(run.peak, value)})
    worse = sign * (value - limit.threshold) >= UPDATE_RATIO * sign * ((run.told or 0.0) - limit.threshold)
    due = sample.end - run.told_s >= UPDATE_S and run.updates < MOST_UPDATES
    if worse and due and value != run.told:
        told = {"told": value, "told_s": float(sample.end), "updates": run.updates + 1}
        return run.model_copy(update=told), [Step("update")]
    return run, []


def judge_state(run: Run, is_bad: bool, now_s: float, bounds: tuple[float, float, float]) -> tuple[Run, list[Step]]:
    """Return the run of a camera's trouble after a look at it, and what follows.

    `bounds`: seconds that it must last, that it must be gone, and of the cool-down.
    """
    for_s, clear_s, cooldown_s = bounds
    was_bad = run.over > 0
    if is_bad != was_bad or run.since is None:
        run = run.model_copy(update={"over": int(is_bad), "since": now_s})
    lasted_s = now_s - (run.since or 0.0)
    if run.alert is None and is_bad and lasted_s >= for_s:
        cool = run.closed_s is None or now_s >= run.closed_s + cooldown_s
        return run, [Step("open")] if cool else []
    if run.alert is not None and not is_bad and lasted_s >= clear_s:
        return run.model_copy(update={"closed_s": now_s}), [Step("close", because="well_again")]
    return run, []
