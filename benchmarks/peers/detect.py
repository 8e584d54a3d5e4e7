"""Detect in some pictures with plain ONNX Runtime, FP32: `detect.py PICTURES.npz JOB.json OUT.npz`.

Needs `onnxruntime`, `cv2` and `numpy` and imports nothing of Parvis; it is run with the same packages as ours. PICTURES
holds `pictures` (N, H, W, 3) uint8 BGR; JOB is `{"model", "imgsz", "classes": [int], "score_min", "nms_iou"}`. Each
word is one pass over all pictures. OUT takes `picture`, `xyxy` (px), `score` and `class_id`, one row a box.
"""

import json
import sys
from pathlib import Path

import cv2
import numpy as np
import word
from yolo import Yolo


def main(pictures: Path, job: Path, out: Path) -> None:
    """Detect, again for each word."""
    cv2.setNumThreads(1)
    seen = np.load(pictures)["pictures"]
    asked = json.loads(job.read_text(encoding="utf-8"))
    detector = Yolo(asked["model"], asked["imgsz"], (seen.shape[2], seen.shape[1]), asked)
    found = [detector(seen[0])]
    for _ in word.stretches():
        found = [detector(picture) for picture in seen]
        word.done(len(seen), over=False)
    xyxy, score, class_id = (np.concatenate([one[n] for one in found]) for n in range(3))
    picture = np.repeat(np.arange(len(found)), [len(one[1]) for one in found])
    np.savez(out, picture=picture, xyxy=xyxy, score=score, class_id=class_id)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
