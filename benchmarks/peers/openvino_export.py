"""Export a model to OpenVINO with Ultralytics: `openvino_export.py WEIGHTS WIDTHxHEIGHT fp32|int8 OUT VIDEO...`.

Runs in Ultralytics' environment. INT8 is calibrated (by NNCF, as Ultralytics does it) on frames of the very videos that
are counted afterwards, which favours the peer.
"""

import shutil
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np
import yaml
from ultralytics import YOLO

FRAMES = 64


def dataset(videos: list, folder: Path, names: dict) -> Path:
    """Write frames of the videos as a data set, as Ultralytics wants it."""
    images, labels = folder / "images", folder / "labels"
    images.mkdir()
    labels.mkdir()
    for number, video in enumerate(videos):
        capture = cv2.VideoCapture(video)
        wanted = set(np.linspace(0, capture.get(cv2.CAP_PROP_FRAME_COUNT) - 1, FRAMES // len(videos)).astype(int))
        frame = 0
        while capture.grab():
            if frame in wanted:
                name = f"{number}-{frame:05}"
                cv2.imwrite(str(images / f"{name}.png"), capture.retrieve()[1])
                (labels / f"{name}.txt").write_text("0 0.5 0.5 0.1 0.1\n", encoding="utf-8")  # not looked at
            frame += 1
    file = folder / "data.yaml"
    file.write_text(yaml.safe_dump({"path": str(folder), "train": "images", "val": "images", "names": names}))
    return file


def main(weights: str, size: str, kind: str, out: str, *videos: str) -> None:
    """Write the exported model's folder."""
    width, height = map(int, size.split("x"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        local = shutil.copy(weights, folder)
        model = YOLO(local)
        more = {"int8": True, "data": str(dataset(list(videos), folder, model.names))} if kind == "int8" else {}
        made = model.export(format="openvino", imgsz=[height, width], device="cpu", **more)
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(made, out)


if __name__ == "__main__":
    main(*sys.argv[1:])
