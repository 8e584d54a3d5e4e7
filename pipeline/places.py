"""Where a camera counts: the configuration of its lines, zones and masks (frozen pydantic models, no I/O)."""

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from pipeline.deposits import DepositsConfig
from pipeline.geometry import is_simple_path
from pipeline.schema import Id, Point, Strict, checked_polygon

DEFAULT_CLASSES = ("person", "bicycle", "car", "motorcycle", "bus", "truck")


class Directions(Strict):
    """Names of the two ways over a line, for people."""

    forward: str = Field(
        default="forward",
        description="from the left hand to the right hand of who stands at `from` and looks to `to`",
    )
    backward: str = Field(default="backward", description="the other way")


LineMeasure = Literal["speed", "headway"]


class LineConfig(Strict):
    """A counting line."""

    id: Id = Field(description="identifier, unique within the camera")
    name: str = Field(default="", description="name for people")
    from_: Point | None = Field(default=None, alias="from", description="first end, fractions of width and height")
    to: Point | None = Field(default=None, description="other end")
    points: tuple[Point, ...] = Field(
        default=(), description="instead of `from` and `to`: a line through two or more points, from first to last"
    )
    classes: tuple[str, ...] = Field(default=DEFAULT_CLASSES, min_length=1, description="detector classes that count")
    measures: tuple[LineMeasure, ...] = Field(
        default=(), description="what is measured beside crossings; `speed` needs the camera's `calibration`"
    )
    wrong_way: Literal["forward", "backward"] | None = Field(
        default=None, description="the direction that is not allowed: crossings that way are counted apart, too"
    )
    directions: Directions = Field(default_factory=Directions, description="names of the two directions")

    count_as: Annotated[str, Field(pattern=r"^[^|]+$")] | None = Field(
        default=None, description="everything that counts here counts as this class, such as `bicycle` on a cycle path"
    )
    anchor: Literal["foot", "centre"] = Field(
        default="foot", description="what must go over the line: the middle of the box's lower edge, or of the box"
    )

    @model_validator(mode="after")
    def _has_length(self) -> "LineConfig":
        if self.points:
            _check_path(self.points, ends_too=self.from_ is not None or self.to is not None)
        elif self.from_ is None or self.to is None:
            missing = "from" if self.from_ is None else "to"
            raise ValueError(f"{missing}: is missing; expected from and to, or points")
        elif self.from_ == self.to:
            raise ValueError("to: equals from, so the line has no length; expected two different points")
        return self

    @property
    def path(self) -> tuple[Point, ...]:
        """Return the points that the line goes through, two at least."""
        if self.from_ is None or self.to is None:
            return self.points
        return (self.from_, self.to)

    @property
    def start(self) -> Point:
        """Return the first end."""
        return self.path[0]

    @property
    def end(self) -> Point:
        """Return the last end."""
        return self.path[-1]

    @property
    def counted(self) -> tuple[str, ...]:
        """Return the classes under which crossings are told."""
        return (self.count_as,) if self.count_as else self.classes


Measure = Literal[
    "occupancy", "dwell", "entries", "bay", "od", "queue", "speed", "stopped", "density", "heatmap", "deposits"
]


class EdgeConfig(Strict):
    """A named part of a zone's border."""

    id: Id = Field(description="identifier, unique within the zone")
    sides: tuple[int, ...] = Field(
        min_length=1, description="sides of the polygon, by number: side 0 goes from the first corner to the second"
    )


class CrowdingConfig(Strict):
    """When a zone is too full."""

    threshold: int = Field(ge=1, description="crowded from so many objects on, all classes together")
    release: int = Field(ge=0, description="and until there are so few again: less than `threshold`")
    for_s: float = Field(default=10.0, ge=0, le=3600, description="how long it must be so, either way, seconds")

    @model_validator(mode="after")
    def _apart(self) -> "CrowdingConfig":
        if self.release >= self.threshold:
            raise ValueError(f"release: {self.release} is not below threshold; expected {self.threshold - 1} at most")
        return self


class ZoneConfig(Strict):
    """An area in which objects are counted while they stay."""

    id: Id = Field(description="identifier, unique within the camera")
    name: str = Field(default="", description="name for people")
    points: tuple[Point, ...] = Field(description="corners in order, fractions of width and height, three at least")
    classes: tuple[str, ...] = Field(default=DEFAULT_CLASSES, min_length=1, description="detector classes that count")
    measures: tuple[Measure, ...] = Field(
        default=("occupancy", "dwell"),
        min_length=1,
        description="what is measured; `speed` and `density` need the camera's `calibration`",
    )
    stopped_s: float = Field(
        default=30.0, ge=2, le=86_400, description="`stopped`: how long an object stays in one place to count, seconds"
    )
    edges: tuple[EdgeConfig, ...] = Field(
        default=(), description="where ways lead in and out: counts turning movements from edge to edge"
    )
    crowding: CrowdingConfig | None = Field(default=None, description="when it is too full; tells the share of time")
    deposits: DepositsConfig | None = Field(
        default=None,
        description="things left there: how it is watched for them; asks for `deposits` as `measures` does",
    )

    @field_validator("points")
    @classmethod
    def _polygon(cls, points: tuple[Point, ...]) -> tuple[Point, ...]:
        return checked_polygon(points)

    @model_validator(mode="after")
    def _named_once(self) -> "ZoneConfig":
        ids = [edge.id for edge in self.edges]
        sides = [side for edge in self.edges for side in edge.sides]
        if len(self.edges) == 1 or len(set(ids)) < len(ids):
            raise ValueError(f"edges: are {', '.join(ids)}; expected two different ids at least")
        if len(set(sides)) < len(sides) or not set(sides) <= set(range(len(self.points))):
            raise ValueError(f"edges: hold sides {sides}; expected 0 to {len(self.points) - 1}, each once at most")
        return self

    @property
    def deposit_rules(self) -> DepositsConfig | None:
        """Return how the zone is watched for deposits; None where it is not."""
        return self.deposits or (DepositsConfig() if "deposits" in self.measures else None)


class MaskConfig(Strict):
    """A part of the picture that nothing may see (a window, a garden): blacked out first of all."""

    id: Id = Field(description="identifier, unique within the camera")
    points: tuple[Point, ...] = Field(description="corners in order, fractions of width and height, three at least")

    @field_validator("points")
    @classmethod
    def _polygon(cls, points: tuple[Point, ...]) -> tuple[Point, ...]:
        return checked_polygon(points)


def _check_path(points: tuple[Point, ...], ends_too: bool) -> None:
    if ends_too:
        raise ValueError("points: stands beside from or to; expected one of the two forms")
    if len(points) < 2:
        raise ValueError(f"points: has {len(points)} points; expected two at least")
    for position in range(1, len(points)):
        if points[position] == points[position - 1]:
            raise ValueError(f"points.{position}: equals the point before it; expected different neighbours")
    if not is_simple_path(points):
        raise ValueError("points: crosses or touches itself; expected an open line")
