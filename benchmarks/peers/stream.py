"""ONNX Runtime + Roboflow's `trackers` + `supervision.LineZone`, from file to counts: `stream.py VIDEO JOBS.json OUT`.

Runs in the peers' environment and imports nothing of Parvis. JOBS.json holds one job, as `follow.py` takes it, and in
it `{"model": ONNX file, "imgsz": int, "classes": [int]}`. Frames between two looks are grabbed and not converted.
OUT/0.txt and OUT/0.json are as `follow.py` writes them. It is warm before it begins (`word.py`).
"""

import json
import sys
import warnings
from pathlib import Path

import cv2
import numpy as np
import supervision as sv
import word
from follow import counted, line_zone, tracker_of, write
from yolo import Yolo


class Run:
    """A detector, a tracker and a counter a line."""

    def __init__(self, job: dict, size: tuple) -> None:
        options = {"classes": job["classes"], "score_min": job["score_min"], "nms_iou": job["nms_iou"] or 0.7}
        self.detector = Yolo(job["model"], job["imgsz"], size, options)
        self.job, self.tracker = job, tracker_of(job)
        self.zones = {line["id"]: line_zone(line) for line in job["lines"]}
        self.events, self.looks = [], []
        self.detector(np.zeros((size[1], size[0], 3), np.uint8))

    def due(self, frame: int) -> bool:
        """Return whether a frame is looked at."""
        return frame >= self.job["phase"] and (frame - self.job["phase"]) % self.job["step"] == 0

    def look(self, frame: int, time_s: float, picture: np.ndarray) -> None:
        """Detect, follow and count."""
        xyxy, score, classes = self.detector(picture)
        seen = sv.Detections(xyxy, confidence=score, class_id=classes)
        timed = self.job["timestamps"]
        tracked = self.tracker.update(seen, timestamp=time_s) if timed else self.tracker.update(seen)
        tracked = tracked[tracked.tracker_id >= 0]
        self.events += [[frame, time_s, *event] for event in counted(self.zones, tracked)]
        self.looks.append((frame, tracked))

    def finish(self, out: Path) -> None:
        """Write what was found."""
        with out.with_suffix(".txt").open("w", encoding="utf-8") as file:
            for frame, tracked in self.looks:
                write(file, frame, tracked)
        out.with_suffix(".json").write_text(json.dumps({"events": self.events, "track_s": 0.0}), encoding="utf-8")


def main(video: Path, jobs: Path, out: Path) -> None:
    """Count a video, stretch by stretch as told."""
    cv2.setNumThreads(1)
    capture = cv2.VideoCapture(str(video), cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
    size = tuple(int(capture.get(key)) for key in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
    fps, number = capture.get(cv2.CAP_PROP_FPS), 0
    (job,) = json.loads(jobs.read_text(encoding="utf-8"))
    run = Run(job, size)
    for most in word.stretches():
        frames, over = 0, False
        while (frames < most or not most) and not over:
            over = not capture.grab()
            if not over and run.due(number):
                run.look(number, number / fps, capture.retrieve()[1])
            frames, number = frames + (not over), number + 1
        word.done(frames, over)
    run.finish(out / "0")


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # LineZone warns of looks without tracks
    main(*map(Path, sys.argv[1:4]))
