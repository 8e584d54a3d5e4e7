"""A page of /v1/series as a table: exactly the figures of its JSON form, a point a line."""

from collections.abc import Mapping
from typing import Any

from hypervisor.exports.tables import csv_of

NAMES = ("camera", "place", "sensor", "channel", "line", "zone", "class", "direction", "from", "to")
COLUMNS = ("measure", "unit", "bucket", *NAMES, "start", "value", "status", "coverage")
MEDIA_TYPE = "text/csv"


def asked_for(accept: str) -> bool:
    """Tell whether an `Accept` header asks for a table: it names one, and no JSON before it."""
    named = [part.split(";")[0].strip().lower() for part in accept.split(",")]
    return next((one for one in named if one in (MEDIA_TYPE, "application/json")), "") == MEDIA_TYPE


def table(page: Mapping[str, Any], header: bool = True) -> bytes:
    """Return a page as CSV; what does not apply to a series is empty, and so is a value that is null."""
    same = (page["measure"], page["unit"], page["bucket"])
    lines: list[tuple[object, ...]] = [COLUMNS] if header else []
    for one in page["series"]:
        names = tuple(one.get(name) for name in NAMES)
        lines += [(*same, *names, p["start"], p["value"], p["status"], p["coverage"]) for p in one["points"]]
    return csv_of(lines)
