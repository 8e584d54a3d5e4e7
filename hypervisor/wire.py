"""The forms of all answers (the observation itself is defined by `pipeline.observation`)."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from pipeline.observation import (
    CameraState,
    CameraStateName,
    ConfigurationState,
    LineDescription,
    Observation,
    ZoneDescription,
)

CURSOR = "1769904000250-0@parvis-nord"


class Wire(BaseModel):
    """Base of all answers."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Health(Wire):
    """The process is alive, or ready."""

    status: Literal["alive", "ready"]
    configuration: ConfigurationState | None = Field(
        default=None,
        description="`/readyz` only: what `parvis run` follows, and the `fault` that keeps it from following the file "
        "as it is now; absent while no pipeline tells of it",
    )


class Camera(CameraState):
    """A camera: what its worker last told, and what is known of its configuration."""

    state: CameraStateName = Field(
        description="a worker that has not reported for 10 s is shown as failed, whatever it said last"
    )
    location: tuple[float, float] | None = Field(default=None, description="latitude, longitude (WGS 84)")
    timezone: str = Field(description="zone in which hours and days are cut")
    revision: str = Field(description="configuration revision (12 hexadecimal digits)")
    min_step_s: int = Field(description="finest bucket that this camera's figures are given in, seconds")

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "parvis-nord",
                    "name": "Parvis nord",
                    "state": "running",
                    "since": "2026-02-01T00:00:01Z",
                    "condition": "ok",
                    "condition_since": None,
                    "purpose": "operations",
                    "fps_in": 10.0,
                    "fps_detected": 10.0,
                    "device": "cpu",
                    "device_wanted": "auto",
                    "fallback_reason": None,
                    "model": "yolov8n",
                    "variant": "int8",
                    "variant_reason": "1.71 times as fast as fp32",
                    "decoder": "pyav h264, software",
                    "decoder_fallback": None,
                    "frames": 6000,
                    "dropped": 0,
                    "reconnects": 0,
                    "shed": 0,
                    "shed_reason": None,
                    "shed_why": None,
                    "events_lost": 0,
                    "last_frame_at": "2026-02-01T00:10:00Z",
                    "updated_at": "2026-02-01T00:10:00Z",
                    "error": None,
                    "location": [48.8411, 2.55],
                    "timezone": "Europe/Paris",
                    "revision": "0f3ac1e09b7d",
                    "min_step_s": 60,
                }
            ]
        }
    )


class CameraList(Wire):
    """All cameras, by id."""

    items: list[Camera]
    next: None = None


class LineList(Wire):
    """The counting lines of a camera."""

    items: list[LineDescription]
    next: None = None


class ZoneList(Wire):
    """The zones of a camera."""

    items: list[ZoneDescription]
    next: None = None


class PointQuality(Wire):
    """How a figure came about."""

    frames_expected: int = Field(description="detections due")
    frames_processed: int = Field(description="detections made")
    device: str | None = Field(description="where most of them were made")
    model: str | None
    revision: str | None = Field(description="configuration revision of the camera")
    late: int = Field(description="facts that came after the bucket was sealed; they are counted in it")
    suspended_s: float = Field(
        description="seconds not watched because the camera was moved, blurred, masked, blinded or frozen"
    )
    shed: int = Field(
        default=0,
        description="highest step of load shedding in the bucket: 0 none, 1 half the rate, 2 a quarter, "
        "3 a smaller input too, 4 paused",
    )
    sealed: bool = Field(description="the camera's clock has passed the end: no ordinary fact will change it")
    devices: dict[str, int] | None = Field(
        default=None, description="detections per device, only where several took part"
    )


class SensorQuality(Wire):
    """How a figure of a sensor came about."""

    values_expected: float = Field(description="by the interval that the sensor is registered with")
    values_received: int
    late: int = Field(description="values that came after the bucket was due; they are counted in it")
    sealed: bool = Field(description="its time and the sensor's delay are over")


class Point(Wire):
    """One bucket of a series."""

    start: datetime = Field(description="UTC; the bucket ends where the next begins")
    value: float | None = Field(description="null: not observed, suppressed, or (dwell) no stay ended")
    status: Literal["observed", "partial", "not_observed", "suppressed"] = Field(
        description="observed: at least 95 % of the time was watched; partial: less; not_observed: nothing; "
        "suppressed: under the purpose statistics, withheld until the bucket is sealed; of another service's counter, "
        "withheld because it is small"
    )
    coverage: float = Field(description="part of the time that was watched, 0..1")
    quality: PointQuality | SensorQuality


class Series(Wire):
    """One line × class × direction, or zone × class; of a place, class × direction; or a measure of a sensor."""

    camera: str | None = Field(default=None, description="absent for places and sensors")
    place: str | None = Field(default=None, description="present for places")
    combined: Literal["sum", "max", "primary"] | None = Field(
        default=None, description="how the figures of a place's cameras became one; present for places"
    )
    sensor: str | None = Field(default=None, description="present for measures of sensors")
    channel: str | None = Field(default=None, description="of a sensor that has several of one kind")
    line: str | None = Field(default=None, description="present for crossings")
    zone: str | None = Field(default=None, description="present for occupancy and dwell")
    class_name: str | None = Field(default=None, alias="class", description="absent where nothing is classified")
    direction: Literal["forward", "backward"] | None = Field(
        default=None, description="present for crossings, speed and headway, and where a counter says it"
    )
    from_: str | None = Field(default=None, alias="from", description="edge of entry, present for turns")
    to: str | None = Field(default=None, description="zone of arrival, present for od; edge of exit, for turns")
    points: list[Point]


class HeatmapPage(Wire):
    """A GeoJSON `FeatureCollection`: one polygon for each class and cell where somebody was."""

    type: Literal["FeatureCollection"]
    zone: str
    coordinates_in: str = Field(description="what the coordinates are")
    grid: dict[str, int] = Field(description="`columns` and `rows`; cells are numbered row by row")
    features: list[dict[str, Any]] = Field(
        description="properties: `class`, `cell`, `seconds`, and the mean velocity `velocity_x_per_s`, "
        "`velocity_y_per_s` in fractions of width and height a second"
    )
    from_: datetime = Field(alias="from", description="start of the first hour")
    to: datetime = Field(description="end of the last hour")
    coverage: float = Field(description="part of the time that was watched and is told, 0..1")
    withheld_hours: int = Field(description="hours that are left out until they are over (`statistics`)")


class SeriesPage(Wire):
    """Every configured series that was asked for, with zeros where watched and null where not."""

    measure: str
    unit: str = Field(description="crossing, object, s; of sensors a UCUM code")
    bucket: str
    series: list[Series]
    next: str | None = Field(description="`cursor` of the next cameras, null at the end")

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "measure": "crossings",
                    "unit": "crossing",
                    "bucket": "1m",
                    "series": [
                        {
                            "camera": "parvis-nord",
                            "line": "entree",
                            "class": "person",
                            "direction": "forward",
                            "points": [
                                {
                                    "start": "2026-02-01T00:00:00Z",
                                    "value": 12,
                                    "status": "observed",
                                    "coverage": 0.98,
                                    "quality": {
                                        "frames_expected": 600,
                                        "frames_processed": 588,
                                        "device": "cpu",
                                        "model": "yolov8n",
                                        "revision": "0f3ac1e09b7d",
                                        "late": 0,
                                        "suspended_s": 0.0,
                                        "shed": 0,
                                        "sealed": True,
                                    },
                                }
                            ],
                        }
                    ],
                    "next": None,
                }
            ]
        }
    )


class CrossingTotal(Wire):
    """How many crossed a line in a sealed bucket."""

    line: str
    class_name: str = Field(alias="class")
    direction: Literal["forward", "backward"]
    value: int


class SealedBucket(Wire):
    """What a bucket held when its seal was delivered."""

    start: datetime
    end: datetime
    step_s: int
    coverage: float
    status: Literal["observed", "partial", "not_observed"]
    crossings: list[CrossingTotal] = Field(description="every configured line × class × direction; empty if unobserved")


class Event(Observation):
    """An observation; `bucket` is present for `bucket.sealed`, unless the bucket has expired."""

    bucket: SealedBucket | None = None


class EventPage(Wire):
    """Observations in the order in which they were told. A page may be short; follow `next` until it is null."""

    items: list[Event]
    next: str | None = Field(description="`cursor` of the next page, null at the end", examples=[None])
    last: str = Field(
        description="everything up to here was looked at: a `cursor` for later, or the `Last-Event-ID` to go on live",
        examples=[CURSOR],
    )
    gap: list[str] = Field(
        default=[], description="cameras of which something after the `cursor` may have been deleted since"
    )


class StreamGap(Wire):
    """Data of `stream.gap`: what lay after the resume point may have been deleted in the meantime."""

    after: str = Field(description="the resume point", examples=[CURSOR])
    cameras: list[str] = Field(description="where something may be missing; /v1/series still has the totals")
    messages: bool = Field(default=False, description="alerts, cases and sensors' values may be missing too")
