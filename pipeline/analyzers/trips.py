"""Trips from zone to zone (origin and destination). Unit: objects.

Definition: an object that was in one zone that measures `od` and comes into another one makes one trip between them,
told when it arrives; from there the next one may begin. Whoever comes back to the same zone makes none.
Limits: a way through three zones is two trips, so zones belong where ways begin and end, and should not overlap; an
object lost on its way and found under another id makes no trip; the origin must count the class that arrives.
Source: the origin–destination matrix of transport planning, of what one camera sees.
"""

from collections.abc import Iterable

from pipeline.analyzers.zone import Look, Stay
from pipeline.config import ZoneConfig
from pipeline.events import Counted, Event
from pipeline.tracks import Tracks


class Trips:
    """Remember the zone in which each object was last; comes after the zones, as an analyzer of its own."""

    def __init__(self) -> None:
        self._origins: dict[int, ZoneConfig] = {}  # by track
        self._arrived: list[tuple[Stay, ZoneConfig]] = []  # in this look

    def arrive(self, stay: Stay, zone: ZoneConfig) -> None:
        """Take an object that came into a zone."""
        self._arrived.append((stay, zone))

    def update(self, tracks: Tracks) -> Iterable[Counted]:
        """Return the trips that this look completes, and forget who is gone."""
        arrived, self._arrived = sorted(self._arrived, key=lambda one: one[0].entered_s), []
        found: list[Counted] = []
        for stay, zone in arrived:
            origin = self._origins.get(stay.track_id)
            if origin is not None and origin.id != zone.id and stay.class_name in origin.classes:
                found.append(Counted("od", origin.id, stay.class_name, stay.entered_s, zone.id))
            self._origins[stay.track_id] = zone
        for track_id in tracks.ended:
            self._origins.pop(track_id, None)
        return found

    def close(self) -> Iterable[Counted]:
        """Return nothing: who has not arrived makes no trip."""
        return ()


class TripsMeasure:
    """Tell the trips of a camera who came into a zone."""

    def __init__(self, zone: ZoneConfig, trips: Trips) -> None:
        self._zone = zone
        self._trips = trips

    def look(self, look: Look) -> Iterable[Event]:
        """Hand on who came in."""
        for stay in look.entered:
            self._trips.arrive(stay, self._zone)
        return ()
