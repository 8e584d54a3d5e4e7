"""Workers that die are started again with their cameras; a change touches nobody whom it is not about."""

import signal

import pytest

from pipeline.engine.control import CameraReport, Report
from pipeline.engine.supervisor import LONE_LONGEST_S, REBALANCE_S, SILENT_S, STEADY_S
from tests.pipeline.engine.scripted import House

KILLED = -signal.SIGKILL


def restarts_after_s(house: House, slot: int) -> float:
    """Let a worker die; return how long it takes until it is started again."""
    before, began_s = len(house.started), house.now_s
    house.dies(slot)
    house.step()
    while len(house.started) == before:
        house.wait(0.25, 0.25)
        assert house.now_s - began_s < 400, "never started again"
    return house.now_s - began_s


def test_cameras_are_dealt_out_over_the_workers() -> None:
    assert House("a", "b", "c").where() == [("a", "c"), ("b",)]
    assert House("a", workers=8).where() == [("a",)]


def test_a_worker_killed_is_started_again_at_once_with_its_cameras_alone() -> None:
    house = House("a", "b", "c")
    house.step()
    house.dies(0)
    house.step()
    assert house.started == [0, 1, 0]
    assert house.workers[0].cameras == ("a", "c")
    assert len(house.workers[1].orders) == 1, "nobody speaks to the other one"


@pytest.mark.parametrize("code", [0, 1, KILLED, -signal.SIGSEGV, 134])
def test_however_a_worker_ends_its_cameras_are_watched_again(code: int) -> None:
    house = House("a")
    house.dies(0, code)
    assert house.wait(1)
    assert house.started == [0, 0]


def test_who_dies_again_and_again_waits_longer_up_to_a_bound() -> None:
    house = House("a")
    pauses = [restarts_after_s(house, 0) for _ in range(12)]
    assert pauses[0] == 0
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONE_LONGEST_S


def test_who_lived_steadily_is_started_again_at_once() -> None:
    house = House("a")
    for _ in range(6):
        restarts_after_s(house, 0)
    house.wait(STEADY_S)
    assert restarts_after_s(house, 0) == 0


def test_a_worker_that_hangs_is_killed_and_started_again() -> None:
    house = House("a", "b")
    house.step()
    hanging = house.workers[0]
    hanging.silent = True
    house.wait(SILENT_S + 2)
    assert hanging.killed
    assert house.started == [0, 1, 0]


def test_all_is_done_when_every_camera_has_ended() -> None:
    house = House("a", "b")
    house.over["a"] = True
    assert house.step()
    house.over["b"] = True
    assert not house.step()
    assert not house.supervisor.failed


def test_a_camera_that_broke_off_makes_the_run_fail() -> None:
    house = House("a", "b")
    house.over = {"a": True, "b": False}
    assert not house.step()
    assert house.supervisor.failed


def test_a_recording_that_has_ended_is_not_played_again_when_its_worker_dies() -> None:
    house = House("a", "b", workers=1)
    house.over["a"] = True
    house.step()
    house.dies(0)
    house.step()
    assert house.workers[0].cameras == ("b",)


def test_a_new_camera_goes_where_most_room_is() -> None:
    house = House("a", "b")
    house.costs = {"a": 0.6, "b": 0.2}
    house.wait(60)
    house.follow("a", "b", "fresh")
    assert house.where() == [("a",), ("b", "fresh")]
    assert house.started == [0, 1], "nobody was started again"


def test_a_new_camera_gets_a_worker_of_its_own_while_there_are_cores() -> None:
    house = House("a", workers=2)
    house.follow("a", "fresh")
    assert house.where() == [("a",), ("fresh",)]


def test_a_camera_that_is_taken_out_is_left_by_its_worker() -> None:
    house = House("a", "b", "c")
    house.follow("a", "b")
    assert house.where() == [("a",), ("b",)]


def test_a_changed_camera_stays_where_it_is() -> None:
    house = House("a", "b")
    house.follow({"id": "a", "source": "other.mp4"}, "b")
    assert house.where() == [("a",), ("b",)]
    assert house.workers[0].orders[-1].site.camera("a").source == "other.mp4"


def test_a_recording_that_has_ended_begins_anew_when_it_is_changed() -> None:
    """What its worker said before the change must not end the run."""
    house = House("a", workers=1)
    house.step()
    worker = house.workers[0]
    house.follow({"id": "a", "source": "other.mp4"})
    ended = CameraReport(cost=0.0, step=0, lasting=False, over=True)
    worker.said.append(Report(order=worker.orders[0].number, cpu=0.0, cameras={"a": ended}))
    assert house.supervisor.step(), "the report is of the old configuration"
    worker.said.append(Report(order=worker.orders[1].number, cpu=0.0, cameras={"a": ended}))
    assert not house.supervisor.step()


class TestRebalancing:
    """One camera changes its worker, when that pays."""

    def crowded(self) -> House:
        house = House("a", "b", "c", "d")  # a and c, b and d
        house.costs = {"a": 0.5, "c": 0.45, "b": 0.1, "d": 0.1}
        return house

    def test_the_busiest_worker_gives_one_away(self) -> None:
        house = self.crowded()
        house.wait(2 * REBALANCE_S)
        assert house.where() == [("a",), ("b", "d", "c")]

    def test_it_arrives_only_when_its_old_worker_has_let_go(self) -> None:
        """Two workers at a time would count everybody twice."""
        house = self.crowded()
        house.holds.add("c")
        house.wait(2 * REBALANCE_S)
        assert house.where() == [("a",), ("b", "d")]
        house.holds.clear()
        house.wait(1)
        assert house.where() == [("a",), ("b", "d", "c")]

    def test_it_arrives_too_when_its_old_worker_dies_meanwhile(self) -> None:
        house = self.crowded()
        house.holds.add("c")
        house.wait(2 * REBALANCE_S)
        house.dies(0)
        house.wait(1)
        assert sorted(map(sorted, house.where())) == [["a"], ["b", "c", "d"]]

    def test_nothing_moves_before_costs_are_measured(self) -> None:
        house = self.crowded()
        house.wait(REBALANCE_S - 5)
        assert house.where() == [("a", "c"), ("b", "d")]

    def test_recordings_that_would_begin_again_stay(self) -> None:
        house = self.crowded()
        house.lasting = False
        house.wait(5 * REBALANCE_S)
        assert house.where() == [("a", "c"), ("b", "d")]

    def test_it_comes_to_rest(self) -> None:
        house = self.crowded()
        house.wait(20 * REBALANCE_S)
        assert sum(len(worker.orders) for worker in house.workers.values()) == 4, "two orders for one move"


class Killer(House):
    """A house in which one camera kills every worker that watches it, some seconds after it began."""

    def __init__(self, killer: str, *cameras: str, after_s: float = 20.0) -> None:
        self.killer, self.after_s = killer, after_s
        self.began_s: dict[int, float] = {}
        super().__init__(*cameras, workers=2)

    def step(self) -> bool:
        for slot, worker in self.workers.items():
            if worker.code is None and self.killer in worker.cameras:
                self.began_s.setdefault(id(worker), self.now_s)
                if self.now_s - self.began_s[id(worker)] >= self.after_s:
                    self.dies(slot, -signal.SIGSEGV)
        return super().step()


@pytest.mark.parametrize("after_s", [5.0, 150.0])
def test_a_camera_that_kills_its_worker_is_soon_alone_with_it(after_s: float) -> None:
    cameras = [f"c{number}" for number in range(8)]
    house = Killer("c4", *cameras, after_s=after_s)
    house.wait(1800)
    assert house.supervisor.groups.count(["c4"]) == 1, "it is alone"
    assert sorted(one for group in house.supervisor.groups for one in group) == cameras
    before = len(house.started)
    house.wait(1200)
    others = {slot for slot, worker in house.workers.items() if "c4" not in worker.cameras}
    assert others.isdisjoint(house.started[before:]), "nobody else begins again any more"


def test_cameras_that_were_parted_and_do_no_harm_come_back_to_the_first_workers() -> None:
    house = Killer("c4", *(f"c{number}" for number in range(8)), after_s=5.0)
    house.wait(1800)
    assert sum(map(len, house.supervisor.groups[2:])) <= 1, house.supervisor.groups
    watched = [one for worker in house.workers.values() if worker.code is None for one in worker.cameras]
    assert len(watched) == len(set(watched)), "two at a time would count twice"


def test_a_lone_camera_that_kills_its_worker_is_tried_ever_more_seldom() -> None:
    house = Killer("c0", "c0", "c1", after_s=5.0)
    house.wait(3600)
    assert 10 < house.started.count(0) < 30


def test_a_worker_that_died_once_or_twice_keeps_its_cameras() -> None:
    house = House("a", "b", "c", "d")
    for _ in range(2):
        restarts_after_s(house, 0)
        house.wait(120)
    assert house.supervisor.groups == [["a", "c"], ["b", "d"]]
