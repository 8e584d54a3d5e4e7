"""The writer of `parvis bench api`: tells crossings at a rate, in batches of a camera, as pipelines write them."""

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from pipeline.config import RetentionConfig
from pipeline.keys import STEPS_S, crossing_field
from pipeline.observation import Observation
from pipeline.publish import Entry, Increment
from pipeline.redis_client import connect

CAMERAS = 50


def main(url: str, rate: float, seconds: float) -> None:
    """Tell so many events a second for so long; then say how many it were."""
    client, retention = connect(url, Path()), RetentionConfig()
    batch = max(1, round(rate / 100))  # a hundred calls a second at most
    begin_s, told, seqs = time.monotonic(), 0, [0] * CAMERAS
    while time.monotonic() - begin_s < seconds:
        time.sleep(max(0.0, begin_s + told / rate - time.monotonic()))
        number = told // batch % CAMERAS
        client.ingest(f"cam-{number}", "e1", [_entry(number, seqs[number] + n + 1) for n in range(batch)], retention)
        seqs[number] += batch
        told += batch
    sys.stdout.write(json.dumps({"told": told, "seconds": time.monotonic() - begin_s}) + "\n")


def _entry(number: int, seq: int) -> Entry:
    now_s, name = time.time(), f"cam-{number}"
    observation = Observation(
        id=f"{name}:e1:{seq}", camera_id=name, kind="crossing", subject="entree",
        observed_at=datetime.fromtimestamp(now_s, UTC), value=1.0, unit="crossing",
        detail={"class": "person", "direction": "forward", "told": now_s},
    )  # fmt: skip
    return Entry(seq, now_s, observation, (Increment(crossing_field("entree", "person", "forward"), 1),), STEPS_S)


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), float(sys.argv[3]))
