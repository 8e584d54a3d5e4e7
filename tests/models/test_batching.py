"""Pictures of several cameras in one call: right answers, nobody waits for company, one failure hits few."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from models.batching import Batcher, BatchSizes
from models.errors import SessionError

Blob = NDArray[Any]


def picture(value: int) -> Blob:
    return np.full((1, 3, 4, 4), value, np.uint8)


class Device:
    """Answers each picture with its value and twice that; works only when it is let, and may fail."""

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.free = threading.Event()
        self.free.set()
        self.at_work = threading.Semaphore(0)
        self.fault: Callable[[Blob], str | None] = lambda blob: None

    def __call__(self, blob: Blob) -> list[Blob]:
        self.batches.append(len(blob))
        self.at_work.release()
        assert self.free.wait(10)
        if fault := self.fault(blob):
            raise SessionError(fault)
        values = blob[:, 0, 0, 0].astype(np.float32)
        return [values[:, None], 2 * values[:, None, None]]


def ask_while_busy(device: Device, batcher: Batcher, values: list[int]) -> list[Any]:
    """Ask for pictures from a thread each while the device is busy with the first; return answers or errors."""

    def ask(value: int) -> Any:
        try:
            first, second = batcher(picture(value))
        except SessionError as error:
            return str(error)
        assert (first.shape, second.shape) == ((1, 1), (1, 1, 1))
        assert second[0, 0, 0] == 2 * first[0, 0]
        return int(first[0, 0])

    device.free.clear()
    with ThreadPoolExecutor(len(values)) as pool:
        asked = [pool.submit(ask, values[0])]
        assert device.at_work.acquire(timeout=10)
        asked += [pool.submit(ask, value) for value in values[1:]]
        while len(batcher._waiting) < len(values) - 1:
            threading.Event().wait(0.001)
        device.free.set()
        return [one.result(10) for one in asked]


def test_one_camera_is_answered_at_once_and_alone() -> None:
    device = Device()
    batcher = Batcher(device)
    assert [int(batcher(picture(n))[0][0, 0]) for n in (5, 6)] == [5, 6]
    assert device.batches == [1, 1]


def test_what_comes_while_the_device_works_is_the_next_batch() -> None:
    device = Device()
    values = list(range(10, 16))
    assert ask_while_busy(device, Batcher(device), values) == values
    assert device.batches == [1, 8], "five pictures, filled up to a power of two"


def test_a_batch_has_a_most_and_those_who_came_first_go_first() -> None:
    device = Device()
    values = list(range(20, 27))
    assert ask_while_busy(device, Batcher(device, most=4), values) == values
    assert device.batches == [1, 4, 2], "so a picture waits for two batches at most, and one for each four before it"


def test_a_device_that_is_short_of_memory_gets_smaller_batches_and_loses_no_picture() -> None:
    device = Device()
    device.fault = lambda blob: "out of memory" if len(blob) > 2 else None
    batcher = Batcher(device, most=8)
    values = list(range(30, 37))
    assert ask_while_busy(device, batcher, values) == values
    assert device.batches == [1, 8] + [1] * 6
    assert batcher.most == 3
    assert ask_while_busy(device, batcher, values) == values


def test_a_picture_that_fails_alone_is_nobody_elses_fault() -> None:
    device = Device()
    device.fault = lambda blob: "odd picture" if (blob == 43).any() else None
    answers = ask_while_busy(device, Batcher(device), [40, 41, 42, 43, 44])
    assert answers == [40, 41, 42, "odd picture", 44]


def test_a_device_that_is_lost_tells_everybody_who_waits() -> None:
    device = Device()
    device.fault = lambda blob: "device lost"
    assert ask_while_busy(device, Batcher(device), [50, 51, 52]) == ["device lost"] * 3


def test_a_fault_that_nobody_expected_leaves_nobody_waiting() -> None:
    device = Device()

    def broken(blob: Blob) -> str | None:
        raise ZeroDivisionError

    device.fault = broken
    batcher = Batcher(device)
    with pytest.raises(ZeroDivisionError):
        batcher(picture(1))
    device.fault = lambda blob: None
    assert int(batcher(picture(2))[0][0, 0]) == 2


def test_each_size_of_a_batch_gets_a_session_once() -> None:
    devices: dict[int, Device] = {}

    def open_for(size: int) -> Device:
        devices[size] = Device()
        return devices[size]

    run = BatchSizes(open_for)
    for size in (1, 4, 1, 2, 4):
        assert len(run(np.concatenate([picture(9)] * size))[0]) == size
    assert {size: device.batches for size, device in devices.items()} == {1: [1, 1], 4: [4, 4], 2: [2]}


def test_a_card_without_room_for_a_larger_session_answers_one_by_one() -> None:
    first = Device()

    def open_for(size: int) -> Device:
        if size > 1:
            raise SessionError("out of memory")
        return first

    batcher = Batcher(BatchSizes(open_for))
    assert ask_while_busy(first, batcher, [3, 4, 5]) == [3, 4, 5]
    assert batcher.most == 1


def test_many_cameras_for_a_while_get_their_own_answers() -> None:
    device = Device()
    batcher = Batcher(device)

    def camera(number: int) -> list[int]:
        return [int(batcher(picture((number * 31 + n) % 251))[0][0, 0]) for n in range(200)]

    with ThreadPoolExecutor(12) as pool:
        found = list(pool.map(camera, range(12)))
    assert found == [[(number * 31 + n) % 251 for n in range(200)] for number in range(12)]
    assert len(batcher._waiting) == 0
