"""Turn Ultralytics weights into an ONNX file of this project: `python -m models.export WEIGHTS --name NAME`.

Runs in an environment of its own (`make export WEIGHTS=…`), because Ultralytics brings PyTorch and another OpenCV.
The file has free height, width and batch; it is compared with the source model before it is kept. Weights are
Python pickles: export only those of someone you trust.
"""

import argparse
import json
import logging
import re
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import torch  # type: ignore[import-not-found]
from numpy.typing import NDArray
from ultralytics import YOLO

from models.errors import ModelError, ModelFileError
from models.heads.identify import identify
from models.letterbox import Canvas, place
from models.nms import IOU_MAX
from models.onnx_runtime import OnnxRuntime
from models.registry import MANIFEST, SCHEMA, UNSTATED, WEIGHTS, read_manifest, sha256, verify_file

log = logging.getLogger(__name__)

KEPT_METADATA = ("author", "license", "docs", "stride", "task", "head", "channels", "names", "imgsz", "version")
"""What the file says of itself; the rest (date, arguments, description) changes from run to run or names paths."""
OPSET = 18  # ONNX Runtime 1.20, the oldest allowed, reads it
BOX_BOUND_PX = 0.1
SCORE_BOUND = 1e-3
SIZES = ((640, 480), (640, 384), (640, 640), (384, 640), (320, 256))
CHECK_PICTURE = "check.png"
CHECK_SCORE_MIN = 0.3


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be exported, and under which name."""

    weights: Path  # of Ultralytics, *.pt
    name: str
    imgsz: int  # longer side of the input, px
    licence: str | None  # None: as the weights say
    source: str  # where the weights come from
    folder: Path  # of the manifest


class ParityError(ModelError):
    """The exported file does not answer as the source model does."""


def export(order: Order) -> dict[str, Any]:
    """Write `NAME.onnx` and its manifest entry into the folder, and return the entry.

    Raises:
        ModelFileError: if the weights cannot be read.
        ParityError: if the file differs from its source by more than the bounds; nothing is written then.
    """
    weights_sha256 = sha256(order.weights)
    if not zipfile.is_zipfile(order.weights):
        raise ModelFileError(f"{order.weights}: is no PyTorch file; expected weights of Ultralytics (*.pt)")
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(shutil.copy(order.weights, Path(scratch) / "model.pt"))  # Ultralytics writes beside its input
        made = Path(YOLO(copy).export(format="onnx", dynamic=True, simplify=False, opset=OPSET, imgsz=order.imgsz))
        said = _clean(made)
        source = YOLO(copy)
        head, parity = _parity(source, made, order)
        entry: dict[str, Any] = {
            "name": order.name,
            "file": f"{order.name}.onnx",
            "sha256": sha256(made),
            "bytes": made.stat().st_size,
            "head": head,
            "input_px": order.imgsz,
            **_provenance(order, said.get("license", UNSTATED), weights_sha256),
            "parity": parity,
            "check": _check(source, order),
            "classes": [source.names[number] for number in range(len(source.names))],
        }
        shutil.copy(made, order.folder / entry["file"])
    _write(order.folder, entry)
    return entry


def _provenance(order: Order, licence_said: str, weights_sha256: str) -> dict[str, Any]:
    return {
        "licence": order.licence or licence_said,
        "source": f"{order.source}; weights sha256 {weights_sha256}",
        "export": f"python -m models.export {order.weights.name} --imgsz {order.imgsz} --name {order.name}",
        "versions": {tool: version(tool) for tool in ("ultralytics", "torch", "onnx", "onnxruntime")},
    }


def _clean(path: Path) -> dict[str, str]:
    """Drop what changes between runs or describes this machine; return what the file says of itself."""
    model = onnx.load(path)
    said = {entry.key: entry.value for entry in model.metadata_props}
    del model.metadata_props[:]
    for key in KEPT_METADATA:
        if key in said:
            model.metadata_props.add(key=key, value=said[key])
    model.doc_string = model.graph.doc_string = ""
    for node in model.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)
    return said


def _parity(source: Any, path: Path, order: Order) -> tuple[str, dict[str, float]]:
    """Return the head family, and the largest differences over several shapes and pictures.

    Boxes differ in px of the input, scores in 0..1.
    """
    network = source.model.float().fuse().eval()
    runtime = OnnxRuntime()
    contents = runtime.contents(path)
    box_px, score = 0.0, 0.0
    for blob in _blobs(order.folder):
        height, width = blob.shape[2:]
        (ours,) = runtime.open(path, contents, "cpu", (width, height))(blob)
        with torch.inference_mode():
            theirs = network(torch.from_numpy(blob))[0].numpy()
        difference = np.abs(ours - theirs)[0]
        box_px = max(box_px, float(difference[:4].max()))
        score = max(score, float(difference[4:].max()))
    log.info("parity: boxes %.5f px, scores %.7f", box_px, score)
    if not (box_px <= BOX_BOUND_PX and score <= SCORE_BOUND):
        raise ParityError(
            f"{order.name}: the export differs from its source by {box_px:.4f} px and {score:.6f} in score; "
            f"expected at most {BOX_BOUND_PX} px and {SCORE_BOUND}"
        )
    head = identify([ours.shape], (width, height), len(source.names))
    return head.name, {"box_px": round(box_px, 6), "score": round(score, 9), "inputs": len(SIZES) * 2}


def _blobs(folder: Path) -> Iterator[NDArray[np.float32]]:
    """Yield inputs of several shapes: the check picture, and noise, which drives the network further out."""
    picture = np.asarray(cv2.imread(str(folder / CHECK_PICTURE)), np.uint8)
    noise = np.random.default_rng(0)
    for width, height in SIZES:
        for pixels in (cv2.resize(picture, (width, height)), noise.integers(0, 256, (height, width, 3), np.uint8)):
            canvas = Canvas(place((width, height), (width, height)))
            yield canvas.blob(np.asarray(pixels, np.uint8), rgb=True, scale=1 / 255).copy()


def _check(source: Any, order: Order) -> dict[str, Any]:
    """Return what the source model, with its own preparation and suppression, sees in the check picture."""
    (seen,) = source.predict(
        str(order.folder / CHECK_PICTURE), imgsz=order.imgsz, conf=CHECK_SCORE_MIN, iou=IOU_MAX, verbose=False
    )
    rows = zip(seen.boxes.xyxy.tolist(), seen.boxes.conf.tolist(), seen.boxes.cls.tolist(), strict=True)
    return {
        "picture": CHECK_PICTURE,
        "score_min": CHECK_SCORE_MIN,
        "boxes": [[*(round(edge, 2) for edge in xyxy), round(score, 4), int(number)] for xyxy, score, number in rows],
    }


def _write(folder: Path, entry: dict[str, Any]) -> None:
    path = folder / MANIFEST
    document: dict[str, Any] = {"schema": SCHEMA, "models": []}
    if path.exists():
        document = json.loads(path.read_text(encoding="utf-8"))
    others = [other for other in document["models"] if other["name"] != entry["name"]]
    document["models"] = sorted([*others, entry], key=lambda other: str(other["name"]))
    text = json.dumps(document, indent=1, ensure_ascii=False)
    lines = re.sub(r"\[\s+([^][{}]*?)\s+\]", lambda found: f"[{' '.join(found[1].split())}]", text)  # a box, a line
    path.write_text(lines + "\n", encoding="utf-8")
    verify_file(read_manifest(folder)[entry["name"]])


def _order(arguments: list[str]) -> Order:
    parser = argparse.ArgumentParser(prog="python -m models.export", description="Export Ultralytics weights to ONNX.")
    parser.add_argument("weights", type=Path, help="file *.pt of Ultralytics")
    parser.add_argument("--name", help="name in the registry (default: that of the file)")
    parser.add_argument("--imgsz", type=int, default=640, help="longer side of the input, px")
    parser.add_argument("--licence", help="licence of the weights (default: as they say)")
    parser.add_argument("--source", default=UNSTATED, help="where the weights come from")
    parser.add_argument("--folder", type=Path, default=WEIGHTS, help="folder of the manifest")
    given = parser.parse_args(arguments)
    return Order(
        given.weights, given.name or given.weights.stem, given.imgsz, given.licence, given.source, given.folder
    )


def main() -> None:
    """Run the command line: exit code 0, or 2 with one line on stderr."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        entry = export(_order(sys.argv[1:]))
    except ModelError as error:
        log.error("%s", error)
        raise SystemExit(2) from error
    log.info("wrote %s, %.1f MB, sha256 %s", entry["file"], entry["bytes"] / 1e6, entry["sha256"])


if __name__ == "__main__":
    main()
