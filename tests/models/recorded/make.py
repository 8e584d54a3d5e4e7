"""Record what the tests compare with; run in the export environment: `python -m tests.models.recorded.make WEIGHTS`.

`yolov8.npz` holds the raw output of the PyTorch model for a part of the check picture, and the boxes that
Ultralytics' own decoding and suppression find in it. The ONNX files are tiny models with constant outputs.
"""

import sys
from pathlib import Path

import cv2
import numpy as np
import onnx
import torch  # type: ignore[import-not-found]
from onnx import TensorProto, helper, numpy_helper
from ultralytics import YOLO
from ultralytics.utils.nms import non_max_suppression

from models.letterbox import Canvas, place
from models.registry import WEIGHTS

HERE = Path(__file__).parent
SIZE = (160, 128)
SCORE_MIN, IOU_MAX = 0.1, 0.7


def record_yolov8(weights: Path) -> None:
    """Write `yolov8.npz`: raw (1, 84, 420), boxes (K, 6) left, top, right, bottom, score, class."""
    picture = np.asarray(cv2.imread(str(WEIGHTS / "check.png")), np.uint8)
    part = np.ascontiguousarray(picture[140 : 140 + SIZE[1], : SIZE[0]])
    blob = Canvas(place(SIZE, SIZE)).blob(part, rgb=True, scale=1 / 255)
    with torch.inference_mode():
        raw = YOLO(weights).model.float().fuse().eval()(torch.from_numpy(blob))[0]
    (boxes,) = non_max_suppression(raw.clone(), SCORE_MIN, IOU_MAX)
    np.savez_compressed(HERE / "yolov8.npz", raw=raw.numpy(), boxes=boxes.numpy())


def write_model(name: str, kind: int, shape: list[int | str], outputs: list[np.ndarray], names: str | None) -> None:
    """Write a model that gives the same outputs for every input of that type and shape."""
    nodes, values = [], []
    for number, array in enumerate(outputs):
        nodes.append(helper.make_node("Constant", [], [f"out{number}"], value=numpy_helper.from_array(array)))
        values.append(helper.make_tensor_value_info(f"out{number}", TensorProto.FLOAT, array.shape))
    picture = helper.make_tensor_value_info("images", kind, shape)
    graph = helper.make_graph(nodes, name, [picture], values)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    if names:
        model.metadata_props.add(key="names", value=names)
    onnx.save(model, HERE / f"{name}.onnx")


def main() -> None:
    """Write all files."""
    record_yolov8(Path(sys.argv[1]))
    two = np.array([[[8, 8, 24, 40, 0.9, 0], [30, 30, 60, 60, 0.6, 1]]], np.float32)
    write_model("cats_and_dogs", TensorProto.FLOAT, [1, 3, 64, 64], [two], "{0: 'cat', 1: 'dog'}")
    write_model("nameless", TensorProto.FLOAT, [1, 3, 64, 64], [two], None)
    write_model("bytes", TensorProto.UINT8, [1, 3, 64, 64], [two], None)
    masks = [np.zeros((1, 8, 84), np.float32), np.zeros((1, 32, 16, 16), np.float32)]
    write_model("masks", TensorProto.FLOAT, [1, 3, 64, 64], masks, None)


if __name__ == "__main__":
    main()
