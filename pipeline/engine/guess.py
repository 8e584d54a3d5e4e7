"""What a camera may cost, before a worker has measured it."""

from pipeline.build import source_spec
from pipeline.config_faults import ConfigError
from pipeline.config_file import LoadedSite
from pipeline.engine.placement import guessed_cost
from pipeline.errors import SourceError
from pipeline.schedule import AUTO_FPS, AUTO_LIVE_FPS, every
from pipeline.sources import is_live, open_source

ADAPTIVE_FPS = 4.0
"""Between the least and the most that an adaptive rate may look."""


def first_guess(loaded: LoadedSite, camera_id: str) -> float:
    """Return CPU seconds a second, from pixels × rate as a recording states them; a live camera is not called."""
    camera = loaded.site.camera(camera_id)
    wanted = loaded.site.detector_of(camera).fps
    looks = {"auto": AUTO_LIVE_FPS, "adaptive": ADAPTIVE_FPS}.get(str(wanted), wanted)
    size, fps = None, camera.fps
    try:
        spec = source_spec(loaded, camera)
        if not is_live(spec.source):
            source = open_source(spec, every(1))
            size, fps = source.status.size, source.status.fps
            source.close()
    except (ConfigError, SourceError):  # it fails alone, once it is watched
        return 0.0
    if wanted == "auto" and fps is not None:
        looks = min(fps, AUTO_FPS)
    return guessed_cost(size, fps, float(looks))
