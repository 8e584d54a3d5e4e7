"""Make a model INT8 as ONNX Runtime's documentation says: `quantize.py MODEL WIDTHxHEIGHT OUT VIDEO...`.

Runs in the peers' environment and imports nothing of Parvis. Static quantisation, U8S8, per channel, calibrated on
frames of the very videos that are counted afterwards, which favours the peer. What decodes boxes and scores at the end
of the network stays FP32: quantised, it knows no confidence any more (microsoft/onnxruntime#14233). On processors
without VNNI the weights have seven bits, as the documentation advises, for the products would saturate.
"""

import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np
import onnx
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from onnxruntime.tools.onnx_model_utils import fix_output_shapes, make_dim_param_fixed

FRAMES = 48
TAIL = "/model.22/"


class Frames(CalibrationDataReader):
    """Frames evenly spread over the videos."""

    def __init__(self, videos: list, size: tuple, name: str) -> None:
        self.blobs = [{name: blob} for video in videos for blob in blobs(video, size, FRAMES // len(videos))]

    def get_next(self) -> dict | None:
        """Return the next one."""
        return self.blobs.pop() if self.blobs else None


def blobs(video: str, size: tuple, count: int) -> list:
    """Return inputs made of some frames of a video."""
    capture = cv2.VideoCapture(video)
    wanted = set(np.linspace(0, capture.get(cv2.CAP_PROP_FRAME_COUNT) - 1, count).astype(int).tolist())
    found, number = [], 0
    while capture.grab():
        if number in wanted:
            picture = cv2.resize(capture.retrieve()[1], size)
            found.append(cv2.dnn.blobFromImage(picture, 1 / 255, swapRB=True))
        number += 1
    return found


def vnni() -> bool:
    """Return whether this processor multiplies bytes without saturation."""
    return "vnni" in Path("/proc/cpuinfo").read_text(encoding="utf-8")


def main(model: str, size: str, out: str, *videos: str) -> None:
    """Write the INT8 model."""
    width, height = map(int, size.split("x"))
    fixed = onnx.load(model)
    for name, length in {"batch": 1, "height": height, "width": width}.items():
        make_dim_param_fixed(fixed.graph, name, length)
    fix_output_shapes(fixed)
    with tempfile.TemporaryDirectory() as folder:
        plain, ready = Path(folder) / "plain.onnx", Path(folder) / "ready.onnx"
        onnx.save(fixed, plain)
        quant_pre_process(str(plain), str(ready), skip_symbolic_shape=True)
        nodes = onnx.load(ready).graph.node
        tail = [node.name for node in nodes if node.name.startswith(TAIL) and "/cv" not in node.name]
        quantize_static(
            str(ready), out, Frames(list(videos), (width, height), fixed.graph.input[0].name),
            quant_format=QuantFormat.QDQ, activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
            per_channel=True, reduce_range=not vnni(), nodes_to_exclude=tail,
        )  # fmt: skip


if __name__ == "__main__":
    main(*sys.argv[1:])
