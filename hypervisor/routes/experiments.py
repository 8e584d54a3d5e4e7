"""/v1/experiments: what is tried, judged by a protocol that was sealed before."""

import asyncio
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import Field

from hypervisor.access.cookies import root_of
from hypervisor.access.guard import needs
from hypervisor.access.principal import Principal
from hypervisor.context import Context, Ctx
from hypervisor.experiments import acts
from hypervisor.experiments.model import Change, Experiment, Notes, State, tags_of
from hypervisor.experiments.naming import names_of
from hypervisor.experiments.protocol import Prose, Protocol
from hypervisor.experiments.reckoning import Planned, SheetQuery, finding, gathered_of, planned, sheet_of
from hypervisor.experiments.replicability import Replicability, Told, told
from hypervisor.history.door import past_of
from hypervisor.problems import Refusal, responses
from hypervisor.query import Asked, known_only, link_next
from hypervisor.routes.versions import CURSOR, ETAG, LINK, IfMatch, made_id, page_of, refuse_faults, same, tagged
from hypervisor.store.documents import Documents, Kept
from hypervisor.store.values import NEW, Act, Commit
from hypervisor.strict import Body, Id

router = APIRouter(
    prefix="/v1/experiments",
    tags=["experiments"],
    dependencies=[Depends(known_only)],
    responses=responses("invalid-request", "redis-away"),
)
Reader = Annotated[Principal, needs("flows:read")]
Writer = Annotated[Principal, needs("decisions:write")]
ExperimentId = Annotated[Id, Path(description="id of an experiment")]
CHANGES = responses("not-found", "not-allowed", "state-conflict", "changed-since", "match-required") | {
    200: {"headers": ETAG}
}
NO_STORE = {"Cache-Control": "no-store"}


class ExperimentPage(Body):
    """Experiments, the newest first."""

    items: list[Experiment]
    next: str | None


class NewExperiment(Body):
    """A protocol that has not started."""

    id: Id | None = Field(default=None, description="without: one is made")
    protocol: Protocol
    recommendation: Id | None = Field(default=None, description="the recommendation that it tries out")


class Reason(Body):
    """Why something is given up."""

    reason: Prose


class ExperimentsQuery(Asked):
    """Which experiments."""

    state: State | None = Field(default=None, description="only those that are so far")
    cursor: str | None = Field(default=None, pattern=CURSOR, description="`next` of an answer")
    limit: int = Field(default=100, ge=1, le=1000, description="experiments on a page, at most")


def experiments_of(context: Context) -> Documents[Experiment]:
    """Return the collection."""
    return Documents(context.store, "experiments", Experiment)


@router.get("", operation_id="listExperiments", summary="Experiments", responses={200: {"headers": LINK}})
async def list_experiments(
    context: Ctx, who: Reader, request: Request, response: Response, query: Annotated[ExperimentsQuery, Query()]
) -> ExperimentPage:
    """Of all services, as far as their cameras may be seen: who tries something does so in the open."""
    tag = f"state:{query.state}" if query.state else ""
    page = await page_of(experiments_of(context), tag, query.cursor, query.limit, lambda one: _sees(who, one))
    response.headers.update(link_next(request, page.next))
    return ExperimentPage(items=[one.value for one in page.items], next=page.next)


@router.post(
    "",
    operation_id="createExperiment",
    summary="Write a protocol",
    status_code=201,
    responses=responses("not-allowed", "state-conflict") | {201: {"headers": ETAG}},
)
async def create_experiment(context: Ctx, who: Writer, response: Response, body: NewExperiment) -> Experiment:
    """It can be changed until it is started."""
    await _refuse_unknown(context, who, body.protocol)
    now_s = context.clock()
    created = Change(at=acts.moment(now_s), actor=who.actor, what="created")
    made = Experiment(
        id=made_id(now_s, body.id), protocol=body.protocol, changes=(created,), recommendation=body.recommendation
    )
    if await experiments_of(context).get(made.id) is not None:
        raise Refusal("state-conflict", f"experiment {made.id!r} exists already")
    await _keep(context, who, "create", made, NEW)
    tagged(response, 1)
    return made


@router.post("/power", operation_id="planExperiment", summary="What a trial would be able to show")
async def plan_experiment(context: Ctx, who: Reader, body: Protocol) -> Planned:
    """From the baseline as far as it is over: the probability that the smallest effect that matters would be seen."""
    await _refuse_unknown(context, who, body)
    gathered = await gathered_of(context, body)
    now = datetime.fromtimestamp(context.clock(), ZoneInfo(context.settings.timezone))
    return await asyncio.to_thread(planned, body, gathered, now.date())


@router.post("/replicability", operation_id="weighReplicability", summary="What a replicability index would be")
async def weigh_replicability(who: Reader, body: Replicability) -> Told:
    """Of some scores, without keeping them; of none it says what is asked, and how much each criterion weighs."""
    return told(body)


@router.get(
    "/{experiment}",
    operation_id="getExperiment",
    summary="One experiment",
    responses=responses("not-found") | {200: {"headers": ETAG}},
)
async def get_experiment(context: Ctx, who: Reader, response: Response, experiment: ExperimentId) -> Experiment:
    """With every protocol that it had, and what came out."""
    kept = await _find(context, who, experiment)
    tagged(response, kept.version)
    return kept.value


@router.put(
    "/{experiment}", operation_id="replaceProtocol", summary="Change a protocol that has not started", responses=CHANGES
)
async def replace_protocol(
    context: Ctx, who: Writer, response: Response, experiment: ExperimentId, body: Protocol, if_match: IfMatch = None
) -> Experiment:
    """What it was before is kept. Once it has started it is refused: another question is another experiment."""
    kept = same(await _own(context, who, experiment), if_match)
    await _refuse_unknown(context, who, body)
    return await _next(context, who, response, kept, acts.changed(kept.value, body, who, context.clock()))


@router.post("/{experiment}/start", operation_id="startExperiment", summary="Seal the protocol", responses=CHANGES)
async def start_experiment(
    context: Ctx, who: Writer, response: Response, experiment: ExperimentId, if_match: IfMatch = None
) -> Experiment:
    """From now on the question stands, under a hash."""
    kept = same(await _own(context, who, experiment), if_match)
    return await _next(context, who, response, kept, acts.started(kept.value, who, context.clock()))


@router.post("/{experiment}/abandon", operation_id="abandonExperiment", summary="Give it up", responses=CHANGES)
async def abandon_experiment(
    context: Ctx, who: Writer, response: Response, experiment: ExperimentId, body: Reason, if_match: IfMatch = None
) -> Experiment:
    """It stays, with the reason."""
    kept = same(await _own(context, who, experiment), if_match)
    return await _next(context, who, response, kept, acts.abandoned(kept.value, body.reason, who, context.clock()))


@router.post("/{experiment}/evaluate", operation_id="evaluateExperiment", summary="Judge it", responses=CHANGES)
async def evaluate_experiment(
    context: Ctx, who: Writer, response: Response, experiment: ExperimentId, if_match: IfMatch = None
) -> Experiment:
    """By the sealed protocol, over what is known now. It may be done again when more is known; the last one stands."""
    kept = same(await _own(context, who, experiment), if_match)
    gathered = await gathered_of(context, kept.value.protocol)
    found = await asyncio.to_thread(finding, kept.value.protocol, gathered, context.clock())
    return await _next(context, who, response, kept, acts.judged(kept.value, found, who, context.clock()))


@router.put(
    "/{experiment}/notes", operation_id="noteExperiment", summary="Say what cannot be reckoned", responses=CHANGES
)
async def note_experiment(
    context: Ctx, who: Writer, response: Response, experiment: ExperimentId, body: Notes, if_match: IfMatch = None
) -> Experiment:
    """Context, lessons and the next step: they stand on the sheet."""
    kept = same(await _own(context, who, experiment), if_match)
    return await _next(context, who, response, kept, acts.noted(kept.value, body, who, context.clock()))


@router.put(
    "/{experiment}/replicability",
    operation_id="scoreExperiment",
    summary="Say whether other places could do it too",
    responses=CHANGES,
)
async def score_experiment(
    context: Ctx,
    who: Writer,
    response: Response,
    experiment: ExperimentId,
    body: Replicability,
    if_match: IfMatch = None,
) -> Experiment:
    """Each criterion as a range with its evidence; what is missing stays missing, and the index says so."""
    kept = same(await _own(context, who, experiment), if_match)
    return await _next(context, who, response, kept, acts.scored(kept.value, body, who, context.clock()))


@router.get(
    "/{experiment}/sheet",
    operation_id="getSheet",
    summary="The evaluation sheet",
    response_class=Response,
    responses=responses("not-found", "state-conflict")
    | {200: {"content": {"text/html": {}, "application/pdf": {}}, "description": "the sheet"}},
)
async def get_sheet(
    context: Ctx, who: Reader, request: Request, experiment: ExperimentId, query: Annotated[SheetQuery, Query()]
) -> Response:
    """In the order a city reads: context, what was tried, what was measured, the result, pictures, limits, lessons."""
    kept = await _find(context, who, experiment)
    if kept.value.finding is None or kept.value.finding.verdict is None:
        why = kept.value.finding.too_little if kept.value.finding else "it was not evaluated yet"
        raise Refusal("state-conflict", f"experiment {experiment!r} has no sheet: {why}")
    gathered = await gathered_of(context, kept.value.protocol)
    names = await names_of(context, kept.value.protocol)
    made = await asyncio.to_thread(sheet_of, kept.value, gathered, names, query, root_of(request))
    if isinstance(made, str):
        return HTMLResponse(made, headers=NO_STORE)
    name = f'attachment; filename="{experiment}-{query.lang}.pdf"'
    return Response(made, media_type="application/pdf", headers={**NO_STORE, "Content-Disposition": name})


async def _refuse_unknown(context: Context, who: Principal, protocol: Protocol) -> None:
    """Refuse places that nobody may see here, and a service that is not the principal's."""
    known = {one.camera for one in await past_of(context).known()} | set(await context.feed.cameras())
    spots = [("treated", protocol.treated), ("controls", protocol.controls)]
    refuse_faults(
        [
            (f"{name}.{n}.camera", f"camera {one.camera!r} is unknown here")
            for name, listed in spots
            for n, one in enumerate(listed)
            if one.camera is not None and (one.camera not in known or not who.sees(one.camera))
        ]
    )


def _sees(who: Principal, experiment: Experiment) -> bool:
    return all(who.sees(one) for one in experiment.cameras)


async def _find(context: Context, who: Principal, experiment: str) -> Kept[Experiment]:
    kept = await experiments_of(context).get(experiment)
    if kept is None or not _sees(who, kept.value):
        raise Refusal("not-found", f"experiment {experiment!r} is unknown here")
    return kept


async def _own(context: Context, who: Principal, experiment: str) -> Kept[Experiment]:
    kept = await _find(context, who, experiment)
    if not who.belongs(kept.value.protocol.service):
        raise Refusal("not-allowed", f"experiment {experiment!r} belongs to service {kept.value.protocol.service!r}")
    return kept


async def _next(
    context: Context, who: Principal, response: Response, kept: Kept[Experiment], value: Experiment
) -> Experiment:
    await _keep(context, who, value.changes[-1].what, value, kept.version)
    tagged(response, kept.version + 1)
    return value


async def _keep(context: Context, who: Principal, verb: str, value: Experiment, expect: int) -> None:
    if not who.belongs(value.protocol.service):
        raise Refusal("not-allowed", f"{who.actor} cannot make things of service {value.protocol.service!r}")
    now_s = context.clock()
    change = experiments_of(context).change(value.id, value, at_s=now_s, expect=expect, tags=tags_of(value))
    act = Act(who.actor, who.service, f"experiment.{verb}", f"experiments/{value.id}", now_s)
    await context.store.commit(Commit([change], acts=[act]))
