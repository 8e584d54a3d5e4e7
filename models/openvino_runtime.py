"""The one door to OpenVINO: the processor's sessions of Intel's library, behind the same protocol as ONNX Runtime's."""

import threading
from pathlib import Path
from typing import Any

import openvino
from numpy.typing import NDArray

from models.errors import SessionError
from models.runtime import Contents, RunSession, Size

CAPABILITIES = "OPTIMIZATION_CAPABILITIES"


class OpenVinoRuntime:
    """OpenVINO on the processor, `threads` threads an inference, not pinned: whoever runs workers places them."""

    name = "openvino"

    def __init__(self, threads: int = 1, precision: str = "f32") -> None:
        """Start the library.

        Args:
            threads: threads an inference.
            precision: "f32" or "bf16", in which it calculates what is not quantised.
        """
        self._core = openvino.Core()
        self._threads = threads
        self._precision = precision

    @property
    def has_bf16(self) -> bool:
        """Whether this processor calculates in bfloat16."""
        return "BF16" in self._core.get_property("CPU", CAPABILITIES)

    def devices(self) -> tuple[str, ...]:
        """Return the processor."""
        return ("cpu",)

    def settings(self) -> dict[str, str]:
        """Return version, threads and precision."""
        version = str(openvino.__version__).partition("-")[0]
        return {"openvino": version, "threads": str(self._threads), "precision": self._precision}

    def contents(self, path: Path) -> Contents:
        """Refuse: what a file says of itself is read by ONNX Runtime."""
        raise NotImplementedError(f"{path}: OpenVINO runs what ONNX Runtime has read")

    def open(self, path: Path, contents: Contents, device: str, size: Size) -> RunSession:
        """Return a session for an input of `size`.

        Raises:
            SessionError: if the library refuses.
        """
        try:
            model = self._core.read_model(str(path))
            model.reshape([1, 3, size[1], size[0]])
            compiled = self._core.compile_model(
                model,
                "CPU",
                {
                    "PERFORMANCE_HINT": "LATENCY",
                    "INFERENCE_NUM_THREADS": self._threads,
                    "NUM_STREAMS": 1,
                    "ENABLE_CPU_PINNING": False,
                    "INFERENCE_PRECISION_HINT": self._precision,
                },
            )
        except RuntimeError as error:
            raise SessionError(_line(error)) from error
        return _runner(compiled)


def _runner(compiled: Any) -> RunSession:
    own = threading.local()  # a request serves one thread

    def run(blob: NDArray[Any]) -> list[NDArray[Any]]:
        try:
            if not hasattr(own, "request"):
                own.request = compiled.create_infer_request()
            results = own.request.infer([blob], share_inputs=True, share_outputs=True)
        except RuntimeError as error:
            raise SessionError(_line(error)) from error
        return [results[output] for output in compiled.outputs]

    return run


def _line(error: Exception) -> str:
    return str(error).strip().replace("\n", " ")[:200] or type(error).__name__
