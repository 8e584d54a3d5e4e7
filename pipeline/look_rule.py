"""How often the detector looks at a source: the configured rate, fitted to what the source gives."""

from pathlib import Path
from typing import Literal

from pipeline.pace.pacer import AdaptivePacer, PaceParameters, Pacer, SteadyPacer
from pipeline.schedule import AUTO_LIVE_FPS, at_rate, every, step_for
from pipeline.sources import SourceSpec, is_live, nominal_fps

Rate = float | Literal["auto", "adaptive"]


def pacer_for(wanted: Rate, spec: SourceSpec, *, stills: bool = True) -> Pacer:
    """Return what says when the detector looks at this source; without `stills` every look has a picture.

    Raises:
        SourceError: if a recording cannot be opened.
    """
    if wanted == "adaptive":
        return AdaptivePacer(PaceParameters() if stills else PaceParameters(refresh_s=0.0))
    if is_live(spec.source):
        fps = AUTO_LIVE_FPS if wanted == "auto" else wanted
        return SteadyPacer(1 / fps, at_rate(fps))
    return recorded_pacer(wanted, nominal_fps([Path(spec.source)], spec.fps))


def recorded_pacer(wanted: Rate, source_fps: float, phase: int = 0) -> Pacer:
    """Return the pacer of a recording: in steps from frame `phase` on, or adaptive."""
    if wanted == "adaptive":
        return AdaptivePacer()
    step = step_for(source_fps, wanted)
    return SteadyPacer(step / source_fps, every(step, phase))
