"""When a worker cannot keep up: what is shed, in which order, and when it comes back. All costs are scripted."""

from dataclasses import dataclass, field

import pytest

from pipeline.engine import steps
from pipeline.engine.load import CameraLoad, WorkerLoad
from pipeline.engine.overload import BEGIN_S, CALM_S, WINDOW_S, Overload, Step, relief
from pipeline.engine.steps import FULL, HALF, MIN_FPS, PAUSED, QUARTER, SMALL, limit_at, rate_at


@dataclass
class Camera:
    """What a camera would cost on a core of its own."""

    id: str
    decode: float = 0.02  # CPU seconds a second
    look_s: float = 0.02
    fps: float = 4.0
    priority: int = 5
    last_step: int = PAUSED
    step: int = FULL

    @property
    def demand(self) -> float:
        """CPU seconds a second that it asks for at its step."""
        if self.step == PAUSED:
            return 0.0
        share = 0.4 if self.step == SMALL else 1.0
        return self.decode + rate_at(self.step, self.fps) * self.look_s * share


@dataclass
class Core:
    """One core with cameras on it: it does what it can, and the rest of the looks is missed."""

    cameras: list[Camera]
    others: float = 0.0  # of the core, taken by somebody else
    now_s: float = 1000.0
    overload: Overload = field(default_factory=Overload)
    told: list[Step] = field(default_factory=list)

    @property
    def demand(self) -> float:
        return sum(camera.demand for camera in self.cameras)

    def second(self) -> list[Step]:
        """Let a second pass; return what is decided in it."""
        self.now_s += 1
        room = 1.0 - self.others
        looks = sum(rate_at(c.step, c.fps) * c.look_s for c in self.cameras)
        short = max(0.0, self.demand - room)
        missed = min(1.0, short / looks) if looks else 0.0
        loads = tuple(
            CameraLoad(
                id=c.id,
                priority=c.priority,
                step=c.step,
                last_step=c.last_step,
                fps=c.fps,
                cost=c.demand - missed * rate_at(c.step, c.fps) * c.look_s,
                base=c.decode if c.step != PAUSED else 0.0,
                look_s=c.look_s,
                due=rate_at(c.step, c.fps),
                missed=missed * rate_at(c.step, c.fps),
            )
            for c in self.cameras
        )
        cpu = min(room, self.demand)
        decided = self.overload.decide(WorkerLoad(self.now_s, cpu, short + self.others, loads))
        by_id = {c.id: c for c in self.cameras}
        for step in decided:
            by_id[step.camera].step = step.step
        self.told += decided
        return decided

    def run(self, seconds: float) -> "Core":
        for _ in range(round(seconds)):
            self.second()
        return self

    def steps(self) -> dict[str, int]:
        return {camera.id: camera.step for camera in self.cameras}


def many(n: int, **fields: float) -> list[Camera]:
    return [Camera(f"c{i:02}", **fields) for i in range(n)]  # type: ignore[arg-type]


def test_nothing_is_shed_while_the_core_keeps_up() -> None:
    assert Core(many(7)).run(300).told == []  # 0.7 of a core


def test_a_short_peak_is_no_overload() -> None:
    core = Core(many(7)).run(20)
    core.others = 0.9
    core.run(2)
    core.others = 0.0
    assert core.run(60).told == []


def test_too_much_is_shed_within_seconds_until_it_fits() -> None:
    core = Core(many(12)).run(2 * WINDOW_S)  # 1.2 cores
    assert core.told
    assert core.run(3 * WINDOW_S).demand <= 0.9
    assert all(camera.step in (FULL, HALF) for camera in core.cameras), "equals are reduced evenly"


def test_the_lowest_priority_loses_first_and_everything_before_the_next_loses_anything() -> None:
    cameras = [Camera("low", priority=1), Camera("other-low", priority=1), *many(12)]
    core = Core(cameras).run(60)
    found = core.steps()
    assert found["low"] == found["other-low"] == PAUSED
    lowered = [step.camera for step in core.told]
    assert set(lowered[:2]) == {"low", "other-low"}


def test_the_highest_priority_keeps_its_rate() -> None:
    core = Core([Camera("high", priority=9), *many(30)]).run(120)
    assert core.steps()["high"] == FULL
    assert core.demand <= 1.0


def test_64_cameras_on_two_cores_are_shed_as_stated_and_do_not_collapse() -> None:
    """32 a core, three times what it carries: every camera keeps a look a second, or is said to be paused."""
    core = Core(many(32, decode=0.02, look_s=0.03, fps=5)).run(60)
    assert core.demand <= 0.95
    counting = [camera for camera in core.cameras if camera.step != PAUSED]
    assert len(counting) >= 25, "pausing is the last step, and takes no more than it must"
    assert all(rate_at(camera.step, camera.fps) >= MIN_FPS for camera in counting)
    changes = len(core.told)
    core.run(600)
    assert len(core.told) - changes <= 2 * len(core.cameras), "it does not swing to and fro"


def test_decoding_alone_can_be_too_much_though_no_look_is_missed() -> None:
    cameras = many(20, decode=0.06, fps=1.0, look_s=0.001)
    core = Core(cameras).run(60)
    assert core.demand <= 0.95
    assert {camera.step for camera in cameras} <= {FULL, SMALL, PAUSED} | {HALF, QUARTER}


def test_a_core_that_somebody_else_takes_is_as_much_too_little() -> None:
    core = Core(many(7), others=0.5).run(60)
    assert core.told
    assert core.demand <= 0.5


def test_late_looks_alone_are_the_networks_fault_not_the_cores() -> None:
    overload, now_s = Overload(), 0.0
    late = CameraLoad("a", 5, FULL, PAUSED, 5.0, 0.1, 0.02, 0.02, due=5.0, missed=2.0)
    for _ in range(60):
        now_s += 1
        assert overload.decide(WorkerLoad(now_s, 0.2, 0.01, (late,))) == []


def test_what_was_shed_comes_back_in_reverse_order_once_there_is_room() -> None:
    core = Core([Camera("low", priority=1), *many(13)]).run(60)
    before = core.steps()
    assert before["low"] == PAUSED
    core.cameras = [camera for camera in core.cameras if camera.id > "c07" or camera.id == "low"]
    core.told.clear()
    core.run(600)
    assert set(core.steps().values()) == {FULL}
    back = [step for step in core.told if step.step < step.before]
    assert back[-1].camera == "low"
    assert [step.step for step in back if step.camera == "low"] == [SMALL, QUARTER, HALF, FULL]


def test_it_waits_before_it_gives_back() -> None:
    core = Core(many(12)).run(30)
    core.cameras = core.cameras[:3]
    core.told.clear()
    core.run(CALM_S - 2)
    assert core.told == []


def test_a_step_that_had_to_be_taken_again_waits_twice_as_long() -> None:
    """A load that is only there when everything is watched: it must not swing every few seconds."""
    core = Core(many(7)).run(20)
    swings = []
    for second in range(1800):
        reduced = any(camera.step for camera in core.cameras)
        core.others = 0.0 if reduced else 0.6
        if core.second():
            swings.append(second)
    assert len(swings) < 30
    gaps = [b - a for a, b in zip(swings[::2], swings[2::2], strict=False)]
    assert gaps[-1] > 4 * gaps[0]


def test_a_recording_at_full_speed_may_take_the_whole_core() -> None:
    core = Core([Camera("fast", decode=1.0, fps=1.0, look_s=0.0, last_step=FULL)])
    assert core.run(60).told == []


def test_the_first_seconds_of_a_camera_say_nothing() -> None:
    core = Core(many(20))
    core.overload.begin(core.now_s)
    core.run(BEGIN_S - 1)
    assert core.told == []
    assert core.run(2 * WINDOW_S).told


def test_time_that_stands_still_or_goes_back_changes_nothing() -> None:
    core = Core(many(20)).run(3)
    for now_s in (core.now_s, core.now_s - 500):
        assert core.overload.decide(WorkerLoad(now_s, 1.0, 9.0, ())) == []
    assert core.run(10).told, "and goes on afterwards"


def test_every_step_says_why() -> None:
    core = Core(many(12)).run(20)
    why = core.told[0].why
    assert why is not None
    assert (why.code, why.window_s, why.cpu, why.cores) == ("looks-missed", WINDOW_S, 1.0, 1.0)
    assert 0.05 < why.missed < 0.5
    assert why.text == f"{why.missed:.0%} of the looks of 5 s missed, CPU 100% of 1 core"
    assert all(step.why for step in core.told)


@pytest.mark.parametrize(
    ("fps", "rates"),
    [
        (10.0, [10.0, 5.0, 2.5, 2.5, 0.0]),
        (2.0, [2.0, 1.0, 1.0, 1.0, 0.0]),
        (0.5, [0.5, 0.5, 0.5, 0.5, 0.0]),
    ],
)
def test_rates_of_the_steps(fps: float, rates: list[float]) -> None:
    assert [rate_at(step, fps) for step in range(5)] == rates
    assert limit_at(FULL, fps) is None


def test_no_relief_is_promised_that_a_camera_cannot_give() -> None:
    slow = CameraLoad("a", 5, FULL, PAUSED, 1.0, 0.05, 0.03, 0.02, 1.0, 0.0)
    assert relief(slow) == 0.0
    assert steps.NAMES[PAUSED] == "paused"
