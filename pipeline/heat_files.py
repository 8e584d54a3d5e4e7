"""Heat maps as files: a picture to look at (PNG), and cells to work with (GeoJSON)."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from pipeline.calibration import Fit, fit_of, latlon_of
from pipeline.config import CameraConfig
from pipeline.geometry import Pair
from pipeline.heat import PICTURE, Flow, Grid, HeatMap, collection, in_picture, totals
from pipeline.still import Picture, write_png

ON_MAP = "longitude and latitude (WGS 84)"

_DARK = np.full((720, 1280, 3), 24, np.uint8)
_GREY = 0.5  # how bright the picture stays under the colours
_OPAQUE = 0.65
_WHITE = (255, 255, 255)
_ARROW = 0.45  # of the shorter side of a cell, for the fastest
_LEGEND_PX = 16
_STILL_PER_S = 0.002  # slower than this part of the picture a second: no arrow


def write_heat(folder: Path, camera: CameraConfig, heat: Mapping[str, HeatMap], backdrop: Picture | None) -> list[Path]:
    """Write `<camera>-<zone>.png` and `.geojson` for each zone that measures `heatmap`; return what was written.

    `backdrop` (H, W, 3) BGR lies grey under the colours; without one they lie on a dark picture.

    Raises:
        OSError: if a file cannot be written.
    """
    fit = fit_of(camera.calibration) if camera.calibration is not None else None
    told = (ON_MAP, _OnMap(fit)) if fit is not None and fit.origin is not None else (PICTURE, in_picture)
    written = []
    for zone in camera.zones:
        if "heatmap" not in zone.measures:
            continue
        grid, cells = Grid.over(zone.points), heat.get(zone.id, {})
        path = folder / f"{camera.id}-{zone.id}.geojson"
        found = collection(grid, zone.id, cells, *told)
        path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        write_png(path.with_suffix(".png"), drawn(grid, zone.points, totals(cells), backdrop))
        written += [path, path.with_suffix(".png")]
    return written


@dataclass(frozen=True, slots=True)
class _OnMap:
    """Describes cells by longitude and latitude, and velocities by metres a second to the east and north."""

    fit: Fit

    def __call__(self, grid: Grid, cell: int, flow: Flow) -> tuple[Sequence[Pair], Mapping[str, float]] | None:
        middle, velocity = grid.middle(cell), flow.velocity
        step_s = 1e-3  # short, because the ground is not seen in the same scale everywhere
        after = middle[0] + velocity[0] * step_s, middle[1] + velocity[1] * step_s
        places = [self.fit.place(point) for point in (*grid.corners(cell), middle, after)]
        known = [place for place in places if place is not None]
        if self.fit.origin is None or len(known) < len(places):
            return None
        *corners, here, there = known
        latlons = [latlon_of(corner, self.fit.origin) for corner in corners]
        east, north = ((b - a) / step_s for a, b in zip(here, there, strict=True))
        ring = [(round(longitude, 8), round(latitude, 8)) for latitude, longitude in latlons]
        return ring, {"velocity_east_m_per_s": round(east, 3), "velocity_north_m_per_s": round(north, 3)}


def drawn(grid: Grid, points: Sequence[Pair], cells: Mapping[int, Flow], backdrop: Picture | None) -> Picture:
    """Return a picture (H, W, 3) BGR of a zone: seconds as colours, mean velocities as arrows, and a legend."""
    ground = _DARK if backdrop is None else _grey(backdrop)
    size = np.array((ground.shape[1], ground.shape[0]))
    most_s = max((flow.ms for flow in cells.values()), default=0) / 1000
    picture = ground.copy()
    _paint(picture, grid, cells, most_s)
    _draw_arrows(picture, grid, cells, size)
    cv2.polylines(picture, [np.rint(np.array(points) * size).astype(np.int32)], True, _WHITE, 1, cv2.LINE_AA)
    _draw_legend(picture, most_s)
    return picture


def _paint(picture: Picture, grid: Grid, cells: Mapping[int, Flow], most_s: float) -> None:
    """Lay the colours of the seconds over a picture; their square roots show the rare, too."""
    size = np.array((picture.shape[1], picture.shape[0]))
    for cell, flow in cells.items():
        if flow.ms > 0:
            shade = np.array([[round(255 * math.sqrt(flow.ms / 1000 / most_s))]], np.uint8)
            colour = cv2.applyColorMap(shade, cv2.COLORMAP_INFERNO)[0, 0]
            low, high = (np.rint(np.array(grid.corners(cell)[n]) * size).astype(int) for n in (0, 2))
            part = picture[low[1] : high[1], low[0] : high[0]]
            part[:] = np.rint((1 - _OPAQUE) * part + _OPAQUE * colour)


def _grey(picture: Picture) -> Picture:
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    return np.asarray(cv2.cvtColor(np.rint(grey * _GREY).astype(np.uint8), cv2.COLOR_GRAY2BGR), np.uint8)


def _draw_arrows(picture: Picture, grid: Grid, cells: Mapping[int, Flow], size: np.ndarray) -> None:
    ways = {cell: np.array(flow.velocity) * size for cell, flow in cells.items()}  # px a second
    fastest = max((float(np.hypot(*way)) for way in ways.values()), default=0.0)
    length = _ARROW * float((np.array(grid.cell) * size).min())
    for cell, way in ways.items():
        if np.hypot(*way) < _STILL_PER_S * size[0]:
            continue
        middle, half = np.array(grid.middle(cell)) * size, way / fastest * length
        start, end = (tuple(np.rint(at).astype(int).tolist()) for at in (middle - half, middle + half))
        cv2.arrowedLine(picture, start, end, _WHITE, 1, cv2.LINE_AA, tipLength=0.4)


def _draw_legend(picture: Picture, most_s: float) -> None:
    """Draw the colours of 0 to the most seconds along the lower edge; the scale is one of square roots."""
    height, width = picture.shape[:2]
    long = max(1, width // 4)
    scale = cv2.applyColorMap(np.linspace(0, 255, long).astype(np.uint8)[None, :], cv2.COLORMAP_INFERNO)
    picture[max(0, height - _LEGEND_PX) :, :long] = scale
    text = f"0 to {most_s:.1f} s in a cell (square root); arrows: mean velocity"
    cv2.putText(picture, text, (long + 6, height - 4), cv2.FONT_HERSHEY_SIMPLEX, 0.42, _WHITE, 1, cv2.LINE_AA)
