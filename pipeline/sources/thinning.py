"""Which packets of a stream are decoded at all: every one, or those that stand alone."""

from collections import deque
from typing import Literal

GROUPS = 4
"""So many groups of pictures are measured before their length is believed."""

MOST_OF_A_STEP = 0.5
"""A group may be as long as half the time between two looks: a look waits for the next keyframe, so that none comes
later than half a step, and none is left out."""

PATIENCE_S = 20.0
"""Where no keyframe has come for so long, there may be none: some cameras refresh pictures strip by strip. Then all is
decoded, whatever was asked for, until one comes: a camera without pictures would look like an empty street."""


class Thinning:
    """Decides packet by packet. A packet that is not decoded leaves no trace: only those behind a keyframe are left.

    `auto` decodes keyframes only as long as the latest groups are all short enough for the wanted rate. When a longer
    one is seen, all is decoded again from the next keyframe on, for what follows needs what was left out.
    """

    def __init__(self, frames: Literal["all", "keyframes", "auto"], looks_fps: float | None) -> None:
        self._frames = frames
        self._longest_s = MOST_OF_A_STEP / looks_fps if looks_fps else 0.0
        self._lengths_s: deque[float] = deque(maxlen=GROUPS)
        self._keyframe_s: float | None = None  # when the latest one came, or the stream began
        self.keyframes_only = frames == "keyframes"

    def wants(self, is_keyframe: bool, time_s: float | None) -> bool:
        """Return whether a packet is to be decoded; `time_s` is its time in the stream, seconds."""
        if self._frames != "all" and time_s is not None:
            if is_keyframe or self._keyframe_s is None or time_s < self._keyframe_s:
                self._measure(time_s, is_keyframe=is_keyframe)
            elif time_s - self._keyframe_s > PATIENCE_S:
                self.keyframes_only = False
        return is_keyframe or not self.keyframes_only

    def _measure(self, time_s: float, *, is_keyframe: bool) -> None:
        before_s, self._keyframe_s = self._keyframe_s, time_s
        if before_s is None or time_s <= before_s or not is_keyframe:  # a beginning, or the stream's clock was set back
            self._lengths_s.clear()
        else:
            self._lengths_s.append(time_s - before_s)
        if is_keyframe:  # what follows another packet may need what was left out
            short = len(self._lengths_s) == GROUPS and max(self._lengths_s) <= self._longest_s
            self.keyframes_only = short or self._frames == "keyframes"
