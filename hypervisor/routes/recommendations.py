"""/v1/recommendations: what a city may decide, with the evidence; people accept, refuse or put off."""

import secrets
from datetime import UTC, date, datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import Field

from hypervisor.access.directory import Directory
from hypervisor.access.guard import needs
from hypervisor.access.principal import Principal
from hypervisor.context import Context, Ctx
from hypervisor.experiments.model import State as ExperimentState
from hypervisor.experiments.protocol import Prose
from hypervisor.history.door import past_of
from hypervisor.problems import Refusal, responses
from hypervisor.query import Asked, known_only, link_next
from hypervisor.recommendations import acts, keeping, words
from hypervisor.recommendations.judging import days_ahead, judged_site
from hypervisor.recommendations.model import Recommendation, Silence, State, tags_of
from hypervisor.recommendations.rule import catalogue
from hypervisor.routes.experiments import NewExperiment
from hypervisor.routes.versions import CURSOR, ETAG, LINK, IfMatch, page_of, same, tagged
from hypervisor.store.documents import Kept
from hypervisor.store.values import Act, Commit
from hypervisor.strict import Bilingual, Body, Id, Many
from pipeline.config_faults import ConfigError

router = APIRouter(
    prefix="/v1/recommendations",
    tags=["recommendations"],
    dependencies=[Depends(known_only)],
    responses=responses("invalid-request", "redis-away"),
)
Reader = Annotated[Principal, needs("flows:read")]
Writer = Annotated[Principal, needs("decisions:write")]
RecommendationId = Annotated[Id, Path(description="id of a recommendation")]
CHANGES = responses("not-found", "not-allowed", "state-conflict", "changed-since", "match-required") | {
    200: {"headers": ETAG}
}
LEASE, LEASE_S = "recommendations", 3600.0


class RecommendationPage(Body):
    """Recommendations, the newest first."""

    items: list[Recommendation]
    next: str | None


class Opponent(Body):
    """Another recommendation for the same place that should not be followed at the same time."""

    id: Id
    title: Bilingual
    state: State


class Tried(Body):
    """An experiment that tries it out, and what came of it."""

    id: Id
    state: ExperimentState
    verdict: str | None = None
    sentence: Bilingual | None = None
    too_little: str | None = None


class RecommendationDetail(Recommendation):
    """A recommendation with what stands against it, and what trying it showed."""

    conflicts: Many[Opponent] = ()
    experiments: Many[Tried] = ()


class AcceptedRecommendation(Body):
    """An accepted recommendation, and the draft of a protocol that POST /v1/experiments takes."""

    recommendation: Recommendation
    draft: NewExperiment | None
    why_none: Bilingual | None = None


class JudgeAnswer(Body):
    """What a judgement found."""

    asked: int = Field(description="questions asked of the whole site")
    found: int
    new: int
    silent: list[Silence] = Field(description="what was not judged, and why")


class WhyRefused(Body):
    """Why it is not followed."""

    reason: Prose


class PutOff(Body):
    """Until when it is put off."""

    until: Annotated[date, Field(strict=False)]


class RecommendationsQuery(Asked):
    """Which recommendations."""

    state: State | None = Field(default=None, description="only those")
    service: str | None = Field(default=None, max_length=63, description="only of one service")
    kind: str | None = Field(default=None, max_length=63, description="only of one kind, such as `add-bin`")
    camera: str | None = Field(default=None, max_length=63, description="only of one camera")
    cursor: str | None = Field(default=None, pattern=CURSOR, description="`next` of an answer")
    limit: int = Field(default=50, ge=1, le=500, description="recommendations on a page, at most")


class AcceptQuery(Asked):
    """How the draft is wanted."""

    lang: Literal["fr", "en"] = Field(default="fr", description="language of the draft's texts")


@router.get("", operation_id="listRecommendations", summary="Recommendations", responses={200: {"headers": LINK}})
async def list_recommendations(
    context: Ctx, who: Reader, request: Request, response: Response, query: Annotated[RecommendationsQuery, Query()]
) -> RecommendationPage:
    """Of all services, as far as their cameras may be seen."""
    wished = {name: getattr(query, name) for name in ("camera", "kind", "service", "state")}
    given = {name: value for name, value in wished.items() if value is not None}
    tag = next((f"{name}:{value}" for name, value in given.items()), "")
    page = await page_of(
        keeping.recommendations_of(context.store),
        tag,
        query.cursor,
        query.limit,
        lambda one: _sees(who, one) and all(getattr(one, name) == value for name, value in given.items()),
    )
    response.headers.update(link_next(request, page.next))
    return RecommendationPage(items=[one.value for one in page.items], next=page.next)


@router.post(
    "/judge",
    operation_id="judgeRecommendations",
    summary="Judge the whole site now",
    responses=responses("not-allowed", "state-conflict"),
)
async def judge_recommendations(context: Ctx, who: Writer) -> JudgeAnswer:
    """What the daily judge does. The answer says too what was not judged, and why."""
    if who.cameras is not None:
        raise Refusal("not-allowed", f"{who.actor} sees some cameras only; the whole site is judged at once")
    holder = f"judge-{who.actor}-{secrets.token_hex(8)}"
    fence = await context.store.lease(LEASE, holder, LEASE_S)
    if fence is None:
        raise Refusal("state-conflict", "the site is being judged; expected a little patience")
    try:
        found, local = await judged_site(context)
        fresh = await keeping.kept(context.store, found, local.today, local.now_s, fence)
    except ConfigError as error:
        raise Refusal("state-conflict", f"the city's bounds are not understood: {error}") from None
    finally:
        await context.store.release(LEASE, holder)
    return JudgeAnswer(asked=found.asked, found=len(found.found), new=fresh, silent=list(found.silent))


@router.get(
    "/{recommendation}",
    operation_id="getRecommendation",
    summary="One recommendation",
    responses=responses("not-found") | {200: {"headers": ETAG}},
)
async def get_recommendation(
    context: Ctx, who: Reader, response: Response, recommendation: RecommendationId
) -> RecommendationDetail:
    """With the evidence, what stands against it, and what experiments of it showed."""
    kept = await _find(context, who, recommendation)
    tagged(response, kept.version)
    tried = [
        Tried(
            id=one.id,
            state=one.state,
            verdict=one.finding.verdict if one.finding else None,
            sentence=one.finding.sentence if one.finding else None,
            too_little=one.finding.too_little if one.finding else None,
        )
        for one in await keeping.experiments_of(context.store, recommendation)
        if all(who.sees(camera) for camera in one.cameras)
    ]
    opponents = await _opponents(context, kept.value)
    return RecommendationDetail.model_validate({**dict(kept.value), "conflicts": opponents, "experiments": tried})


@router.post("/{recommendation}/accept", operation_id="acceptRecommendation", summary="Try it out", responses=CHANGES)
async def accept_recommendation(
    context: Ctx,
    who: Writer,
    response: Response,
    recommendation: RecommendationId,
    query: Annotated[AcceptQuery, Query()],
    if_match: IfMatch = None,
) -> AcceptedRecommendation:
    """Nothing is applied. The answer offers the draft of a protocol: what will be measured, where, and when."""
    from hypervisor.recommendations.draft import DRAFTED_D, draft_of

    kept = same(await _own(context, who, recommendation), if_match)
    value = await _next(context, who, response, kept, acts.accepted(kept.value, who, context.clock()))
    today = datetime.fromtimestamp(context.clock(), UTC).astimezone(ZoneInfo(context.settings.timezone)).date()
    known = [one for one in await past_of(context).known() if not one.camera or who.sees(one.camera)]
    off = await days_ahead(context, today, DRAFTED_D)
    draft = draft_of(value, today, known, query.lang, off)
    if draft is None:
        return AcceptedRecommendation(recommendation=value, draft=None, why_none=words.NO_TRIAL)
    return AcceptedRecommendation(recommendation=value, draft=NewExperiment.model_validate(draft))


@router.post("/{recommendation}/refuse", operation_id="refuseRecommendation", summary="Refuse it", responses=CHANGES)
async def refuse_recommendation(
    context: Ctx,
    who: Writer,
    response: Response,
    recommendation: RecommendationId,
    body: WhyRefused,
    if_match: IfMatch = None,
) -> Recommendation:
    """With the reason. It may come back after half a year, if it still holds then."""
    kept = same(await _own(context, who, recommendation), if_match)
    return await _next(context, who, response, kept, acts.refused(kept.value, body.reason, who, context.clock()))


@router.post("/{recommendation}/snooze", operation_id="snoozeRecommendation", summary="Put it off", responses=CHANGES)
async def snooze_recommendation(
    context: Ctx,
    who: Writer,
    response: Response,
    recommendation: RecommendationId,
    body: PutOff,
    if_match: IfMatch = None,
) -> Recommendation:
    """It comes back on that day, if it still holds then."""
    kept = same(await _own(context, who, recommendation), if_match)
    return await _next(context, who, response, kept, acts.snoozed(kept.value, body.until, who, context.clock()))


def _sees(who: Principal, one: Recommendation) -> bool:
    return not one.camera or who.sees(one.camera)


async def _find(context: Context, who: Principal, recommendation: str) -> Kept[Recommendation]:
    kept = await keeping.recommendations_of(context.store).get(recommendation)
    if kept is None or not _sees(who, kept.value):
        raise Refusal("not-found", f"recommendation {recommendation!r} is unknown here")
    return kept


async def _own(context: Context, who: Principal, recommendation: str) -> Kept[Recommendation]:
    """Return one that the principal may decide: of its service, or of one that this city does not have."""
    kept = await _find(context, who, recommendation)
    service = kept.value.service
    if not who.belongs(service) and await _has(context, service):
        raise Refusal("not-allowed", f"recommendation {recommendation!r} belongs to service {service!r}")
    return kept


async def _has(context: Context, service: str) -> bool:
    return await Directory(context.store, context.clock, lambda n: b"").services.get(service) is not None


async def _opponents(context: Context, one: Recommendation) -> list[Opponent]:
    rule = catalogue().get(one.kind)
    if rule is None or not one.camera:
        return []
    documents = keeping.recommendations_of(context.store)
    against = set(rule.conflicts) | {other.id for other in catalogue().values() if one.kind in other.conflicts}
    there = await keeping.every(documents, f"camera:{one.camera}")
    return [
        Opponent(id=kept.id, title=kept.value.title, state=kept.value.state)
        for kept in there.values()
        if kept.value.kind in against and kept.value.holds and kept.value.subject in ("", one.subject)
    ]


async def _next(
    context: Context, who: Principal, response: Response, kept: Kept[Recommendation], value: Recommendation
) -> Recommendation:
    now_s = context.clock()
    documents = keeping.recommendations_of(context.store)
    change = documents.change(value.id, value, at_s=now_s, expect=kept.version, tags=tags_of(value))
    what = value.changes[-1]
    detail = {} if what.reason is None else {"reason": what.reason}
    act = Act(who.actor, who.service, f"recommendation.{what.what}", f"recommendations/{value.id}", now_s, detail)
    await context.store.commit(Commit([change], acts=[act]))
    tagged(response, kept.version + 1)
    return value
