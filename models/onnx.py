"""The detector, and the one door to ONNX Runtime."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as ort_state

from models.detections import Detections, DetectorStatus, Image
from models.errors import DeviceError, ModelFileError, SessionError, UnknownClassError, UnsupportedModelError
from models.heads.head import Head, Selection
from models.heads.identify import identify
from models.labels import guess_names, parse_input_px, parse_names
from models.letterbox import Canvases, checked_size, input_size, place
from models.nms import suppress
from models.registry import ModelFile
from models.runtime import DEVICES, Contents, FloatArray, Node, RunSession, Runtime, Size
from models.sessions import Session, SessionLadder, Wish

PROVIDERS = {
    "tensorrt": "TensorrtExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "cpu": "CPUExecutionProvider",
}
DEFAULT_INPUT_PX = 640
LARGE = 1.25
"""A picture so much larger than the model's own input gets an input half as large again."""
PROBE: Size = (160, 160)
"""Input with which a model of free shape is tried at construction: small, and with more than 300 cells."""

# pybind11 gives each status code a class without a common base; the library's Python part raises the last two.
ORT_ERRORS: tuple[type[Exception], ...] = (
    *(kind for kind in vars(ort_state).values() if isinstance(kind, type) and issubclass(kind, Exception)),
    RuntimeError,
    ValueError,
)


class OnnxRuntime:
    """ONNX Runtime with `threads` threads an inference: 1 serves most cameras a core, more answer one sooner."""

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
        with _about(path):
            return Contents(inputs, dict(session.get_modelmeta().custom_metadata_map))

    def open(self, path: Path, contents: Contents, device: str, size: Size) -> RunSession:
        """Return a session for an input of `size`.

        Raises:
            SessionError: if the device refuses.
        """
        options = self._options()
        for name, length in contents.overrides(size).items():
            # As fast as a file exported for this shape: docs/decisions/0002-dynamic-onnx.md.
            options.add_free_dimension_override_by_name(name, length)
        # Operators that a device lacks run on the next one.
        providers = [PROVIDERS[name] for name in self.devices() if DEVICES.index(name) >= DEVICES.index(device)]
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
        return _runner(session, contents.input.name)

    def _options(self) -> Any:
        options = ort.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # Idle threads that spin burn half a core for a few per cent of speed.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        return options


class OnnxDetector:
    """Finds objects with an ONNX model; several camera threads may share one.

    The input follows the aspect of each picture, with a session a shape. When a device fails, at the start or later,
    the next one takes over and answers the same picture; `status` says so.
    """

    def __init__(
        self,
        model: ModelFile,
        device: str = "auto",
        score_min: float = 0.1,
        classes: frozenset[str] | None = None,
        threads: int = 1,
        *,
        runtime: Callable[[int], Runtime] = OnnxRuntime,
    ) -> None:
        """Load the model and run it once.

        Args:
            model: from `models.registry.resolve`.
            device: "auto" or one of `models.runtime.DEVICES`.
            score_min: boxes below it are not returned, 0..1.
            classes: names of the classes to return; None: all.
            threads: threads an inference.
            runtime: makes the inference library, given `threads`.

        Raises:
            ModelFileError: if the file is no ONNX file.
            UnsupportedModelError: if its input or output is not understood.
            UnknownClassError: if it has no such class.
            DeviceError: if it runs on no device.
        """
        self._model = model
        self._runtime = runtime(threads)
        self._contents = self._runtime.contents(model.path)
        with _about(model.path):
            self._names = model.labels or parse_names(self._contents.metadata.get("names"))
        devices, missing = _devices(device, self._runtime.devices())
        self._sessions = SessionLadder(Wish(model.name, device), devices, self._open, missing)
        self._canvases = Canvases()
        self._head = self._warm_up()
        with _about(model.path):
            self._labels = self._names or guess_names(self._head.classes)
        self._selection = Selection(score_min, _class_ids(classes, self._labels))

    @property
    def labels(self) -> tuple[str, ...]:
        """Class names; `Detections.class_id` indexes them."""
        return self._labels

    @property
    def status(self) -> DetectorStatus:
        """The device in use; it may change between two calls."""
        return self._sessions.status

    @property
    def head(self) -> str:
        """Name of the family that its output belongs to."""
        return self._head.name

    @property
    def settings(self) -> dict[str, str]:
        """What a benchmark must state beside the model: versions and threads."""
        return {**self._runtime.settings(), "opencv": cv2.__version__}

    def prepare(self, source: Size) -> None:
        """Open and run the session for a camera of `source` = (width, height) px, so that its first frame is fast."""
        self(np.zeros((source[1], source[0], 3), np.uint8))

    def __call__(self, image: Image) -> Detections:
        """Return what is seen in `image`, (H, W, 3) or grey (H, W), uint8.

        Raises:
            ValueError: if the array is no such picture.
            DeviceError: if no device is left that runs the model.
        """
        source = checked_size(image)
        placement = place(source, self._contents.fixed_size or input_size(source, self._longest_for(source)))
        session = self._sessions.session(placement.input)
        blob = self._canvases.of(placement).blob(image, rgb=self._head.rgb, scale=self._head.scale)
        output, head = self._sessions.run(session, blob)
        found = head.decode(output, self._selection)
        if head.overlapping:
            found = suppress(found)
        return Detections(placement.to_source(found.xyxy), found.score, found.class_id)

    @property
    def input_px(self) -> int:
        """Longer side of the input, px."""
        if self._contents.fixed_size:
            return max(self._contents.fixed_size)
        return self._model.input_px or parse_input_px(self._contents.metadata.get("imgsz")) or DEFAULT_INPUT_PX

    def _longest_for(self, source: Size) -> int:
        """Return the longer side of the input for a camera: in a large picture people and riders far away are small."""
        if max(source) <= LARGE * self.input_px:
            return self.input_px
        return self._model.large_px or round(1.5 * self.input_px)

    def _warm_up(self) -> Head:
        head = self._sessions.session(self._contents.fixed_size or PROBE).head
        if self._contents.fixed_size is None:
            self._sessions.close(PROBE)  # no camera has it
        return head

    def _open(self, device: str, size: Size) -> Session:
        run = self._runtime.open(self._model.path, self._contents, device, size)
        outputs = run(np.zeros((1, 3, size[1], size[0]), np.float32))
        with _about(self._model.path):
            head = identify([output.shape for output in outputs], size, len(self._names) if self._names else None)
        return Session(device, size, head, lambda blob: run(blob)[0])


def _devices(wanted: str, present: tuple[str, ...]) -> tuple[tuple[str, ...], str | None]:
    """Return the devices to try in order, and why the wanted one is not among them, if so."""
    if wanted not in ("auto", *DEVICES):
        raise DeviceError(f"unknown device {wanted!r}; expected auto, {', '.join(DEVICES)}")
    if wanted == "auto":
        return present, None
    if wanted not in present:
        return ("cpu",), f"{wanted}: this ONNX Runtime was built for {', '.join(present)} only"
    return tuple(dict.fromkeys((wanted, "cpu"))), None


def _class_ids(classes: frozenset[str] | None, labels: tuple[str, ...]) -> NDArray[np.intp] | None:
    if classes is None:
        return None
    unknown = sorted(classes - set(labels))
    if unknown:
        raise UnknownClassError(f"unknown class {unknown[0]!r}; expected some of {', '.join(labels)}")
    return np.array(sorted(labels.index(name) for name in classes), np.intp)


@contextmanager
def _about(path: Path) -> Iterator[None]:
    """Say which file it is that is not understood."""
    try:
        yield
    except UnsupportedModelError as error:
        raise UnsupportedModelError(f"{path}: {error}") from error


def _runner(session: Any, input_name: str) -> RunSession:
    def run(blob: FloatArray) -> list[NDArray[Any]]:
        try:
            outputs: list[NDArray[Any]] = session.run(None, {input_name: blob})
        except ORT_ERRORS as error:
            raise SessionError(_line(error)) from error
        return outputs

    return run


def _line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:200] or type(error).__name__
