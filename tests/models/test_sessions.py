"""When a device fails, the next one answers, and the status says so."""

import logging
import threading
from collections.abc import Callable, Iterable, Sequence

import numpy as np
import pytest

from models.detections import Detections
from models.errors import DeviceError, SessionError, UnsupportedModelError
from models.heads.head import FloatArray, Head, Selection
from models.letterbox import Canvas, place
from models.sessions import (
    FIRST_REST_S,
    MOST_REST_S,
    SESSIONS_MAX,
    SOUND_S,
    Session,
    SessionLadder,
    Size,
    Wish,
)

SMALL: Size = (64, 32)
CANVAS = Canvas(place(SMALL, SMALL))
ANSWER = {"tensorrt": 3.0, "cuda": 2.0, "cpu": 1.0}


def nothing(outputs: Sequence[FloatArray], selection: Selection) -> Detections:
    return Detections.empty()


HEAD = Head("scripted", nothing, classes=1)


class Devices:
    """Devices that answer with a number of their own, refuse to open, or fail from some call on."""

    def __init__(self, refusing: Iterable[str] = (), failing_at_call: dict[str, int] | None = None) -> None:
        self.refusing = set(refusing)
        self.failing_at_call = failing_at_call or {}
        self.opened: list[tuple[str, Size]] = []
        self.calls = dict.fromkeys(ANSWER, 0)
        self.before_failing: Callable[[], object] = lambda: None
        self.now_s = 1000.0

    def open(self, device: str, size: Size) -> Session:
        if device in self.refusing:
            raise SessionError(f"no {device} driver")
        self.opened.append((device, size))
        return Session(device, size, HEAD, lambda _: self._run(device), f"form of {device}")

    def _run(self, device: str) -> list[FloatArray]:
        self.calls[device] += 1
        if self.calls[device] >= self.failing_at_call.get(device, 1_000_000):
            self.before_failing()
            raise SessionError(f"{device} fell off the bus")
        return [np.full((1, 1), ANSWER[device], np.float32)]

    def ladder(self, *devices: str, wanted: str = "auto", missing: str | None = None) -> SessionLadder:
        return SessionLadder(Wish("yolov8n", wanted), devices, self.open, missing, lambda: self.now_s)


def answer(ladder: SessionLadder, size: Size = SMALL) -> float:
    (output,), _ = ladder.run(ladder.session(size), CANVAS)
    return float(output[0, 0])


def test_the_first_choice_needs_no_reason() -> None:
    ladder = Devices().ladder("cuda", "cpu")
    assert answer(ladder) == ANSWER["cuda"]
    assert (ladder.status.device, ladder.status.device_wanted) == ("cuda", "auto")
    assert ladder.status.fallback_reason is None


def test_a_device_that_refuses_to_open_is_passed_over(caplog: pytest.LogCaptureFixture) -> None:
    ladder = Devices(refusing=["tensorrt", "cuda"]).ladder("tensorrt", "cuda", "cpu")
    assert answer(ladder) == ANSWER["cpu"]
    assert ladder.status.device == "cpu"
    assert ladder.status.fallback_reason == "tensorrt: no tensorrt driver; cuda: no cuda driver"
    answer(ladder)
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * 2  # once a step, not once a picture
    assert caplog.messages[1].startswith("model yolov8n: now on cpu: ")


def test_a_device_that_fails_at_the_100th_call_loses_no_picture() -> None:
    devices = Devices(failing_at_call={"cuda": 100})
    ladder = devices.ladder("cuda", "cpu")
    answers = [answer(ladder) for _ in range(150)]
    assert answers == [ANSWER["cuda"]] * 99 + [ANSWER["cpu"]] * 51
    assert ladder.status.fallback_reason == "cuda: cuda fell off the bus"
    assert devices.calls["cuda"] == 100  # and nobody asks it again


def test_all_shapes_leave_a_device_that_failed() -> None:
    devices = Devices(failing_at_call={"cuda": 3})
    ladder = devices.ladder("cuda", "cpu")
    assert [answer(ladder, size) for size in (SMALL, (96, 32), SMALL, (96, 32))] == [2.0, 2.0, 1.0, 1.0]
    assert devices.opened[2:] == [("cpu", SMALL), ("cpu", (96, 32))]


def test_threads_that_meet_the_same_failure_take_one_step_together() -> None:
    devices = Devices(failing_at_call={"tensorrt": 1})
    devices.before_failing = threading.Barrier(4, timeout=10).wait
    ladder = devices.ladder("tensorrt", "cuda", "cpu")
    answers: list[float] = []
    threads = [threading.Thread(target=lambda: answers.append(answer(ladder))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=10)
    assert answers == [ANSWER["cuda"]] * 4
    assert devices.opened == [("tensorrt", SMALL), ("cuda", SMALL)]


def test_when_no_device_is_left_the_error_names_the_last_failure() -> None:
    ladder = Devices(refusing=["cuda"], failing_at_call={"cpu": 1}).ladder("cuda", "cpu")
    with pytest.raises(DeviceError, match="model yolov8n: no device is left: cpu: cpu fell off the bus"):
        answer(ladder)


def test_a_wanted_device_that_is_not_there_is_a_visible_fallback(caplog: pytest.LogCaptureFixture) -> None:
    ladder = Devices().ladder("cpu", wanted="cuda", missing="cuda: not built in")
    assert (ladder.status.device, ladder.status.device_wanted) == ("cpu", "cuda")
    assert ladder.status.fallback_reason == "cuda: not built in"
    assert caplog.messages == ["model yolov8n: runs on cpu: cuda: not built in"]


def test_an_output_that_is_not_understood_is_no_fault_of_the_device() -> None:
    opened = []

    def opener(device: str, size: Size) -> Session:
        opened.append(device)
        raise UnsupportedModelError("outputs (1, 7) are not understood")

    with pytest.raises(UnsupportedModelError):
        SessionLadder(Wish("odd", "auto"), ("cuda", "cpu"), opener).session(SMALL)
    assert opened == ["cuda"]


def test_the_shape_used_longest_ago_is_closed() -> None:
    devices = Devices()
    ladder = devices.ladder("cpu")
    sizes: list[Size] = [(32 * number, 32) for number in range(1, SESSIONS_MAX + 2)]
    for size in [*sizes[:-1], sizes[0], sizes[-1]]:  # the first one is used again, so the second is the oldest
        ladder.session(size)
    devices.opened.clear()
    ladder.session(sizes[0])
    ladder.session(sizes[1])
    assert devices.opened == [("cpu", sizes[1])]


def later(devices: Devices, ladder: SessionLadder, seconds: float) -> float:
    """Let time pass, ask for one picture, and wait until whatever that set off has ended."""
    devices.now_s += seconds
    found = answer(ladder)
    for thread in threading.enumerate():
        if thread.name == "parvis-return":
            thread.join(10)
    return found


def test_a_device_that_failed_is_taken_back_once_it_is_well(caplog: pytest.LogCaptureFixture) -> None:
    devices = Devices(failing_at_call={"cuda": 2})
    ladder = devices.ladder("cuda", "cpu")
    assert [answer(ladder) for _ in range(3)] == [2.0, 1.0, 1.0]
    devices.failing_at_call.clear()
    assert later(devices, ladder, FIRST_REST_S - 1) == ANSWER["cpu"], "it rests first"
    assert later(devices, ladder, 2) == ANSWER["cpu"], "the picture that sets off the return does not wait for it"
    assert answer(ladder) == ANSWER["cuda"]
    assert (ladder.status.device, ladder.status.fallback_reason) == ("cuda", None)
    assert ladder.status.variant == "form of cuda"
    assert caplog.messages[-1] == "model yolov8n: back on cuda"


def test_a_device_that_was_not_there_at_the_start_is_taken_once_it_is() -> None:
    devices = Devices(refusing=["cuda"])
    ladder = devices.ladder("cuda", "cpu")
    answer(ladder)
    answer(ladder, (96, 32))
    devices.refusing.clear()
    later(devices, ladder, FIRST_REST_S)
    assert ladder.status.device == "cuda"
    assert devices.opened[-2:] == [("cuda", SMALL), ("cuda", (96, 32))], "every shape in use, before anyone needs it"


def test_a_device_that_stays_away_is_tried_less_and_less_and_names_its_latest_fault() -> None:
    devices, tries = Devices(refusing=["cuda"]), []
    ladder = devices.ladder("cuda", "cpu")
    answer(ladder)
    opener = ladder._open

    def counted(device: str, size: Size) -> Session:
        tries.append(devices.now_s)
        return opener(device, size)

    ladder._open = counted
    for _ in range(6 * 60):
        later(devices, ladder, 60)
    gaps = np.diff([1000.0, *tries]).tolist()
    assert gaps[:7] == [60, 120, 240, 480, 960, 1920, 3600]
    assert set(gaps[7:]) == {MOST_REST_S}
    assert ladder.status.fallback_reason == "cuda: no cuda driver"


def test_a_device_that_fails_again_soon_rests_longer_and_one_that_worked_well_does_not() -> None:
    devices = Devices(failing_at_call={"cuda": 1})
    ladder = devices.ladder("cuda", "cpu")
    answer(ladder)
    for rest_s, works_s in ((60, 1), (120, SOUND_S), (60, 1), (120, 1), (240, 1)):
        devices.failing_at_call.clear()
        later(devices, ladder, rest_s - 1)
        assert ladder.status.device == "cpu", f"it rests for {rest_s} s"
        later(devices, ladder, 1)
        assert ladder.status.device == "cuda"
        devices.now_s += works_s
        devices.failing_at_call["cuda"] = 1
        assert answer(ladder) == ANSWER["cpu"]


def test_of_three_devices_the_middle_one_is_taken_while_the_best_stays_away() -> None:
    devices = Devices(refusing=["tensorrt", "cuda"])
    ladder = devices.ladder("tensorrt", "cuda", "cpu")
    answer(ladder)
    devices.refusing.remove("cuda")
    later(devices, ladder, 10_000)
    assert (ladder.status.device, ladder.status.fallback_reason) == ("cuda", "tensorrt: no tensorrt driver")
    devices.refusing.clear()
    later(devices, ladder, 10_000)
    assert (ladder.status.device, ladder.status.fallback_reason) == ("tensorrt", None)


def test_a_form_that_a_device_does_not_understand_ends_no_thread_and_no_hope() -> None:
    devices = Devices(refusing=["cuda"])
    ladder = devices.ladder("cuda", "cpu")
    answer(ladder)
    opener = ladder._open

    def odd(device: str, size: Size) -> Session:
        raise UnsupportedModelError("outputs (1, 7) are not understood")

    ladder._open = odd
    later(devices, ladder, 10_000)
    assert ladder.status.fallback_reason == "cuda: outputs (1, 7) are not understood"
    ladder._open = opener
    devices.refusing.clear()
    later(devices, ladder, 10_000)
    assert ladder.status.device == "cuda"
