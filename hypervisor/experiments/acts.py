"""What may become of an experiment, as pure steps: each returns the next value or refuses."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hypervisor.access.principal import Principal
from hypervisor.experiments.model import MOST_DRAFTS, Change, Doubt, Experiment, Figure, Finding, Notes
from hypervisor.experiments.protocol import Draft, Protocol
from hypervisor.experiments.replicability import Replicability
from hypervisor.problems import Refusal
from hypervisor.strict import Bilingual

if TYPE_CHECKING:
    from hypervisor.experiments.evaluation import Result
    from hypervisor.statistics.effect import Estimate


def changed(experiment: Experiment, protocol: Protocol, who: Principal, now_s: float) -> Experiment:
    """Return it with another protocol; what it was is kept.

    Raises:
        Refusal: once it has started.
    """
    if experiment.state != "draft":
        raise Refusal(
            "state-conflict",
            f"experiment {experiment.id!r} has started: its protocol is sealed ({(experiment.seal or '')[:16]}); "
            "expected a new experiment for another question",
        )
    if len(experiment.drafts) >= MOST_DRAFTS:
        raise Refusal("state-conflict", f"the protocol was changed {MOST_DRAFTS} times; expected a new experiment")
    draft = Draft(at=moment(now_s), actor=who.actor, protocol=experiment.protocol)
    update = {"protocol": protocol, "drafts": (*experiment.drafts, draft)}
    return _with(experiment, update, Change(at=moment(now_s), actor=who.actor, what="changed"))


def started(experiment: Experiment, who: Principal, now_s: float) -> Experiment:
    """Return it sealed: from now on the question stands.

    Raises:
        Refusal: if it has started already. A trial that has begun before is a look back: the sheet says so.
    """
    if experiment.state != "draft":
        raise Refusal("state-conflict", f"experiment {experiment.id!r} is {experiment.state}; expected a draft")
    update = {"state": "started", "seal": experiment.protocol.seal()}
    return _with(experiment, update, Change(at=moment(now_s), actor=who.actor, what="started"))


def abandoned(experiment: Experiment, reason: str, who: Principal, now_s: float) -> Experiment:
    """Return it given up, with the reason: failing is allowed, vanishing is not."""
    if experiment.state not in ("draft", "started"):
        raise Refusal("state-conflict", f"experiment {experiment.id!r} is {experiment.state} already")
    change = Change(at=moment(now_s), actor=who.actor, what="abandoned", reason=reason)
    return _with(experiment, {"state": "abandoned"}, change)


def judged(experiment: Experiment, finding: Finding, who: Principal, now_s: float) -> Experiment:
    """Return it with what an evaluation says.

    Raises:
        Refusal: if it never started.
    """
    if experiment.state not in ("started", "evaluated"):
        raise Refusal("state-conflict", f"experiment {experiment.id!r} is {experiment.state}; expected a started one")
    if experiment.seal != experiment.protocol.seal():
        raise Refusal("state-conflict", f"the protocol of {experiment.id!r} is not the one that was sealed")
    update = {"state": "evaluated" if finding.verdict else experiment.state, "finding": finding}
    return _with(experiment, update, Change(at=moment(now_s), actor=who.actor, what="evaluated"))


def noted(experiment: Experiment, notes: Notes, who: Principal, now_s: float) -> Experiment:
    """Return it with what people say of it."""
    return _with(experiment, {"notes": notes}, Change(at=moment(now_s), actor=who.actor, what="noted"))


def scored(experiment: Experiment, said: Replicability, who: Principal, now_s: float) -> Experiment:
    """Return it with what people say of its replicability."""
    return _with(experiment, {"replicability": said}, Change(at=moment(now_s), actor=who.actor, what="scored"))


def finding_of(result: "Result", sentence: Bilingual, now_s: float) -> Finding:
    """Return what is kept of an evaluation."""
    return Finding(
        at=moment(now_s),
        verdict=result.verdict,
        effect=_figure(result.effect),
        unit=result.unit,
        memory=round(result.effect.memory, 3),
        watched={name: round(share, 3) for name, share in result.watched.items()},
        doubts=tuple(Doubt(kind=one.kind, about=one.about, found=_figure(one.found)) for one in result.others),
        suspicions=result.suspicions,
        sentence=sentence,
    )


def too_little(why: str, now_s: float) -> Finding:
    """Return that there was too little for a verdict."""
    return Finding(at=moment(now_s), too_little=why)


def _figure(found: "Estimate | None") -> Figure | None:
    if found is None:
        return None
    value, low, high = (round(one, 6) for one in (found.value, found.low, found.high))
    return Figure(value=value, low=low, high=high, is_clear=found.is_clear)


def _with(experiment: Experiment, update: Mapping[str, object], change: Change) -> Experiment:
    members: dict[str, object] = {**dict(experiment), **update} | {"changes": (*experiment.changes, change)}
    return Experiment.model_validate(members)


def moment(now_s: float) -> datetime:
    """Return a moment as it is kept."""
    return datetime.fromtimestamp(now_s, UTC)
