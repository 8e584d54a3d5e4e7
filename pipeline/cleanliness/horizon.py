"""The short horizon: what the ground looks like now, with whoever passes taken out of it.

It is the median of the last nine samples, pixel by pixel. Where a sample's ground was hidden, the last value that was
seen there takes its place, in the light of now, so people who are known to be there never enter; those the detector
missed are gone from the median unless they stay for half of it.
"""

from collections import deque

import cv2
import numpy as np

from pipeline.cleanliness.light import change_of_light
from pipeline.cleanliness.sample import Grey, Map, Mask, Packed, Sample

SAMPLES = 9
HALF = SAMPLES // 2
"""What has changed shows in the median so many samples after the first one that shows it."""

LONGEST_GAP_S = 30.0
"""After a longer gap the samples before it say nothing about now."""

_SWAPS = (
    (0, 1), (3, 4), (6, 7), (1, 2), (4, 5), (7, 8), (0, 1), (3, 4), (6, 7), (0, 3), (5, 8), (4, 7), (3, 6), (1, 4),
    (2, 5), (4, 7), (4, 2), (6, 4), (4, 2),
)  # fmt: skip
"""The exchanges that bring the middle of nine values into place 4 (Devillard 1998, after Smith)."""

_RESTLESS = 20
"""Grey levels from the median at which a sample shows something else: noise of a poor camera stays below."""

_CACHED = 32_768
"""Pixels of a picture that are worked on at a time."""


class Horizon:
    """Keeps the last samples of one camera."""

    def __init__(self) -> None:
        self._greys: deque[Grey] = deque(maxlen=SAMPLES)
        self._chromas: deque[Grey] = deque(maxlen=SAMPLES)
        self._seen: deque[Packed] = deque(maxlen=SAMPLES)
        self._step_s: deque[float] = deque(maxlen=SAMPLES)
        self._last_s: float | None = None

    def add(self, sample: Sample) -> None:
        """Take a sample."""
        if self._last_s is not None:
            gap_s = sample.time_s - self._last_s
            if not 0 < gap_s <= LONGEST_GAP_S or self._greys[-1].shape != sample.grey.shape:
                self.clear()
            else:
                self._step_s.append(gap_s)
        self._last_s = sample.time_s
        seen = (~sample.hidden).astype(np.uint8)
        grey, chroma = sample.grey, sample.chroma
        if self._greys and sample.hidden.any():
            half = cv2.resize(seen, (chroma.shape[1], chroma.shape[0]), interpolation=cv2.INTER_NEAREST)
            light = change_of_light(self._greys[-1], grey, ~sample.hidden & self._seen[-1].mask, 1.15)
            followed = np.clip(self._greys[-1] * light, 0, 255).astype(np.uint8)
            grey = np.where(sample.hidden, followed, grey)
            chroma = np.where((half == 0)[:, :, None], self._chromas[-1], chroma)
        self._greys.append(grey)
        self._chromas.append(chroma)
        self._seen.append(Packed.of(~sample.hidden))

    def clear(self) -> None:
        """Forget all samples."""
        for kept in (self._greys, self._chromas, self._seen, self._step_s):
            kept.clear()
        self._last_s = None

    @property
    def full(self) -> bool:
        """Return whether there are enough samples for a median that says something."""
        return len(self._greys) > HALF

    @property
    def complete(self) -> bool:
        """Return whether there are as many as there can be: what is learned first is learned from all of them."""
        return len(self._greys) == SAMPLES

    @property
    def delay_s(self) -> float:
        """Return how long ago it began what the median shows since this sample."""
        steps = list(self._step_s)[-HALF:]
        return sum(steps)

    def ground(self) -> tuple[Grey, Grey]:
        """Return the medians: grey (h, w), and chroma (h/2, w/2, 2)."""
        return _median(list(self._greys)), _median(list(self._chromas))

    @property
    def newest(self) -> Grey:
        """Return the last sample, (h, w)."""
        return self._greys[-1]

    @property
    def latest(self) -> Grey | None:
        """Return the last sample, (h, w); None before there is one."""
        return self._greys[-1] if self._greys else None

    @property
    def hidden(self) -> Mask:
        """Return where something hid the ground in the last sample, (h, w)."""
        return ~self._seen[-1].mask

    def known(self) -> Mask:
        """Return where the ground was seen in half of the samples at least, (h, w)."""
        total = np.zeros(self._greys[-1].shape, np.uint8)
        for seen in self._seen:
            total += seen.mask
        return np.asarray(total > len(self._seen) // 2)

    def restless(self, ground: Grey) -> Mask:
        """Return where the newest sample shows something else than the median, light apart, (h, w)."""
        newest = self._greys[-1]
        light = change_of_light(ground, newest, self._seen[-1].mask, 1.5)
        level = np.clip(ground * light, 0, 255).astype(np.uint8)
        return np.asarray(cv2.absdiff(newest, level) > _RESTLESS)

    def swaying(self, ground: Grey) -> Map:
        """Return the share of all samples in which each pixel showed something else than the median, (h, w) 0..1."""
        total, seen = np.zeros(ground.shape, np.float32), self._seen[-1].mask
        for grey in self._greys:
            light = change_of_light(ground, grey, seen, 1.5)
            total += np.abs(grey - ground * light) > _RESTLESS
        return np.asarray(cv2.blur(total / len(self._greys), (3, 3)), np.float32)


def _median(pictures: list[Grey]) -> Grey:
    if len(pictures) < SAMPLES:
        return np.asarray(np.median(np.stack(pictures), axis=0), np.uint8)
    result = np.empty_like(pictures[0])
    rows_a_time = max(1, _CACHED // max(1, result[0].size))  # all nine stay in the processor's cache
    for top in range(0, len(result), rows_a_time):
        end = min(len(result), top + rows_a_time)
        values = [picture[top:end].reshape(end - top, -1) for picture in pictures]
        for low, high in _SWAPS:
            values[low], values[high] = (
                np.asarray(cv2.min(values[low], values[high])),
                np.asarray(cv2.max(values[low], values[high])),
            )
        result[top:end] = values[4].reshape(result[top:end].shape)
    return result
