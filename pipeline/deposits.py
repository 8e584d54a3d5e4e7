"""Deposits: how they are called on the wire and in the configuration (pydantic only; both sides import it).

A deposit is a thing that lies in a zone and did not belong to it when it was clean. Never a person, and never the act.
"""

from typing import Literal

from pydantic import Field, model_validator

from pipeline.schema import Id, Polygon, Strict

DepositState = Literal["opened", "worsened", "cleared", "occluded", "suspended", "resumed", "absorbed"]
"""What is told of a deposit.

| state | means |
|---|---|
| `opened` | it has lain there for `t_open_s` |
| `worsened` | it has grown by half, or another thing lies beside it, for a minute; once in ten minutes at most |
| `cleared` | the place looks clean again; `cleared_at` is the first clean sample |
| `occluded` | people or vehicles hide it; its time runs on |
| `suspended` | it could not be seen for half an hour, or the camera is not well: its time is cut there |
| `resumed` | it is seen again after `occluded` or `suspended` |
| `absorbed` | somebody said that it is normal there |
"""

ENDED = frozenset({"cleared", "absorbed"})
"""States after which nothing more is told of a deposit."""

DepositType = Literal["bulky", "bags", "litter", "bin_overflow", "unclassified"]
"""What a deposit is taken for; `name` says more where the detector knows it (sofa, suitcase)."""

ZoneState = Literal["learning", "watching", "covered", "suspended"]
"""How well a zone is watched for deposits: not known clean yet; well; hidden by people and vehicles; not at all."""

ZoneReason = Literal[
    "start", "no_clean_view", "clean", "people", "light", "camera", "reference_damaged", "resolution", "operator",
    "too_small", "clock",
]  # fmt: skip
"""Why a zone came into its state."""

Surface = Literal["pavement", "carriageway", "sensitive"]

T_OPEN_S: dict[str, float] = {"pavement": 120.0, "carriageway": 600.0, "sensitive": 30.0}
"""How long a thing must lie on each kind of surface, seconds."""

BIN_OPEN_S = 300.0
"""How long the rim or the ring of a bin must be occupied before it overflows, seconds."""


class KeepOutConfig(Strict):
    """A part of a zone where things may always lie."""

    id: Id = Field(description="identifier, unique within the zone")
    points: Polygon = Field(description="corners in order, fractions of width and height, three at least")


class DepositsConfig(Strict):
    """How a zone is watched for deposits."""

    surface: Surface = Field(
        default="pavement", description="what the ground is; it sets how long a thing must lie: 120, 600 and 30 seconds"
    )
    t_open_s: float | None = Field(
        default=None, ge=5, le=86_400, description="how long a thing must lie there before it is told, seconds"
    )
    t_clear_s: float = Field(
        default=60.0, ge=2, le=3600, description="how long the place must be clean before that is told, seconds"
    )
    smallest_px: int = Field(
        default=10,
        ge=6,
        le=200,
        description="smallest longer side of a deposit, px of the width analysed; smaller ones are left out",
    )
    keep_out: tuple[KeepOutConfig, ...] = Field(
        default=(), description="parts of the zone where things may always lie: a terrace, a stall"
    )

    place: Id | None = Field(
        default=None, description="the same name in zones of several cameras that see the same ground"
    )
    primary: bool = Field(
        default=False, description="of several zones with one `place`, whose figures count; none: the first in the file"
    )
    service_level_h: float = Field(
        default=24.0, gt=0, le=8760, description="within how many hours a deposit shall be cleaned"
    )

    @model_validator(mode="after")
    def _primary_of_what(self) -> "DepositsConfig":
        if self.primary and self.place is None:
            raise ValueError("place: is missing; expected the name that the zones share, because primary is given")
        return self

    @property
    def open_s(self) -> float:
        """Return how long a thing must lie there, seconds."""
        return T_OPEN_S[self.surface] if self.t_open_s is None else self.t_open_s


class BinConfig(Strict):
    """A public bin. It overflows when things lie on its rim or around its foot for five minutes."""

    id: Id = Field(description="identifier, unique within the camera")
    name: str = Field(default="", description="name for people")
    zone: Id = Field(description="the zone, watched for deposits, under which its overflowing is told")
    body: Polygon = Field(description="outline of the bin, fractions of width and height")
    rim: Polygon | None = Field(
        default=None, description="band above its opening; not given: as wide as the bin, and two fifths as high"
    )
    ring: Polygon | None = Field(
        default=None, description="ground around its foot; not given: twice as wide as the bin, around its lower end"
    )


class CleanlinessConfig(Strict):
    """How a camera's zones are watched for deposits."""

    width_px: int = Field(
        default=480,
        ge=240,
        le=1280,
        description="width at which pictures are compared; a wider one sees smaller things and costs more",
    )
    every_s: float = Field(default=1.0, ge=1.0, le=60.0, description="seconds between two samples")
    litter_model: str | None = Field(
        default=None,
        description="a second model, of litter: its name or ONNX file; asked on tiles of the zone twice a minute at most",
    )
    litter_classes: tuple[str, ...] = Field(
        default=(), description="classes of that model that are waste; none: all of its classes"
    )

    @model_validator(mode="after")
    def _whole(self) -> "CleanlinessConfig":
        if self.litter_classes and self.litter_model is None:
            raise ValueError("litter_model: is missing; expected one, because litter_classes are given")
        return self
