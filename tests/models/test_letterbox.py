"""Pictures of all shapes reach the network undistorted, and boxes come back to where they were."""

import threading
import tracemalloc

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from models.letterbox import CANVASES_MAX, GREY, Canvas, Canvases, Size, checked_size, input_size, place

CAMERAS: list[tuple[Size, Size]] = [
    ((768, 576), (640, 480)),
    ((1280, 720), (640, 384)),
    ((1920, 1080), (640, 384)),
    ((3840, 2160), (640, 384)),
    ((352, 288), (640, 544)),
    ((640, 640), (640, 640)),
    ((576, 768), (480, 640)),  # portrait
    ((1081, 607), (640, 384)),  # odd
    ((4000, 10), (640, 32)),  # a slit
]


def picture(size: Size, seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), np.uint8)


def canvas_for(size: Size, longest_px: int = 640) -> Canvas:
    return Canvas(place(size, input_size(size, longest_px)))


@pytest.mark.parametrize(("camera", "expected"), CAMERAS)
def test_the_input_follows_the_cameras_aspect_in_multiples_of_32(camera: Size, expected: Size) -> None:
    assert input_size(camera, 640) == expected


@pytest.mark.parametrize("camera", [camera for camera, _ in CAMERAS])
def test_boxes_return_to_where_they_were(camera: Size) -> None:
    width, height = camera
    corners = np.random.default_rng(1).uniform(0, 1, (50, 2, 2)) * (width, height)
    boxes = np.hstack([corners.min(axis=1), corners.max(axis=1)]).astype(np.float32)
    placement = place(camera, input_size(camera, 640))
    np.testing.assert_allclose(placement.to_source(placement.to_input(boxes)), boxes, atol=max(camera) * 1e-6)


def test_boxes_are_cut_at_the_pictures_border() -> None:
    placement = place((1280, 720), (640, 384))
    everything = np.array([[-5, -5, 700, 400]], np.float32)
    assert placement.to_source(everything).tolist() == [[0, 0, 1280, 720]]


@pytest.mark.parametrize("camera", [(768, 576), (1280, 720), (576, 768), (1081, 607), (200, 100)])
def test_a_drawn_rectangle_lies_where_the_placement_says(camera: Size) -> None:
    width, height = camera
    left, top, right, bottom = width // 4, height // 4, width // 2, height * 3 // 4
    image = np.zeros((height, width, 3), np.uint8)
    image[top:bottom, left:right] = 255
    placement = place(camera, input_size(camera, 640))
    rows, columns = np.nonzero(Canvas(placement).letterbox(image)[..., 0] > 127)
    seen = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    expected = placement.to_input(np.array([[left, top, right, bottom]], np.float32))[0]
    np.testing.assert_allclose(seen, expected, atol=1.01)


def test_the_picture_lies_in_the_middle_of_grey() -> None:
    pixels = canvas_for((1280, 720)).letterbox(np.full((720, 1280, 3), 9, np.uint8))
    assert pixels.shape == (384, 640, 3)
    assert (pixels[:12] == GREY).all()
    assert (pixels[12:372] == 9).all()
    assert (pixels[372:] == GREY).all()


@pytest.mark.parametrize("shape", [(576, 768), (576, 768, 1)])
def test_a_grey_picture_equals_the_same_picture_in_colour(shape: tuple[int, ...]) -> None:
    grey = picture((768, 576))[..., 0]
    coloured = cv2.merge([grey, grey, grey])
    ours = canvas_for((768, 576)).letterbox(grey.reshape(shape)).copy()
    np.testing.assert_array_equal(ours, canvas_for((768, 576)).letterbox(np.asarray(coloured, np.uint8)))


def test_the_input_tensor_is_planes_of_red_green_and_blue_from_0_to_1() -> None:
    image = picture((640, 480))
    expected = image[..., ::-1].transpose(2, 0, 1)[None].astype(np.float32) / 255
    np.testing.assert_allclose(canvas_for((640, 480)).blob(image, rgb=True, scale=1 / 255), expected, rtol=1e-6)


def test_a_network_may_ask_for_blue_green_red_from_0_to_255() -> None:
    image = picture((640, 480))
    expected = image.transpose(2, 0, 1)[None].astype(np.float32)
    np.testing.assert_array_equal(canvas_for((640, 480)).blob(image, rgb=False, scale=1.0), expected)


@pytest.mark.parametrize("channels", [1, 3])
def test_no_picture_costs_an_allocation(channels: int) -> None:
    image, canvas = picture((1280, 720))[..., :channels].copy(), canvas_for((1280, 720))
    canvas.blob(image, rgb=True, scale=1 / 255)
    tracemalloc.start()
    for _ in range(20):
        canvas.blob(image, rgb=True, scale=1 / 255)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 16_000  # bytes; the smallest buffer has 230,000


@pytest.mark.parametrize(
    ("image", "found"),
    [
        (np.zeros((4, 4, 3), np.float32), "float32"),
        (np.zeros((4, 4, 4), np.uint8), r"\(4, 4, 4\)"),
        (np.zeros((4,), np.uint8), r"\(4,\)"),
        (np.zeros((0, 4, 3), np.uint8), "at least one pixel"),
    ],
)
def test_what_is_no_picture_is_refused(image: NDArray[np.uint8], found: str) -> None:
    with pytest.raises(ValueError, match=found):
        checked_size(image)


def test_a_canvas_refuses_a_picture_of_another_size() -> None:
    with pytest.raises(ValueError, match=r"expected \(768, 576\) px, got \(640, 480\)"):
        canvas_for((768, 576)).letterbox(picture((640, 480)))


def test_a_thread_keeps_its_canvas_and_shares_it_with_no_other() -> None:
    canvases, placement = Canvases(), place((768, 576), (640, 480))
    elsewhere: list[Canvas] = []
    thread = threading.Thread(target=lambda: elsewhere.append(canvases.of(placement)))
    thread.start()
    thread.join(timeout=10)
    assert canvases.of(placement) is canvases.of(placement)
    assert elsewhere[0] is not canvases.of(placement)


def test_a_camera_that_keeps_changing_its_size_does_not_fill_the_memory() -> None:
    canvases = Canvases()
    placements = [place((64, 32 + number), (64, 64)) for number in range(CANVASES_MAX + 1)]
    first, second, *_ = [canvases.of(placement) for placement in placements[:-1]]
    assert canvases.of(placements[0]) is first  # used again, so the second is the oldest
    canvases.of(placements[-1])
    assert canvases.of(placements[0]) is first
    assert canvases.of(placements[1]) is not second
