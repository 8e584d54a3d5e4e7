"""Fit the last convolutions of a quantised network again, so that they answer as those of the exact one.

They are linear in their features, so the best correction follows in closed form: ridge regression of what is missing
on the quantised features, over the cells that matter. The ridge keeps weights near where they were in every direction
that the pictures say nothing about.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from models.heads.cut import LEVELS
from models.heads.head import FloatArray

RIDGE = 0.1
"""Added to the normal equations, as part of each feature's own power."""
CELL_SCORE_MIN = 0.02
"""Cells where the exact network is at least so sure of some class decide; all others together weigh as much for the
classes, so that nothing appears out of nowhere, and nothing for the distances, which mean nothing there."""

Answers = Callable[[bytes], Iterator[dict[str, FloatArray]]]


@dataclass(slots=True)
class _Sums:
    """The normal equations of one convolution."""

    features: Any = 0.0  # (F+1, F+1)
    missing: Any = 0.0  # (O, F+1)

    def add(self, features: NDArray[np.float64], missing: NDArray[np.float64], weights: NDArray[np.float64]) -> None:
        weighted = features * weights
        self.features = self.features + weighted @ features.T
        self.missing = self.missing + missing @ weighted.T


def refit(content: bytes, answers: Answers, exact: bytes) -> bytes:
    """Return a quantised network with fitted last convolutions.

    Args:
        content: the quantised network.
        answers: runs a network over the pictures and yields its outputs by name.
        exact: the network that it was made from.
    """
    model = onnx.load_from_string(content)
    names = [output.name for output in model.graph.output]
    nodes = {node.output[0]: node for node in model.graph.node if node.output[0] in names}
    weights = {weight.name: weight for weight in model.graph.initializer}
    tails = {name: _Tail(nodes[name].input[0], _matrix(nodes[name], weights), _Sums()) for name in names}
    shown = _with_features(model, [tail.features for tail in tails.values()])
    for truth, seen in zip(answers(exact), answers(shown), strict=True):
        for pair in zip(names[:LEVELS], names[LEVELS:], strict=True):
            _add_level(tails, pair, truth, seen)
    for name, node in nodes.items():
        _correct(node, weights, tails[name].sums)
    return bytes(model.SerializeToString())


@dataclass(frozen=True, slots=True, eq=False)
class _Tail:
    """One of the last convolutions: where its features come from, how it starts, and what is to be put right."""

    features: str
    start: NDArray[np.float64]
    sums: _Sums


def _add_level(
    tails: dict[str, _Tail], pair: tuple[str, str], truth: dict[str, FloatArray], seen: dict[str, FloatArray]
) -> None:
    """Add one picture to the equations of a level's distances and classes."""
    distances, classes = pair
    best = _columns(truth[classes]).max(axis=0)
    sure = (1 / (1 + np.exp(-best)) >= CELL_SCORE_MIN).astype(np.float64)
    other = (1 - sure) * max(sure.sum(), 1.0) / max((1 - sure).sum(), 1.0)
    for name, cells in ((distances, sure), (classes, sure + other)):
        tail = tails[name]
        given = np.vstack([_columns(seen[tail.features]), np.ones(len(sure))])
        tail.sums.add(given, _columns(truth[name]) - tail.start @ given, cells)


def _with_features(model: Any, features: list[str]) -> bytes:
    shown = onnx.ModelProto()
    shown.CopyFrom(model)
    shown.graph.output.extend(
        helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in dict.fromkeys(features)
    )
    return bytes(shown.SerializeToString())


def _columns(values: FloatArray) -> NDArray[np.float64]:
    return np.asarray(values[0].reshape(values.shape[1], -1), np.float64)


def _matrix(node: Any, weights: dict[str, Any]) -> NDArray[np.float64]:
    """Return (O, F+1): the weights of a convolution by one cell, and its bias."""
    kernel = numpy_helper.to_array(weights[node.input[1]])[:, :, 0, 0]
    bias = numpy_helper.to_array(weights[node.input[2]])
    return np.hstack([kernel, bias[:, None]]).astype(np.float64)


def _correct(node: Any, weights: dict[str, Any], sums: _Sums) -> None:
    power = np.diag(sums.features)
    ridge = np.diag(RIDGE * power + 1e-6 * power.max())
    change = np.linalg.solve(sums.features + ridge, sums.missing.T).T
    for name, part in ((node.input[1], change[:, :-1, None, None]), (node.input[2], change[:, -1])):
        values = numpy_helper.to_array(weights[name])
        weights[name].CopyFrom(numpy_helper.from_array((values + part).astype(np.float32), name))
