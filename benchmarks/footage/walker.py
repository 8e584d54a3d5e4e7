"""A walker who goes to and fro over the middle of the plaza, composed of the bundled clip: pictures known in advance.

One person of the clip, enlarged, in front of the plaza as it looks when nobody is there (the median of some frames).
Small JPEG pictures, so that many cameras can be served and decoded on few cores.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import av.video
import numpy as np

from models.detections import Detector, Image
from pipeline.schedule import every
from pipeline.sources import SourceSpec, open_source

SIZE = (384, 288)
HEIGHT_PX = 96
"""Of the walker: far above what the network's small input still resolves."""

FEET_PX = 240
REACH = 0.25
"""Where the walker turns, as a share of the width from either side."""


@dataclass(frozen=True, slots=True)
class Walk:
    """One way there and back, picture by picture; it may be shown again and again."""

    pictures: tuple[Image, ...]
    jpegs: tuple[bytes, ...]


def walk(clip: Path, detector: Detector, steps: int) -> Walk:
    """Return a walk of `steps` pictures there and as many back.

    Raises:
        ValueError: if no person is seen in the clip.
    """
    source = open_source(SourceSpec(str(clip)), every(25))
    try:
        frames = [frame.image for frame in source if frame.image is not None]
    finally:
        source.close()
    ground = _scaled(np.median(np.stack(frames), axis=0).astype(np.uint8), SIZE)
    person = _best_person(frames, detector)
    there = np.linspace(REACH * SIZE[0], (1 - REACH) * SIZE[0], steps)
    pictures = tuple(_composed(ground, person, round(x)) for x in (*there, *there[::-1]))
    return Walk(pictures, tuple(_jpeg(picture) for picture in pictures))


def _best_person(frames: Sequence[Image], detector: Detector) -> Image:
    """Return the person that is seen best, cut out and enlarged."""
    best, cut = 0.0, None
    for image in frames:
        found = detector(image)
        for box, score, class_id in zip(found.xyxy, found.score, found.class_id, strict=True):
            if detector.labels[class_id] == "person" and score > best:
                left, top, right, bottom = (max(0, round(float(edge))) for edge in box)
                best, cut = float(score), image[top:bottom, left:right]
    if cut is None:
        raise ValueError("nobody is seen in the clip; expected a person")
    width = round(cut.shape[1] * HEIGHT_PX / cut.shape[0])
    return _scaled(cut, (width, HEIGHT_PX))


def _composed(ground: Image, person: Image, x: int) -> Image:
    picture = ground.copy()
    left = x - person.shape[1] // 2
    picture[FEET_PX - HEIGHT_PX : FEET_PX, left : left + person.shape[1]] = person
    return picture


def _scaled(image: Image, size: tuple[int, int]) -> Image:
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="bgr24")
    return np.asarray(frame.reformat(*size, format="bgr24", interpolation="AREA").to_ndarray(), np.uint8)


def _jpeg(image: Image) -> bytes:
    encoder = av.CodecContext.create("mjpeg", "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = image.shape[1], image.shape[0], "yuvj420p"
    encoder.time_base = Fraction(1)
    encoder.options = {"qmin": "2", "qmax": "4"}
    frame = av.VideoFrame.from_ndarray(image, format="bgr24").reformat(format="yuvj420p")
    packets = [*encoder.encode(frame), *encoder.encode(None)]
    return b"".join(bytes(packet) for packet in packets)
