"""One part of Parvis as a program that waits for the word: `python -m benchmarks.part_of_ours decode|detect CONFIG …`.

`decode CONFIG` plays the first camera's recording, a picture wanted twice a second: every frame is decoded, as the
configuration says, and those in between are not converted. `detect CONFIG PICTURES.npz OUT.npz` looks at pictures with
the configured detector; the files are those of `benchmarks/peers/detect.py`. Each word is one pass.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.peers import word
from parvis.cli import guarded
from pipeline.build import detector_for, source_spec
from pipeline.config_file import load_config
from pipeline.schedule import every, step_for
from pipeline.settle import settle
from pipeline.sources import nominal_fps, open_source

LOOKS_FPS = 2.0


def decode(config: str) -> None:
    """Play the recording, again for each word."""
    loaded = load_config(Path(config))
    spec = source_spec(loaded, loaded.site.cameras[0])
    step = step_for(nominal_fps([Path(spec.source)], spec.fps), LOOKS_FPS)
    for _ in word.stretches():
        source = open_source(spec, every(step))
        for _frame in source:
            pass
        word.done(source.status.frames, over=False)
        source.close()


def detect(config: str, pictures: str, out: str) -> None:
    """Look at the pictures, again for each word."""
    loaded = load_config(Path(config))
    detector = detector_for(loaded.site.detector, loaded.site.cameras, loaded.path.parent)
    seen = np.load(pictures)["pictures"]
    found = [detector(seen[0])]
    settle()
    for _ in word.stretches():
        found = [detector(picture) for picture in seen]
        word.done(len(seen), over=False)
    np.savez(
        out,
        picture=np.repeat(np.arange(len(found)), [len(one) for one in found]),
        xyxy=np.concatenate([one.xyxy for one in found]),
        score=np.concatenate([one.score for one in found]),
        class_id=np.concatenate([one.class_id for one in found]),
    )


def main(arguments: Sequence[str]) -> None:
    """Run the part that is named."""
    if arguments[0] == "decode":
        decode(arguments[1])
    else:
        detect(*arguments[1:4])


if __name__ == "__main__":
    raise SystemExit(guarded(lambda: main(sys.argv[1:])))
