"""The questions of the catalogue, by kind: what is asked of a place's series."""

from collections.abc import Callable, Mapping

from hypervisor.recommendations.kinds import cleanliness, devices, environment, flows, space, streets
from hypervisor.recommendations.question import Question
from hypervisor.recommendations.view import Site

Asker = Callable[[Site, str, Mapping[str, float]], Question | None]
"""Of a camera's (or sensor's) line or zone, with the numbers of the catalogue; None: what it needs is not measured."""

ASKERS: Mapping[str, Asker] = {
    **cleanliness.ASKERS,
    **flows.ASKERS,
    **streets.ASKERS,
    **space.ASKERS,
    **environment.ASKERS,
    **devices.ASKERS,
}
"""Id of a kind → its question."""
