"""What of a configuration matters to people who are filmed: pure, the same facts for every document."""

from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.config import CameraConfig, SiteFile

MONTH_D = 31
"""History is deleted in whole months: something of it stays so much longer at most."""


@dataclass(frozen=True, slots=True)
class Answerable:
    """Who answers; what is empty is left to fill in, and shown so."""

    controller: str = ""
    contact: str = ""
    officer: str = ""  # data protection officer


@dataclass(frozen=True, slots=True)
class Facts:
    """What the documents say."""

    site: SiteFile
    answerable: Answerable
    statistics: tuple[CameraConfig, ...]
    operations: tuple[CameraConfig, ...]

    @staticmethod
    def of(site: SiteFile, answerable: Answerable) -> "Facts":
        """Return the facts of a site; controllers that legal bases name need not be repeated."""
        named = ", ".join(dict.fromkeys(one.legal_basis.controller for one in site.cameras if one.legal_basis))
        who = Answerable(answerable.controller or named, answerable.contact, answerable.officer)
        return Facts(site, who, _of(site.cameras, "statistics"), _of(site.cameras, "operations"))

    @property
    def name(self) -> str:
        """Return what the site is called."""
        return self.site.site.name or self.site.site.id

    @property
    def pictures_days(self) -> float:
        """Return how long pictures of deposits are kept, days; 0: none are."""
        kept = [one.retention.evidence_days for one in self.operations if _watches_deposits(one)]
        return max(kept, default=0.0)

    @property
    def tracks_days(self) -> float:
        """Return how long anonymised tracks are kept, days; 0: none are."""
        return max((one.retention.tracks_days for one in self.operations), default=0.0)

    @property
    def hours_days(self) -> float:
        """Return how long totals of hours are kept, days: in Redis, then in history, which goes in whole months."""
        return max(self.site.retention.hours_d, self.site.retention.history_d + MONTH_D)

    @property
    def deposits_days(self) -> float:
        """Return how long deposits are kept, days: likewise."""
        return max(self.site.retention.deposits_d, self.site.retention.history_d + MONTH_D)

    @property
    def watches_deposits(self) -> bool:
        """Return whether any zone is watched for deposits."""
        return any(_watches_deposits(one) for one in self.site.cameras)

    @property
    def classes(self) -> tuple[str, ...]:
        """Return what is counted."""
        return tuple(dict.fromkeys(name for one in self.site.cameras for name in classes_of(one)))


def classes_of(camera: CameraConfig) -> list[str]:
    """Return what a camera counts."""
    named = [name for line in camera.lines for name in line.classes]
    return list(dict.fromkeys([*named, *(name for zone in camera.zones for name in zone.classes)]))


def _of(cameras: Iterable[CameraConfig], purpose: str) -> tuple[CameraConfig, ...]:
    return tuple(one for one in cameras if one.purpose == purpose)


def _watches_deposits(camera: CameraConfig) -> bool:
    return any(zone.deposit_rules is not None for zone in camera.zones)
