"""`/cameras/{camera}/edit`: where lines, zones and masks are drawn."""

from typing import Annotated, Any, get_args

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse

from hypervisor.access.guard import needs
from hypervisor.access.principal import Principal
from hypervisor.context import Ctx
from hypervisor.pages.shell import chosen_language, page
from hypervisor.pages.words import editor, faults
from hypervisor.query import Id
from pipeline.config_file import EDGE
from pipeline.deposits import DepositsConfig, Surface
from pipeline.places import DEFAULT_CLASSES, LineConfig, LineMeasure, Measure, ZoneConfig

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse, dependencies=[needs("config:write")])

ON_GROUND = frozenset({"speed", "density"})
"""Measures that need to know where the ground is: the camera's `calibration`."""


@router.get("/cameras/{camera}/edit")
async def show(
    request: Request, context: Ctx, camera: Annotated[Id, Path()], who: Annotated[Principal, needs("config:write")]
) -> HTMLResponse:
    """Return the editor of a camera. What is drawn comes from the configuration, by the script."""
    described = (await context.feed.cameras()).get(camera)  # none as long as nothing runs it
    values: dict[str, Any] = {
        "camera": camera,
        "classes": DEFAULT_CLASSES,
        "line_measures": get_args(LineMeasure),
        "zone_measures": get_args(Measure),
        "on_ground": ON_GROUND,
        "surfaces": get_args(Surface),
    }
    data = {
        "camera": camera,
        **({"timezone": described.timezone} if described else {}),  # else as the browser has it
        "edge": EDGE,
        "said": faults.pairs(chosen_language(request)),
        "defaults": {
            "lines": _defaults(LineConfig),
            "zones": _defaults(ZoneConfig) | {"deposits.surface": DepositsConfig().surface},
        },
    }
    return page(request, who, "editor.html", editor.WORDS, data, **values)


def _defaults(form: type[LineConfig | ZoneConfig]) -> dict[str, Any]:
    """Return what holds where the configuration says nothing, as it would be written."""
    plain = (str, int, float, tuple)
    return {name: field.default for name, field in form.model_fields.items() if isinstance(field.default, plain)}
