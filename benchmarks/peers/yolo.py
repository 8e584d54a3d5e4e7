"""YOLOv8 in ONNX Runtime as a user with experience would write it: what Parvis's detector is held against.

Needs `onnxruntime`, `cv2` and `numpy`; runs in the peers' environment and in ours, and imports nothing of Parvis. The
input is a rectangle that fits the camera's aspect (multiples of 32), one thread, idle threads do not spin.
"""

import cv2
import numpy as np
import onnxruntime as ort

GREY = 114
STRIDE = 32


class Yolo:
    """Finds objects of some classes: boxes (N, 4) px of the picture, scores (N,), class ids (N,)."""

    def __init__(self, model: str, longest_px: int, size: tuple, options: dict) -> None:
        """Load a model for pictures of `size` (width, height) px; `options`: classes, score_min, nms_iou."""
        self.options = options
        self.scale = longest_px / max(size)
        self.inner = (round(size[0] * self.scale), round(size[1] * self.scale))
        self.outer = tuple(-(-length // STRIDE) * STRIDE for length in self.inner)
        self.shift = ((self.outer[0] - self.inner[0]) // 2, (self.outer[1] - self.inner[1]) // 2)
        self.canvas = np.full((self.outer[1], self.outer[0], 3), GREY, np.uint8)
        left, top = self.shift
        self.window = self.canvas[top : top + self.inner[1], left : left + self.inner[0]]
        self.session = session(model, self.outer)
        self.input = self.session.get_inputs()[0].name
        self.rows = np.array(options["classes"]) + 4

    def __call__(self, picture: np.ndarray) -> tuple:
        """Return what is seen in a picture, (H, W, 3) uint8 BGR."""
        cv2.resize(picture, self.inner, dst=self.window, interpolation=cv2.INTER_LINEAR)
        blob = cv2.dnn.blobFromImage(self.canvas, 1 / 255, swapRB=True)
        output = self.session.run(None, {self.input: blob})[0][0]
        scores = output[self.rows]
        best = scores.max(axis=0)
        keep = np.flatnonzero(best >= self.options["score_min"])
        centre, half = output[:2, keep].T, output[2:4, keep].T / 2
        xyxy = (np.concatenate([centre - half, centre + half], axis=1) - (self.shift * 2)) / self.scale
        classes = np.array(self.options["classes"])[scores[:, keep].argmax(axis=0)]
        return self.unique(xyxy.astype(np.float32), best[keep], classes)

    def unique(self, xyxy: np.ndarray, score: np.ndarray, classes: np.ndarray) -> tuple:
        """Return one box an object."""
        boxes = np.concatenate([xyxy[:, :2], xyxy[:, 2:] - xyxy[:, :2]], axis=1)
        if not len(boxes):
            return xyxy, score, classes
        rows = np.asarray(cv2.dnn.NMSBoxes(boxes, score, self.options["score_min"], self.options["nms_iou"]), int)
        return xyxy[rows.ravel()], score[rows.ravel()], classes[rows.ravel()]


def session(model: str, size: tuple) -> "ort.InferenceSession":
    """Open a model for inputs of `size` (width, height) px on one thread."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    for name, length in {"batch": 1, "height": size[1], "width": size[0]}.items():
        options.add_free_dimension_override_by_name(name, length)
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
