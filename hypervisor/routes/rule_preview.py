"""/v1/rules/preview: what a rule would have found, before anybody makes it."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field, model_validator

from hypervisor.access.guard import needs
from hypervisor.access.principal import Principal
from hypervisor.context import Ctx
from hypervisor.days_off import KindsOff
from hypervisor.problems import responses
from hypervisor.query import Moment, known_only
from hypervisor.routes.rules import NewRule, rule_of
from hypervisor.routes.versions import refuse_faults
from hypervisor.rules.names import faults_for, world_of
from hypervisor.rules.preview import Preview, RulePreview
from hypervisor.strict import Body

router = APIRouter(
    prefix="/v1/rules", tags=["rules"], dependencies=[Depends(known_only)], responses=responses("redis-away")
)
WEEK_S = 7 * 86_400


class AskedRule(Body):
    """A rule to try, and the span."""

    rule: NewRule
    from_: Moment | None = Field(default=None, alias="from", description="without: a week before `to`")
    to: Moment | None = Field(default=None, description="without: now")

    @model_validator(mode="after")
    def _a_week_at_most(self) -> "AskedRule":
        if self.from_ is not None and self.to is not None:
            lasts_s = (self.to - self.from_).total_seconds()
            if not 0 < lasts_s <= WEEK_S:
                raise ValueError("from: expected a moment before `to`, a week at most")
        return self


@router.post(
    "/preview",
    operation_id="previewRule",
    summary="What a rule would have found",
    responses=responses("invalid-request", "not-allowed"),
)
async def preview_rule(
    context: Ctx, principal: Annotated[Principal, needs("alerts:read")], body: AskedRule
) -> RulePreview:
    """Replays the evaluation over what is still kept of a span (without one: the last week); nothing is told."""
    rule = rule_of(principal, body.rule, context.clock())
    refuse_faults(await faults_for(context, principal, rule))
    to_s = int(body.to.timestamp() if body.to else context.clock())
    from_s = max(int(body.from_.timestamp()) if body.from_ else to_s - WEEK_S, to_s - WEEK_S)
    world = await world_of(context.feed, context.store, principal)
    off = KindsOff(context.settings, context.clock)
    return await Preview(context.feed, context.store, world, rule, (from_s, to_s), off).run()
