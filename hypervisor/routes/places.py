"""/v1/places: which cameras see one piece of the city."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from hypervisor.access.guard import needs
from hypervisor.access.principal import Principal
from hypervisor.context import Context, Ctx
from hypervisor.places.check import faults_of_place
from hypervisor.places.model import Place, PlaceBody
from hypervisor.problems import Refusal, responses
from hypervisor.query import known_only
from hypervisor.routes.versions import ETAG, IfMatch, made_id, refuse_faults, same, tagged
from hypervisor.store.documents import Documents, Kept
from hypervisor.store.values import NEW, Act, Commit
from hypervisor.strict import Id

router = APIRouter(
    prefix="/v1/places", tags=["places"], dependencies=[Depends(known_only)], responses=responses("redis-away")
)
Reader = Annotated[Principal, needs("flows:read")]
Writer = Annotated[Principal, needs("places:write")]
PlaceId = Annotated[Id, Path(description="id of a place")]
MOST_PLACES = 1000


class NewPlace(PlaceBody):
    """A place to make."""

    id: Id | None = Field(default=None, description="without: one is made")


class PlaceList(BaseModel):
    """All places, by id."""

    model_config = ConfigDict(frozen=True)

    items: list[Place]
    next: None = None


def places_of(context: Context) -> Documents[Place]:
    """Return the collection."""
    return Documents(context.store, "places", Place)


async def find_place(context: Context, principal: Principal, place: str) -> Kept[Place]:
    """Return a place that may be seen.

    Raises:
        Refusal: if there is none; one of which a camera may not be seen does not exist for its reader.
    """
    kept = await places_of(context).get(place)
    if kept is None or not all(principal.sees(camera) for camera in kept.value.cameras):
        raise Refusal("not-found", f"place {place!r} is unknown")
    return kept


@router.get("", operation_id="listPlaces", summary="All places", responses=responses("invalid-request"))
async def list_places(context: Ctx, principal: Reader) -> PlaceList:
    """Places whose cameras may all be seen."""
    kept = await places_of(context).listed(limit=MOST_PLACES)
    seen = [one.value for one in kept if all(principal.sees(camera) for camera in one.value.cameras)]
    return PlaceList(items=sorted(seen, key=lambda place: place.id))


@router.post(
    "",
    operation_id="createPlace",
    summary="Make a place",
    status_code=201,
    responses=responses("invalid-request", "state-conflict", "not-allowed") | {201: {"headers": ETAG}},
)
async def create_place(context: Ctx, principal: Writer, response: Response, body: NewPlace) -> Place:
    """Cameras, lines and zones must exist. `semantics` says how figures of several cameras become one."""
    await _refuse_unknown(context, principal, body)
    now_s = context.clock()
    place = Place(**body.model_dump(exclude={"id"}), id=made_id(now_s, body.id))
    places = places_of(context)
    if await places.get(place.id) is not None:
        raise Refusal("state-conflict", f"place {place.id!r} exists already")
    await _commit(context, principal, "create", place, NEW)
    tagged(response, 1)
    return place


@router.get(
    "/{place}",
    operation_id="getPlace",
    summary="One place",
    responses=responses("invalid-request", "not-found") | {200: {"headers": ETAG}},
)
async def get_place(context: Ctx, principal: Reader, response: Response, place: PlaceId) -> Place:
    """Its figures are at /v1/series with `place`."""
    kept = await find_place(context, principal, place)
    tagged(response, kept.version)
    return kept.value


@router.put(
    "/{place}",
    operation_id="replacePlace",
    summary="Change a place",
    responses=responses("invalid-request", "not-found", "not-allowed", "changed-since", "match-required")
    | {200: {"headers": ETAG}},
)
async def replace_place(
    context: Ctx, principal: Writer, response: Response, place: PlaceId, body: PlaceBody, if_match: IfMatch = None
) -> Place:
    """Replace all of it. Rules that watch the place follow it from the next bucket on."""
    kept = same(await find_place(context, principal, place), if_match)
    await _refuse_unknown(context, principal, body)
    value = Place(**body.model_dump(), id=place)
    await _commit(context, principal, "update", value, kept.version)
    tagged(response, kept.version + 1)
    return value


@router.delete(
    "/{place}",
    operation_id="deletePlace",
    summary="Remove a place",
    status_code=204,
    responses=responses("invalid-request", "not-found", "not-allowed", "changed-since", "match-required"),
)
async def delete_place(context: Ctx, principal: Writer, place: PlaceId, if_match: IfMatch = None) -> None:
    """Rules that watch it become `broken` and say so."""
    kept = same(await find_place(context, principal, place), if_match)
    act = Act(principal.actor, principal.service, "place.delete", f"places/{place}", context.clock())
    await context.store.commit(Commit([places_of(context).removal(place, kept.version)], acts=[act]))


async def _refuse_unknown(context: Context, principal: Principal, body: PlaceBody) -> None:
    cameras = await context.feed.cameras()
    refuse_faults(list(faults_of_place(body, {one: cameras[one] for one in cameras if principal.sees(one)})))


async def _commit(context: Context, principal: Principal, verb: str, place: Place, expect: int) -> None:
    now_s = context.clock()
    change = places_of(context).change(place.id, place, at_s=now_s, expect=expect)
    act = Act(principal.actor, principal.service, f"place.{verb}", f"places/{place.id}", now_s)
    await context.store.commit(Commit([change], acts=[act]))
