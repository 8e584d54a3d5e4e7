"""The stock trackers that Parvis is held against, and their settings.

Each follows the same detections as ours, from score 0.1 up, so what its authors leave to the user is set for these
detections: a track may start at the score at which ours may (0.3; ByteTrack counts better from 0.5), and hidden objects
are kept for two seconds at any rate (`lost_track_buffer` is in frames of 30 a second; `frame_rate` scales it). Plain
overlap (IoU) fails where an object moves further than its own length between two looks; `trackers` offers DIoU and
wider boxes (C-BIoU) for that. "timed" tells the tracker the time of each look, and its own frame rate is the clip's.
Boxes of whatever class that overlap by 0.7 are joined first.

The list came out of a sweep over thresholds, buffers and overlaps on the clips measured here; whatever was best for a
peer in some column is in it. That favours the peers: theirs are chosen on the test, ours are not.
"""

from dataclasses import dataclass
from typing import Any

from benchmarks.handover import Job

KEEP = {"lost_track_buffer": 60}


@dataclass(frozen=True, slots=True)
class StockTracker:
    """One tracker with its settings."""

    name: str
    tracker: str  # a class in `trackers`
    settings: dict[str, Any]
    iou: str | None = None
    timed: bool = False
    score_min: float = 0.1
    nms_iou: float | None = 0.7

    def job(self, step: int, phase: int, fps: float) -> Job:
        """Return the run at frames `phase`, `phase + step`, … of a clip of `fps`."""
        settings = {**self.settings, "frame_rate": fps if self.timed else fps / step}
        name = f"{self.name}@{step}@{phase}"
        return Job(name, self.tracker, settings, self.iou, step, phase, self.timed, self.score_min, self.nms_iou)


def _byte(start: float, overlap: float) -> dict[str, Any]:
    scores = {"track_activation_threshold": start, "high_conf_det_threshold": 0.3}
    return {**KEEP, **scores, "minimum_iou_threshold": overlap}


def _oc(overlap: float) -> dict[str, Any]:
    scores = {"high_conf_det_threshold": 0.3, "minimum_consecutive_frames": 2}
    return {**KEEP, **scores, "minimum_iou_threshold": overlap}


def _sort(overlap: float) -> dict[str, Any]:
    scores = {"track_activation_threshold": 0.3, "minimum_consecutive_frames": 2}
    return {**KEEP, **scores, "minimum_iou_threshold": overlap}


def _cbiou(**more: float) -> dict[str, Any]:
    return {**KEEP, "track_activation_threshold": 0.3, "high_conf_det_threshold": 0.3, **more}


_WIDE = {
    "buffer_ratio_first": 1.0,
    "buffer_ratio_second": 1.5,
    "minimum_iou_threshold_first_assoc": 0.1,
    "minimum_iou_threshold_second_assoc": 0.1,
    "minimum_iou_threshold_unconfirmed_assoc": 0.1,
}

STOCK = (
    StockTracker("ByteTrack, defaults", "ByteTrackTracker", {}, nms_iou=None),
    StockTracker("ByteTrack, IoU 0.1", "ByteTrackTracker", _byte(0.5, 0.1)),
    StockTracker("ByteTrack, DIoU -0.3", "ByteTrackTracker", _byte(0.5, -0.3), "DIoU"),
    StockTracker("ByteTrack, DIoU -0.5, timed", "ByteTrackTracker", _byte(0.5, -0.5), "DIoU", timed=True),
    StockTracker("OC-SORT, IoU 0.1", "OCSORTTracker", _oc(0.1)),
    StockTracker("OC-SORT, DIoU -0.3", "OCSORTTracker", _oc(-0.3), "DIoU"),
    StockTracker("SORT, IoU 0.1", "SORTTracker", _sort(0.1), score_min=0.3),
    StockTracker("SORT, DIoU -0.3, timed", "SORTTracker", _sort(-0.3), "DIoU", timed=True, score_min=0.3),
    StockTracker("SORT, DIoU -0.5, timed", "SORTTracker", _sort(-0.5), "DIoU", timed=True, score_min=0.3),
    StockTracker("C-BIoU 0.3/0.5", "CBIoUTracker", _cbiou()),
    StockTracker("C-BIoU 1/1.5, timed", "CBIoUTracker", _cbiou(**_WIDE), timed=True),
)
