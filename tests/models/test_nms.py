"""Of boxes that overlap, the best one stays, class by class."""

import numpy as np

from models.detections import Detections
from models.nms import CANDIDATES_MAX, suppress


def detections(*rows: tuple[float, float, float, float, float, int]) -> Detections:
    table = np.array(rows, np.float32).reshape(-1, 6)
    return Detections(table[:, :4], table[:, 4], table[:, 5].astype(np.int32))


def iou(a: np.ndarray, b: np.ndarray) -> float:
    width, height = np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])
    shared = max(width, 0) * max(height, 0)
    return float(shared / (np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2]) - shared))


def by_definition(found: Detections, iou_max: float) -> list[int]:
    kept: list[int] = []
    for row in np.argsort(-found.score, kind="stable").tolist():
        rivals = [other for other in kept if found.class_id[other] == found.class_id[row]]
        if all(iou(found.xyxy[row], found.xyxy[other]) <= iou_max for other in rivals):
            kept.append(row)
    return kept


def test_the_better_of_two_boxes_on_one_person_stays() -> None:
    found = suppress(detections((0, 0, 100, 100, 0.5, 0), (2, 2, 100, 100, 0.8, 0)))
    assert found.score.tolist() == [np.float32(0.8)]


def test_a_bicycle_does_not_hide_its_rider() -> None:
    assert len(suppress(detections((0, 0, 100, 100, 0.5, 0), (0, 0, 100, 100, 0.8, 1)))) == 2


def test_two_people_side_by_side_both_stay_best_first() -> None:
    found = suppress(detections((0, 0, 100, 100, 0.5, 0), (60, 0, 160, 100, 0.8, 0)))
    assert found.class_id.tolist() == [0, 0]
    assert found.score.tolist() == [np.float32(0.8), 0.5]


def test_it_follows_its_definition_on_a_crowd() -> None:
    draw = np.random.default_rng(3)
    corner = draw.uniform(0, 200, (300, 2))
    crowd = Detections(
        np.hstack([corner, corner + draw.uniform(20, 60, (300, 2))]).astype(np.float32),
        draw.uniform(0.1, 1, 300).astype(np.float32),
        draw.integers(0, 3, 300).astype(np.int32),
    )
    expected = by_definition(crowd, 0.5)
    assert 50 < len(expected) < 290
    np.testing.assert_array_equal(suppress(crowd, 0.5).xyxy, crowd.xyxy[expected])


def test_nothing_and_one_box_pass() -> None:
    assert len(suppress(Detections.empty())) == 0
    assert len(suppress(detections((0, 0, 1, 1, 0.5, 0)))) == 1


def test_a_threshold_that_is_far_too_low_is_bounded() -> None:
    left = np.arange(CANDIDATES_MAX + 500, dtype=np.float32) * 10
    boxes = np.stack([left, left * 0, left + 5, left * 0 + 5], axis=1)
    found = suppress(Detections(boxes, np.linspace(0, 1, len(left), dtype=np.float32), np.zeros(len(left), np.int32)))
    assert len(found) == CANDIDATES_MAX
    assert found.score[0] == 1.0
