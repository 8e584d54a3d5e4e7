"""A model's fast form: made once for each file, proven to answer as the original does, and kept.

Zero padding stays right: black is 0 in bytes as it is in fractions.
"""

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.cache import usable, write_file
from models.errors import ModelError, SessionError
from models.forms import Form, open_form
from models.heads.head import Head, Selection
from models.letterbox import Canvas, place
from models.runtime import Size

log = logging.getLogger(__name__)

SURGERY_VERSION = 1
"""Goes up when what is made changes; older files are then not looked at."""
BOX_MAX_PX = 0.05
SCORE_MAX = 1e-4
"""Largest differences to the original, over every cell: what rounding in another order may do."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """The fast form of a model."""

    form: Form | None  # None: it has none
    reason: str  # what was not done, and why; empty: all was done


def prepare(whole: Form, head: Head, sha256: str, folder: Path, size: Size) -> Prepared:
    """Return the fast form of a model, from the folder if it is there.

    Args:
        whole: the model as it is.
        head: its head.
        sha256: of its file.
        folder: where the fast form is kept.
        size: an input that it takes.
    """
    path = folder / f"{sha256[:20]}-{SURGERY_VERSION}.onnx"
    if path.exists():
        return Prepared(Form("fp32", whole.runtime, path, whole.runtime.contents(path)), "")
    if not usable(folder):
        return Prepared(None, f"{folder}: cannot be written, and a prepared model has no place")
    reasons: list[str] = []
    for cut in (True, False) if head.name == "yolov8" else (False,):
        try:
            return Prepared(_made(whole, head, path, size, cut=cut), "; ".join(reasons))
        except (ModelError, SessionError, OSError) as error:
            reasons.append(f"{'head not cut' if cut else 'not prepared'}: {error}")
    return Prepared(None, "; ".join(reasons))


def _made(whole: Form, head: Head, path: Path, size: Size, *, cut: bool) -> Form:
    try:
        from models.surgery import SurgeryError, remake  # only here: what is kept needs no `onnx`
    except ImportError as error:
        raise ModelError("the package onnx is not installed") from error
    content = remake(whole.path, head, cut=cut)
    trial = path.with_suffix(".trial.onnx")
    write_file(trial, content)
    try:
        form = Form("fp32", whole.runtime, trial, whole.runtime.contents(trial))
        box_px, score = _difference(whole, form, size)
        if not (box_px <= BOX_MAX_PX and score <= SCORE_MAX):
            raise SurgeryError(f"boxes differ by {box_px:.3f} px and scores by {score:.5f}")
        write_file(path, content)
    finally:
        trial.unlink(missing_ok=True)
    log.debug("prepared %s as %s: boxes within %.4f px", whole.path, path, box_px)
    return Form("fp32", whole.runtime, path, whole.runtime.contents(path))


def _difference(whole: Form, form: Form, size: Size) -> tuple[float, float]:
    """Return the largest differences of boxes, px, and scores, over every cell, for a picture of noise."""
    everything = Selection(0.0)
    canvas = Canvas(place(size, size))
    canvas.letterbox(np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), np.uint8))
    answers = []
    for one in (whole, form):
        session = open_form(one, "cpu", size, None)
        answers.append(session.head.decode(session.run(canvas), everything))
    first, second = answers
    if len(first) != len(second) or not len(first):
        return float("inf"), float("inf")
    box_px = float(np.abs(first.xyxy - second.xyxy).max())
    return box_px, float(np.abs(first.score - second.score).max())
