"""Scripts of others, out of the Python packages that carry them: nothing is fetched from another host, ever."""

from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse

from hypervisor.access.guard import needs
from hypervisor.problems import Refusal

router = APIRouter(include_in_schema=False, dependencies=[needs()])


class Carried(NamedTuple):
    """One file, and the package that carries it (pinned exactly in pyproject.toml)."""

    package: str
    path: str
    media_type: str
    sha256: str  # a test compares it: another version is a decision, not an accident


_JS, _CSS, _PNG = "text/javascript", "text/css", "image/png"
CARRIED = MappingProxyType(
    {
        "leaflet.js": Carried(
            "xstatic.pkg.leaflet",
            "data/leaflet.js",
            _JS,
            "5819285cec137b229c94e1ee5ad73e8b6b84345a4367d60f75fe477fe0fb7b03",
        ),
        "leaflet.css": Carried(
            "xstatic.pkg.leaflet",
            "data/leaflet.css",
            _CSS,
            "90b693d86392a4779c861b28cf307e7e59c3fb35328c4d8b95f58f814d38c722",
        ),
        "images/layers.png": Carried(
            "xstatic.pkg.leaflet",
            "data/images/layers.png",
            _PNG,
            "1dbbe9d028e292f36fcba8f8b3a28d5e8932754fc2215b9ac69e4cdecf5107c6",
        ),
        "uplot.js": Carried(
            "uplot",
            "static/uPlot.iife.js",
            _JS,
            "655bc8aa33781e8721c5af6b59f1699c03c9bda951aa74a6ab518ac20cc4326d",
        ),
        "uplot.css": Carried(
            "uplot",
            "static/uPlot.min.css",
            _CSS,
            "3f121cd4a997b634e07a887658850018e475c26f0bddd874109a8d382c19de87",
        ),
    }
)
"""Name under /vendor → what is served there."""


@router.get("/vendor/{name:path}")
def carried(name: str) -> Response:
    """Serve a file of a carrier."""
    if name not in CARRIED:
        raise Refusal("not-found", f"nothing is served at /vendor/{name}")
    return FileResponse(path_of(name), media_type=CARRIED[name].media_type, headers={"Cache-Control": "max-age=3600"})


def path_of(name: str) -> Path:
    """Return where a carried file lies."""
    return Path(str(files(CARRIED[name].package).joinpath(CARRIED[name].path)))
