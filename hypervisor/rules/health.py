"""Rules on cameras: whether they do what they are there for, by their states and by the coverage of their buckets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hypervisor import figures
from hypervisor.alerts import causes
from hypervisor.alerts.model import Figures, Subject
from hypervisor.feed import BucketName, Feed
from hypervisor.rules.desk import Finding
from hypervisor.rules.judge import Sample, judge, judge_state, limit_of
from hypervisor.rules.model import STEP_S, CameraWatch, Condition, Rule, Trouble
from hypervisor.rules.turn import Meant, Seal, Turn
from hypervisor.strict import Bilingual
from hypervisor.wire import Camera

STATES: Mapping[str, Trouble] = {
    "failed": "down",
    "stalled": "stalled",
    "reconnecting": "reconnecting",
    "paused": "paused",
}


def troubles_of(camera: Camera) -> dict[Trouble, Bilingual]:
    """Return what is wrong with a camera now, with the reason that was told."""
    found: dict[Trouble, Bilingual] = {}
    if camera.state in STATES:
        found[STATES[camera.state]] = causes.told(camera.error or "")
    if camera.condition != "ok":
        found[camera.condition] = causes.told("")
    reasons = [one for one in (camera.fallback_reason, camera.decoder_fallback) if one]
    if reasons:
        found["degraded"] = causes.told("; ".join(reasons))
    if camera.shed > 0:
        found["shed"] = causes.of_shedding(camera)
    return found


@dataclass(frozen=True, slots=True)
class Health:
    """Judges rules on cameras."""

    feed: Feed

    async def looked(self, turn: Turn, cameras: Sequence[Camera]) -> None:
        """Judge the states of cameras as they are shown now."""
        now = {camera.id: troubles_of(camera) for camera in cameras}
        for rule in turn.watching("camera"):
            watch = _watch(rule)
            meant = watch.cameras or tuple(now)
            for camera in meant:
                for trouble, reason in now.get(camera, {}).items():
                    if trouble in watch.troubles:
                        await self._judge(turn, rule, (camera, trouble), reason)
            for subject in list(turn.states[rule.id].runs):
                camera, _, trouble_name = subject.partition("/")
                if trouble_name != "coverage" and trouble_name not in now.get(camera, {}):
                    await self._judge(turn, rule, (camera, trouble_name), None)

    async def _judge(self, turn: Turn, rule: Rule, what: tuple[str, str], reason: Bilingual | None) -> None:
        """Judge one trouble of one camera; `reason` is None where there is none now."""
        watch, key = _watch(rule), "/".join(what)
        run = turn.run(rule, key)
        if run is None:
            return
        is_bad = reason is not None and turn.is_on(rule, turn.now_s)
        run, steps = judge_state(run, is_bad, turn.now_s, (watch.for_s, watch.clear_s, rule.cooldown_s))
        began_s = run.since or turn.now_s
        meant = self._meant(turn, what, Figures(), began_s, reason)
        run = await turn.apply(rule, run, steps, lambda _: meant)
        cool = run.closed_s is None or turn.now_s >= run.closed_s + rule.cooldown_s
        turn.keep_run(rule, key, None if run.alert is None and not is_bad and cool else run)

    async def heard(self, turn: Turn, seals: Sequence[Seal]) -> None:
        """Judge how much of sealed buckets was watched."""
        for rule in turn.watching("camera"):
            watch = _watch(rule)
            if watch.coverage_below is None:
                continue
            step_s = STEP_S[watch.bucket]
            mine = [one for one in seals if one.step_s == step_s and one.camera in (watch.cameras or (one.camera,))]
            names = [BucketName(one.camera, step_s, one.start) for one in mine]
            buckets = await self.feed.buckets(names) if names else {}
            for name in sorted(names, key=lambda one: one.start):
                covered = figures.coverage(buckets.get(name, {}), step_s)
                await self._judge_coverage(turn, rule, name, covered)

    async def _judge_coverage(self, turn: Turn, rule: Rule, name: BucketName, covered: float) -> None:
        watch, key = _watch(rule), f"{name.camera}/coverage"
        run = turn.run(rule, key)
        assert watch.coverage_below is not None
        if run is None:
            return
        condition = Condition.model_validate({"is": "below", "threshold": watch.coverage_below})
        limit = limit_of(condition, None)
        # Coverage itself is always known.
        sample = Sample(name.start, name.start + name.step_s, covered, 1.0, limit, turn.is_on(rule, name.start))
        run, steps = judge(condition, rule.cooldown_s, run, sample)
        seen = Figures(coverage=round(covered, 4))
        meant = self._meant(turn, (name.camera, "coverage"), seen, run.began or float(name.start), None)
        turn.keep_run(rule, key, await turn.apply(rule, run, steps, lambda _: meant))

    def _meant(
        self, turn: Turn, what: tuple[str, str], seen: Figures, began_s: float, reason: Bilingual | None
    ) -> Meant:
        camera, trouble = what
        described = turn.world.cameras.get(camera)
        subject = Subject(kind="health", camera=camera, trouble=trouble, cameras=(camera,))
        name = described.name if described else camera
        return Meant(subject, Finding(seen, began_s, turn.now_s, name, reason=reason))


def _watch(rule: Rule) -> CameraWatch:
    assert isinstance(rule.watch, CameraWatch)
    return rule.watch
