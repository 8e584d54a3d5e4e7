"""The detector: a model of an ONNX file, on the best device and in the best form that this machine has."""

import copy
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from models.detections import Detections, DetectorStatus, Image
from models.errors import DeviceError, UnknownClassError
from models.forms import Form, open_form
from models.heads.head import Head, Selection
from models.labels import guess_names, parse_input_px, parse_names
from models.letterbox import Canvases, checked_size, input_size, place
from models.nms import suppress
from models.onnx_runtime import OnnxRuntime
from models.registry import ModelFile
from models.runtime import DEVICES, Runtime, Size, about
from models.sessions import Session, SessionLadder, Wish
from models.variants import Variants, Wanted

__all__ = ["OnnxDetector", "OnnxRuntime"]

DEFAULT_INPUT_PX = 640
LARGE = 1.25
"""A picture so much larger than the model's own input gets an input half as large again."""
PROBE: Size = (160, 160)
"""Input with which a model of free shape is tried at construction: small, and with more than 300 cells."""


class OnnxDetector:
    """Finds objects with an ONNX model; several camera threads may share one.

    The input follows the aspect of each picture, with a session a shape. When a device fails, at the start or later,
    the next one takes over and answers the same picture; `status` says so. On the processor the model runs in the form
    that `models/variants.py` chooses.
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
        self._whole = Form("whole", self._runtime, model.path, self._runtime.contents(model.path))
        self._longest: int | None = None
        with about(model.path):
            self._names = model.labels or parse_names(self._whole.contents.metadata.get("names"))
        devices, missing = _devices(device, self._runtime.devices())
        self._variants: Variants | None = None
        wanted = Wanted(model.variant, threads)
        self._sessions = SessionLadder(Wish(model.name, device), devices, self._open, missing)
        self._canvases = Canvases()
        self._head = self._warm_up()
        with about(model.path):
            self._labels = self._names or guess_names(self._head.classes)
        self._selection = Selection(score_min, _class_ids(classes, self._labels))
        self._variants = Variants(model, self._whole, self._head, len(self._labels), wanted)

    @property
    def labels(self) -> tuple[str, ...]:
        """Class names; `Detections.class_id` indexes them."""
        return self._labels

    @property
    def status(self) -> DetectorStatus:
        """The device and the form in use; they may change between two calls."""
        return self._sessions.status

    @property
    def head(self) -> str:
        """Name of the family that its output belongs to."""
        return self._head.name

    @property
    def settings(self) -> dict[str, str]:
        """What a benchmark must state beside the model: versions and threads."""
        return {**self._runtime.settings(), "opencv": cv2.__version__}

    def at_input(self, longest_px: int) -> "OnnxDetector":
        """Return the same detector with another longer side of the input, px: its sessions and buffers are shared.

        A model of fixed shape stays as it is.
        """
        view = copy.copy(self)
        view._longest = longest_px
        return view

    @property
    def classes(self) -> frozenset[str]:
        """Names of the classes that it returns."""
        ids = self._selection.class_ids
        return frozenset(self._labels if ids is None else (self._labels[one] for one in ids.tolist()))

    def seeing(self, classes: frozenset[str]) -> "OnnxDetector":
        """Return the same detector with other classes to return: its sessions and buffers are shared.

        Raises:
            UnknownClassError: if it has no such class.
        """
        view = copy.copy(self)
        view._selection = Selection(self._selection.score_min, _class_ids(classes, self._labels))
        return view

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
        fixed = self._whole.contents.fixed_size
        placement = place(source, fixed or input_size(source, self.longest_for(source)))
        session = self._sessions.session(placement.input)
        canvas = self._canvases.of(placement)
        canvas.letterbox(image)
        outputs, head = self._sessions.run(session, canvas)
        found = head.decode(outputs, self._selection)
        if head.overlapping:
            found = suppress(found)
        return Detections(placement.to_source(found.xyxy), found.score, found.class_id)

    @property
    def input_px(self) -> int:
        """Longer side of the input, px."""
        contents = self._whole.contents
        if contents.fixed_size:
            return max(contents.fixed_size)
        if self._longest is not None:
            return self._longest
        return self._model.input_px or parse_input_px(contents.metadata.get("imgsz")) or DEFAULT_INPUT_PX

    def longest_for(self, source: Size) -> int:
        """Return the longer side of the input for a camera: in a large picture people and riders far away are small."""
        if self._longest is not None or max(source) <= LARGE * self.input_px:
            return self.input_px
        return self._model.large_px or round(1.5 * self.input_px)

    def _warm_up(self) -> Head:
        size = self._whole.contents.fixed_size or PROBE
        head = self._sessions.session(size).head
        self._sessions.close(size)  # no camera has it, or not in the form that is chosen
        return head

    def _open(self, device: str, size: Size) -> Session:
        if device == "cpu" and self._variants is not None:
            return self._variants.open(size)
        if device == "cuda" and self._variants is not None:
            return self._variants.open_on(device, size)
        # TensorRT gets the file as it is: nothing else was ever tried with it.
        return open_form(self._whole, device, size, len(self._names) if self._names else None)


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
