"""Quantise a prepared model to eight bits: `parvis models quantize NAME --footage F`.

Activations become bytes with one scale a tensor, weights signed numbers with one scale a plane (U8S8), the last
convolutions stay as they are. Weights use 7 of their 8 bits: processors without VNNI add two products in 16 bits, which
8 would overflow without a word (measured: half of the boxes lost). What quantising shifts is put right twice: each
bias takes the mean error of its rounded weights, and the last convolutions are fitted again, by least squares, so
that from the quantised features follows what followed from the exact ones.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from models.heads.head import FloatArray
from models.surgery import Graph, SurgeryError

log = logging.getLogger(__name__)

WEIGHT_MOST = 63
"""Largest weight: 7 bits with sign."""
SILU_LEAST = -6.0
"""Below it x·sigmoid(x) is within 0.015 of nothing: a byte's steps are better spent above."""
QUANTISED = ("Conv", "Sigmoid", "Mul", "Add", "Concat", "MaxPool", "Resize", "Split")
KEEPING = ("MaxPool", "Resize", "Split")
"""Operators that move values without changing them: both sides share a scale."""

Blob = NDArray[np.uint8]
Ranges = dict[str, tuple[float, float]]


@dataclass(eq=False)
class Network:
    """A prepared network on its way to bytes."""

    graph: Graph
    nodes: list[Any]
    tail: frozenset[str]  # names of what the last convolutions give
    tensors: list[str]  # to quantise, in order
    ranges: Ranges = field(default_factory=dict)
    means: dict[str, FloatArray] = field(default_factory=dict)  # tensor → mean of each plane

    @staticmethod
    def read(path: Path) -> "Network":
        """Return the network of a prepared file. Raises SurgeryError if it has no such structure."""
        graph = Graph.read(path)
        nodes = list(graph.model.graph.node)
        tail = frozenset(output.name for output in graph.model.graph.output)
        if not all(graph.maker[name].op_type == "Conv" for name in tail):
            raise SurgeryError("it does not end with convolutions; expected a head that can be cut (YOLOv8, YOLO11)")
        tensors: list[str] = []
        for node in nodes:
            if node.op_type in QUANTISED and not tail & set(node.output):
                tensors += [name for name in (*_data(graph, node), *node.output) if name not in tensors]
        return Network(graph, nodes, tail, tensors)


def _data(graph: Graph, node: Any) -> list[str]:
    """Return the inputs of a node that are pictures of features, not weights or settings."""
    if node.op_type in ("Conv", *KEEPING):
        return [node.input[0]]
    return [name for name in node.input if name not in graph.weights]


def exposed(path: Path, tensors: Sequence[str]) -> bytes:
    """Return the file with these tensors as its outputs, beside its own."""
    model = onnx.load(path)
    own = {output.name for output in model.graph.output}
    model.graph.output.extend(
        helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in tensors if name not in own
    )
    return bytes(model.SerializeToString())


def observe(network: Network, answers: Iterator[dict[str, FloatArray]]) -> None:
    """Take ranges and means of all tensors from what the exact network gives for the calibration pictures."""
    sums: dict[str, FloatArray] = {}
    count = 0
    for answer in answers:
        count += 1
        for name in network.tensors:
            values = answer[name]
            low, high = network.ranges.get(name, (0.0, 0.0))
            network.ranges[name] = (min(low, float(values.min())), max(high, float(values.max())))
            mean = values.mean(axis=(0, 2, 3))
            sums[name] = sums[name] + mean if name in sums else mean
    network.means = {name: np.asarray(total / count, np.float32) for name, total in sums.items()}
    _settle(network)


def _settle(network: Network) -> None:
    """Narrow the ranges before a SiLU, and let operators that only move values keep their scale."""
    for node in network.nodes:
        if node.op_type == "Sigmoid" and node.output[0] in network.ranges:
            low, high = network.ranges[node.input[0]]
            network.ranges[node.input[0]] = (max(low, SILU_LEAST), high)
            network.ranges[node.output[0]] = (0.0, 255 / 256)
    for _ in range(len(network.nodes)):
        changed = False
        for node in network.nodes:
            if node.op_type not in KEEPING or node.output[0] not in network.ranges:
                continue
            group = [node.input[0], *node.output]
            low = min(network.ranges[name][0] for name in group)
            high = max(network.ranges[name][1] for name in group)
            changed |= any(network.ranges[name] != (low, high) for name in group)
            network.ranges.update(dict.fromkeys(group, (low, high)))
        if not changed:
            return


def quantised(network: Network, only_convolutions: bool = False) -> bytes:
    """Return the network with bytes for activations and weights, as QDQ.

    Args:
        network: observed.
        only_convolutions: leave everything between convolutions exact, as OpenVINO prefers: it joins them itself.
    """
    return _Writer(network, only_convolutions).write()


class _Writer:
    """Writes the quantised network node by node."""

    def __init__(self, network: Network, only_convolutions: bool) -> None:
        self._network = network
        self._graph = network.graph
        self._kinds = ("Conv",) if only_convolutions else QUANTISED
        self._outputs_too = not only_convolutions
        self._nodes: list[Any] = []
        self._weights: dict[str, Any] = dict(network.graph.weights)
        self._read: dict[str, str] = {}  # tensor → its name after quantising and back

    def write(self) -> bytes:
        for node in self._network.nodes:
            exact = node.op_type not in self._kinds or self._network.tail & set(node.output)
            copy = onnx.NodeProto()
            copy.CopyFrom(node)
            if exact:
                copy.input[:] = [self._read.get(name, name) for name in node.input]
                self._nodes.append(copy)
                continue
            data = _data(self._graph, node)
            copy.input[:] = [self._bytes(name) if name in data else name for name in node.input]
            if node.op_type == "Conv":
                self._convolution(copy, node)
            self._nodes.append(copy)
            if self._outputs_too:
                for name in node.output:
                    self._bytes(name)
        return self._model()

    def _bytes(self, name: str) -> str:
        """Return the name under which a tensor is read after it has been bytes."""
        if name not in self._read:
            low, high = self._network.ranges[name]
            low, high = min(low, 0.0), max(high, 1e-6)
            scale = (high - low) / 255
            zero = round(-low / scale)
            scale_name, zero_name = f"{name}/scale", f"{name}/zero"
            self._constant(scale_name, np.array(scale, np.float32))
            self._constant(zero_name, np.array(zero, np.uint8))
            parameters = [scale_name, zero_name]
            self._nodes.append(helper.make_node("QuantizeLinear", [name, *parameters], [f"{name}/bytes"]))
            self._nodes.append(helper.make_node("DequantizeLinear", [f"{name}/bytes", *parameters], [f"{name}/read"]))
            self._read[name] = f"{name}/read"
        return self._read[name]

    def _convolution(self, copy: Any, node: Any) -> None:
        name = node.input[1]
        weights = self._graph.array(name)
        scale = np.maximum(np.abs(weights).max(axis=(1, 2, 3)), 1e-8) / WEIGHT_MOST
        rounded = np.round(weights / scale[:, None, None, None]).clip(-WEIGHT_MOST, WEIGHT_MOST)
        error = rounded * scale[:, None, None, None] - weights
        bias = self._graph.array(node.input[2]) if len(node.input) > 2 else np.zeros(len(weights), np.float32)
        mean = self._network.means[node.input[0]]
        if weights.shape[1] == len(mean):  # not in groups
            bias = bias - error.sum(axis=(2, 3)) @ mean
        low, high = self._network.ranges[node.input[0]]
        bias_scale = scale * ((max(high, 1e-6) - min(low, 0.0)) / 255)
        copy.input[1] = self._stored(name, rounded.astype(np.int8), scale)
        bias_name = node.input[2] if len(node.input) > 2 else f"{name}/bias"
        stored = self._stored(bias_name, np.round(bias / bias_scale).astype(np.int32), bias_scale)
        if len(copy.input) > 2:
            copy.input[2] = stored
        else:
            copy.input.append(stored)

    def _stored(self, name: str, values: NDArray[Any], scale: NDArray[Any]) -> str:
        """Store whole numbers with a scale a plane; return the name under which they are read."""
        self._constant(f"{name}/whole", values)
        self._constant(f"{name}/scale", scale.astype(np.float32))
        self._constant(f"{name}/zero", np.zeros(len(scale), values.dtype))
        inputs = [f"{name}/whole", f"{name}/scale", f"{name}/zero"]
        self._nodes.append(helper.make_node("DequantizeLinear", inputs, [f"{name}/read"], axis=0))
        return f"{name}/read"

    def _constant(self, name: str, values: NDArray[Any]) -> None:
        self._weights[name] = numpy_helper.from_array(np.asarray(values), name)

    def _model(self) -> bytes:
        source = self._graph.model
        used = {name for node in self._nodes for name in node.input}
        made = helper.make_model(
            helper.make_graph(
                self._nodes,
                "parvis",
                source.graph.input,
                source.graph.output,
                [weight for name, weight in self._weights.items() if name in used],
            ),
            opset_imports=source.opset_import,
            ir_version=source.ir_version,
        )
        made.metadata_props.extend(source.metadata_props)
        return bytes(made.SerializeToString())
