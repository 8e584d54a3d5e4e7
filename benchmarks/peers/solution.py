"""Ultralytics' ObjectCounter from file to counts, one job at a time: `solution.py VIDEO JOBS.json OUT`.

Runs in Ultralytics' environment (`make peers-ultralytics`) and imports nothing of Parvis. The job is as `counter.py`
takes it; frames between two looks are grabbed and not converted. It is warm before it begins (`word.py`).
"""

import json
import logging
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np
import torch
import word
from counter import Run
from ultralytics.utils import LOGGER


def main(video: Path, jobs: Path, out: Path) -> None:
    """Count a video, stretch by stretch as told."""
    LOGGER.setLevel(logging.ERROR)
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    capture = cv2.VideoCapture(str(video), cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
    fps, number = capture.get(cv2.CAP_PROP_FPS), 0
    (job,) = json.loads(jobs.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        run = Run(job, Path(folder))
        warm(run, capture)
        for most in word.stretches():
            frames, over = 0, False
            while (frames < most or not most) and not over:
                over = not capture.grab()
                if not over and run.due(number):
                    run.counters[0].process(capture.retrieve()[1])
                    run.share(number, number / fps)
                frames, number = frames + (not over), number + 1
            word.done(frames, over)
    run.write(out / "0")


def warm(run: Run, capture: "cv2.VideoCapture") -> None:
    """Run the network once on a picture of this size; the tracker has seen nothing yet."""
    size = [int(capture.get(key)) for key in (cv2.CAP_PROP_FRAME_HEIGHT, cv2.CAP_PROP_FRAME_WIDTH)]
    counter = run.counters[0]
    counter.model.predict(np.zeros((*size, 3), np.uint8), imgsz=run.job["imgsz"], verbose=False)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
