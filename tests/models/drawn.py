"""Small networks with the structure of YOLOv8, drawn by the test: random weights, real operators."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

CLASSES = 5
BINS = 8
STRIDES = (8, 16, 32)


class Drawing:
    """Collects nodes and weights."""

    def __init__(self, seed: int = 0) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []
        self._noise = np.random.default_rng(seed)

    def add(self, kind: str, inputs: list[str], name: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))
        return name

    def constant(self, name: str, values: np.ndarray) -> str:
        self.weights.append(numpy_helper.from_array(values, name))
        return name

    def convolution(self, given: str, name: str, planes: tuple[int, int], size: int = 3, stride: int = 1) -> str:
        inside, out = planes
        spread = np.sqrt(2 / (inside * size * size))
        weights = self.constant(
            f"{name}/w", self._noise.normal(0, spread, (out, inside, size, size)).astype(np.float32)
        )
        bias = self.constant(f"{name}/b", self._noise.normal(0, 0.3, out).astype(np.float32))
        attributes = {"kernel_shape": [size, size], "strides": [stride] * 2, "pads": [size // 2] * 4}
        return self.add("Conv", [given, weights, bias], name, **attributes)

    def silu(self, given: str) -> str:
        return self.add("Mul", [given, self.add("Sigmoid", [given], f"{given}/s")], f"{given}/a")


def draw_yolov8(path: Path, size: tuple[int, int] = (64, 64), *, between: bool = False) -> Path:
    """Write a network of that family for one input size; `between`: an operator comes before its first convolution."""
    drawing = Drawing()
    given = drawing.add("Relu", ["images"], "relu") if between else "images"
    first = drawing.silu(drawing.convolution(given, "c0", (3, 8), stride=4))
    levels, planes = [], 8
    for number in range(3):
        first = drawing.silu(drawing.convolution(first, f"c{number + 1}", (planes, 16), stride=2))
        levels.append(first)
        planes = 16
    distances: list[str] = []
    classes: list[str] = []
    for number, level in enumerate(levels):
        for kind, out, found in (("box", 4 * BINS, distances), ("class", CLASSES, classes)):
            inner = drawing.silu(drawing.convolution(level, f"{kind}{number}/0", (16, 16)))
            last = drawing.convolution(inner, f"{kind}{number}", (16, out), size=1)
            shape = drawing.constant(f"{last}/shape", np.array([1, out, -1], np.int64))
            found.append(drawing.add("Reshape", [last, shape], f"{last}/flat"))
    _decoding(drawing, distances, classes, size)
    picture = helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, size[1], size[0]])
    answer = helper.make_tensor_value_info("output0", TensorProto.FLOAT, None)
    graph = helper.make_graph(drawing.nodes, "drawn", [picture], [answer], drawing.weights)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path


def _decoding(drawing: Drawing, distances: list[str], classes: list[str], size: tuple[int, int]) -> None:
    cells, strides = [], []
    for stride in STRIDES:
        rows, columns = np.mgrid[0 : size[1] // stride, 0 : size[0] // stride] + 0.5
        cells.append(np.stack([columns.ravel(), rows.ravel()]))
        strides.append(np.full(columns.size, stride))
    cell = drawing.constant("cell", np.concatenate(cells, axis=1)[None].astype(np.float32))
    scale = drawing.constant("stride", np.concatenate(strides)[None, None].astype(np.float32))
    steps = drawing.constant("steps", np.arange(BINS, dtype=np.float32).reshape(1, BINS, 1, 1))
    joined = drawing.add("Concat", distances, "distances", axis=2)
    split = drawing.add("Reshape", [joined, drawing.constant("shape4", np.array([1, 4, BINS, -1], np.int64))], "split")
    sides = drawing.add("Softmax", [drawing.add("Transpose", [split], "bins", perm=[0, 2, 1, 3])], "soft", axis=1)
    mean = drawing.add("Conv", [sides, steps], "mean")
    edges = drawing.add("Reshape", [mean, drawing.constant("shape3", np.array([1, 4, -1], np.int64))], "edges")
    drawing.nodes.append(helper.make_node("Split", [edges], ["low", "high"], name="halves", axis=1))
    left, right = drawing.add("Sub", [cell, "low"], "left"), drawing.add("Add", [cell, "high"], "right")
    both = drawing.add("Add", [left, right], "both")
    centre = drawing.add("Mul", [both, drawing.constant("half", np.array(0.5, np.float32))], "centre")
    boxes = drawing.add("Concat", [centre, drawing.add("Sub", [right, left], "extent")], "cells", axis=1)
    pixels = drawing.add("Mul", [boxes, scale], "pixels")
    scores = drawing.add("Sigmoid", [drawing.add("Concat", classes, "logits", axis=2)], "scores")
    drawing.add("Concat", [pixels, scores], "output0", axis=1)
