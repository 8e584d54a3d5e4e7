"""Turning movements: by which named edge of a zone objects come in, and by which they leave. Unit: objects.

Definition: an object that was seen outside before and afterwards counts once, when it leaves, from the edge that the
straight way between its last look outside and its first look inside goes over, to the edge that its way out goes over
(`from>to`). Whoever turns back leaves by the edge of entry, which counts, too.
Limits: who appears or is lost inside makes no turn, and neither does who goes over a side without a name; few looks a
second may cut a corner, so sides should meet where nobody passes.
Source: turning movement counts at intersections (FHWA, Traffic Monitoring Guide).
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from pipeline.analyzers.zone import Look
from pipeline.config import ZoneConfig
from pipeline.events import Counted
from pipeline.geometry import Pair, cross


class TurnsMeasure:
    """Tell who went from which edge to which."""

    def __init__(self, zone: ZoneConfig) -> None:
        self._zone = zone
        self._names: dict[int | None, str] = {side: edge.id for edge in zone.edges for side in edge.sides}

    def look(self, look: Look) -> Iterable[Counted]:
        """Return one event for each object that went through."""
        width, height = look.size
        corners = [(x * width, y * height) for x, y in self._zone.points]
        for stay in look.ended:
            if stay.before is None or stay.after is None or stay.left_s is None:
                continue
            entry = side_between(stay.before, stay.first, corners)
            way_out = side_between(stay.after, stay.foot, corners)
            if entry in self._names and way_out in self._names:
                way = f"{self._names[entry]}>{self._names[way_out]}"
                yield Counted("turns", self._zone.id, stay.class_name, stay.left_s, way)


def side_between(outside: Pair, inside: Pair, corners: Sequence[Pair]) -> int | None:
    """Return the side of a polygon by which a straight way comes in, the last one where it goes over several."""
    found: list[tuple[float, int]] = []
    for side, (a, b) in enumerate(pairwise([*corners, corners[0]])):
        before, after = cross(a, b, outside), cross(a, b, inside)
        if before != after and before * after <= 0 and cross(outside, inside, a) * cross(outside, inside, b) <= 0:
            found.append((before / (before - after), side))
    return max(found)[1] if found else None
