"""Tell the head of a model from the shape of its output; refuse what is not understood."""

from collections.abc import Callable, Sequence
from functools import partial

from models.detections import Detections
from models.errors import UnsupportedModelError
from models.heads import cut, end_to_end, yolov5, yolov8, yolox
from models.heads.grid import grid
from models.heads.head import FloatArray, Head, Selection

Shape = tuple[int, ...]

UNDERSTOOD = (
    "expected one output: YOLOv8/11 (1, 4+C, N), YOLOv5 (1, 3N, 5+C), undecoded YOLOX (1, N, 5+C) "
    "or end-to-end (1, M, 6) or (M, 6)"
)


def identify(outputs: list[Shape], size: tuple[int, int], class_count: int | None = None) -> Head:
    """Return the head that gives outputs of these shapes for an input of `size` = (width, height), px.

    The number of cells N of the input tells the families apart: YOLOv8 answers once a cell, along the last axis,
    YOLOv5 three times, YOLOX once, both along the middle axis; an end-to-end head gives some other number M.

    Raises:
        UnsupportedModelError: if no family fits, or it fits with another number of classes than `class_count`.
    """
    head = _family(outputs, size)
    if class_count is not None and head.classes is not None and head.classes != class_count:
        raise UnsupportedModelError(
            f"output {_text(outputs)} holds {head.classes} classes as {head.name}, and the model names {class_count}; "
            "expected a detection model (no masks, key points or angles)"
        )
    return head


def _family(outputs: list[Shape], size: tuple[int, int]) -> Head:
    cells = grid(size)
    match outputs:
        case [_, _, _, _, _, _] if (classes := cut.classes_of(outputs, size)) is not None:
            return Head("yolov8", partial(cut.decode, size=size), classes=classes)
        case [(1, rows, columns)] if columns == len(cells) and rows > 4:
            return Head("yolov8", _first(yolov8.decode), classes=rows - 4)
        case [(1, rows, columns)] if rows == 3 * len(cells) and columns > 5:
            return Head("yolov5", _first(yolov5.decode), classes=columns - 5)
        case [(1, rows, columns)] if rows == len(cells) and columns > 5:
            decode = partial(yolox.decode, grid=cells)
            return Head("yolox", _first(decode), classes=columns - 5, rgb=False, scale=1.0)
        case [(1, _, 6)] | [(_, 6)]:
            return Head("end-to-end", _first(end_to_end.decode), classes=None, overlapping=False)
    raise UnsupportedModelError(
        f"outputs {_text(outputs)} for an input of {size[0]}x{size[1]} px are not understood; {UNDERSTOOD}"
    )


def _first(
    decode: Callable[[FloatArray, Selection], Detections],
) -> Callable[[Sequence[FloatArray], Selection], Detections]:
    """Return the decoder of a head whose answer is its only output."""
    return lambda outputs, selection: decode(outputs[0], selection)


def _text(outputs: list[Shape]) -> str:
    return ", ".join(str(shape) for shape in outputs) or "(none)"
