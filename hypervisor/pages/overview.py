"""`/`: all cameras at a glance."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, HTMLResponse

from hypervisor.access.guard import needs
from hypervisor.access.principal import Principal
from hypervisor.context import Ctx
from hypervisor.edge import SECURITY_HEADERS
from hypervisor.pages.shell import page
from hypervisor.pages.words import overview
from hypervisor.problems import Refusal

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse, dependencies=[needs()])
POLICY = "Content-Security-Policy"


@router.get("/")
def show(request: Request, who: Annotated[Principal, needs()], context: Ctx) -> HTMLResponse:
    """Return the overview. Pictures may come from the host of the configured tiles besides, and from no other."""
    ground = context.settings.map
    data = {
        "map": {
            "tiles": ground.tiles,
            "attribution": ground.attribution,
            "background": ground.background is not None,
        }
    }
    answer = page(request, who, "overview.html", overview.WORDS, data)
    if ground.tile_origin:
        answer.headers[POLICY] = f"{SECURITY_HEADERS[POLICY]}; img-src 'self' {ground.tile_origin}"
    return answer


@router.get("/map/background.geojson")
def background(context: Ctx) -> Response:
    """Serve the configured ground of the map."""
    path = context.settings.map.background
    if path is None or not path.is_file():
        raise Refusal("not-found", "no background of the map is configured")
    return FileResponse(path, media_type="application/geo+json", headers={"Cache-Control": "no-cache"})
