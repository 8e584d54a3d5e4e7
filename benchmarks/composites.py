"""Composites: things put down on real footage and taken away again, encoded anew so that nothing betrays the paste.

A thing appears and goes while somebody passes in front of it. It follows the light of its place, is as sharp as the
plate, has the plate's noise and a contact shadow; who passes stays in front of it. Decoys go through the same hands.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.plates import RATE, Picture
from pipeline.cleanliness.light import change_of_light

Layer = NDArray[np.float32]

IN_FRONT = 40
"""Grey levels from the plate at which somebody passes in front."""

PASSING_S = 1.5
CRF = "27"
"""Quality of the encoding, as street cameras send it."""


@dataclass(frozen=True, slots=True, eq=False)
class Paste:
    """One thing or decoy in a clip."""

    what: str  # bag, litter, plate, shadow, light, person, car
    name: str
    left: int
    top: int
    colour: Layer  # (h, w, 3) BGR; for shadow and light: the factor
    alpha: Layer  # (h, w, 1) 0..1
    put_s: float
    removed_s: float

    @property
    def is_decoy(self) -> bool:
        """Return whether it is no deposit."""
        return self.what not in ("bag", "litter")

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Return left, top, right, bottom, px."""
        height, width = self.alpha.shape[:2]
        return self.left, self.top, self.left + width, self.top + height


def fitted(cutout: NDArray[np.uint8], side: int, random: np.random.Generator) -> tuple[Layer, Layer]:
    """Return colour and alpha of a cut-out with a longer side of so many px: turned a little, perhaps mirrored."""
    if random.random() < 0.5:
        cutout = np.ascontiguousarray(cutout[:, ::-1])
    height, width = cutout.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), float(random.uniform(-20, 20)), 1.0)
    padded = cv2.warpAffine(cutout, turn, (width, height), flags=cv2.INTER_AREA)
    ys, xs = np.nonzero(padded[:, :, 3] > 127)
    padded = padded[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]
    scale = side / max(padded.shape[:2])
    size = (max(3, round(padded.shape[1] * scale)), max(3, round(padded.shape[0] * scale)))
    small = cv2.resize(padded, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    small = cv2.GaussianBlur(small, (0, 0), 0.7).astype(np.float32)
    return np.ascontiguousarray(small[:, :, :3]), np.asarray(small[:, :, 3:] / 255, np.float32)


def lit_like(colour: Layer, alpha: Layer, plate: Picture) -> Layer:
    """Return a thing's colour with brightness and contrast brought half way to those of the plate around it."""
    body, ground = colour[alpha[:, :, 0] > 0.5], plate.reshape(-1, 3).astype(np.float32)
    if not len(body):
        return colour
    contrast = float(np.clip((ground.std() + 12) / (body.std() + 12), 0.5, 1.5))
    level = float(np.clip((ground.mean() + 20) / (body.mean() + 20), 0.5, 1.5)) ** 0.5
    return np.asarray(np.clip((colour - body.mean()) * contrast + body.mean() * level, 5, 250), np.float32)


def composed(
    taken: Sequence[tuple[float, Picture]], plate: Picture, pastes: Sequence[Paste], passer: NDArray[np.uint8],
    random: np.random.Generator,
) -> list[tuple[float, Picture]]:  # fmt: skip
    """Return a clip with everything in it, encoded and decoded again."""
    noise = _noise_of(taken)
    done = []
    for time_s, picture in taken:
        frame = picture.copy()
        grey, usual = (np.asarray(cv2.cvtColor(one, cv2.COLOR_BGR2GRAY), np.uint8) for one in (picture, plate))
        light = change_of_light(usual, grey, np.ones(grey.shape, np.bool_), 2.0)  # a cloud passes in front of nothing
        front = np.abs(grey - usual * light) > IN_FRONT
        for paste in pastes:
            if paste.put_s <= time_s < paste.removed_s:
                _put(frame, picture, plate, paste, front, noise, random)
        for paste in pastes:
            for at_s in (paste.put_s, paste.removed_s):
                if abs(time_s - at_s) <= PASSING_S / 2:
                    _pass(frame, paste, passer, (time_s - at_s) / PASSING_S)
        done.append((time_s, frame))
    return encoded(done)


def _noise_of(taken: Sequence[tuple[float, Picture]]) -> float:
    """Return the standard deviation of the noise from picture to picture, grey levels."""
    grey = [cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).astype(np.float32) for _, picture in taken[:12]]
    steps = [np.median(np.abs(b - a)) for a, b in pairwise(grey)]
    return float(np.median(steps)) / 0.95


def _put(
    frame: Picture, picture: Picture, plate: Picture, paste: Paste, front: NDArray[np.bool_], noise: float,
    random: np.random.Generator,
) -> None:  # fmt: skip
    left, top, right, bottom = paste.box
    part = np.s_[top:bottom, left:right]
    below = frame[part].astype(np.float32)
    alpha = paste.alpha * ~front[part][:, :, None]
    if paste.what in ("shadow", "light"):
        frame[part] = np.clip(below * (1 + (paste.colour - 1) * alpha), 0, 255).astype(np.uint8)
        return
    was, now = (
        float(plate[part].mean()) + 4,
        float(picture[part][~front[part]].mean() if (~front[part]).any() else 0) + 4,
    )
    light = np.clip(now / was, 0.5, 1.5)
    grain = random.normal(0, max(0.5, noise), (*alpha.shape[:2], 1))
    if paste.what != "plate":
        _shade(frame, paste, front)
        below = frame[part].astype(np.float32)
    thing = paste.colour * light + grain
    frame[part] = np.clip(below * (1 - alpha) + thing * alpha, 0, 255).astype(np.uint8)


def _shade(frame: Picture, paste: Paste, front: NDArray[np.bool_]) -> None:
    """Darken the ground around a thing's foot by a fifth, a few px wide."""
    left, top, right, bottom = paste.box
    reach = max(2, (bottom - top) // 10)
    y1, y2 = max(0, bottom - (bottom - top) // 3), min(len(frame), bottom + reach)
    x1, x2 = max(0, left - reach), min(frame.shape[1], right + reach)
    shade = np.zeros((y2 - y1, x2 - x1), np.float32)
    cv2.ellipse(
        shade, ((x2 - x1) // 2, (y2 - y1) // 2), ((x2 - x1) // 2 - 1, (y2 - y1) // 2), 0, 0, 360, 0.2, cv2.FILLED
    )
    shade = cv2.GaussianBlur(shade, (0, 0), 1.0) * ~front[y1:y2, x1:x2]
    frame[y1:y2, x1:x2] = (frame[y1:y2, x1:x2] * (1 - shade[:, :, None])).astype(np.uint8)


def _pass(frame: Picture, paste: Paste, passer: NDArray[np.uint8], phase: float) -> None:
    """Let somebody pass in front of a place; phase -0.5 to 0.5 is from one side to the other."""
    left, top, right, bottom = paste.box
    height = min(len(frame) - 2, max(12, round(2.2 * max(right - left, bottom - top))))
    width = max(4, round(passer.shape[1] * height / passer.shape[0]))
    figure = cv2.resize(passer, (width, height), interpolation=cv2.INTER_AREA)
    x = round((left + right) / 2 + phase * 2 * (right - left) - width / 2)
    y = min(len(frame), bottom + 2) - height
    x1, y1, x2, y2 = max(0, x), max(0, y), min(frame.shape[1], x + width), min(len(frame), y + height)
    if x1 >= x2 or y1 >= y2:
        return
    figure = figure[y1 - y : y2 - y, x1 - x : x2 - x].astype(np.float32)
    alpha = figure[:, :, 3:] / 255
    frame[y1:y2, x1:x2] = (frame[y1:y2, x1:x2] * (1 - alpha) + figure[:, :, :3] * alpha).astype(np.uint8)


def encoded(taken: Sequence[tuple[float, Picture]]) -> list[tuple[float, Picture]]:
    """Return pictures after H.264, as a camera sends them."""
    buffer = io.BytesIO()
    height, width = taken[0][1].shape[:2]
    width, height = width - width % 2, height - height % 2
    with av.open(buffer, "w", format="mp4") as writing:
        stream = writing.add_stream(
            "libx264", rate=Fraction(RATE), options={"preset": "veryfast", "crf": CRF, "threads": "1"}
        )
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for n, (_, picture) in enumerate(taken):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture[:height, :width]), format="bgr24")
            frame.pts, frame.time_base = n, 1 / Fraction(RATE)
            writing.mux(stream.encode(frame))
        writing.mux(stream.encode(None))
    buffer.seek(0)
    return list(zip((time_s for time_s, _ in taken), _decoded(buffer), strict=True))


def _decoded(buffer: io.BytesIO) -> Iterator[Picture]:
    with av.open(buffer, "r") as reading:
        for frame in reading.decode(video=0):
            yield np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)
