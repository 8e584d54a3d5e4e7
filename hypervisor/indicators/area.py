"""Where an indicator is computed."""

from collections.abc import Mapping
from dataclasses import dataclass

from hypervisor.places.model import Place, Semantics


@dataclass(frozen=True, slots=True)
class Scope:
    """Cameras and sensors, in the order in which they are preferred."""

    cameras: tuple[str, ...]
    sensors: tuple[str, ...]
    place: Place | None = None
    own_sensors: tuple[str, ...] | None = None  # those whose counts of people may be read; None: all

    @property
    def semantics(self) -> Semantics:
        """Return how cameras are joined."""
        return "sum" if self.place is None else self.place.semantics

    def subjects(self) -> Mapping[str, Mapping[str, bool]] | None:
        """Return camera → line or zone → whether it is turned; None: all of them, as they are."""
        if self.place is None:
            return None
        return {
            view.camera: {one.line: one.reverse for one in view.lines} | dict.fromkeys(view.zones, False)
            for view in self.place.views
        }
