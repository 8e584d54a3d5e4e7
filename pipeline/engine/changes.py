"""What a new configuration means for a camera that is being watched: nothing, other measures, or a new beginning."""

from typing import Literal

from pipeline.config import CameraConfig, SiteFile, watches_deposits

Change = Literal["none", "measures", "anew"]

MEASURED = frozenset(
    {"name", "location", "legal_basis", "priority", "masks", "calibration", "lines", "zones"}
)  # fmt: skip
"""Fields of a camera that change while it goes on running. Any other, also a later one, means beginning anew."""

AT_START = ("redis", "data_dir")
"""Fields of the site that are read once, when `parvis run` starts."""


def change_of(before: SiteFile, now: SiteFile, camera_id: str) -> Change:
    """Return what a camera that both configurations have must do to follow the new one."""
    old, new = before.camera(camera_id), now.camera(camera_id)
    if before.detector_of(old) != now.detector_of(new) or before.retention != now.retention:
        return "anew"
    differing = {name for name in CameraConfig.model_fields if getattr(old, name) != getattr(new, name)}
    differing.discard("detector")  # its effect was compared above: naming the site's own value changes nothing
    watched = watches_deposits(old) or watches_deposits(new)  # what it has learned of the ground holds for its zones
    if differing - MEASURED or (watched and differing & {"zones", "masks", "calibration"}):
        return "anew"
    return "measures" if differing or before.site != now.site else "none"


def unfollowed(before: SiteFile, now: SiteFile) -> list[str]:
    """Return the fields that changed and take effect only when `parvis run` is started again."""
    return [name for name in AT_START if getattr(before, name) != getattr(now, name)]
