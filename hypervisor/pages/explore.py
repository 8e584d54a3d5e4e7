"""`/explore`: figures over time, compared, by hour, on the ground, between places. The address holds the question."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from hypervisor.access.guard import needs
from hypervisor.access.principal import Principal
from hypervisor.catalogue import ROWS
from hypervisor.context import Ctx
from hypervisor.pages.shell import chosen_language, page
from hypervisor.pages.words import explore, said
from hypervisor.sensors.measures import MEASURES as SENSOR_MEASURES
from hypervisor.sensors.measures import SERIES as SENSOR_SERIES
from pipeline import measures

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse, dependencies=[needs("flows:read")])

_PASSAGES = ("crossings", "passages", "precipitation")


@router.get("/explore")
def show(request: Request, context: Ctx, who: Annotated[Principal, needs("flows:read")]) -> HTMLResponse:
    """Return the page; its script asks /v1/series for what the address says."""
    settings = context.settings
    t = said(chosen_language(request), explore.WORDS)
    measured = {
        name: {**row, "name": called(name, t), "unit": _unit(row["unit"], t)} for name, row in catalogue().items()
    }
    data = {"measures": measured, "timezone": settings.timezone, "site": settings.site}
    return page(request, who, "explore.html", explore.WORDS, data, measured=measured)


def called(series: str, t: Mapping[str, str]) -> str:
    """Return the name of a series: its measure's, and which percentile or extreme it is."""
    base, _, end = series.rpartition("_")
    return f"{t[f'm_{base}']}, {t[f'of_{end}']}" if base and f"of_{end}" in t else t[f"m_{series}"]


def _unit(code: str, t: Mapping[str, str]) -> str:
    return t.get(f"unit_{code}", code)


def catalogue() -> dict[str, dict[str, Any]]:
    """Return every measure of /v1/series: its unit, what has it, and how slots of it become one figure."""
    ours = {
        name: {
            "unit": row.unit,
            "of": row.subject,
            "directed": row.directed,
            "pairs": bool(row.to),
            "whole": whole(name),
        }
        for name, row in ROWS.items()
    }
    theirs = {
        name: {
            "unit": SENSOR_MEASURES[row.measure].unit,
            "of": "sensor",
            "directed": row.measure == "passages",
            "pairs": False,
            "whole": {"figure": whole(name), "min": "min", "max": "max"}[row.what],
        }
        for name, row in SENSOR_SERIES.items()
    }
    return ours | theirs


def whole(series: str) -> str:
    """Return how slots become one figure of a period: counts add up, maxima stay; others are means by time watched.

    A direction of the wind has no mean that is worth a figure: `none`.
    """
    if series in _PASSAGES or (series in measures.SERIES and measures.SERIES[series][1].kind == "count"):
        return "sum"
    if series == "wind_direction":
        return "none"
    return "max" if series.endswith("_max") or series == "lamax" else "mean"
