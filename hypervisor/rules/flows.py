"""Rules on flows: sealed buckets of their cameras become figures, and figures become transitions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from hypervisor.alerts.model import Figures, Subject
from hypervisor.catalogue import ROWS
from hypervisor.feed import Bucket, BucketName, Feed
from hypervisor.places.figure import Reading, Source
from hypervisor.rules.check import World, sources_of
from hypervisor.rules.desk import Finding
from hypervisor.rules.judge import Run, Sample, Step, judge, limit_of
from hypervisor.rules.learning import Learned, watch_of
from hypervisor.rules.model import STEP_S, Rule
from hypervisor.rules.reading import reading_of
from hypervisor.rules.state import MOST_WAITING
from hypervisor.rules.turn import Meant, Seal, Turn

GRACE_S = 60.0
"""How long a sealed bucket of one camera waits for those of the other cameras of a place, by the wall clock."""

SILENT_STEPS = 2
"""A rule that hears of no bucket for so many of them, and the grace twice, is told to see nothing."""

Buckets = Mapping[BucketName, Bucket]


@dataclass(frozen=True, slots=True)
class Flows:
    """Judges rules on flows."""

    feed: Feed
    learned: Learned

    async def heard(self, turn: Turn, seals: Sequence[Seal]) -> None:
        """Judge what seals make ripe."""
        found: dict[str, list[Source]] = {}
        for rule in turn.watching("flow"):
            watch = watch_of(rule)
            sources = found[rule.id] = sources_of(watch, turn.world)
            cameras, step_s = {one.camera for one in sources}, STEP_S[watch.bucket]
            starts = [one.start for one in seals if one.step_s == step_s and one.camera in cameras]
            if starts:
                _wait(turn, rule, starts)
        waiting = [rule for rule in turn.watching("flow") if turn.states[rule.id].waiting]
        if waiting:
            names = [name for rule in waiting for name in _names(turn, rule, found[rule.id])]
            buckets = await self.feed.buckets(list(dict.fromkeys(names)))
            for rule in waiting:
                await self._ripe(turn, rule, found[rule.id], buckets)

    async def _ripe(self, turn: Turn, rule: Rule, sources: Sequence[Source], buckets: Buckets) -> None:
        """Judge, in order, the buckets that all cameras have sealed or that waited long enough."""
        step_s = STEP_S[watch_of(rule).bucket]
        for start in sorted(map(int, turn.states[rule.id].waiting)):
            parts = [buckets.get(BucketName(one.camera, step_s, start)) for one in sources]
            since_s = turn.states[rule.id].waiting[str(start)]
            whole = all(part is not None and part.get("q|sealed") for part in parts)
            crowded = len(turn.states[rule.id].waiting) > MOST_WAITING
            if not (whole or crowded or turn.now_s - since_s >= GRACE_S):
                break
            left = {name: at for name, at in turn.states[rule.id].waiting.items() if name != str(start)}
            turn.change(rule, waiting=left, heard_s=turn.now_s)
            await self._judge(turn, rule, start, reading_of(watch_of(rule), turn.world, sources, parts))

    async def _judge(self, turn: Turn, rule: Rule, start: int, reading: Reading) -> None:
        watch, condition = watch_of(rule), rule.condition
        run = turn.run(rule, "")
        assert condition is not None
        if run is None or start < run.judged_until:
            return
        level = await self.learned.level(turn, rule, start) if condition.usual is not None else None
        limit = limit_of(condition, level)
        end = start + STEP_S[watch.bucket]
        sample = Sample(start, end, reading.value, reading.coverage, limit, turn.is_on(rule, start))
        run, steps = judge(condition, rule.cooldown_s, run, sample)
        run = await turn.apply(rule, run, steps, lambda now: meant(turn.world, rule, sample, now))
        turn.keep_run(rule, "", run)
        if condition.usual is not None:
            await self.learned.learn(turn, rule, start, reading)
            turn.status(rule, *await self.learned.status(turn, rule, start, level))

    async def silent(self, turn: Turn, since_s: float, at_rest: frozenset[str]) -> None:
        """Tell of rules that hear nothing, although not all of their cameras are at rest."""
        for rule in turn.watching("flow"):
            watch, state = watch_of(rule), turn.states[rule.id]
            run = turn.run(rule, "")
            step_s = STEP_S[watch.bucket]
            quiet_s = turn.now_s - max(state.heard_s, since_s)
            if run is None or run.health is not None or quiet_s <= SILENT_STEPS * step_s + 2 * GRACE_S:
                continue
            cameras = {one.camera for one in sources_of(watch, turn.world)}
            if cameras <= at_rest or not turn.is_on(rule, turn.now_s):
                continue
            end = int(turn.now_s)
            said = meant(turn.world, rule, Sample(end - step_s, end, None, 0.0, None), run)
            turn.keep_run(rule, "", await turn.apply(rule, run, [Step("open", health=True)], _always(said)))


def _always(said: Meant) -> Callable[[Run], Meant]:
    return lambda _: said


def subject_of(world: World, rule: Rule) -> Subject:
    """Return what alerts of a flow rule are about."""
    watch = watch_of(rule)
    part = watch.line if ROWS[watch.measure].subject == "line" else watch.zone
    place = watch.place or (world.place_of(watch.camera, part) if watch.camera is not None else None)
    cameras = tuple(dict.fromkeys(one.camera for one in sources_of(watch, world)))
    return Subject(
        kind="flow",
        place=place,
        camera=watch.camera,
        line=watch.line,
        zone=watch.zone,
        measure=watch.measure,
        **{"class": watch.class_name},
        direction=watch.direction,
        unit=ROWS[watch.measure].unit,
        cameras=cameras or ((watch.camera,) if watch.camera else ()),
    )


def name_of(world: World, subject: Subject) -> str:
    """Return how people call the ground of a subject."""
    if subject.place is not None and subject.place in world.places:
        return world.places[subject.place].name
    camera = world.cameras.get(subject.camera or "")
    if camera is None:
        return subject.camera or subject.place or "Parvis"
    parts = {one.id: one.name for one in camera.zones} | {one.id: one.name for one in camera.lines}
    part = subject.zone or subject.line
    return f"{camera.name}, {parts[part] or part}" if part in parts else camera.name


def meant(world: World, rule: Rule, sample: Sample, run: Run) -> Meant:
    """Return what the alerts of a flow rule say after a bucket."""
    subject = subject_of(world, rule)
    limit = sample.limit
    figures = Figures(
        value=_rounded(sample.value),
        peak=_rounded(run.peak),
        threshold=None if limit is None else _rounded(limit.threshold),
        usual=None if limit is None else _rounded(limit.usual),
        coverage=round(sample.coverage, 4),
    )
    name = name_of(world, subject)
    began_s = run.began if run.began is not None else float(sample.start)
    finding = Finding(figures, began_s, float(sample.end), name)
    health = subject.model_copy(update={"kind": "health", "trouble": "coverage"})
    seen = Figures(coverage=round(sample.coverage, 4))
    return Meant(subject, finding, health, Finding(seen, float(sample.start), float(sample.end), name, rule.name))


def _wait(turn: Turn, rule: Rule, starts: Sequence[int]) -> None:
    state = turn.states[rule.id]
    run = state.runs.get("", Run())
    waiting = dict(state.waiting)
    for start in starts:
        if start >= run.judged_until:
            waiting.setdefault(str(start), turn.now_s)
    turn.change(rule, waiting=waiting)


def _names(turn: Turn, rule: Rule, sources: Sequence[Source]) -> list[BucketName]:
    step_s = STEP_S[watch_of(rule).bucket]
    return [BucketName(one.camera, step_s, int(start)) for start in turn.states[rule.id].waiting for one in sources]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), 3)
