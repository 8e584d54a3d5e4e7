"""A model's fast form: made once for each file, proven to answer as the original does, and kept.

Zero padding stays right: black is 0 in bytes as it is in fractions.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.cache import alone, usable, write_file
from models.detections import Detections
from models.errors import ModelError, SessionError
from models.forms import Form, open_form
from models.heads.head import Head, Selection
from models.letterbox import Canvas, place
from models.runtime import Size

log = logging.getLogger(__name__)

STRONGEST = 1000
"""Cells of a picture that a graphics card answers with: bringing all of them back is most of what a look on a card
costs the processor. A person fills some ten cells, of which one is left, so this is a hundred people."""
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
    ways = (_CUT, _UNCUT) if head.name == "yolov8" else (_UNCUT,)
    return _first(ways, whole, head, folder / f"{sha256[:20]}-{SURGERY_VERSION}.onnx", size)


def prepare_for_card(whole: Form, head: Head, sha256: str, folder: Path, size: Size) -> Prepared:
    """Return the form that a graphics card runs: the fast one with a whole head of which the strongest cells answer."""
    return _first((_STRONGEST,), whole, head, folder / f"{sha256[:20]}-{SURGERY_VERSION}-card.onnx", size)


@dataclass(frozen=True, slots=True)
class _Way:
    """How a file is remade."""

    cut: bool = False
    strongest: int = 0
    failed: str = "not prepared"  # what is said where it does not work


_CUT = _Way(cut=True, failed="head not cut")
_UNCUT = _Way()
_STRONGEST = _Way(strongest=STRONGEST, failed="not prepared for a card")


def _first(ways: Sequence[_Way], whole: Form, head: Head, path: Path, size: Size) -> Prepared:
    """Return what is kept under a path, or else the first way that works."""
    known = head if ways[0].strongest else None  # with fewer cells the outputs no longer show the head
    if path.exists():
        return Prepared(_form(whole, path, known), "")
    if not usable(path.parent):
        return Prepared(None, f"{path.parent}: cannot be written, and a prepared model has no place")
    reasons: list[str] = []
    with alone(path):  # the workers of a site start together
        for way in ways:
            try:
                if not path.exists():
                    _make(whole, head, path, size, way)
            except (ModelError, SessionError, OSError) as error:
                reasons.append(f"{way.failed}: {error}")
            else:
                return Prepared(_form(whole, path, known), "; ".join(reasons))
    return Prepared(None, "; ".join(reasons))


def _form(whole: Form, path: Path, head: Head | None) -> Form:
    return Form("fp32", whole.runtime, path, whole.runtime.contents(path), head)


def _make(whole: Form, head: Head, path: Path, size: Size, way: _Way) -> None:
    try:
        from models.surgery import SurgeryError, remake  # only here: what is kept needs no `onnx`
    except ImportError as error:
        raise ModelError("the package onnx is not installed") from error
    content = remake(whole.path, head, cut=way.cut, strongest=way.strongest)
    trial = path.with_suffix(".trial.onnx")
    write_file(trial, content)
    try:
        first, second = _answers(whole, _form(whole, trial, head if way.strongest else None), size)
        box_px, score = of_strongest(first, second) if way.strongest else of_each(first, second)
        if not (box_px <= BOX_MAX_PX and score <= SCORE_MAX):
            raise SurgeryError(f"boxes differ by {box_px:.3f} px and scores by {score:.5f}")
        write_file(path, content)
    finally:
        trial.unlink(missing_ok=True)
    log.debug("prepared %s as %s: boxes within %.4f px", whole.path, path, box_px)


def _answers(whole: Form, form: Form, size: Size) -> list[Detections]:
    """Return what both say of every cell of a picture of noise."""
    canvas = Canvas(place(size, size))
    canvas.letterbox(np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), np.uint8))
    sessions = (open_form(one, "cpu", size, None) for one in (whole, form))
    return [session.head.decode(session.run(canvas), Selection(0.0)) for session in sessions]


def of_each(first: Detections, second: Detections) -> tuple[float, float]:
    """Return the largest differences of boxes, px, and scores, cell by cell."""
    if len(first) != len(second) or not len(first):
        return float("inf"), float("inf")
    box_px = float(np.abs(first.xyxy - second.xyxy).max())
    return box_px, float(np.abs(first.score - second.score).max())


def of_strongest(first: Detections, second: Detections) -> tuple[float, float]:
    """Return the largest differences of the second's boxes to the nearest of the first's, px, and of highest scores."""
    if not len(second) or len(second) != min(len(first), STRONGEST):
        return float("inf"), float("inf")
    score = np.abs(np.sort(first.score)[-len(second) :] - np.sort(second.score)).max()
    box_px = max(float(np.abs(first.xyxy - box).max(axis=1).min()) for box in second.xyxy)
    return box_px, float(score)
