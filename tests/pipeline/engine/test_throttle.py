"""Between a worker and a camera: limits that thin out looks, and what the camera costs."""

import itertools
import threading
import time

import pytest

from models.detections import Detections, Detector, DetectorStatus, Image
from pipeline.engine import cpu, steps
from pipeline.engine.cpu import ThreadTimes
from pipeline.engine.load import LoadMeter, Watched
from pipeline.engine.throttle import Limited, Spent, Throttle
from pipeline.schedule import at_rate, every
from tests.builders import detections


def looks(rule: Limited, frames: int, fps: float, from_s: float = 0.0) -> list[float]:
    """Return when a camera of that rate is looked at."""
    times = [from_s + n / fps for n in range(frames)]
    return [time_s for n, time_s in enumerate(times) if rule(n, time_s)]


@pytest.mark.parametrize(("rule", "fps"), [(every(1), 10.0), (every(3), 10.0), (at_rate(5.0), 5.0)])
def test_without_a_limit_the_rule_is_as_it_was(rule: object, fps: float) -> None:
    limited = Limited(rule, fps)  # type: ignore[arg-type]
    assert len(looks(limited, 300, 30.0)) == pytest.approx(10 * fps, rel=0.05) or fps == 10.0


@pytest.mark.parametrize("limit_fps", [5.0, 2.5, 1.0])
@pytest.mark.parametrize("source_fps", [10.0, 12.5, 25.0, 30.0])
def test_a_limit_is_met_to_a_few_per_cent(limit_fps: float, source_fps: float) -> None:
    limited = Limited(every(1), source_fps)
    limited.limit_fps = limit_fps
    made = looks(limited, round(60 * source_fps), source_fps)
    assert len(made) == pytest.approx(60 * limit_fps, rel=0.06)
    gaps = [b - a for a, b in itertools.pairwise(made)]
    assert max(gaps) <= 1 / limit_fps + 1.01 / source_fps


def test_a_limit_of_zero_is_a_pause_and_can_be_lifted() -> None:
    limited = Limited(every(1), 10.0)
    limited.limit_fps = 0.0
    assert looks(limited, 100, 10.0) == []
    limited.limit_fps = None
    assert len(looks(limited, 100, 10.0, 10.0)) == 100


def test_a_clock_that_steps_back_does_not_stop_the_looks() -> None:
    limited = Limited(every(1), 10.0)
    limited.limit_fps = 2.0
    looks(limited, 100, 10.0, from_s=1000.0)
    assert len(looks(limited, 100, 10.0, from_s=500.0)) == pytest.approx(20, abs=2)


class Named:
    """A detector that is known by its name."""

    labels = ("person",)

    def __init__(self, name: str) -> None:
        self.status = DetectorStatus(name, "cpu", "auto")
        self.images = 0

    def __call__(self, image: Image) -> Detections:
        self.images += 1
        return detections([])


def test_the_smaller_input_is_made_when_it_is_needed_first() -> None:
    made: list[Named] = []

    def small() -> Detector:
        made.append(Named("small"))
        return made[-1]

    throttle, full = Throttle(small), Named("full")
    for step in (steps.FULL, steps.HALF, steps.QUARTER, steps.SMALL, steps.SMALL, steps.HALF):
        throttle.to(step, None)
        throttle.detect(full, None)  # type: ignore[arg-type]
    assert (full.images, len(made), made[0].images) == (4, 1, 2)


def test_without_a_smaller_one_it_looks_as_before() -> None:
    throttle, full = Throttle(), Named("full")
    throttle.to(steps.SMALL, None)
    throttle.detect(full, None)  # type: ignore[arg-type]
    assert full.images == 1


def test_a_step_holds_for_the_next_run_too() -> None:
    throttle, paced = Throttle(), Limited(every(1), 8.0)
    throttle.to(steps.QUARTER, "too much")
    throttle.watch(paced, paced)
    assert paced.limit_fps == 2.0
    assert throttle.fps == 8.0


def burn(seconds: float) -> None:
    until_s = time.thread_time() + seconds
    while time.thread_time() < until_s:
        pass


@pytest.mark.skipif(not cpu.TASKS.exists(), reason="needs Linux")
def test_the_time_of_all_its_threads_is_a_cameras_also_when_they_have_ended() -> None:
    times = ThreadTimes()

    def work() -> None:
        times.here()
        burn(0.1)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    first_s = times.total_s()
    assert first_s <= 0.5
    times.here()
    burn(0.1)
    assert times.total_s() - first_s >= 0.1


def test_costs_are_the_cameras_own_and_an_even_part_of_the_rest() -> None:
    meter = LoadMeter()

    def watched(cpu_s: float, looks: int, due: int, dropped: int) -> Watched:
        return Watched(5, steps.FULL, steps.PAUSED, 5.0, Spent(cpu_s, cpu_s / 2, looks, due), dropped)

    assert meter.measure(100.0, {"a": watched(1.0, 10, 10, 0), "b": watched(1.0, 10, 10, 0)}) is None
    burn(0.2)
    load = meter.measure(101.0, {"a": watched(1.1, 15, 17, 2), "b": watched(1.0, 10, 10, 0)})
    assert load is not None
    a, b = load.cameras
    assert a.cost - b.cost == pytest.approx(0.1)
    assert b.cost == pytest.approx((load.cpu - 0.1) / 2)
    assert (a.due, a.missed) == (7.0, 2.0)
    assert a.look_s == pytest.approx(0.01)
    assert meter.measure(101.0, {}) is None, "no time has passed"


def test_a_camera_that_began_anew_starts_from_nothing() -> None:
    meter = LoadMeter()
    meter.measure(0.0, {"a": Watched(5, 0, 4, 5.0, Spent(9.0, 4.0, 100, 100), 50)})
    load = meter.measure(1.0, {"a": Watched(5, 0, 4, 5.0, Spent(0.0, 0.0, 0, 0), 0)})
    assert load is not None
    assert (load.cameras[0].missed, load.cameras[0].due) == (0.0, 0.0)
    assert load.cameras[0].cost >= 0
