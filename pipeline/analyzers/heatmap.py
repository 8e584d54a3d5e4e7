"""Heat map and flow field of a zone: where in it objects are for how long, and which way they go there.

Definition: the time between two looks that both have an object in the zone goes to the cell of its foot at the second
one, and so does its way between them (`pipeline.heat` has the grid). Units: seconds; parts of the picture's size.
Places are rounded, not ways, so the ways of a slow object add up to its whole way.
Limits: the time before the first look inside is not in it, so totals are a look a stay below occupancy; where looks
are far apart, a way belongs to more cells than the one it is given to.
"""

from collections.abc import Iterable
from typing import NamedTuple

from pipeline.analyzers.zone import Look, Stay
from pipeline.config import ZoneConfig
from pipeline.events import Presence
from pipeline.heat import PER_PICTURE, Grid


class _Place(NamedTuple):
    x: int  # in 1/PER_PICTURE of the picture's width
    y: int  # likewise of its height


class HeatmapMeasure:
    """Tell where each object was between two looks, and how far it went."""

    def __init__(self, zone: ZoneConfig) -> None:
        self._zone = zone
        self._grid = Grid.over(zone.points)
        self._places: dict[int, _Place] = {}  # by track, of who was present at the last look
        self._size: tuple[int, int] | None = None

    def look(self, look: Look) -> Iterable[Presence]:
        """Return one presence for each object that is there now and was at the last look."""
        before = self._places if look.size == self._size else {}
        self._size = look.size
        self._places = {stay.track_id: _place(stay, look.size) for stay in look.present}
        if look.span_s is None:
            return
        for stay in look.present:
            was, now = before.get(stay.track_id), self._places[stay.track_id]
            if was is not None:
                foot = stay.foot[0] / look.size[0], stay.foot[1] / look.size[1]
                way = now.x - was.x, now.y - was.y
                yield Presence(self._zone.id, stay.class_name, self._grid.cell_at(foot), *look.span_s, *way)


def _place(stay: Stay, size: tuple[int, int]) -> _Place:
    x, y = (round(at / length * PER_PICTURE) for at, length in zip(stay.foot, size, strict=True))
    return _Place(x, y)
