"""The answer of /v1/heatmap: the cells of one zone, summed over hours (UTC)."""

from datetime import UTC, datetime
from math import ceil
from typing import Any

from hypervisor import figures
from hypervisor.context import Context
from hypervisor.feed import BucketName
from hypervisor.problems import Refusal
from hypervisor.query import HeatmapQuery
from hypervisor.series import find_camera, known
from pipeline.heat import Flow, Grid, collection, heat_of

HOUR_S = 3600
MOST_HOURS = 31 * 24
READ_AT_ONCE = 24  # hours: each may hold thousands of cells


async def read_heat(context: Context, query: HeatmapQuery) -> dict[str, Any]:
    """Return the map in the form of `wire.HeatmapPage`.

    Raises:
        Refusal: what is asked does not exist, or is too much.
    """
    camera = find_camera(await context.feed.cameras(), query.camera)
    zones = {zone.id: zone for zone in camera.zones if "heatmap" in zone.measures}
    known("zone", query.zone, list(zones))
    zone = zones[query.zone]
    known("class", query.class_name, zone.classes)
    classes = zone.classes if query.class_name is None else (query.class_name,)
    grid, hours = Grid.over(zone.points), _hours(query, context.clock())
    heat: dict[tuple[str, int], Flow] = {}
    covered, withheld = 0.0, 0
    for first in range(0, len(hours), READ_AT_ONCE):
        names = [BucketName(camera.id, HOUR_S, start) for start in hours[first : first + READ_AT_ONCE]]
        for bucket in (await context.feed.buckets(names)).values():
            if camera.purpose == "statistics" and not bucket.get("q|sealed"):
                withheld += 1
                continue
            covered += figures.coverage(bucket, HOUR_S)
            for key, flow in heat_of(bucket, zone.id, classes, grid.columns * grid.rows).items():
                heat[key] = heat.get(key, Flow()) + flow
    told = {"coverage": round(covered / len(hours), 4), "withheld_hours": withheld}
    return collection(grid, zone.id, heat) | {"from": _iso(hours[0]), "to": _iso(hours[-1] + HOUR_S)} | told


def _hours(query: HeatmapQuery, now_s: float) -> range:
    """Return the starts of the hours that are asked for, epoch seconds."""
    to_s = query.to.timestamp() if query.to else now_s
    from_s = query.from_.timestamp() if query.from_ else to_s - 24 * HOUR_S
    hours = range(ceil(from_s / HOUR_S) * HOUR_S, ceil(to_s / HOUR_S) * HOUR_S, HOUR_S)
    if not hours:
        raise Refusal(
            "invalid-request", "no hour starts in the range", (("query", "from", "leaves no hour before to"),)
        )
    if len(hours) > MOST_HOURS:
        raise Refusal("range-too-large", f"asks for {len(hours)} hours; expected {MOST_HOURS} at most")
    return hours


def _iso(at_s: int) -> str:
    return datetime.fromtimestamp(at_s, UTC).isoformat().replace("+00:00", "Z")
