"""Rules on deposits (things that lie where nothing should) and on sensors: what is told of each makes transitions."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from hypervisor.alerts.model import Figures, Subject
from hypervisor.rules.desk import Finding
from hypervisor.rules.flows import name_of
from hypervisor.rules.judge import Because, Run, Sample, Step, judge, limit_of
from hypervisor.rules.model import DepositWatch, Rule, SensorWatch
from hypervisor.rules.turn import Meant, Turn
from hypervisor.store.values import Message
from pipeline.observation import Observation

LIES_THERE = frozenset({"opened", "worsened", "resumed"})
OVER: Mapping[str, Because] = {"cleared": "deposit_cleared", "absorbed": "deposit_absorbed"}


async def deposit_told(turn: Turn, told: Observation) -> None:
    """Judge what was told of a deposit. Where two cameras see a place, the primary one's zone counts."""
    detail = told.detail
    for rule in turn.watching("deposit"):
        key = str(detail["deposit"])
        known = turn.states[rule.id].runs.get(key)
        if known is None and not (detail["state"] in LIES_THERE and _wanted(turn, rule, told)):
            continue
        if known is None and not turn.is_on(rule, told.observed_at.timestamp()):
            continue
        run = known or turn.run(rule, key)
        if run is not None:
            await _judge_deposit(turn, rule, run, told)


async def _judge_deposit(turn: Turn, rule: Rule, run: Run, told: Observation) -> None:
    key, state = str(told.detail["deposit"]), str(told.detail["state"])
    steps = []
    if run.alert is None and state in LIES_THERE:
        steps = [Step("open")]
    elif run.alert is not None and state in OVER:
        steps = [Step("close", because=OVER[state])]
    elif run.alert is not None and state == "worsened":
        steps = [Step("update")]
    meant = _meant_deposit(turn, told)
    run = await turn.apply(rule, run, steps, lambda _: meant)
    turn.keep_run(rule, key, None if state in OVER else run)


def _wanted(turn: Turn, rule: Rule, told: Observation) -> bool:
    watch, detail = rule.watch, told.detail
    assert isinstance(watch, DepositWatch)
    camera = turn.world.cameras.get(told.camera_id)
    zone = next((one for one in camera.zones if one.id == told.subject), None) if camera else None
    primary = zone.deposits.primary if zone is not None and zone.deposits is not None else None
    if primary not in (None, f"{told.camera_id}/{told.subject}"):
        return False
    if watch.place is not None and not _belongs(turn, watch.place, told):
        return False
    area = detail.get("area_m2")
    return (
        watch.camera in (None, told.camera_id)
        and watch.zone in (None, told.subject)
        and (not watch.types or detail["type"] in watch.types)
        and (area is None or float(area) >= watch.min_area_m2)
    )


def _belongs(turn: Turn, place: str, told: Observation) -> bool:
    views = turn.world.places[place].views if place in turn.world.places else ()
    return any(view.camera == told.camera_id and told.subject in view.zones for view in views)


def _meant_deposit(turn: Turn, told: Observation) -> Meant:
    detail: Mapping[str, Any] = told.detail
    subject = Subject(
        kind="deposit",
        place=turn.world.place_of(told.camera_id, told.subject),
        camera=told.camera_id,
        zone=told.subject,
        deposit=str(detail["deposit"]),
        measure="deposits",
        **{"class": str(detail["type"])},
        unit="m²",
        cameras=(told.camera_id,),
    )
    area = detail.get("area_m2")
    first_s = datetime.fromisoformat(str(detail["first_seen"])).timestamp()
    figures = Figures(value=None if area is None else round(float(area), 2))
    name = name_of(turn.world, subject.model_copy(update={"place": None}))
    return Meant(subject, Finding(figures, first_s, told.observed_at.timestamp(), name, str(detail["type"])))


async def sensors_told(turn: Turn, messages: Sequence[Message]) -> None:
    """Judge buckets of sensors, in the order in which they came; an older one than the last changes nothing."""
    for message in messages:
        for rule in turn.watching("sensor") if message.kind == "sensor.value" else ():
            watch = rule.watch
            assert isinstance(watch, SensorWatch)
            is_readable = not message.services or rule.service in message.services
            figure = _figure_of(watch, message) if message.subject == watch.sensor and is_readable else None
            if figure is not None:
                await _judge_figure(turn, rule, message, figure)


def _figure_of(watch: SensorWatch, message: Message) -> Mapping[str, Any] | None:
    """Return the figure that a rule means; of several channels, classes or ways the highest."""
    wanted = (("channel", watch.channel), ("class", watch.class_name), ("direction", watch.direction))
    found = [
        one
        for one in message.data.get("figures", ())
        if one.get("measure") == watch.measure and all(asked in (None, one.get(name)) for name, asked in wanted)
    ]
    return max(found, key=lambda one: (one["value"] is not None, one["value"] or 0.0), default=None)


async def _judge_figure(turn: Turn, rule: Rule, message: Message, figure: Mapping[str, Any]) -> None:
    condition, run, data = rule.condition, turn.run(rule, ""), message.data
    assert condition is not None
    if run is None:
        return
    start = int(data["start_s"])
    value = None if figure["value"] is None else float(figure["value"])
    coverage, limit = float(figure["coverage"]), limit_of(condition, None)
    sample = Sample(start, start + int(data["step_s"]), value, coverage, limit, turn.is_on(rule, start))
    run, steps = judge(condition, rule.cooldown_s, run, sample)

    def meant(now: Run) -> Meant:
        seen = Figures(value=value, peak=now.peak, threshold=limit.threshold if limit else None, coverage=coverage)
        subject = Subject(
            kind="sensor",
            sensor=message.subject,
            place=data.get("place"),
            measure=str(figure["measure"]),
            unit=str(figure["unit"]),
            direction=figure.get("direction"),
            **{"class": _text(figure.get("class"))},
        )
        name, end_s = str(data.get("name") or message.subject), float(sample.end)
        health = subject.model_copy(update={"kind": "health", "trouble": "coverage"})
        unseen = Finding(Figures(coverage=coverage), float(start), end_s, name, rule.name)
        return Meant(subject, Finding(seen, now.began or float(start), end_s, name), health, unseen)

    turn.keep_run(rule, "", await turn.apply(rule, run, steps, meant))


def _text(value: Any) -> Any:
    return None if value is None else str(value)
