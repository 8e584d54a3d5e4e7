"""The configuration of a site: frozen pydantic models (schema `parvis: 1`), no I/O.

`docs/configuration.md` is generated from these classes, so every field has a description.
"""

import hashlib
import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import available_timezones

from pydantic import BeforeValidator, Field, field_validator, model_validator

from pipeline.calibration import CalibrationConfig, fit_of
from pipeline.days_off import HolidaysConfig
from pipeline.decoding import DecodeConfig
from pipeline.deposits import BinConfig, CleanlinessConfig
from pipeline.detector_config import CameraDetectorConfig, DetectorConfig
from pipeline.grades import GradeLimits
from pipeline.map_config import MapConfig
from pipeline.measures import MEASURES
from pipeline.places import DEFAULT_CLASSES, LineConfig, MaskConfig, Measure, ZoneConfig
from pipeline.quiet_config import ScheduleConfig
from pipeline.schema import Id, Strict, index_as_text
from pipeline.shared_places import Seen, shared_places

__all__ = [
    "DEFAULT_CLASSES",
    "CameraDetectorConfig",
    "DetectorConfig",
    "LineConfig",
    "MaskConfig",
    "Measure",
    "ZoneConfig",
]


GROUND_MEASURES = frozenset(measure.asked_by for measure in MEASURES.values() if measure.needs_ground)
"""What lines and zones can ask for only where the camera is calibrated."""


class SiteConfig(Strict):
    """The place that is observed."""

    id: Id = Field(description="identifier of the site")
    name: str = Field(default="", description="name for people")
    timezone: str = Field(default="Europe/Paris", description="IANA time zone in which hours and days are cut")
    holidays: HolidaysConfig | None = Field(default=None, description="days that are unlike their weekday")

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(f"unknown time zone {value!r}; expected an IANA name such as Europe/Paris")
        return value


class RetentionConfig(Strict):
    """How long what is kept: in Redis counted from the moment it is written, in history from when it was."""

    minutes_h: float = Field(default=48, gt=0, description="buckets of one minute, hours")
    quarters_d: float = Field(default=35, gt=0, description="buckets of 15 minutes, days")
    hours_d: float = Field(default=400, gt=0, description="buckets of one hour, days")
    deposits_d: float = Field(default=400, gt=0, description="deposits, from the last that was told of each, days")
    events_h: float = Field(default=48, gt=0, description="observations on the stream, hours")
    cases_d: float = Field(default=400, ge=1, le=1000, description="resolved cases in Redis, then in history, days")
    history_d: float = Field(
        default=1830, ge=31, le=7320, description="history in files: hours, cases, deposits; in whole months, days"
    )
    events_max: int = Field(default=50_000, ge=100, description="observations on one camera's stream, at most")

    def seconds(self, step_s: int) -> int:
        """Return how long a bucket of `step_s` seconds is kept, in seconds."""
        return round({60: self.minutes_h * 3600, 900: self.quarters_d * 86400}.get(step_s, self.hours_d * 86400))


class LegalBasis(Strict):
    """Who answers for operational use, and on what ground."""

    reference: str = Field(min_length=1, description="decision, order or text that allows it")
    controller: str = Field(min_length=1, description="data controller")
    dpia_ref: str = Field(min_length=1, description="reference of the impact assessment")


class CameraRetention(Strict):
    """What is kept of one camera beyond figures."""

    tracks_days: float = Field(
        default=0,
        ge=0,
        le=30,
        description="anonymised tracks on disk, days, for `parvis recount`; 0: none; needs the purpose `operations`",
    )
    evidence_days: float = Field(
        default=30,
        ge=0,
        le=365,
        description="pictures of deposits and of the clean zone, without people, on disk, days; under `operations` only; 0: none",
    )


class CameraConfig(Strict):
    """One camera: where its pictures come from, why it is watched, and what is measured."""

    id: Id = Field(description="identifier, unique within the site")
    name: str = Field(default="", description="name for people")
    source: Annotated[str, BeforeValidator(index_as_text)] = Field(
        description="file, folder of images or videos, `rtsp://`, `http(s)://` or device index; `${NAME}` is read from the environment"
    )
    substream: Annotated[str | None, BeforeValidator(index_as_text)] = Field(
        default=None,
        description="the same view in a smaller picture, of the same kind as `source` and written as it is; taken first, `source` where it cannot be opened",
    )
    decode: DecodeConfig = Field(default_factory=DecodeConfig, description="how pictures are decoded")
    pace: Literal["realtime", "fast"] = Field(
        default="realtime", description="files only: play at their own speed, or as fast as the machine can"
    )
    loop: bool = Field(default=False, description="files only: begin again at the end")
    fps: float | None = Field(
        default=None,
        gt=0,
        le=1000,
        description="frames per second of a file or folder, where the container does not say or says it wrong",
    )
    recorded_at: datetime | None = Field(default=None, description="when the recording began, ISO 8601 with offset")
    stall_s: float = Field(
        default=10.0,
        ge=0.5,
        le=3600,
        description="live cameras: no frame for so long means stalled, and reconnects",
    )
    location: tuple[float, float] | None = Field(default=None, description="latitude, longitude (WGS 84)")
    purpose: Literal["statistics", "operations"] = Field(
        default="statistics",
        description="`statistics`: only sealed totals leave the worker; `operations`: live figures and events, needs `legal_basis`",
    )
    min_step_s: Literal[900, 3600] = Field(
        default=900, description="finest total that leaves the worker under `statistics`, seconds"
    )
    legal_basis: LegalBasis | None = Field(default=None, description="required for `operations`")
    retention: CameraRetention = Field(default_factory=CameraRetention, description="what is kept beyond figures")
    priority: int = Field(
        default=5,
        ge=1,
        le=9,
        description="which cameras are reduced first when the machine cannot keep up: those of the lowest number",
    )
    detector: CameraDetectorConfig = Field(
        default_factory=CameraDetectorConfig, description="settings of the site's `detector` that differ here"
    )
    masks: tuple[MaskConfig, ...] = Field(
        default=(), description="parts blacked out before anything else sees the picture"
    )
    calibration: CalibrationConfig | None = Field(
        default=None, description="where the ground is: speed and density need it"
    )
    lines: tuple[LineConfig, ...] = Field(default=(), description="counting lines")
    zones: tuple[ZoneConfig, ...] = Field(default=(), description="zones")
    bins: tuple[BinConfig, ...] = Field(default=(), description="public bins, watched for overflowing")
    cleanliness: CleanlinessConfig = Field(
        default_factory=CleanlinessConfig, description="how zones are watched for deposits"
    )
    schedules: tuple[ScheduleConfig, ...] = Field(
        default=(), description="when things may lie in zones: collection days, markets, works; in the site's time zone"
    )

    @field_validator("recorded_at")
    @classmethod
    def _has_offset(cls, value: datetime | None) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("has no time zone; expected an offset, such as 2026-05-04T08:00:00+02:00")
        return value

    @field_validator("location")
    @classmethod
    def _on_earth(cls, value: tuple[float, float] | None) -> tuple[float, float] | None:
        if value is not None and not (-90 <= value[0] <= 90 and -180 <= value[1] <= 180):
            raise ValueError("expected [latitude -90..90, longitude -180..180]")
        return value

    @model_validator(mode="after")
    def _lawful(self) -> "CameraConfig":
        if self.purpose == "operations" and self.legal_basis is None:
            raise ValueError(
                "legal_basis: missing; expected reference, controller and dpia_ref, because purpose is operations"
            )
        if self.purpose != "operations" and self.retention.tracks_days > 0:
            raise ValueError("retention.tracks_days: needs the purpose operations; expected 0 under statistics")
        _unique("lines", [line.id for line in self.lines])
        _unique("zones", [zone.id for zone in self.zones])
        _unique("masks", [mask.id for mask in self.masks])
        return self

    @model_validator(mode="after")
    def _in_watched_zones(self) -> "CameraConfig":
        _unique("bins", [one.id for one in self.bins])
        _unique("schedules", [one.id for one in self.schedules])
        named: list[tuple[str, tuple[str, ...]]] = [(f"bins.{n}.zone", (one.zone,)) for n, one in enumerate(self.bins)]
        named += [(f"schedules.{n}.zones", one.zones) for n, one in enumerate(self.schedules)]
        watched = [zone.id for zone in self.zones if zone.deposit_rules is not None]
        for field, zones in named:
            for zone in zones:
                if zone not in watched:
                    raise ValueError(f"{field}: {zone!r} is not watched; expected a zone that measures deposits")
        return self

    @model_validator(mode="after")
    def _on_the_ground(self) -> "CameraConfig":
        if self.calibration is None:
            for field, places in (("lines", self.lines), ("zones", self.zones)):
                for n, names in enumerate(GROUND_MEASURES.intersection(place.measures) for place in places):
                    if names:
                        raise ValueError(
                            f"{field}.{n}.measures: {min(names)} needs to know the ground; expected the camera's calibration"
                        )
            return self
        for n, zone in enumerate(self.zones):
            if "density" in zone.measures and fit_of(self.calibration).area_m2(zone.points) is None:
                raise ValueError(f"zones.{n}.points: reach the horizon; expected ground only, which density needs")
        return self

    @property
    def revision(self) -> str:
        """Return 12 hexadecimal digits that change whenever the configured measurement changes."""
        measured = self.model_dump(
            mode="json", include={"fps", "purpose", "min_step_s", "masks", "calibration", "lines", "zones"}
        )
        if watches_deposits(self):
            measured |= self.model_dump(mode="json", include={"bins", "cleanliness", "schedules"})
        return hashlib.sha256(json.dumps(measured, sort_keys=True).encode()).hexdigest()[:12]


class SiteFile(Strict):
    """A whole configuration file."""

    parvis: Literal[1] = Field(description="version of this schema")
    site: SiteConfig = Field(description="the place that is observed")
    redis: str = Field(
        default="embedded",
        description="`embedded`, or the URL of a Redis 7.2 or Valkey 8 server (`redis://`, `rediss://`, `unix://`); `PARVIS_REDIS` overrides it",
    )
    data_dir: Path = Field(
        default=Path("./.parvis"),
        description="where the embedded server and caches live; `PARVIS_DATA` overrides it",
    )
    detector: DetectorConfig = Field(default_factory=DetectorConfig, description="the model and how often it looks")
    retention: RetentionConfig = Field(default_factory=RetentionConfig, description="how long figures are kept")
    grades: GradeLimits = Field(default_factory=GradeLimits, description="where grades of cleanliness are cut")
    map: MapConfig = Field(default_factory=MapConfig, description="what the map of the first page is drawn on")
    cameras: tuple[CameraConfig, ...] = Field(
        description="the cameras; none yet: `[]`, and `parvis run` waits until the file names one"
    )

    @model_validator(mode="after")
    def _unique_cameras(self) -> "SiteFile":
        _unique("cameras", [camera.id for camera in self.cameras])
        for place, seen in self.shared_places.items():
            named = [str(one) for one in seen if one.primary]
            if len(named) > 1:
                raise ValueError(f"cameras: place {place!r} has {' and '.join(named)} as primary; expected one of them")
        return self

    def detector_of(self, camera: CameraConfig) -> DetectorConfig:
        """Return the detector's settings for a camera: its own where it has some, else the site's."""
        own = camera.detector.model_dump(exclude_none=True)
        return self.detector.model_copy(update=own) if own else self.detector

    @property
    def shared_places(self) -> dict[str, list[Seen]]:
        """Return the places that several zones see, by the name they share."""
        zones = ((camera.id, zone.id, zone.deposit_rules) for camera in self.cameras for zone in camera.zones)
        return shared_places(zones)

    def camera(self, camera_id: str) -> CameraConfig:
        """Return the camera of that id.

        Raises:
            KeyError: if there is none.
        """
        return next(camera for camera in self.cameras if camera.id == camera_id)


def revision_of(site: SiteFile) -> str:
    """Return 12 hexadecimal digits that change with anything in a configuration."""
    return hashlib.sha256(site.model_dump_json(by_alias=True).encode()).hexdigest()[:12]


def watches_deposits(camera: CameraConfig) -> bool:
    """Return whether any of its zones is watched for deposits."""
    return any(zone.deposit_rules is not None for zone in camera.zones)


def _unique(field: str, ids: list[str]) -> None:
    for position, identifier in enumerate(ids):
        if identifier in ids[:position]:
            raise ValueError(f"{field}.{position}.id: {identifier!r} is used twice; expected unique ids")
