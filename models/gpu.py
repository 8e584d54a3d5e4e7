"""What ONNX Runtime is told about graphics cards: options of its providers, kept engines, buffers that stay."""

import threading
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from models.batching import MOST
from models.runtime import Contents, Size

Options = dict[str, str]


def provider_options(device: str, contents: Contents, size: Size, engines: Path | None) -> Options:
    """Return the options of a provider for an input of `size`.

    Args:
        device: "tensorrt", "cuda" or "cpu".
        contents: of the model.
        size: (width, height) of the input, px.
        engines: folder where TensorRT keeps what it built, which takes minutes; None: it builds anew at each start.
    """
    if device == "cuda":
        # The search for the fastest algorithm is repeated at each batch size, seconds in the midst of work; memory in
        # powers of two would take twice what is needed from others on the card.
        return {"cudnn_conv_algo_search": "HEURISTIC", "arena_extend_strategy": "kSameAsRequested"}
    if device != "tensorrt":
        return {}
    options = {"trt_fp16_enable": "0"}  # full precision: another one is another model, which nobody has compared
    if engines is not None:
        options |= {"trt_engine_cache_enable": "1", "trt_engine_cache_path": str(engines)}
        options |= {"trt_timing_cache_enable": "1", "trt_timing_cache_path": str(engines)}
    if isinstance(contents.input.dims[0], str):  # one engine for all batch sizes
        for name, batch in (("min", 1), ("opt", MOST // 2), ("max", MOST)):
            options[f"trt_profile_{name}_shapes"] = f"{contents.input.name}:{batch}x3x{size[1]}x{size[0]}"
    return options


class BoundRun:
    """A `RunSession` whose input lies on the device already: a copy into a buffer that stays, and no allocation.

    One call at a time; a buffer a batch size, of which there are few.
    """

    def __init__(self, session: Any, device: str) -> None:
        """Bind a session.

        Args:
            session: an `onnxruntime.InferenceSession`.
            device: "cuda" or "cpu", in ONNX Runtime's words; TensorRT's memory is CUDA's.
        """
        self._session = session
        self._device = device
        self._input = session.get_inputs()[0].name
        self._outputs = [node.name for node in session.get_outputs()]
        self._held: dict[tuple[int, ...], tuple[Any, Any]] = {}
        self._lock = threading.Lock()

    def __call__(self, blob: NDArray[Any]) -> list[NDArray[Any]]:
        """Return all outputs, on the host."""
        with self._lock:
            held = self._held.get(blob.shape)
            if held is None:
                held = self._held[blob.shape] = self._bind(blob)
            else:
                held[0].update_inplace(blob)
            self._session.run_with_iobinding(held[1])
            # What comes back may lie in memory that the next run writes to.
            return [np.array(output) for output in held[1].copy_outputs_to_cpu()]

    def _bind(self, blob: NDArray[Any]) -> tuple[Any, Any]:
        value = ort.OrtValue.ortvalue_from_numpy(blob.copy(), self._device, 0)  # on "cpu" it would be the caller's own
        binding = self._session.io_binding()
        binding.bind_ortvalue_input(self._input, value)
        for name in self._outputs:  # their sizes may depend on the batch: the library allocates them
            binding.bind_output(name, "cpu")
        return value, binding
