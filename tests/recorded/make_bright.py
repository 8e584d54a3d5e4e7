"""Make `bright.onnx`, a real detector for drawn videos: it takes what is bright in a picture for one person.

Run where the package `onnx` is installed: `python -m tests.recorded.make_bright`. The file has 1 kB and any input size.
"""

from pathlib import Path

import onnx
from onnx import TensorProto, helper

FILE = Path(__file__).with_name("bright.onnx")
NAMES = ("person", "bicycle", "car", "motorcycle", "bus", "train", "truck")
BRIGHT = 0.8
"""Pixels above it belong to the person (0..1, any channel); padding has 0.45."""


def _edges(direction: str, axis: int) -> list[onnx.NodeProto]:
    """Return what finds the first and the last bright column or row, as floats (1, 1)."""
    along = f"{direction}_bright"
    return [
        helper.make_node("ReduceMax", ["bright"], [along], axes=[axis], keepdims=0),
        helper.make_node("ArgMax", [along], [f"{direction}_1i"], axis=1, keepdims=1, select_last_index=0),
        helper.make_node("ArgMax", [along], [f"{direction}_2i"], axis=1, keepdims=1, select_last_index=1),
        helper.make_node("Cast", [f"{direction}_1i"], [f"{direction}1"], to=TensorProto.FLOAT),
        helper.make_node("Cast", [f"{direction}_2i"], [f"{direction}_2f"], to=TensorProto.FLOAT),
        helper.make_node("Add", [f"{direction}_2f", "one"], [f"{direction}2"]),
    ]


def main() -> None:
    """Write the model: output (1, 6) is left, top, right, bottom, score, class 0, as end-to-end heads give it."""
    constants = {"threshold": BRIGHT, "one": 1.0, "sure": 0.9}
    nodes = [
        helper.make_node("ReduceMax", ["images"], ["brightest"], axes=[1], keepdims=0),
        helper.make_node("Greater", ["brightest", "threshold"], ["is_bright"]),
        helper.make_node("Cast", ["is_bright"], ["bright"], to=TensorProto.FLOAT),
        *_edges("x", axis=1),
        *_edges("y", axis=2),
        helper.make_node("ReduceMax", ["x_bright"], ["any"], axes=[1], keepdims=1),
        helper.make_node("Mul", ["any", "sure"], ["score"]),
        helper.make_node("Mul", ["any", "zero"], ["class"]),
        helper.make_node("Concat", ["x1", "y1", "x2", "y2", "score", "class"], ["boxes"], axis=1),
    ]
    values = [helper.make_tensor(name, TensorProto.FLOAT, [], [v]) for name, v in {**constants, "zero": 0.0}.items()]
    picture = helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, "height", "width"])
    boxes = helper.make_tensor_value_info("boxes", TensorProto.FLOAT, [1, 6])
    graph = helper.make_graph(nodes, "bright", [picture], [boxes], values)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    model.metadata_props.add(key="names", value=str(dict(enumerate(NAMES))))
    model.metadata_props.add(key="imgsz", value="[320, 320]")
    onnx.checker.check_model(model)
    onnx.save(model, FILE)


if __name__ == "__main__":
    main()
