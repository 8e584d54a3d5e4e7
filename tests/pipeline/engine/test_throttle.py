"""Between a worker and a camera: limits that thin out looks, and what the camera costs."""

import threading
import time

import pytest

from models.detections import Detections, Detector, DetectorStatus, Image
from pipeline.engine import cpu, steps
from pipeline.engine.cpu import ThreadTimes
from pipeline.engine.load import LoadMeter, Watched
from pipeline.engine.throttle import Spent, Throttle
from pipeline.observation import ShedWhy
from pipeline.pace.pacer import SteadyPacer
from pipeline.schedule import Due, every
from tests.builders import detections

WHY = ShedWhy(code="looks-missed", missed=0.4, window_s=5.0, cpu=1.0, cores=1.0)


def looks(due: Due, frames: int, fps: float, from_s: float = 0.0) -> list[float]:
    """Return when a camera of that rate is looked at."""
    times = [from_s + n / fps for n in range(frames)]
    return [time_s for n, time_s in enumerate(times) if due(n, time_s, lambda: None)]


@pytest.mark.parametrize(
    ("step", "fps"), [(steps.FULL, 10.0), (steps.HALF, 5.0), (steps.QUARTER, 2.5), (steps.PAUSED, 0)]
)
def test_a_step_thins_out_the_looks(step: int, fps: float) -> None:
    throttle = Throttle()
    due = throttle.watch(SteadyPacer(0.1, every(1)))
    throttle.to(step, WHY)
    made = looks(due, 600, 10.0)
    assert len(made) == pytest.approx(60 * fps, rel=0.02)
    assert throttle.spent.due == len(made)


def test_an_adaptive_rate_is_reduced_from_what_it_was() -> None:
    throttle, pacer = Throttle(), SteadyPacer(1.0, every(1))
    throttle.watch(pacer)
    throttle.asks(6.0)
    throttle.to(steps.HALF, WHY)
    throttle.asks(3.0)
    assert pacer.limit_fps == 3.0
    throttle.to(steps.QUARTER, WHY)
    assert pacer.limit_fps == 1.5


def test_a_clock_that_steps_back_does_not_stop_the_looks() -> None:
    throttle = Throttle()
    due = throttle.watch(SteadyPacer(0.1, every(1)))
    throttle.to(steps.QUARTER, WHY)
    looks(due, 100, 10.0, from_s=1000.0)
    assert len(looks(due, 100, 10.0, from_s=500.0)) == pytest.approx(25, abs=3)


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


def test_cameras_of_a_core_look_one_after_the_other() -> None:
    """Together they would be as late, and each would hold its memory at the same time."""
    busy, most = [0], [0]

    class Counting(Named):
        def __call__(self, image: Image) -> Detections:
            busy[0] += 1
            most[0] = max(most[0], busy[0])
            time.sleep(0.01)
            busy[0] -= 1
            return detections([])

    turns = threading.Semaphore(1)
    cameras = [Throttle(turns=turns) for _ in range(4)]
    look = Counting("slow")
    threads = [threading.Thread(target=one.detect, args=(look, None)) for one in cameras]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]


def test_without_a_smaller_one_it_looks_as_before() -> None:
    throttle, full = Throttle(), Named("full")
    throttle.to(steps.SMALL, None)
    throttle.detect(full, None)  # type: ignore[arg-type]
    assert full.images == 1


def test_a_step_holds_for_the_next_run_too() -> None:
    throttle, pacer = Throttle(), SteadyPacer(0.125, every(1))
    throttle.to(steps.QUARTER, WHY)
    throttle.watch(pacer)
    assert pacer.limit_fps == 2.0


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
