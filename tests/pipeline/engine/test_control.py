"""What a supervisor and a worker say to each other, over real pipes; and which cameras share a detector."""

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from models.detections import Detector
from pipeline.config import CameraConfig, DetectorConfig
from pipeline.config_file import load_config
from pipeline.engine.control import MOST_REPORTS, CameraReport, Order, PipeLink, Report, listen
from pipeline.engine.detectors import Detectors
from tests import builders
from tests.pipeline.engine.scripted import loaded, site
from tests.running import until

ROOT = Path(__file__).parents[3]

ECHO = """
import sys
from pipeline.engine.control import CameraReport, Report, listen, take_over_output
out = take_over_output()
print("a library prints this")
import threading
over = threading.Event()
def obey(order):
    if order is None:
        over.set()
        return
    cameras = {one: CameraReport(cost=0.5, step=0, lasting=True) for one in order.cameras}
    out.write(Report(order=order.number, cpu=0.25, cameras=cameras).model_dump_json() + chr(10))
    out.flush()
listen(sys.stdin, obey)
over.wait(30)
"""


def start(program: str) -> PipeLink:
    pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    return PipeLink(subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, **pipes))


def order(number: int, *cameras: str) -> Order:
    return Order(number=number, path=Path("site.yaml"), site=site(*cameras), cameras=cameras)


def test_orders_go_there_and_reports_come_back_whatever_libraries_print() -> None:
    link = start(ECHO)
    link.send(order(1, "a", "b"))
    said: list[Report] = []

    def heard() -> bool:
        said.extend(link.reports())
        return bool(said)

    until(heard)
    report = CameraReport(cost=0.5, step=0, lasting=True)
    assert said == [Report(order=1, cpu=0.25, cameras={"a": report, "b": report})]
    assert link.poll() is None
    link.process.stdin.close()  # type: ignore[union-attr]
    assert link.process.wait(20) == 0, "who has nobody to obey ends"


def test_an_order_carries_the_whole_configuration() -> None:
    sent = order(3, "a", "b")
    again = Order.model_validate_json(sent.model_dump_json(by_alias=True))
    assert again == sent
    assert again.site.camera("a").lines == sent.site.camera("a").lines


@pytest.mark.parametrize("config", sorted((ROOT / "configs").glob("*.yaml")), ids=lambda path: path.stem)
def test_an_order_carries_every_configuration_that_ships(config: Path) -> None:
    read = load_config(config)
    sent = Order(number=1, path=config, site=read.site, cameras=tuple(one.id for one in read.site.cameras))
    assert Order.model_validate_json(sent.model_dump_json(by_alias=True)) == sent


def test_an_order_carries_hours_of_the_day() -> None:
    weekly = [{"days": ["mon"], "from": "05:30", "to": "24:00"}]
    zone = {"id": "z", "points": [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9]], "measures": ["deposits"]}
    schedules = [{"id": "collection", "reason": "collection", "weekly": weekly}]
    watched = site({"id": "a", "zones": [zone], "schedules": schedules})
    sent = Order(number=1, path=Path("site.yaml"), site=watched, cameras=("a",))
    assert '"from":"05:30","to":"00:00"' in sent.model_dump_json(by_alias=True)
    assert Order.model_validate_json(sent.model_dump_json(by_alias=True)) == sent


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_order_that_cannot_be_read_ends_the_worker() -> None:
    obeyed: list[Order | None] = []
    listen(io.StringIO("no order\n"), obeyed.append).join(5)
    assert obeyed == [None]


def test_whoever_is_dead_hears_nothing_and_disturbs_nobody() -> None:
    link = start("pass")
    assert link.process.wait(20) == 0
    for number in range(3):
        link.send(order(number, "a"))
    assert link.poll() == 0
    link.kill()


def test_what_is_no_report_is_passed_over_and_too_many_do_not_pile_up(caplog: pytest.LogCaptureFixture) -> None:
    line = Report(order=7, cpu=0.0, cameras={}).model_dump_json()
    link = start(f"print('garbage'); [print({line!r}) for _ in range({3 * MOST_REPORTS})]")
    assert link.process.wait(20) == 0
    until(lambda: "no report" in caplog.text)
    until(lambda: link._said.full())
    assert 1 <= len(link.reports()) <= MOST_REPORTS


class Made:
    """A way to make detectors that remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[DetectorConfig, tuple[str, ...]]] = []
        self.detectors = Detectors(self)

    def __call__(self, config: DetectorConfig, cameras: tuple[CameraConfig, ...], base: Path) -> Detector:
        self.asked.append((config, tuple(camera.id for camera in cameras)))
        return Scripted(config.input if isinstance(config.input, int) else 640)


class Scripted:
    """A detector of a size."""

    labels = builders.LABELS
    status = builders.CPU

    def __init__(self, input_px: int) -> None:
        self.input_px = input_px

    def __call__(self, image: Any) -> Any:
        raise NotImplementedError


class Resizable(Scripted):
    """One that has views of itself."""

    def at_input(self, px: int) -> Scripted:
        return Scripted(px)


def test_cameras_that_want_the_same_share_one() -> None:
    made, one = Made(), loaded("a", "b", {"id": "c", "detector": {"fps": 2}}, {"id": "d", "detector": {"score": 0.6}})
    a, b, c, d = (made.detectors.of(one, camera) for camera in one.site.cameras)
    assert a is b is c is not d
    assert [names for _, names in made.asked] == [("a", "b", "c"), ("d",)], "made for all that may come"


def test_a_camera_that_counts_something_else_gets_its_own() -> None:
    made, one = Made(), loaded("a")
    first = made.detectors.of(one, one.site.cameras[0])
    other = loaded("a", {"id": "b", "lines": (builders.line(classes=("dog",)),)})
    assert made.detectors.of(other, other.site.camera("a")) is first
    assert not made.detectors.sees_all(first, other.site.camera("b"))
    second = made.detectors.of(other, other.site.camera("b"))
    assert second is not first
    assert made.detectors.sees_all(second, other.site.camera("b"))


def test_the_smaller_input_is_half_as_wide_and_shared() -> None:
    made, one = Made(), loaded("a", "b")
    full = made.detectors.of(one, one.site.cameras[0])
    small = made.detectors.small_of(one, one.site.cameras[0], full)
    assert isinstance(small, Scripted)
    assert small.input_px == 320
    assert made.detectors.small_of(one, one.site.cameras[1], full) is small


def test_a_detector_that_has_views_of_itself_gives_one() -> None:
    made, one = Made(), loaded("a")
    small = made.detectors.small_of(one, one.site.cameras[0], Resizable(960))
    assert isinstance(small, Scripted)
    assert (small.input_px, made.asked) == (480, [])


def test_what_is_small_already_is_not_made_smaller() -> None:
    made, one = Made(), loaded("a")
    assert made.detectors.small_of(one, one.site.cameras[0], Scripted(320)) is None
