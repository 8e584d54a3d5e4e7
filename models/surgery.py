"""Remake an ONNX file for speed: bytes in, and what is cheaper outside the network cut off. The door to `onnx`.

The answers stay the same: a network is cut and folded where its structure is understood, and whoever uses the result
holds it against the original (`models/prepare.py`). Nothing here knows an inference library.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from models.errors import ModelError
from models.heads.cut import LEVELS
from models.heads.head import Head
from models.runtime import BYTES, BYTES_KEY

PIXELS = "pixels"
STRONGEST = "parvis/strongest"


class SurgeryError(ModelError):
    """The network is not built in a way that is understood; the message says what was found."""


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """A network, and who makes and uses what in it."""

    model: Any  # onnx.ModelProto
    maker: dict[str, Any]  # tensor → node
    weights: dict[str, Any]  # initializers by name

    @staticmethod
    def read(path: Path) -> "Graph":
        """Return the network of a file that an inference library has read already.

        Raises:
            SurgeryError: if it cannot be read here.
        """
        try:
            model = onnx.load(path)
        except (OSError, ValueError) as error:
            raise SurgeryError(f"cannot be read ({type(error).__name__})") from error
        return Graph(
            model,
            {output: node for node in model.graph.node for output in node.output},
            {weight.name: weight for weight in model.graph.initializer},
        )

    def array(self, name: str) -> Any:
        """Return an initializer as an array. Raises SurgeryError if there is none of that name."""
        if name not in self.weights:
            raise SurgeryError(f"{name} is no constant")
        return numpy_helper.to_array(self.weights[name])


def remake(path: Path, head: Head, *, cut: bool = False, strongest: int = 0) -> bytes:
    """Return an ONNX file that takes the picture's bytes, BGR, planes.

    Args:
        path: a file that an inference library reads.
        head: its head, as its output shows.
        cut: end where `models/heads/cut.py` goes on (heads of YOLOv8 and YOLO11).
        strongest: answer with so many cells at most, those of the highest scores (the same heads); 0: with all.

    Raises:
        SurgeryError: if the network is built in another way.
    """
    graph = Graph.read(path)
    outputs = _before_decoding(graph, head) if cut else [output.name for output in graph.model.graph.output]
    nodes = _needed(graph, outputs)
    if strongest:
        nodes += _strongest(graph, head, strongest)
        outputs = [STRONGEST]
    pixels = _take_bytes(graph, nodes, head)
    used = {name for node in nodes for name in node.input}
    values = {output.name: output for output in graph.model.graph.output}
    made = helper.make_model(
        helper.make_graph(
            nodes,
            "parvis",
            [pixels],
            [values.get(name, helper.make_tensor_value_info(name, TensorProto.FLOAT, None)) for name in outputs],
            [weight for name, weight in graph.weights.items() if name in used],
        ),
        opset_imports=graph.model.opset_import,
        ir_version=graph.model.ir_version,
        functions=graph.model.functions,
    )
    made.metadata_props.extend(graph.model.metadata_props)
    made.metadata_props.add(key=BYTES_KEY, value=BYTES)
    return bytes(made.SerializeToString())


def output_names(content: bytes) -> list[str]:
    """Return the names of a file's outputs."""
    return [output.name for output in onnx.load_from_string(content).graph.output]


def _before_decoding(graph: Graph, head: Head) -> list[str]:
    """Return the names of the six tensors that `models/heads/cut.py` decodes."""
    outputs = graph.model.graph.output
    if head.name != "yolov8" or len(outputs) != 1:
        raise SurgeryError(f"a head of {head.name} is not cut")
    last = graph.maker.get(outputs[0].name)
    if last is None or last.op_type != "Concat" or len(last.input) != 2:
        raise SurgeryError("the output does not join boxes and classes")
    distances, classes = (_last_convolutions(graph, name) for name in last.input)
    if len(distances) != LEVELS or len(classes) != LEVELS:
        raise SurgeryError(
            f"{len(distances)} and {len(classes)} convolutions come last; expected {LEVELS} and {LEVELS}"
        )
    return [*distances, *classes]


def _strongest(graph: Graph, head: Head, most: int) -> list[Any]:
    """Return the nodes that choose the strongest cells of an output (batch, 4 + classes, cells)."""
    outputs = graph.model.graph.output
    if head.name != "yolov8" or len(outputs) != 1:
        raise SurgeryError(f"of the answers of a head of {head.name} none are left out")
    constants = {"start": [4], "end": [2**31 - 1], "classes": [1], "most": [most], "one": [1]}
    for name, values in constants.items():
        graph.weights[f"parvis/{name}"] = numpy_helper.from_array(np.array(values, np.int64), f"parvis/{name}")
    cells = outputs[0].name
    steps: list[tuple[str, list[str], list[str], dict[str, Any]]] = [
        ("Slice", [cells, "parvis/start", "parvis/end", "parvis/classes"], ["scores"], {}),
        ("ReduceMax", ["parvis/scores", "parvis/classes"], ["best"], {"keepdims": 0}),
        ("Shape", ["parvis/best"], ["count"], {"start": 1, "end": 2}),
        ("Min", ["parvis/count", "parvis/most"], ["kept"], {}),
        ("TopK", ["parvis/best", "parvis/kept"], ["highest", "where"], {"axis": 1}),
        ("Unsqueeze", ["parvis/where", "parvis/classes"], ["where_row"], {}),
        ("Shape", [cells], ["rows_all"], {"start": 1, "end": 2}),
        ("Concat", ["parvis/one", "parvis/rows_all", "parvis/one"], ["rows"], {"axis": 0}),
        ("Expand", ["parvis/where_row", "parvis/rows"], ["where_all"], {}),
        ("GatherElements", [cells, "parvis/where_all"], ["strongest"], {"axis": 2}),
    ]
    return [
        helper.make_node(kind, given, [f"parvis/{name}" for name in made], name=f"parvis/{made[0]}/node", **attributes)
        for kind, given, made, attributes in steps
    ]


def _last_convolutions(graph: Graph, tensor: str) -> list[str]:
    """Return what the last convolutions before a tensor give, in the order in which they are joined.

    A convolution to one plane with few weights is the mean over a distance's distribution: it belongs to decoding.
    """
    found: list[str] = []
    seen: set[str] = set()

    def walk(name: str) -> None:
        node = graph.maker.get(name)
        if name in seen or node is None or node.op_type == "Shape":  # a shape's way leads to the grid, not to answers
            return
        seen.add(name)
        if node.op_type == "Conv" and len(graph.array(node.input[1])) > 1:
            found.append(name)
            return
        for before in node.input:
            walk(before)

    walk(tensor)
    return found


def _needed(graph: Graph, outputs: Sequence[str]) -> list[Any]:
    """Return the nodes on which the outputs depend, in the file's order."""
    needed: set[str] = set()
    waiting = list(outputs)
    while waiting:
        name = waiting.pop()
        node = graph.maker.get(name)
        if node is not None and node.output[0] not in needed:
            needed.add(node.output[0])
            waiting += [*node.input, *_captured(node)]
    return [node for node in graph.model.graph.node if node.output[0] in needed]


def _captured(node: Any) -> Iterator[str]:
    """Yield what the branches of a node (If, Loop) take from around them."""
    for attribute in node.attribute:
        if attribute.type == onnx.AttributeProto.GRAPH:
            for inner in attribute.g.node:
                yield from inner.input


def _take_bytes(graph: Graph, nodes: list[Any], head: Head) -> Any:
    """Let the network begin with bytes: its first convolutions are scaled instead of the picture; return its input."""
    given = graph.model.graph.input[0]
    first = [node for node in nodes if given.name in node.input]
    folded = not (head.scale == 1.0 and not head.rgb)
    if folded:
        _fold(graph, first, nodes, head)
    nodes.insert(0, helper.make_node("Cast", [PIXELS], [given.name], name="parvis/widen", to=TensorProto.FLOAT))
    pixels = helper.make_tensor_value_info(PIXELS, TensorProto.UINT8, None)
    pixels.type.tensor_type.shape.CopyFrom(given.type.tensor_type.shape)
    return pixels


def _fold(graph: Graph, first: list[Any], nodes: list[Any], head: Head) -> None:
    """Scale the weights of the first convolutions, and turn their planes, so that they want BGR 0..255."""
    for node in first:
        if node.op_type != "Conv":
            raise SurgeryError(f"the picture goes to {node.op_type}, not to a convolution")
        name = node.input[1]
        weights = graph.array(name)
        shared = sum(name in other.input for other in nodes) > 1
        if weights.dtype != np.float32 or weights.shape[1] != 3 or shared:
            raise SurgeryError(f"the first convolution's weights are {weights.dtype} {list(weights.shape)}")
        turned = weights[:, ::-1] if head.rgb else weights
        scaled = np.ascontiguousarray(turned.astype(np.float64) * head.scale).astype(np.float32)
        graph.weights[name].CopyFrom(numpy_helper.from_array(scaled, name))
