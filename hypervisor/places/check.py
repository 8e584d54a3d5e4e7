"""Whether what a place names exists."""

from collections.abc import Iterator, Mapping, Sequence

from hypervisor.places.model import PlaceBody
from pipeline.observation import CameraDescription

Fault = tuple[str, str]
"""The field, and what is wrong with it."""


def faults_of_place(place: PlaceBody, cameras: Mapping[str, CameraDescription]) -> Iterator[Fault]:
    """Yield everything that a place names and that does not exist."""
    for v, view in enumerate(place.views):
        camera = cameras.get(view.camera)
        if camera is None:
            yield f"views.{v}.camera", missing("camera", view.camera, list(cameras))
            continue
        for n, one in enumerate(view.lines):
            if one.line not in (there := [line.id for line in camera.lines]):
                yield f"views.{v}.lines.{n}.line", missing("line", one.line, there)
        for n, zone in enumerate(view.zones):
            if zone not in (there := [one.id for one in camera.zones]):
                yield f"views.{v}.zones.{n}", missing("zone", zone, there)


def missing(what: str, asked: str, there: Sequence[str]) -> str:
    """Return the sentence that says what is not there, and what is."""
    return f"no {what} {asked!r}; expected one of {', '.join(there) or '(there is none)'}"
