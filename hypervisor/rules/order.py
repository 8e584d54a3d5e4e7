"""What changes of rules do to what is open under them: before anything is judged by them."""

from hypervisor.alerts.model import Subject
from hypervisor.rules.check import faults_of_rule
from hypervisor.rules.desk import Finding
from hypervisor.rules.judge import Because
from hypervisor.rules.model import Rule
from hypervisor.rules.state import RuleState, digest_of, fresh
from hypervisor.rules.turn import Turn, no_figures


async def in_order(turn: Turn) -> None:
    """Bring states in line with rules: new, changed, disabled, broken, whole again, and removed ones."""
    for rule in turn.rules.values():
        await _of_rule(turn, rule)
    for name in [name for name in turn.states if name not in turn.rules]:
        await turn.close_all(name, "rule_removed")
        await _mended(turn, name, None)
        turn.touched.add(name)
        del turn.states[name]


async def _of_rule(turn: Turn, rule: Rule) -> None:
    state = turn.states.get(rule.id)
    if state is None:
        turn.keep(rule.id, fresh(rule, turn.now_s))
    elif state.digest != digest_of(rule):
        await _reset(turn, rule, "rule_changed")
    faults = list(faults_of_rule(rule, turn.world))
    if not rule.enabled:
        await _stop(turn, rule, "disabled", ())
    elif faults:
        await _stop(turn, rule, "broken", tuple(f"{field}: {text}" for field, text in faults))
    else:
        await _go_on(turn, rule)


async def _stop(turn: Turn, rule: Rule, status: str, reasons: tuple[str, ...]) -> None:
    """Judge a rule no longer; what was open is closed, because nobody would close it."""
    state = turn.states[rule.id]
    if state.status not in ("disabled", "broken"):
        await _reset(turn, rule, "rule_disabled" if status == "disabled" else "rule_changed")
    if status == "disabled":
        await _mended(turn, rule.id, rule)
        turn.status(rule, "disabled")
        return
    turn.status(rule, "broken", reasons)
    if turn.states[rule.id].broken is None:
        alert = await turn.desk.open(
            rule, _subject(rule), Finding(no_figures(), turn.now_s, turn.now_s, rule.name, reasons[0])
        )
        turn.change(rule, broken=alert)


async def _go_on(turn: Turn, rule: Rule) -> None:
    state = turn.states[rule.id]
    await _mended(turn, rule.id, rule)
    if state.status in ("disabled", "broken"):
        turn.change(rule, heard_s=turn.now_s)
        turn.status(rule, "active")


async def _mended(turn: Turn, rule_id: str, rule: Rule | None) -> None:
    state = turn.states[rule_id]
    if state.broken is not None:
        because: Because = "rule_whole_again" if rule is not None else "rule_removed"
        await turn.desk.close(state.broken, because, turn.now_s, rule)
        turn.keep(rule_id, state.model_copy(update={"broken": None}))


async def _reset(turn: Turn, rule: Rule, because: Because) -> None:
    await turn.close_all(rule.id, because)
    broken = turn.states[rule.id].broken
    state: RuleState = fresh(rule, turn.now_s).model_copy(update={"broken": broken})
    turn.keep(rule.id, state)


def _subject(rule: Rule) -> Subject:
    watch = rule.watch
    known = watch.model_dump(include={"place", "camera", "line", "zone", "sensor"})
    named = [one for one in (known.get("camera"), *(getattr(watch, "cameras", ()))) if one]
    return Subject(kind="health", trouble="broken", cameras=tuple(named), **known)
