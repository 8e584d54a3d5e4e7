"""Where a camera counts: the configuration of its lines, zones and masks (frozen pydantic models, no I/O)."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from pipeline.geometry import is_simple

DEFAULT_CLASSES = ("person", "bicycle", "car", "motorcycle", "bus", "truck")


def _fraction_pair(point: tuple[float, float]) -> tuple[float, float]:
    if not all(0.0 <= value <= 1.0 for value in point):
        raise ValueError("lies outside the picture; expected fractions from 0 to 1 of width and height")
    return point


Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
Point = Annotated[tuple[float, float], AfterValidator(_fraction_pair)]


class Strict(BaseModel):
    """Base of all configuration models: frozen, unknown keys refused, no silent conversions of text."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Directions(Strict):
    """Names of the two ways over a line, for people."""

    forward: str = Field(
        default="forward",
        description="from the left hand to the right hand of who stands at `from` and looks to `to`",
    )
    backward: str = Field(default="backward", description="the other way")


class LineConfig(Strict):
    """A counting line."""

    id: Id = Field(description="identifier, unique within the camera")
    name: str = Field(default="", description="name for people")
    start: Point = Field(alias="from", description="first end, fractions of width and height")
    end: Point = Field(alias="to", description="other end")
    classes: tuple[str, ...] = Field(default=DEFAULT_CLASSES, min_length=1, description="detector classes that count")
    directions: Directions = Field(default_factory=Directions, description="names of the two directions")

    @model_validator(mode="after")
    def _has_length(self) -> "LineConfig":
        if self.start == self.end:
            raise ValueError("to: equals from, so the line has no length; expected two different points")
        return self


Measure = Literal["occupancy", "dwell", "entries"]


class ZoneConfig(Strict):
    """An area in which objects are counted while they stay."""

    id: Id = Field(description="identifier, unique within the camera")
    name: str = Field(default="", description="name for people")
    points: tuple[Point, ...] = Field(description="corners in order, fractions of width and height, three at least")
    classes: tuple[str, ...] = Field(default=DEFAULT_CLASSES, min_length=1, description="detector classes that count")
    measures: tuple[Measure, ...] = Field(default=("occupancy", "dwell"), min_length=1, description="what is measured")

    @field_validator("points")
    @classmethod
    def _polygon(cls, points: tuple[Point, ...]) -> tuple[Point, ...]:
        return _checked_polygon(points)


class MaskConfig(Strict):
    """A part of the picture that nothing may see (a window, a garden): blacked out first of all."""

    id: Id = Field(description="identifier, unique within the camera")
    points: tuple[Point, ...] = Field(description="corners in order, fractions of width and height, three at least")

    @field_validator("points")
    @classmethod
    def _polygon(cls, points: tuple[Point, ...]) -> tuple[Point, ...]:
        return _checked_polygon(points)


def _checked_polygon(points: tuple[Point, ...]) -> tuple[Point, ...]:
    if len(points) < 3:
        raise ValueError(f"has {len(points)} points; expected three at least")
    if not is_simple(points):
        raise ValueError("crosses or touches itself; expected corners in order around the area")
    return points
