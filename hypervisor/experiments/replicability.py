"""Could other places do it too? Criteria judged by people with evidence; an interval, no false digit.

A criterion is a range on a scale of 0 to 4, because nobody knows such things to a digit. What nobody has judged may be
anything, and widens the interval from nothing to everything. Weights are written here and shown with the index.
"""

from typing import Annotated, Literal, NamedTuple

from pydantic import Field, model_validator

from hypervisor.experiments.protocol import Prose
from hypervisor.strict import Bilingual, Body, Many

CriterionId = Literal["extent", "operation", "finance", "industry", "traction"]
TOP = 4
STEP = 5
"""The index is told in steps of five points of a hundred: more would be a digit that nobody knows."""


class Criterion(NamedTuple):
    """One criterion: what it asks, and how much it weighs."""

    fr: str
    en: str
    weight: float


CRITERIA: dict[CriterionId, Criterion] = {
    "extent": Criterion("Étendue réelle du déploiement", "Real extent of the deployment", 0.25),
    "operation": Criterion("Facilité d’exploitation", "Operational ease", 0.25),
    "finance": Criterion(
        "Solidité financière et attrait pour les investisseurs", "Financial solidity, and appeal to investors", 0.2
    ),
    "industry": Criterion("Capacité à industrialiser", "Capacity to industrialise", 0.15),
    "traction": Criterion("Traction commerciale", "Commercial traction", 0.15),
}
"""The programme's criteria; weights are ours, and add up to one."""


class Scored(Body):
    """What people say of one criterion."""

    criterion: CriterionId
    low: int = Field(ge=0, le=TOP, description="0: nothing of it is shown; 4: all of it")
    high: int = Field(ge=0, le=TOP)
    evidence: Prose = Field(description="what shows it: figures, documents, places")
    link: Annotated[str, Field(max_length=500, pattern=r"^https?://[^\s\x00-\x1f\x7f<>\"]+$")] | None = Field(
        default=None, description="where the evidence can be read"
    )

    @model_validator(mode="after")
    def _in_order(self) -> "Scored":
        if self.high < self.low:
            raise ValueError(f"high: is {self.high}, below low, {self.low}")
        return self


class Replicability(Body):
    """What people say of all criteria; those that are missing are told as missing."""

    scores: Many[Scored] = Field(default=(), max_length=len(CRITERIA))

    @model_validator(mode="after")
    def _each_once(self) -> "Replicability":
        names = [one.criterion for one in self.scores]
        if len(set(names)) < len(names):
            raise ValueError("scores: a criterion stands twice; expected each once")
        return self


class Weighed(Body):
    """A criterion as people are asked for it."""

    criterion: CriterionId
    name: Bilingual
    weight: float = Field(description="share of the index, 0..1")


class Told(Body):
    """What the index would be, and out of what."""

    low: int = Field(description="points of a hundred")
    high: int
    top: int = Field(default=TOP, description="of the scale of a criterion, from 0")
    missing: Many[CriterionId] = Field(description="criteria that nobody has judged")
    criteria: Many[Weighed]


class Index(NamedTuple):
    """The replicability index: points of a hundred, and what nobody has judged."""

    low: int
    high: int
    missing: tuple[CriterionId, ...]


def index_of(said: Replicability) -> Index:
    """Return the index: the weighted mean of the lows and of the highs, outwards to steps of five."""
    known = {one.criterion: one for one in said.scores}
    low = sum(one.weight * known[name].low for name, one in CRITERIA.items() if name in known)
    high = sum(one.weight * (known[name].high if name in known else TOP) for name, one in CRITERIA.items())
    points = (100 / TOP * low, 100 / TOP * high)
    missing = tuple(name for name in CRITERIA if name not in known)
    return Index(int((points[0] + 1e-9) // STEP) * STEP, min(100, -int(-(points[1] - 1e-9) // STEP) * STEP), missing)


def told(said: Replicability) -> Told:
    """Return the index with its criteria and weights."""
    index = index_of(said)
    criteria = tuple(
        Weighed(criterion=name, name=Bilingual(fr=one.fr, en=one.en), weight=one.weight)
        for name, one in CRITERIA.items()
    )
    return Told(low=index.low, high=index.high, missing=index.missing, criteria=criteria)
