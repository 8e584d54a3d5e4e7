"""Zones of several cameras that see the same ground: one thing there is told twice, and counts once (pydantic only)."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from pipeline.deposits import DepositsConfig


class Seen(NamedTuple):
    """One of the zones that see a place."""

    camera: str
    zone: str
    primary: bool  # named so in the configuration

    def __str__(self) -> str:
        return f"{self.camera}/{self.zone}"


def shared_places(zones: Iterable[tuple[str, str, DepositsConfig | None]]) -> dict[str, list[Seen]]:
    """Return the places that more than one zone sees, given camera, zone and its rules in the file's order."""
    places: dict[str, list[Seen]] = {}
    for camera, zone, rules in zones:
        if rules is not None and rules.place is not None:
            places.setdefault(rules.place, []).append(Seen(camera, zone, rules.primary))
    return {place: seen for place, seen in places.items() if len(seen) > 1}


def primary_of(seen: Sequence[Seen]) -> Seen:
    """Return the zone whose figures count: the one named primary, else the first in the file."""
    return next((one for one in seen if one.primary), seen[0])
