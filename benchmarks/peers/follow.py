"""Follow recorded detections with Roboflow's `trackers`, count with `supervision`: `follow.py CLIP.npz JOBS.json OUT`.

Runs in the peers' environment and imports nothing of Parvis. CLIP.npz holds one row per detection (`frame`, 0-based;
`xyxy` px; `score`; `class_id`) and `looks` (frames that exist), `times_s` (one per look) and `size` (width, height).
JOBS.json is a list of jobs:

    {"tracker": class in `trackers`, "settings": {…}, "iou": class in `trackers` or null, "timestamps": bool,
     "score_min": float, "nms_iou": float or null, "step": int, "phase": int,
     "lines": [{"id", "from": [x, y], "to": [x, y]}]  (px)}

For each job OUT/<number>.txt (from 0) takes the tracks as MOTChallenge text (frame 1-based, id, left, top, width,
height, score, class, -1) and OUT/<number>.json what `supervision.LineZone` counts and the processor seconds that the
tracker took.
"""

import json
import sys
import time
import warnings
from pathlib import Path
from typing import TextIO

import numpy as np
import supervision as sv
import trackers


def main(clip: Path, jobs: Path, out: Path) -> None:
    """Run every job."""
    data = dict(np.load(clip))
    for number, job in enumerate(json.loads(jobs.read_text(encoding="utf-8"))):
        run(job, data, out / str(number))


def run(job: dict, data: dict, out: Path) -> None:
    """Follow one clip by one tracker at one rate."""
    tracker = tracker_of(job)
    zones = {line["id"]: line_zone(line) for line in job["lines"]}
    events, spent_s = [], 0.0
    with out.with_suffix(".txt").open("w", encoding="utf-8") as file:
        for look in range(job["phase"], len(data["looks"]), job["step"]):
            frame, time_s = int(data["looks"][look]), float(data["times_s"][look])
            seen = detections_of(data, frame, job)
            began = time.process_time()
            tracked = tracker.update(seen, timestamp=time_s) if job["timestamps"] else tracker.update(seen)
            spent_s += time.process_time() - began
            tracked = tracked[tracked.tracker_id >= 0]
            write(file, frame, tracked)
            events += [[frame, time_s, *event] for event in counted(zones, tracked)]
    result = {"events": events, "track_s": spent_s}
    out.with_suffix(".json").write_text(json.dumps(result), encoding="utf-8")


def tracker_of(job: dict) -> "trackers.core.base.BaseTracker":
    """Return a new tracker."""
    settings = dict(job["settings"])
    if job["iou"]:
        settings["iou"] = getattr(trackers, job["iou"])()
    return getattr(trackers, job["tracker"])(**settings)


def detections_of(data: dict, frame: int, job: dict) -> sv.Detections:
    """Return what the detector saw in one frame, strong enough for this job, one box an object."""
    first, end = np.searchsorted(data["frame"], [frame, frame + 1])
    rows = np.arange(first, end)[data["score"][first:end] >= job["score_min"]]
    found = sv.Detections(data["xyxy"][rows], confidence=data["score"][rows], class_id=data["class_id"][rows])
    if job["nms_iou"] and len(found):
        found = found.with_nms(threshold=job["nms_iou"], class_agnostic=True)
    return found


def line_zone(line: dict) -> sv.LineZone:
    """Return a counter of feet, as ours: with its own default all four corners must pass."""
    start, end = sv.Point(*line["from"]), sv.Point(*line["to"])
    return sv.LineZone(start, end, triggering_anchors=[sv.Position.BOTTOM_CENTER])


def counted(zones: dict, tracked: sv.Detections) -> list:
    """Return (line, "in" or "out", id, class) for each crossing that the counters tell of this look."""
    found = []
    for name, zone in zones.items():
        for way, crossed in zip(("in", "out"), zone.trigger(tracked), strict=True):
            found += [
                [name, way, int(tracked.tracker_id[i]), int(tracked.class_id[i])] for i in np.flatnonzero(crossed)
            ]
    return found


def write(file: TextIO, frame: int, tracked: sv.Detections) -> None:
    """Write one look as MOTChallenge lines."""
    for box, ident, score, cls in zip(
        tracked.xyxy.tolist(), tracked.tracker_id, tracked.confidence, tracked.class_id, strict=True
    ):
        left, top, right, bottom = box
        place = f"{left:.3f},{top:.3f},{right - left:.3f},{bottom - top:.3f}"
        file.write(f"{frame + 1},{ident},{place},{score:.4f},{cls},-1\n")


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # LineZone warns of looks without tracks
    main(*map(Path, sys.argv[1:4]))
