"""What all parts of the configuration's schema are made of (pydantic only)."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from pipeline.geometry import is_simple


def _fraction_pair(point: tuple[float, float]) -> tuple[float, float]:
    if not all(0.0 <= value <= 1.0 for value in point):
        raise ValueError("lies outside the picture; expected fractions from 0 to 1 of width and height")
    return point


Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
Point = Annotated[tuple[float, float], AfterValidator(_fraction_pair)]


class Strict(BaseModel):
    """Base of all configuration models: frozen, unknown keys refused, no silent conversions of text."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def index_as_text(source: object) -> object:
    """Return a source as text: the index of a device may be written as a number."""
    return str(source) if type(source) is int else source


def checked_polygon(points: tuple[Point, ...]) -> tuple[Point, ...]:
    """Return the corners of an area.

    Raises:
        ValueError: if they enclose none.
    """
    if len(points) < 3:
        raise ValueError(f"has {len(points)} points; expected three at least")
    if not is_simple(points):
        raise ValueError("crosses or touches itself; expected corners in order around the area")
    return points


Polygon = Annotated[tuple[Point, ...], AfterValidator(checked_polygon)]
