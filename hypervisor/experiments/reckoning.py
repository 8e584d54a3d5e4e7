"""What routes of experiments have reckoned, on a thread of its own: NumPy and Typst are loaded when first asked."""

from datetime import date
from typing import TYPE_CHECKING, Literal, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import Field

from hypervisor.context import Context
from hypervisor.experiments import acts, warnings
from hypervisor.experiments.model import Experiment, Finding
from hypervisor.experiments.protocol import Protocol
from hypervisor.history.door import past_of
from hypervisor.problems import Refusal
from hypervisor.query import Asked
from hypervisor.strict import Bilingual, Body, Many

if TYPE_CHECKING:
    from hypervisor.experiments.evaluation import Result
    from hypervisor.experiments.naming import Names
    from hypervisor.statistics.trial import Trial


class Planned(Body):
    """What a trial would be able to show."""

    power: float | None = Field(
        description="probability 0..1 of seeing the smallest effect that matters; null: unknown"
    )
    days_needed: int | None = Field(description="days of trial for a power of 0.8; null: more than a year, or unknown")
    why_unknown: str | None = None
    warnings: Many[Bilingual] = Field(default=(), description="what would weaken the verdict, as far as it is seen now")


class SheetQuery(Asked):
    """How a sheet is wanted."""

    lang: Literal["fr", "en"] = Field(default="fr", description="language of the sheet")
    form: Literal["html", "pdf"] = Field(default="html", description="a page, or a document for printing")


class Gathered(NamedTuple):
    """The days of an experiment, and the unit of its series."""

    trial: "Trial"
    unit: str


async def gathered_of(context: Context, protocol: Protocol) -> Gathered:
    """Return the days that a protocol is judged by."""
    from hypervisor.experiments.evaluation import gathered

    return Gathered(*await gathered(past_of(context), protocol, ZoneInfo(context.settings.timezone)))


def finding(protocol: Protocol, found: Gathered, now_s: float) -> Finding:
    """Return what an evaluation says, or that there was too little for it."""
    from hypervisor.experiments.sheet import sentence
    from hypervisor.statistics.trial import TooLittle

    try:
        result = _result(protocol, found)
    except TooLittle as error:
        return acts.too_little(str(error), now_s)
    said = Bilingual(fr=sentence(protocol, result, "fr"), en=sentence(protocol, result, "en"))
    return acts.finding_of(result, said, now_s)


def _result(protocol: Protocol, found: Gathered) -> "Result":
    from hypervisor.experiments.evaluation import evaluated

    return evaluated(protocol, found.trial, found.unit)


def sheet_of(experiment: Experiment, found: Gathered, names: "Names", query: SheetQuery, root: str) -> str | bytes:
    """Return the sheet as a page or as PDF."""
    from hypervisor.experiments import sheet
    from hypervisor.statistics.trial import TooLittle

    protocol, notes = experiment.protocol, experiment.notes
    assert experiment.finding is not None
    try:
        result = _result(protocol, found)
    except TooLittle as error:
        raise Refusal("state-conflict", f"what it was judged by is not kept any more: {error}") from None
    said = sheet.Notes(notes.context, notes.lessons, notes.following)
    sealed = next((one.at.date() for one in experiment.changes if one.what == "started"), None)
    told = sheet.Told(said, experiment.replicability, experiment.finding.at, sealed, names)
    made = sheet.sheet_of(protocol, result, told, query.lang)
    return sheet.html(made, root) if query.form == "html" else sheet.pdf(made)


def planned(protocol: Protocol, found: Gathered, today: date) -> Planned:
    """Return what a trial would be able to show."""
    from hypervisor.experiments import planning
    from hypervisor.statistics.trial import TooLittle

    seen = tuple(warnings.of(protocol, today))
    try:
        power, days = planning.planned(protocol, found.trial)
    except TooLittle as error:
        return Planned(power=None, days_needed=None, why_unknown=str(error), warnings=seen)
    return Planned(power=round(power, 3), days_needed=days, warnings=seen)
