"""Whether a subscription wants an event, and may have it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypervisor.access.principal import Principal
from hypervisor.delivery import rights
from hypervisor.delivery.candidates import Candidate
from hypervisor.delivery.model import WEEKDAYS, Corner, Filter, Radius, Schedule, Subscription
from hypervisor.distance import metres
from hypervisor.kinds import covers
from pipeline.observation import CameraDescription


@dataclass(frozen=True, slots=True)
class World:
    """What filters refer to."""

    cameras: Mapping[str, CameraDescription] = field(default_factory=dict)
    places: Mapping[str, frozenset[str]] = field(default_factory=dict)  # place → cameras


class Matcher:
    """One subscription, ready to be asked of many candidates."""

    def __init__(self, subscription: Subscription, entitled: Sequence[Principal], world: World) -> None:
        self._subscription, self._entitled, self._world = subscription, entitled, world
        self._grant = rights.as_principal(subscription.grant, subscription.service)
        self._cameras = asked_cameras(subscription.filter, world)

    def __call__(self, candidate: Candidate) -> bool:
        """Tell whether it is wanted and allowed."""
        return self.wants(candidate) and self.may_have(candidate)

    def hears(self, kind: str) -> bool:
        """Tell whether it asks for a kind at all."""
        kinds = self._subscription.filter.kinds
        return not kinds or any(covers(kind, one) for one in kinds)

    def wants(self, candidate: Candidate) -> bool:
        """Tell whether the filter lets it through."""
        asked = self._subscription.filter
        return (
            self.hears(candidate.kind)
            and self._is_there(candidate)
            and (not asked.spots or candidate.spot in asked.spots)
            and (not asked.classes or not candidate.classes.isdisjoint(asked.classes))
            and (not asked.severities or candidate.data.get("severity") in asked.severities)
            and (candidate.step_s is None or candidate.step_s >= asked.min_step_s)
            and (not asked.schedule or any(is_within(one, candidate.time_s) for one in asked.schedule))
        )

    def may_have(self, candidate: Candidate) -> bool:
        """Tell whether the service may be told, as it is now."""
        service = self._subscription.service
        return (
            (not candidate.services or service in candidate.services)
            and rights.may_be_told(candidate, self._world.cameras)
            and rights.may_see(self._grant, candidate)
            and any(rights.may_see(one, candidate) for one in self._entitled)
        )

    def _is_there(self, candidate: Candidate) -> bool:
        if self._cameras is None:
            return True
        return candidate.data.get("place") in self._subscription.filter.places or not self._cameras.isdisjoint(
            candidate.cameras
        )


def asked_cameras(asked: Filter, world: World) -> frozenset[str] | None:
    """Return the cameras that a filter leaves; None: it does not speak of any."""
    parts: list[frozenset[str]] = []
    if asked.cameras:
        parts.append(frozenset(asked.cameras))
    if asked.places:
        parts.append(frozenset().union(*(world.places.get(one, frozenset()) for one in asked.places)))
    located = {one.id: one.location for one in world.cameras.values() if one.location is not None}
    if asked.polygon:
        parts.append(frozenset(one for one, at in located.items() if is_inside(at, asked.polygon)))
    if asked.radius:
        parts.append(frozenset(one for one, at in located.items() if is_near(at, asked.radius)))
    return frozenset.intersection(*parts) if parts else None


def is_inside(at: tuple[float, float], corners: Sequence[Corner]) -> bool:
    """Tell whether a place (latitude, longitude) lies in a polygon: a ray to the east cuts its edges an odd number of
    times. Edges are straight in degrees, as in GeoJSON; polygons over the date line are not meant."""
    latitude, longitude = at
    inside = False
    for a, b in zip(corners, (*corners[1:], corners[0]), strict=True):
        if (a.latitude > latitude) != (b.latitude > latitude):
            share = (latitude - a.latitude) / (b.latitude - a.latitude)
            inside ^= longitude < a.longitude + share * (b.longitude - a.longitude)
    return inside


def is_near(at: tuple[float, float], circle: Radius) -> bool:
    """Tell whether a place lies in a circle on the ground (haversine)."""
    return metres(at, (circle.latitude, circle.longitude)) <= circle.metres


def is_within(schedule: Schedule, time_s: float) -> bool:
    """Tell whether a moment lies in the hours of a schedule; a span over midnight belongs to the day it begins on."""
    local = datetime.fromtimestamp(time_s, UTC).astimezone(ZoneInfo(schedule.timezone))
    minute = local.hour * 60 + local.minute
    today, yesterday = WEEKDAYS[local.weekday()], WEEKDAYS[local.weekday() - 1]
    begin, end = minutes(schedule.from_), minutes(schedule.to)
    if begin < end:
        return today in schedule.weekdays and begin <= minute < end
    return (today in schedule.weekdays and minute >= begin) or (yesterday in schedule.weekdays and minute < end)


def minutes(hour: str) -> int:
    """Return `HH:MM` in minutes."""
    return int(hour[:2]) * 60 + int(hour[3:])
