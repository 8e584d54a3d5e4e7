"""Raw outputs of every head family become the boxes that were put into them, or that Ultralytics found."""

from pathlib import Path

import numpy as np
import pytest

from models.detections import Detections
from models.errors import UnsupportedModelError
from models.heads.grid import grid
from models.heads.head import FloatArray, Selection
from models.heads.identify import Shape, identify
from models.nms import suppress

RECORDED = Path(__file__).parent / "recorded"
SIZE = (160, 128)
CELLS = 420  # 20x16 + 10x8 + 5x4
BOXES = np.array([[10, 20, 50, 90], [100, 8, 140, 40]], np.float32)  # left, top, right, bottom, px
CENTRES = np.array([[30, 55, 40, 70], [120, 24, 40, 32]], np.float32)  # the same as centre and size
PERSON, CAR, TRUCK = 0, 2, 7


def scores(*by_class: dict[int, float]) -> FloatArray:
    table = np.zeros((len(by_class), 80), np.float32)
    for row, given in zip(table, by_class, strict=True):
        for class_id, score in given.items():
            row[class_id] = score
    return table


TWO = scores({PERSON: 0.9}, {CAR: 0.3, TRUCK: 0.5})


def yolov8_output(classes: FloatArray) -> FloatArray:
    output = np.zeros((1, 84, CELLS), np.float32)
    output[0, :4, [7, 400]] = CENTRES
    output[0, 4:, [7, 400]] = classes
    return output


def yolov5_output(classes: FloatArray) -> FloatArray:
    output = np.zeros((1, 3 * CELLS, 85), np.float32)
    output[0, [7, 1200], :4] = CENTRES
    output[0, [7, 1200], 4] = 0.5  # objectness: the scores are halved below
    output[0, [7, 1200], 5:] = classes
    output[0, 500] = [9, 9, 5, 5, 0.05, *[1.0] * 80]  # every class is sure, only nothing is there
    return output


def yolox_output(classes: FloatArray) -> FloatArray:
    output = np.zeros((1, CELLS, 85), np.float32)
    # Cell 143 is row 7, column 3 of the 20 columns of 8 px; cell 417 is row 3, column 2 of the 5 columns of 32 px.
    for cell, column, row, stride, (x, y, width, height), own in zip(
        (143, 417), (3, 2), (7, 3), (8, 32), CENTRES, classes, strict=True
    ):
        output[0, cell, :2] = x / stride - column, y / stride - row
        output[0, cell, 2:4] = np.log([width / stride, height / stride])
        output[0, cell, 4] = 0.5
        output[0, cell, 5:] = own
    return output


def end_to_end_output(classes: FloatArray) -> FloatArray:
    output = np.zeros((1, 300, 6), np.float32)
    output[0, :2, :4] = BOXES
    output[0, :2, 4], output[0, :2, 5] = classes.max(axis=1), classes.argmax(axis=1)
    return output


OUTPUTS = {
    "yolov8": (yolov8_output(TWO), 1.0),
    "yolov5": (yolov5_output(TWO), 0.5),
    "yolox": (yolox_output(TWO), 0.5),
    "end-to-end": (end_to_end_output(TWO), 1.0),
    "end-to-end, no batch axis": (end_to_end_output(TWO)[0], 1.0),
}


def decoded(output: FloatArray, score_min: float = 0.1, classes: list[int] | None = None) -> Detections:
    ids = None if classes is None else np.array(classes, np.intp)
    return identify([output.shape], SIZE).decode([output], Selection(score_min, ids))


@pytest.mark.parametrize("family", OUTPUTS)
def test_boxes_come_out_as_they_were_put_in(family: str) -> None:
    output, share = OUTPUTS[family]
    found = decoded(output)
    np.testing.assert_allclose(found.xyxy, BOXES, atol=1e-3)
    np.testing.assert_allclose(found.score, np.array([0.9, 0.5]) * share, rtol=1e-6)
    assert found.class_id.tolist() == [PERSON, TRUCK]
    assert [column.dtype.name for column in (found.xyxy, found.score, found.class_id)] == [
        "float32",
        "float32",
        "int32",
    ]


@pytest.mark.parametrize("family", OUTPUTS)
def test_only_classes_asked_for_are_returned(family: str) -> None:
    assert decoded(OUTPUTS[family][0], classes=[TRUCK]).class_id.tolist() == [TRUCK]


@pytest.mark.parametrize("family", OUTPUTS)
def test_a_truck_that_looks_a_little_like_a_car_is_no_car_when_only_cars_are_asked_for(family: str) -> None:
    assert len(decoded(OUTPUTS[family][0], classes=[CAR])) == 0


@pytest.mark.parametrize("family", OUTPUTS)
def test_the_threshold_includes_its_own_value(family: str) -> None:
    output, share = OUTPUTS[family]
    exact = float(np.float32(0.9) * np.float32(share))
    assert decoded(output, score_min=exact).class_id.tolist() == [PERSON]


@pytest.mark.parametrize("family", OUTPUTS)
def test_an_empty_street_gives_no_detection(family: str) -> None:
    assert len(decoded(np.zeros_like(OUTPUTS[family][0]), classes=[PERSON])) == 0


@pytest.mark.parametrize("family", OUTPUTS)
def test_a_camera_that_counts_no_class_sees_nothing(family: str) -> None:
    assert len(decoded(OUTPUTS[family][0], classes=[])) == 0


def test_yolov8_agrees_with_ultralytics_on_a_recorded_output() -> None:
    recorded = np.load(RECORDED / "yolov8.npz")
    found = suppress(decoded(recorded["raw"]), iou_max=0.7)
    expected = recorded["boxes"]
    assert len(expected) == 5
    np.testing.assert_allclose(found.xyxy, expected[:, :4], atol=1e-3)
    np.testing.assert_allclose(found.score, expected[:, 4], atol=1e-6)
    np.testing.assert_array_equal(found.class_id, expected[:, 5])


@pytest.mark.parametrize(
    ("shape", "size", "family"),
    [
        ((1, 84, 6300), (640, 480), "yolov8"),
        ((1, 84, 8400), (640, 640), "yolov8"),
        ((1, 6, 8400), (640, 640), "yolov8"),  # two classes
        ((1, 25200, 85), (640, 640), "yolov5"),
        ((1, 25200, 6), (640, 640), "yolov5"),  # one class, not end to end
        ((1, 8400, 85), (640, 640), "yolox"),
        ((1, 3549, 85), (416, 416), "yolox"),
        ((1, 300, 6), (640, 640), "end-to-end"),
        ((1, 0, 6), (640, 640), "end-to-end"),
        ((12, 6), (640, 384), "end-to-end"),
    ],
)
def test_the_family_is_told_from_shape_and_input(shape: Shape, size: tuple[int, int], family: str) -> None:
    assert identify([shape], size).name == family


@pytest.mark.parametrize(
    "shapes",
    [
        [(1, 84, 8401)],  # not the cells of this input
        [(1, 1000)],  # a classifier
        [(2, 84, 8400)],  # two pictures
        [(1, 116, 8400), (1, 32, 160, 160)],  # masks
        [(1, 300, 7)],
        [(1, 4, 8400)],  # no class
        [],
    ],
)
def test_outputs_that_are_not_understood_are_refused_with_what_was_found(shapes: list[Shape]) -> None:
    with pytest.raises(UnsupportedModelError, match="640x640 px are not understood; expected one output") as refusal:
        identify(shapes, (640, 640))
    assert all(str(shape) in str(refusal.value) for shape in shapes)


def test_key_points_are_not_taken_for_classes() -> None:
    with pytest.raises(UnsupportedModelError, match="holds 52 classes as yolov8, and the model names 1"):
        identify([(1, 56, 8400)], (640, 640), class_count=1)


def test_the_grid_lists_the_finest_cells_first_row_by_row() -> None:
    cells = grid(SIZE)
    assert len(cells) == CELLS
    assert cells.cell[143].tolist() == [3, 7]
    assert cells.stride_px[[0, 319, 320, 399, 400]].tolist() == [8, 8, 16, 16, 32]
