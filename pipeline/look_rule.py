"""How often the detector looks at a source: the configured rate, fitted to what the source gives."""

from pathlib import Path
from typing import Literal

from pipeline.schedule import AUTO_LIVE_FPS, Due, at_rate, every, step_for
from pipeline.sources import SourceSpec, is_live, nominal_fps


def look_rule(wanted: float | Literal["auto"], spec: SourceSpec) -> tuple[float, Due]:
    """Return the seconds between two looks, and the rule that says when they are due.

    Raises:
        SourceError: if a recording cannot be opened.
    """
    if is_live(spec.source):
        fps = AUTO_LIVE_FPS if wanted == "auto" else wanted
        return 1 / fps, at_rate(fps)
    source_fps = nominal_fps([Path(spec.source)], spec.fps)
    step = step_for(source_fps, wanted)
    return step / source_fps, every(step)
