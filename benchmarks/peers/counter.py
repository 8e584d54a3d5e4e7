"""Count a video with Ultralytics' ObjectCounter: `counter.py VIDEO JOBS.json OUT`.

Runs in an environment of its own (`make peers-ultralytics`) and imports nothing of Parvis. JOBS.json is a list of jobs:

    {"model": weights, "imgsz": int, "conf": float, "iou": float, "tracker": name or {settings}, "classes": [int],
     "step": int, "phase": int, "lines": [{"id", "from": [x, y], "to": [x, y]}]  (px)}

All jobs share one pass over the video, and the network looks at each picture once a size; tracking, counting and
drawing are the peer's own code. Several lines of one job share its tracks. For each job OUT/<number>.txt and .json are
as `follow.py` writes them; an ObjectCounter's count is told as an event of the frame in which it rose.
"""

import copy
import json
import logging
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
import yaml
from ultralytics.models.yolo.detect import DetectionPredictor
from ultralytics.solutions import ObjectCounter
from ultralytics.utils import LOGGER

SCORE_MIN = 0.05  # weaker boxes never pass the thresholds used here


class Network:
    """What the network says of the newest picture, by input shape: asked once, told to every job."""

    def __init__(self) -> None:
        self.answers: dict = {}  # input shape → what it said, seconds it took
        self.saved_s = 0.0  # what asking again would have taken

    def install(self) -> None:
        """Stand before the network in every predictor."""
        ask = DetectionPredictor.inference

        def inference(predictor: DetectionPredictor, im: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
            shape = tuple(im.shape)
            if shape in self.answers:
                self.saved_s += self.answers[shape][1]
            else:
                began = time.process_time()
                said = ask(predictor, im, *args, **kwargs)
                said = said[0] if isinstance(said, list | tuple) else said
                strong = (said[0, 4:] > SCORE_MIN).any(dim=0)
                self.answers[shape] = said[:, :, strong], time.process_time() - began
            return self.answers[shape][0].clone()

        DetectionPredictor.inference = inference

    def next_picture(self) -> None:
        """Forget the last picture."""
        self.answers.clear()


class Counter(ObjectCounter):
    """The peer's counter, noting when its counts rise."""

    def count_objects(self, current_centroid: tuple, track_id: int, prev_position: tuple | None, cls: int) -> None:
        """Count as it does, and note it."""
        before = self.in_count
        total = self.in_count + self.out_count
        super().count_objects(current_centroid, track_id, prev_position, cls)
        if self.in_count + self.out_count > total:
            self.told.append(("in" if self.in_count > before else "out", track_id, int(cls)))

    def follow(self, gone: list) -> None:
        """Count tracks made by another counter, as `process` does, without drawing; `gone` will not come back."""
        if not self.region_initialized:
            self.initialize_region()
            self.region_initialized = True
        self.forget_tracks(gone)
        for box, track_id, cls in zip(self.boxes, self.track_ids, self.clss, strict=True):
            self.store_tracking_history(track_id, box)
            history = self.track_history[track_id]
            self.count_objects(history[-1], track_id, history[-2] if len(history) > 1 else None, cls)


class Run:
    """One job: a counter for each line; the first one tracks, the others take its tracks."""

    def __init__(self, job: dict, folder: Path) -> None:
        self.job, self.spent_s, self.events, self.rows = job, 0.0, [], []
        region = [tuple(job["lines"][0]["from"]), tuple(job["lines"][0]["to"])]
        settings = {key: job[key] for key in ("model", "imgsz", "conf", "iou", "classes")}
        first = Counter(region=region, tracker=tracker_file(job, folder), show=False, verbose=False, **settings)
        self.counters = [first, *(sibling(first, line) for line in job["lines"][1:])]
        first.told = []

    def due(self, frame: int) -> bool:
        """Return whether this job looks at a frame."""
        return frame >= self.job["phase"] and (frame - self.job["phase"]) % self.job["step"] == 0

    def look(self, frame: int, time_s: float, picture: np.ndarray, network: Network) -> None:
        """Process one frame."""
        network.saved_s = 0.0
        began = time.process_time()
        self.counters[0].process(picture.copy())
        self.spent_s += time.process_time() - began + network.saved_s
        self.share(frame, time_s)

    def share(self, frame: int, time_s: float) -> None:
        """Let the other counters count the tracks of the first one, and note what all have counted."""
        first = self.counters[0]
        for counter in self.counters[1:]:
            counter.boxes, counter.clss, counter.track_ids, counter.confs = (
                first.boxes, first.clss, first.track_ids, first.confs,
            )  # fmt: skip
            counter.follow([t.track_id for t in first.model.predictor.trackers[0].removed_stracks_frame])
        for line, counter in zip(self.job["lines"], self.counters, strict=True):
            self.events += [[frame, time_s, line["id"], *told] for told in counter.told]
            counter.told.clear()
        self.note(frame)

    def write(self, out: Path) -> None:
        """Write the tracks and what was counted."""
        out.with_suffix(".txt").write_text("".join(self.rows), encoding="utf-8")
        result = {"events": self.events, "track_s": self.spent_s}
        out.with_suffix(".json").write_text(json.dumps(result), encoding="utf-8")

    def note(self, frame: int) -> None:
        """Keep the tracks as MOTChallenge lines."""
        first = self.counters[0]
        for box, ident, cls, score in zip(first.boxes, first.track_ids, first.clss, first.confs, strict=True):
            left, top, right, bottom = box.tolist()
            place = f"{left:.3f},{top:.3f},{right - left:.3f},{bottom - top:.3f}"
            self.rows.append(f"{frame + 1},{ident},{place},{score:.4f},{int(cls)},-1\n")


def sibling(first: Counter, line: dict) -> Counter:
    """Return a counter of another line on the tracks of the first one."""
    other = copy.copy(first)
    other.region = [tuple(line["from"]), tuple(line["to"])]
    other.track_history, other.counted_ids = defaultdict(list), set()
    other.classwise_count = defaultdict(lambda: {"IN": 0, "OUT": 0})
    other.told = []
    other.region_initialized = False
    return other


def tracker_file(job: dict, folder: Path) -> str:
    """Return the tracker's settings as a file, or the name of one that ships with the peer."""
    if isinstance(job["tracker"], str):
        return job["tracker"]
    text = yaml.safe_dump(job["tracker"])
    path = folder / f"{abs(hash(text))}.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def main(video: Path, jobs: Path, out: Path) -> None:
    """Run every job in one pass."""
    LOGGER.setLevel(logging.ERROR)
    network = Network()
    network.install()
    with tempfile.TemporaryDirectory() as folder:
        runs = [Run(job, Path(folder)) for job in json.loads(jobs.read_text(encoding="utf-8"))]
        capture = cv2.VideoCapture(str(video))
        fps, frame = capture.get(cv2.CAP_PROP_FPS), 0
        while (found := capture.read())[0]:
            network.next_picture()
            for run in runs:
                if run.due(frame):
                    run.look(frame, frame / fps, found[1], network)
            frame += 1
    for number, run in enumerate(runs):
        run.write(out / str(number))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
