"""The detector looks where lines and zones are, and finds what it would have found."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest

from models.detections import Detections, DetectorStatus, Image
from pipeline.pace.region import Box, RegionDetector, region_of
from tests.builders import CPU, LABELS, camera, line, zone


@dataclass
class Bright:
    """Finds bright rectangles, as if its input were `longest_px`; notes what it was shown."""

    longest_px: int = 640
    shown: list[tuple[int, tuple[int, int]]] = field(default_factory=list)
    labels: tuple[str, ...] = LABELS
    status: DetectorStatus = CPU

    def longest_for(self, source: tuple[int, int]) -> int:
        return 640

    def at_input(self, longest_px: int) -> "Bright":
        return Bright(longest_px, self.shown)

    def __call__(self, image: Image) -> Detections:
        self.shown.append((self.longest_px, (image.shape[1], image.shape[0])))
        boxes = []
        for level in np.unique(image[image > 0]):
            rows, columns = np.nonzero(image[:, :, 0] == level)
            boxes.append((columns.min(), rows.min(), columns.max() + 1, rows.max() + 1))
        n = len(boxes)
        return Detections(np.array(boxes, np.float32).reshape(n, 4), np.full(n, 0.9, np.float32), np.zeros(n, np.int32))


def picture(*boxes: tuple[int, int, int, int]) -> Image:
    """Return a black picture, 1600 × 800 px, with a bright rectangle a box."""
    image = np.zeros((800, 1600, 3), np.uint8)
    for number, (x1, y1, x2, y2) in enumerate(boxes):
        image[y1:y2, x1:x2] = 100 + number
    return image


def found(detector: RegionDetector, image: Image) -> Sequence[tuple[float, ...]]:
    return sorted(tuple(box) for box in detector(image).xyxy.tolist())


@pytest.mark.parametrize(
    ("points", "region"),
    [
        (((0.4, 0.45), (0.4, 0.55)), (0.15, 0.25, 0.65, 0.75)),
        (((0.02, 0.0), (0.02, 0.3)), (0.0, 0.0, 0.25, 0.5)),
        (((0.0, 0.9), (1.0, 0.9)), (0.0, 0.625, 1.0, 0.875)),
        (((0.0, 0.0), (1.0, 1.0)), None),
    ],
)
def test_a_region_holds_what_is_needed_and_its_run_up(
    points: Sequence[tuple[float, float]], region: Box | None
) -> None:
    got = region_of(camera(lines=(line(**{"from": points[0], "to": points[1]}),), zones=()))
    if region is None or got is None:
        assert got is region
        return
    assert min(x for x, _ in points) >= got[0]
    assert max(x for x, _ in points) <= got[2]
    assert all(edge == pytest.approx(wanted, abs=0.13) for edge, wanted in zip(got, region, strict=True))
    assert ((got[2] - got[0]) * 4).is_integer()
    assert 0 <= got[0] < got[2] <= 1


def test_zones_count_as_well_and_a_camera_without_places_is_seen_whole() -> None:
    assert region_of(camera(lines=(), zones=())) is None
    small = zone(points=((0.4, 0.4), (0.6, 0.4), (0.6, 0.6), (0.4, 0.6)))
    got = region_of(camera(lines=(), zones=(small,)))
    assert got is not None
    assert got[2] - got[0] == 0.5


def test_boxes_come_back_where_they_are_and_the_input_shrinks_with_the_region() -> None:
    detector = Bright()
    assert found(RegionDetector(detector, (0.25, 0.5, 0.75, 1.0)), picture((500, 500, 560, 700))) == [
        (500, 500, 560, 700)
    ]
    assert detector.shown == [(320, (800, 400))]


def test_what_is_outside_the_region_is_not_looked_for() -> None:
    assert found(RegionDetector(Bright(), (0.0, 0.0, 0.5, 1.0)), picture((1200, 100, 1260, 300))) == []


def test_another_resolution_is_laid_out_anew() -> None:
    detector = Bright()
    region = RegionDetector(detector, (0.0, 0.0, 0.5, 1.0))
    region(picture())
    region(np.zeros((400, 800, 3), np.uint8))
    assert [size for _, size in detector.shown] == [(800, 800), (400, 400)]


@pytest.mark.parametrize("tiles", [2, 3, 4])
@pytest.mark.parametrize("x", range(0, 1600, 97))
def test_each_object_is_found_once_wherever_tiles_meet(tiles: int, x: int) -> None:
    box = (x, 300, min(1600, x + 60), 400)
    detector = Bright()
    assert found(RegionDetector(detector, tiles=tiles), picture(box)) == [box]
    assert {px for px, _ in detector.shown} == {640}, "objects are larger in a tile's input"


def test_tiles_of_a_high_region_lie_one_below_the_other() -> None:
    detector = Bright()
    RegionDetector(detector, (0.0, 0.0, 0.25, 1.0), tiles=2)(picture())
    assert all(width == 400 and height < 500 for _, (width, height) in detector.shown)


def test_with_nothing_to_leave_out_nothing_changes() -> None:
    detector = Bright()
    assert found(RegionDetector(detector), picture((5, 5, 50, 90))) == [(5, 5, 50, 90)]
    assert detector.shown == [(640, (1600, 800))]
