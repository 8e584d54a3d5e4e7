"""Hold a model against its record: the file's sha256, and what the source model saw in the check picture."""

import cv2
import numpy as np

from models.detections import Detections, Image
from models.errors import ModelError, ModelFileError
from models.onnx import OnnxDetector
from models.registry import ModelFile, verify_file
from models.runtime import FloatArray

BOX_MAX_PX = 1.0
SCORE_MAX = 0.02
"""Largest differences to the source model's boxes and scores; a GPU in half precision stays within them."""


class CheckError(ModelError):
    """The model does not see in its check picture what its source saw."""


def check(model: ModelFile, device: str = "auto") -> OnnxDetector:
    """Verify the file, run the model on its check picture, and return the detector that did.

    Raises:
        ModelFileError: if the file or the picture is missing or another one than recorded.
        CheckError: if what it sees differs from the record.
        ModelError: if it does not run.
    """
    verify_file(model)
    detector = OnnxDetector(model, device, score_min=float(model.check["score_min"]))
    expected = np.array(model.check["boxes"], np.float32).reshape(-1, 6)
    found = detector(_picture(model))
    if len(found) != len(expected):
        raise CheckError(
            f"model {model.name}: sees {len(found)} objects in its check picture; expected {len(expected)}"
        )
    box_px, score = _differences(found, expected)
    if not (box_px <= BOX_MAX_PX and score <= SCORE_MAX):
        raise CheckError(
            f"model {model.name}: boxes differ by {box_px:.2f} px and scores by {score:.3f} from the source model's; "
            f"expected at most {BOX_MAX_PX} px and {SCORE_MAX}"
        )
    return detector


def _picture(model: ModelFile) -> Image:
    path = model.path.parent / str(model.check["picture"])
    picture = cv2.imread(str(path))
    if picture is None:
        raise ModelFileError(f"{path}: cannot be read; expected the check picture of model {model.name}")
    return np.asarray(picture, np.uint8)


def _differences(found: Detections, expected: FloatArray) -> tuple[float, float]:
    """Return the largest difference of boxes, px, and scores; each expected row meets the nearest one of its class."""
    box_px, score = 0.0, 0.0
    for row in expected:
        distance = np.abs(found.xyxy - row[:4]).max(axis=1)
        distance[found.class_id != int(row[5])] = np.inf
        nearest = int(distance.argmin())
        box_px = max(box_px, float(distance[nearest]))
        score = max(score, abs(float(found.score[nearest]) - float(row[4])))
    return box_px, score
