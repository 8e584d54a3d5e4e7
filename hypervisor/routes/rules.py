"""/v1/rules: what services want to be told of."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Response
from pydantic import Field

from hypervisor.access.guard import needs
from hypervisor.access.principal import Principal
from hypervisor.context import Context, Ctx
from hypervisor.problems import Refusal, responses
from hypervisor.query import known_only
from hypervisor.routes.versions import ETAG, IfMatch, made_id, owner_of, refuse_faults, same, tagged
from hypervisor.rules.answers import RuleList, ShownRule, UsualHour, UsualLevels, shown_rule
from hypervisor.rules.evaluator import MOST_RULES
from hypervisor.rules.learning import is_count
from hypervisor.rules.model import Rule, RuleBody
from hypervisor.rules.names import faults_for
from hypervisor.rules.state import RuleState
from hypervisor.rules.usual import History, level_of
from hypervisor.store.documents import Documents, Kept
from hypervisor.store.values import NEW, Act, Change, Commit
from hypervisor.strict import Id

router = APIRouter(
    prefix="/v1/rules", tags=["rules"], dependencies=[Depends(known_only)], responses=responses("redis-away")
)
Reader = Annotated[Principal, needs("alerts:read")]
Writer = Annotated[Principal, needs("rules:write")]
RuleId = Annotated[Id, Path(description="id of a rule")]


class NewRule(RuleBody):
    """A rule to make."""

    id: Id | None = Field(default=None, description="without: one is made")
    service: Id | None = Field(default=None, description="its owner; without: the key's service")


def rules_of(context: Context) -> Documents[Rule]:
    """Return the collection."""
    return Documents(context.store, "rules", Rule)


def tags_of(rule: Rule) -> tuple[str, ...]:
    """Return under which a rule is listed."""
    return (f"service:{rule.service}",)


async def find_rule(context: Context, principal: Principal, rule: str) -> Kept[Rule]:
    """Return a rule of the principal's service.

    Raises:
        Refusal: if there is none; another service's does not exist for it.
    """
    kept = await rules_of(context).get(rule)
    if kept is None or not principal.belongs(kept.value.service):
        raise Refusal("not-found", f"rule {rule!r} is unknown")
    return kept


@router.get("", operation_id="listRules", summary="Rules of the own service", responses=responses("invalid-request"))
async def list_rules(context: Ctx, principal: Reader) -> RuleList:
    """Each with how it is with it: `broken` rules say what is gone, `learning` ones what is missing."""
    tag = "" if principal.may("admin") else f"service:{principal.service}"
    rules = sorted((one.value for one in await rules_of(context).listed(tag)), key=lambda one: one.id)
    states = await _states(context, [one.id for one in rules])
    return RuleList(items=[shown_rule(one, states.get(one.id)) for one in rules])


@router.post(
    "",
    operation_id="createRule",
    summary="Make a rule",
    status_code=201,
    responses=responses("invalid-request", "state-conflict", "not-allowed") | {201: {"headers": ETAG}},
)
async def create_rule(context: Ctx, principal: Writer, response: Response, body: NewRule) -> ShownRule:
    """It is judged from the next sealed bucket on. What it names must exist, and its cameras' purpose must allow it."""
    now_s = context.clock()
    rule = rule_of(principal, body, now_s)
    refuse_faults(await faults_for(context, principal, rule))
    rules = rules_of(context)
    if await rules.get(rule.id) is not None:
        raise Refusal("state-conflict", f"rule {rule.id!r} exists already")
    if len(await rules.listed(limit=MOST_RULES)) >= MOST_RULES:
        raise Refusal("state-conflict", f"there are {MOST_RULES} rules, as many as there may be")
    await _commit(context, principal, "create", rules.change(rule.id, rule, at_s=now_s, expect=NEW, tags=tags_of(rule)))
    tagged(response, 1)
    return shown_rule(rule, None)


@router.get(
    "/{rule}",
    operation_id="getRule",
    summary="One rule",
    responses=responses("invalid-request", "not-found") | {200: {"headers": ETAG}},
)
async def get_rule(context: Ctx, principal: Reader, response: Response, rule: RuleId) -> ShownRule:
    """With how it is with it now."""
    kept = await find_rule(context, principal, rule)
    tagged(response, kept.version)
    return shown_rule(kept.value, (await _states(context, [rule])).get(rule))


@router.get(
    "/{rule}/usual",
    operation_id="getUsualLevels",
    summary="What a rule takes for usual",
    responses=responses("invalid-request", "not-found"),
)
async def get_usual(context: Ctx, principal: Reader, rule: RuleId) -> UsualLevels:
    """The level of every hour of the week, learned from sealed buckets. Empty for rules with a fixed threshold."""
    kept = await find_rule(context, principal, rule)
    found = await Documents(context.store, "usual", History).get(rule)
    if found is None or kept.value.watch.kind != "flow":
        return UsualLevels(rule=rule, timezone=None, hours=[])
    counts = is_count(kept.value.watch.measure)
    levels = ((int(hour), level_of(weeks, counts)) for hour, weeks in found.value.hours.items())
    hours = [
        UsualHour(hour=hour, weeks=one.weeks, centre=round(one.centre, 3), sigma=round(one.sigma, 3))
        for hour, one in sorted(levels)
    ]
    return UsualLevels(rule=rule, timezone=found.value.timezone, hours=hours)


@router.put(
    "/{rule}",
    operation_id="replaceRule",
    summary="Change a rule",
    responses=responses("invalid-request", "not-found", "not-allowed", "changed-since", "match-required")
    | {200: {"headers": ETAG}},
)
async def replace_rule(
    context: Ctx, principal: Writer, response: Response, rule: RuleId, body: RuleBody, if_match: IfMatch = None
) -> ShownRule:
    """Replace all of it. If it watches something else or judges otherwise, what is open under it is closed."""
    kept = same(await find_rule(context, principal, rule), if_match)
    value = Rule(**_plain(body), id=rule, service=kept.value.service)
    refuse_faults(await faults_for(context, principal, value))
    change = rules_of(context).change(rule, value, at_s=context.clock(), expect=kept.version, tags=tags_of(value))
    await _commit(context, principal, "update", change)
    tagged(response, kept.version + 1)
    return shown_rule(value, (await _states(context, [rule])).get(rule))


@router.delete(
    "/{rule}",
    operation_id="deleteRule",
    summary="Remove a rule",
    status_code=204,
    responses=responses("invalid-request", "not-found", "not-allowed", "changed-since", "match-required"),
)
async def delete_rule(context: Ctx, principal: Writer, rule: RuleId, if_match: IfMatch = None) -> None:
    """Its open alerts are closed; alerts and cases stay."""
    kept = same(await find_rule(context, principal, rule), if_match)
    await _commit(context, principal, "delete", rules_of(context).removal(rule, kept.version))


def rule_of(principal: Principal, body: NewRule, now_s: float) -> Rule:
    """Return the rule that a body asks for, with its id and owner."""
    return Rule(**_plain(body), id=made_id(now_s, body.id), service=owner_of(principal, body.service))


def _plain(body: RuleBody) -> dict[str, Any]:
    return {name: getattr(body, name) for name in RuleBody.model_fields}


async def _states(context: Context, rules: list[str]) -> dict[str, RuleState]:
    kept = await Documents(context.store, "rule_states", RuleState).many(rules)
    return {name: one.value for name, one in kept.items()}


async def _commit(context: Context, principal: Principal, verb: str, change: Change) -> None:
    act = Act(principal.actor, principal.service, f"rule.{verb}", f"rules/{change.id}", context.clock())
    await context.store.commit(Commit([change], acts=[act]))
