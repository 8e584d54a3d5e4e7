"""From configuration to what watches a camera's zones for deposits."""

from collections.abc import Callable
from pathlib import Path

from models.detections import Detector
from models.errors import UnknownClassError
from models.registry import resolve
from pipeline.build import classes_of, ground_of
from pipeline.cleanliness.hook import Outside
from pipeline.cleanliness.litter import LitterEyes
from pipeline.cleanliness.watch import CleanlinessWatch, NoWatch, Parts
from pipeline.config import CameraConfig, watches_deposits
from pipeline.deposits import CleanlinessConfig


def cleanliness_for(
    camera: CameraConfig, detector: Detector, well: Callable[[], bool], outside: Outside
) -> CleanlinessWatch | NoWatch:
    """Return what watches a camera's zones for deposits; `well` is whether the camera sees what it should."""
    if not watches_deposits(camera):
        return NoWatch()
    classes = classes_of((camera,))
    counted = frozenset(n for n, name in enumerate(detector.labels) if name in classes)
    parts = Parts(
        detector.labels,
        detector,
        counted,
        ground_of(camera),
        outside.quiet(),
        outside.orders,
        well,
        outside.store,
        outside.origin_s or 0.0,
        litter_eyes_for(camera.cleanliness, outside.base),
        outside.explained,
    )
    return CleanlinessWatch(camera, parts)


def litter_eyes_for(config: CleanlinessConfig, base: Path) -> LitterEyes | None:
    """Return what asks the model of litter, where one is configured.

    Raises:
        models.errors.ModelError: if the model cannot be used, or knows none of the classes.
    """
    if config.litter_model is None:
        return None
    from models.onnx import OnnxDetector  # only here: most sites have no such model

    model = resolve(config.litter_model, base=base)
    detector = OnnxDetector(model, "cpu")
    wanted = frozenset(config.litter_classes or detector.labels)
    waste = frozenset(n for n, name in enumerate(detector.labels) if name in wanted)
    if not waste:
        raise UnknownClassError(
            f"{model.name}: knows none of litter_classes; expected some of {', '.join(detector.labels)}"
        )
    return LitterEyes(detector, waste)
