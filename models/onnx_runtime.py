"""The one door to ONNX Runtime: its sessions, its devices, and its errors made ours."""

import re
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from functools import partial
from pathlib import Path
from typing import Any

import onnxruntime as ort
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as ort_state

from models.batching import Batcher, BatchSizes
from models.cache import cache_folder, usable
from models.errors import ModelFileError, SessionError
from models.gpu import BoundRun, provider_options
from models.runtime import DEVICES, Contents, Node, RunSession, Size, about

PROVIDERS = {
    "tensorrt": "TensorrtExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "cpu": "CPUExecutionProvider",
}

# pybind11 gives each status code a class without a common base; the library's Python part raises the last two.
ORT_ERRORS: tuple[type[Exception], ...] = (
    *(kind for kind in vars(ort_state).values() if isinstance(kind, type) and issubclass(kind, Exception)),
    RuntimeError,
    ValueError,
)


class OnnxRuntime:
    """ONNX Runtime with `threads` threads an inference: 1 serves most cameras a core, more answer one sooner."""

    name = "onnxruntime"

    def __init__(self, threads: int = 1) -> None:
        self._threads = threads

    def devices(self) -> tuple[str, ...]:
        """Return the devices that the installed distribution was built for, best first."""
        present = ort.get_available_providers()
        return tuple(device for device in DEVICES if PROVIDERS[device] in present)

    def settings(self) -> dict[str, str]:
        """Return version and threads."""
        return {"onnxruntime": ort.__version__, "threads": str(self._threads), "spinning": "off"}

    def contents(self, path: Path) -> Contents:
        """Return what the file says of itself.

        Raises:
            ModelFileError: if it is no ONNX file.
            UnsupportedModelError: if its input is no picture.
        """
        options = self._options()
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
        try:
            session = ort.InferenceSession(str(path), options, providers=[PROVIDERS["cpu"]])
        except ORT_ERRORS as error:
            raise ModelFileError(f"{path}: cannot be loaded ({_line(error)}); expected an ONNX file") from error
        inputs = tuple(Node(node.name, tuple(node.shape), node.type) for node in session.get_inputs())
        with about(path):
            return Contents(inputs, dict(session.get_modelmeta().custom_metadata_map))

    def open(self, path: Path, contents: Contents, device: str, size: Size) -> RunSession:
        """Return a session for an input of `size`.

        Raises:
            SessionError: if the device refuses.
        """
        free = isinstance(contents.input.dims[0], str)
        if device == "cuda" and free:
            # To CUDA another batch size is another network, planned anew at every change: each gets a session.
            return Batcher(BatchSizes(lambda batch: self._session(path, contents, device, (batch, size))))
        batched = device != "cpu" and free
        run = self._session(path, contents, device, (None if batched else 1, size))
        return Batcher(run) if batched else run

    def _session(self, path: Path, contents: Contents, device: str, shape: tuple[int | None, Size]) -> RunSession:
        """Return a session for (pictures of a batch, input size); None: any number of them."""
        batch, size = shape
        options = self._options()
        for name, length in contents.overrides(size, batch).items():
            # As fast as a file exported for this shape: docs/decisions/0002-dynamic-onnx.md.
            options.add_free_dimension_override_by_name(name, length)
        # Operators that a device lacks run on the next one.
        engines = cache_folder() / "engines" if device == "tensorrt" else None
        engines = engines if engines is not None and usable(engines) else None
        providers = [
            (PROVIDERS[name], provider_options(name, contents, size, engines))
            for name in self.devices()
            if DEVICES.index(name) >= DEVICES.index(device)
        ]
        try:
            if device != "cpu" and hasattr(ort, "preload_dlls"):  # since 1.21; finds CUDA where pip installed it
                with redirect_stdout(sys.stderr):
                    ort.preload_dlls()
            # With its own fallback the library goes over to the CPU, and tells nobody but the terminal.
            session = ort.InferenceSession(str(path), options, providers=providers, enable_fallback=0)
        except ORT_ERRORS as error:
            raise SessionError(_line(error)) from error
        if session.get_providers()[0] != PROVIDERS[device]:
            raise SessionError(f"ONNX Runtime gave {session.get_providers()[0]} instead of {PROVIDERS[device]}")
        if device == "cpu":
            return _runner(partial(session.run, None), contents.input.name)
        return _runner(BoundRun(session, "cuda"))

    def _options(self) -> Any:
        options = ort.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # Idle threads that spin burn half a core for a few per cent of speed.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        return options


def _runner(call: Callable[[Any], list[NDArray[Any]]], input_name: str | None = None) -> RunSession:
    """Return a call whose errors are ours; where the input has a name, it is handed over under it."""

    def run(blob: NDArray[Any]) -> list[NDArray[Any]]:
        try:
            return call(blob if input_name is None else {input_name: blob})
        except ORT_ERRORS as error:
            raise SessionError(_line(error)) from error

    return run


_WHERE = re.compile(r"^.*?/[\w./-]+\.(?:cc|h|cu):\d+ .*?(?=CUDA failure|CUDNN failure|CUBLAS failure|Please )")
"""Where in its own source the library met a failure, with that function's whole signature: of no use to anybody."""


def _line(error: Exception) -> str:
    text = _WHERE.sub("", str(error).strip()).partition("\n")[0].partition(" ; GPU=")[0]
    return text[:200] or type(error).__name__
