"""What requests may ask: the parameters of each route, checked before anything is read."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import Request
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from hypervisor.catalogue import ROWS
from hypervisor.feed import Position
from hypervisor.identifiers import Id as Id
from hypervisor.kinds import MessageKind
from hypervisor.problems import Refusal
from hypervisor.sensors.measures import SERIES as SENSOR_SERIES
from hypervisor.spans import BucketSize
from pipeline.deposits import DepositType
from pipeline.observation import Kind

FIRST_YEAR, LAST_YEAR = 2000, 2100


def known_measure(value: str) -> str:
    """Check the name of a series.

    Raises:
        ValueError: if there is none of that name.
    """
    if value not in ROWS and value not in SENSOR_SERIES:
        raise ValueError(f"expected one of {', '.join([*ROWS, *SENSOR_SERIES])}")
    return value


Measure = Annotated[
    str, AfterValidator(known_measure), WithJsonSchema({"type": "string", "enum": [*ROWS, *SENSOR_SERIES]})
]


def moment(value: Any) -> datetime:
    """Read an ISO 8601 moment with offset; return it in UTC.

    Raises:
        ValueError: if it is not one.
    """
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        hint = " (a + in a URL is written %2B)" if " " in str(value) else ""
        raise ValueError(f"is no moment; expected ISO 8601 such as 2026-02-01T08:00:00Z{hint}") from None
    if found.tzinfo is None:
        raise ValueError("has no offset; expected Z or +01:00 (written %2B01:00) at the end")
    if not FIRST_YEAR <= found.year < LAST_YEAR:
        raise ValueError(f"lies outside {FIRST_YEAR} to {LAST_YEAR - 1}")
    return found.astimezone(UTC)


def position(value: Any) -> Position:
    """Read the id of an event (see `Position.parse`)."""
    return Position.parse(str(value))


Moment = Annotated[datetime, BeforeValidator(moment), WithJsonSchema({"type": "string", "format": "date-time"})]
Cursor = Annotated[Any, BeforeValidator(position), WithJsonSchema({"type": "string"})]


class Asked(BaseModel):
    """Base of all query models; unknown parameters are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class OfSeries(Asked):
    """Which series, and when."""

    measure: Measure = Field(description="occupancy is the mean number of objects; dwell percentiles are in seconds")
    place: Id | None = Field(default=None, description="one place, out of its cameras; instead of `camera`")
    line: Id | None = Field(default=None, description="one line (crossings)")
    zone: Id | None = Field(default=None, description="one zone (occupancy, dwell)")
    sensor: Id | None = Field(default=None, description="one sensor (measures of sensors); all without")
    class_name: str | None = Field(default=None, alias="class", description="one class", examples=["person"])
    direction: Literal["forward", "backward"] | None = Field(default=None, description="one way (crossings, passages)")
    from_: Moment | None = Field(
        default=None, alias="from", description="buckets that start at or after it; without: 60 buckets"
    )
    to: Moment | None = Field(
        default=None,
        description="buckets that start before it; without: now, or the end of the newest bucket where all lie "
        "further back (a recording) or ahead",
    )
    bucket: BucketSize = Field(default="15m", description="1h and 1d are cut in the camera's time zone")


class SeriesQuery(OfSeries):
    """What /v1/series may be asked."""

    camera: Id | None = Field(default=None, description="one camera; all without")
    cursor: str | None = Field(
        default=None, pattern=r"^\d{12,15}~\d{12,15}~[a-z0-9_-]{1,63}$", description="`next` of an answer"
    )


class SeriesFileQuery(OfSeries):
    """What /v1/series.parquet may be asked."""

    camera: list[Id] = Field(default=[], max_length=100, description="only these cameras; all without")
    also_from: Moment | None = Field(default=None, description="a second period, to compare with: buckets from then on")
    also_to: Moment | None = Field(default=None, description="its end; both or neither")


class HeatmapQuery(Asked):
    """What /v1/heatmap may be asked."""

    camera: Id = Field(description="the camera")
    zone: Id = Field(description="one of its zones that measures `heatmap`")
    class_name: str | None = Field(default=None, alias="class", description="one class", examples=["person"])
    from_: Moment | None = Field(
        default=None, alias="from", description="hours (UTC) that start at or after it; without: 24 hours"
    )
    to: Moment | None = Field(default=None, description="hours that start before it; without: now")


class EventQuery(Asked):
    """What /v1/events may be asked."""

    camera: list[Id] = Field(default=[], max_length=100, description="only these cameras")
    kind: list[Kind] = Field(default=[], max_length=10, description="only these kinds")
    from_: Moment | None = Field(default=None, alias="from", description="observed at or after it")
    to: Moment | None = Field(default=None, description="observed before it")
    cursor: Cursor | None = Field(default=None, description="`next` or `last` of an answer, or the id of an event")
    limit: int = Field(default=100, ge=1, le=1000, description="items on a page, at most")


class DepositsQuery(Asked):
    """What /v1/deposits may be asked."""

    camera: list[Id] = Field(default=[], max_length=100, description="only these cameras")
    zone: Id | None = Field(default=None, description="only zones of this id")
    state: Literal["open", "ended", "all"] = Field(default="open", description="`open`: what lies there")
    type_: DepositType | None = Field(default=None, alias="type", description="only this kind")
    from_: Moment | None = Field(
        default=None, alias="from", description="there at or after it; without: the last 7 days, and what is open"
    )
    to: Moment | None = Field(default=None, description="first seen before it")
    cursor: str | None = Field(default=None, pattern=r"^\d{1,15}~[a-z0-9_-]{1,200}$", description="`next` of an answer")
    limit: int = Field(default=100, ge=1, le=1000, description="items on a page, at most")


class CleanlinessQuery(Asked):
    """What /v1/cleanliness may be asked."""

    camera: Id | None = Field(default=None, description="one camera; all without")
    zone: Id | None = Field(default=None, description="one zone")
    from_: Moment | None = Field(
        default=None, alias="from", description="begin of the period; without: 7 days before `to`"
    )
    to: Moment | None = Field(
        default=None, description="its end; without: now, or the end of a recording that lies further back"
    )
    service_level_h: float | None = Field(
        default=None, gt=0, le=8760, description="instead of the configured one: within how many hours to clean"
    )


class StreamQuery(Asked):
    """What /v1/stream may be asked."""

    camera: list[Id] = Field(default=[], max_length=100, description="only these cameras")
    kind: list[Kind | MessageKind | Literal["alert", "case"]] = Field(
        default=[], max_length=20, description="only these kinds; `alert` and `case` stand for all of theirs"
    )


def known_only(request: Request) -> None:
    """Refuse parameters that the route does not know, by the same OpenAPI document that users read."""
    path = getattr(request.scope.get("route"), "path", "")
    operation = request.app.openapi()["paths"].get(path, {}).get(request.method.lower(), {})
    known = {item["name"]: item for item in operation.get("parameters", []) if item["in"] == "query"}
    faults = []
    for name in dict.fromkeys(request.query_params.keys()):
        if name not in known:
            faults.append(("query", name, f"is unknown; expected {', '.join(known) or 'no parameter'}"))
        elif len(request.query_params.getlist(name)) > 1 and known[name]["schema"].get("type") != "array":
            faults.append(("query", name, "is given twice; expected one value"))
    if faults:
        raise Refusal("invalid-request", "; ".join(f"{name} {text}" for _, name, text in faults), tuple(faults))


def link_next(request: Request, cursor: str | None) -> dict[str, str]:
    """Return the `Link` header (RFC 8288) that leads to the next page; empty at the end."""
    if cursor is None:
        return {}
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    return {"Link": f'<{request.url.path}?{urlencode([*kept, ("cursor", cursor)])}>; rel="next"'}
