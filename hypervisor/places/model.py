"""A place: which lines and zones of which cameras belong to it, and how their figures become one.

Within a camera, lines and zones are different ground, so their figures add up. Of several cameras:

| semantics | the cameras see | figure of the place |
|---|---|---|
| `sum` | different ground: the entrances of a square, two halves of a street | the sum |
| `max` | the same ground, each better or worse than the other | the highest |
| `primary` | the same ground, one of them best | that of the first in order that watched |

So two cameras never count one person twice, unless somebody says that they see different people. What cannot be added
(percentiles, densities, maxima) is combined by the highest under `sum` too; `combined` in an answer says what was done.
"""

from typing import Literal

from pydantic import Field, model_validator

from hypervisor.strict import Body, Id, Many, Text

Semantics = Literal["max", "sum", "primary"]
MOST_VIEWS = 50


class LineView(Body):
    """A counting line of a view."""

    line: Id
    reverse: bool = Field(default=False, description="its `forward` is the place's `backward`")


class View(Body):
    """What one camera sees of a place."""

    camera: Id
    lines: Many[LineView] = Field(default=(), max_length=50)
    zones: Many[Id] = Field(default=(), max_length=50)

    @model_validator(mode="after")
    def _of_something(self) -> "View":
        if not self.lines and not self.zones:
            raise ValueError("names no line and no zone; expected one at least")
        return self


class PlaceBody(Body):
    """A place as it is written."""

    name: Text = Field(description="name for people")
    semantics: Semantics = Field(description="how the figures of several cameras become one")
    location: Many[float] | None = Field(
        default=None, min_length=2, max_length=2, description="latitude, longitude (WGS 84)"
    )
    views: Many[View] = Field(min_length=1, max_length=MOST_VIEWS, description="cameras, the best one first")

    @model_validator(mode="after")
    def _each_once(self) -> "PlaceBody":
        cameras = [view.camera for view in self.views]
        twice = sorted({one for one in cameras if cameras.count(one) > 1})
        if twice:
            raise ValueError(f"views: {', '.join(twice)} stands twice; expected each camera once")
        if self.location is not None and not (abs(self.location[0]) <= 90 and abs(self.location[1]) <= 180):
            raise ValueError("location: lies outside the Earth; expected latitude, longitude in degrees")
        return self


class Place(PlaceBody):
    """A place as it is kept."""

    id: Id

    @property
    def cameras(self) -> tuple[str, ...]:
        """Return the cameras that see it, the best one first."""
        return tuple(view.camera for view in self.views)
