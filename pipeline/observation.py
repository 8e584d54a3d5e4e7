"""The wire format: what a pipeline tells the hypervisor (pydantic only; both sides import it)."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from pipeline.grades import GradeLimits

Kind = Literal[
    "crossing", "dwell", "deposit", "deposit.watch", "bucket.sealed", "camera.state", "camera.condition", "camera.load"
]
"""Observation kinds on the stream. Occupancy and coverage reach the buckets only."""

CameraStateName = Literal["starting", "running", "reconnecting", "stalled", "paused", "ended", "failed"]


Condition = Literal["ok", "moved", "blurred", "masked", "blinded", "frozen"]
"""Whether a camera sees what it is meant to see (`pipeline.sanity`)."""


class Strict(BaseModel):
    """Base of all wire models: frozen, unknown members refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Quality(Strict):
    """How far a figure can be trusted."""

    device: str = Field(description="where the detector ran: cpu, cuda or tensorrt")
    model: str = Field(description="detector model")
    revision: str = Field(description="configuration revision of the camera (12 hexadecimal digits)")
    shed: int = Field(
        default=0,
        description="step of load shedding: 0 none, 1 half rate, 2 quarter rate, 3 smaller input too, 4 paused",
    )


class Observation(Strict):
    """One fact of one camera. `id` is camera, producer epoch and sequence, so a repeat can be dropped."""

    id: str = Field(description="<camera>:<producer epoch>:<sequence>", examples=["parvis-nord:f-3ac1e09b:42"])
    camera_id: str
    kind: Kind
    subject: str = Field(
        description="line or zone id; the step in seconds for bucket.sealed; empty for what is of the whole camera"
    )
    observed_at: datetime = Field(description="UTC")
    value: float
    unit: str = Field(description="crossing, s, deposit, state, step")
    quality: Quality | None = None
    detail: dict[str, str | int | float | None] = Field(default_factory=dict)


class CameraDescription(Strict):
    """What others may know of a camera's configuration: never its source."""

    id: str
    name: str
    purpose: Literal["statistics", "operations"]
    location: tuple[float, float] | None = Field(default=None, description="latitude, longitude")
    timezone: str = "Europe/Paris"
    revision: str
    min_step_s: int = Field(description="finest bucket that leaves the worker, seconds")
    lines: tuple["LineDescription", ...] = ()
    zones: tuple["ZoneDescription", ...] = ()
    grades: GradeLimits = Field(default_factory=GradeLimits, description="where grades of cleanliness are cut")


class LineDescription(Strict):
    """A counting line; points are fractions 0..1 of width and height."""

    id: str
    name: str = Field(default="", description="name for people")
    start: tuple[float, float] = Field(alias="from")
    end: tuple[float, float] = Field(alias="to")
    points: tuple[tuple[float, float], ...] = Field(default=(), description="all of it, the two ends included")
    classes: tuple[str, ...] = Field(description="under which crossings are counted")
    directions: dict[Literal["forward", "backward"], str]
    measures: tuple[str, ...] = ()

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class ZoneDescription(Strict):
    """A zone; points are fractions 0..1 of width and height."""

    id: str
    name: str = Field(default="", description="name for people")
    points: tuple[tuple[float, float], ...]
    classes: tuple[str, ...]
    measures: tuple[str, ...]
    edges: tuple[str, ...] = Field(default=(), description="ids of its named edges")
    deposits: "DepositsDescription | None" = Field(default=None, description="where it is watched for deposits")


class DepositsDescription(Strict):
    """What the figures of cleanliness need to know of a zone."""

    surface: str = Field(description="pavement, carriageway or sensitive")
    area_m2: float | None = Field(default=None, description="of the zone; null without calibration")
    service_level_h: float = Field(description="within how many hours a deposit shall be cleaned")
    place: str | None = Field(default=None, description="a name that it shares with zones of other cameras")
    primary: str | None = Field(
        default=None, description="camera/zone whose figures count for that place; null where no other sees it"
    )


class ShedWhy(Strict):
    """Why a camera is reduced, as a code and its figures: whoever reads it puts it into words of their language."""

    code: Literal["looks-missed"] = Field(description="looks that were due could not be made")
    missed: float = Field(description="share of the looks that were due and not made, 0..1")
    window_s: float = Field(description="over so many seconds")
    cpu: float = Field(description="share of its cores that the worker used, 0..1")
    cores: float = Field(description="cores that the worker may use")

    @property
    def text(self) -> str:
        """Return it in English, for logs and for who reads no codes."""
        looks = f"{self.missed:.0%} of the looks of {self.window_s:g} s missed"
        return f"{looks}, CPU {self.cpu:.0%} of {self.cores:g} core"


class CameraState(Strict):
    """The life of a camera as its worker last told it (`updated_at` tells when)."""

    id: str
    name: str
    state: CameraStateName
    since: datetime
    condition: Condition = Field(
        default="ok", description="what the picture tells; while it is not ok, figures are suspended"
    )
    condition_since: datetime | None = Field(default=None, description="when trouble began; null while ok")
    purpose: Literal["statistics", "operations"]
    fps_in: float = 0.0
    fps_detected: float = 0.0
    device: str | None = None
    device_wanted: str = "auto"
    fallback_reason: str | None = None
    model: str | None = None
    variant: str | None = Field(default=None, description="form in which the model runs: fp32, int8, …")
    variant_reason: str | None = Field(default=None, description="why that form")
    decoder: str | None = Field(default=None, description="what decodes the pictures, in words")
    decoder_fallback: str | None = Field(default=None, description="why that is not what was configured; null: it is")
    frames: int = Field(default=0, description="frames received since the start")
    dropped: int = Field(default=0, description="frames due for the detector that a newer one replaced")
    reconnects: int = 0
    shed: int = Field(
        default=0, ge=0, le=4, description="step of load shedding (0: nothing is shed; see the qualities of figures)"
    )
    shed_reason: str | None = Field(default=None, description="why it is reduced; null at step 0")
    shed_why: ShedWhy | None = Field(
        default=None, description="the same as a code with its figures; null at step 0, and from an older pipeline"
    )
    events_lost: int = Field(default=0, description="facts given up because Redis stayed away beyond the buffer")
    last_frame_at: datetime | None = None
    updated_at: datetime
    error: str | None = None


class ConfigurationState(Strict):
    """Which configuration `parvis run` follows, and why not the one in the file, if so."""

    revision: str = Field(description="12 hexadecimal digits of what is followed now")
    since: datetime = Field(description="since when it is followed")
    updated_at: datetime
    fault: str | None = Field(
        default=None, description="why the file as it is now is not followed: the first fault in it; null if it is"
    )


class ModelTold(Strict):
    """A detection model that a pipeline uses, as its registry describes it."""

    name: str = Field(examples=["yolov8n"])
    licence: str = Field(description="`unstated`: nobody described the file", examples=["AGPL-3.0"])
    source: str
    sha256: str = Field(description="of the file, 64 hexadecimal digits")
    input_px: int | None = Field(description="longer side of the input; null: as the file says")
    classes: int | None = Field(description="how many it tells apart; null: as the file says")
    parity: dict[str, float] = Field(description="largest differences to the model it was made from")
    look_cpu_ms: dict[str, float | None] = Field(
        description="camera → CPU milliseconds in the detector for one look, on average since the camera began; null: "
        "not measured yet"
    )


class ModelsTold(Strict):
    """Which models the pipeline uses, told every ten seconds beside the configuration."""

    updated_at: datetime
    models: tuple[ModelTold, ...]
