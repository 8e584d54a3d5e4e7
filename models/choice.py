"""Which form of a model runs: the fastest of those that see what the reference sees, measured on this machine.

The reference is the model in full precision. A form must find its boxes and be clearly faster, or the reference runs:
a gain within the noise of a measurement is no reason to see anything else. Timing is noisy, so a choice is made once
per machine, model, libraries and input shape, and kept; two runs choose alike.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from models.detections import Detections, Image
from models.heads.head import Selection
from models.letterbox import Canvas, place
from models.nms import suppress
from models.overlap import iou_matrix
from models.sessions import Session

SCORE_MIN = 0.25
"""Boxes of the reference at or above it must be found again,"""
FOUND_FROM = 0.1
"""at this score at least, which is what trackers are given,"""
IOU_MIN = 0.5
"""with this much overlap and the same class,"""
FOUND_MIN = 0.98
"""so many of them; one may always be missing, since among few boxes one near the threshold says nothing."""
SHIFT_MAX = 0.05
"""Largest mean difference of their scores, either way."""
FASTER = 0.87
"""Part of the reference's time that a form may take at most."""
CLEARLY = 0.9
"""Part of the best form's time that the next one in the list must stay below to be preferred."""
ROUNDS = 12
BUDGET_S = 1.2
"""Time for a shape's measurement: rounds end with it, after the third."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How a form's boxes compare with the reference's."""

    boxes: int  # of the reference
    found: float  # part of them that was found again
    shift: float  # mean difference of their scores

    @property
    def fault(self) -> str | None:
        """Return why it does not agree; None if it does."""
        if self.boxes == 0:
            return "nothing was seen to compare"
        if self.found < FOUND_MIN and round(self.boxes * (1 - self.found)) > 1:
            return f"finds {self.found:.3f} of the boxes; expected {FOUND_MIN}"
        if abs(self.shift) > SHIFT_MAX:
            return f"scores differ by {self.shift:+.3f} on average; expected at most {SHIFT_MAX}"
        return None


@dataclass(frozen=True, slots=True)
class Trial:
    """What was found out about one form for one input shape."""

    variant: str
    ms: float  # an inference with preparation, best of several; 0: it was not run
    agreement: Agreement | None = None  # None: it is the reference, or was not run
    fault: str | None = None  # why it is out, if it is

    @property
    def text(self) -> str:
        """Return one line for people."""
        if self.fault:
            return f"{self.variant}: {self.fault}"
        agrees = f", finds {self.agreement.found:.3f} of the boxes" if self.agreement else ""
        return f"{self.variant} {self.ms:.1f} ms{agrees}"


def decide(trials: Sequence[Trial]) -> tuple[str, str]:
    """Return the variant to run, and why; the first trial is the reference."""
    reference, *others = trials
    best = reference
    for trial in others:
        limit = FASTER * reference.ms if best is reference else CLEARLY * best.ms
        if trial.fault is None and trial.ms <= limit:
            best = trial
    table = "; ".join(trial.text for trial in trials)
    if best is reference:
        return reference.variant, f"nothing that agrees is clearly faster ({table})" if others else "the only form"
    return best.variant, f"{reference.ms / best.ms:.2f} times as fast as {reference.variant} ({table})"


def compare(reference: Session, other: Session, pictures: Sequence[Image]) -> Agreement:
    """Return how the boxes of two sessions of one shape agree."""
    boxes, found, shift = 0, 0, 0.0
    for picture in pictures:
        truth, seen = (_boxes(session, picture) for session in (reference, other))
        truth = truth.where(truth.score >= SCORE_MIN)
        overlap = iou_matrix(truth.xyxy, seen.xyxy) * (truth.class_id[:, None] == seen.class_id[None])
        boxes += len(truth)
        if not len(truth) or not len(seen):
            continue
        best = overlap.argmax(axis=1)
        hit = overlap[np.arange(len(truth)), best] >= IOU_MIN
        found += int(hit.sum())
        shift += float((seen.score[best] - truth.score)[hit].sum())
    return Agreement(boxes, found / max(boxes, 1), shift / max(found, 1))


def fastest_ms(
    sessions: Sequence[Session], picture: Image, clock: Callable[[], float] = time.perf_counter
) -> list[float]:
    """Return the best time of each session, ms; they take turns, so that a busy moment meets all of them."""
    canvas = _canvas(sessions[0], picture)
    best_s = [float("inf")] * len(sessions)
    began_s = clock()
    for round_ in range(ROUNDS):
        if round_ >= 3 and clock() - began_s > BUDGET_S:
            break
        for number, session in enumerate(sessions):
            start_s = clock()
            session.run(canvas)
            best_s[number] = min(best_s[number], clock() - start_s)
    return [seconds * 1e3 for seconds in best_s]


def views(picture: Image) -> list[Image]:
    """Return a picture as several: mirrored, nearer, darker; a form must agree on all of them."""
    height, width = picture.shape[:2]
    near = picture[height // 4 :, width // 4 :]
    dark = cv2.convertScaleAbs(picture, alpha=0.6)
    return [picture, np.ascontiguousarray(picture[:, ::-1]), np.ascontiguousarray(near), np.asarray(dark, np.uint8)]


def _boxes(session: Session, picture: Image) -> Detections:
    found = session.head.decode(session.run(_canvas(session, picture)), Selection(FOUND_FROM))
    return suppress(found) if session.head.overlapping else found


def _canvas(session: Session, picture: Image) -> Canvas:
    canvas = Canvas(place((picture.shape[1], picture.shape[0]), session.size))
    canvas.letterbox(picture)
    return canvas
