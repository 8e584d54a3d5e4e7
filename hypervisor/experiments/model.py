"""An experiment as it is kept: its protocol, how far it is, what came out, and what people say of it."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from hypervisor.experiments.protocol import Draft, Prose, Protocol
from hypervisor.experiments.replicability import Replicability
from hypervisor.strict import Bilingual, Body, Id, Many

State = Literal["draft", "started", "evaluated", "abandoned"]
MOST_DRAFTS = 50
Note = Annotated[str, Field(default="", max_length=4000, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$")]


class Figure(Body):
    """An estimate with its 95 % interval: a share under `ratio`, else in the unit of the series."""

    value: float
    low: float
    high: float
    is_clear: bool = Field(description="the interval leaves out zero")


class Doubt(Body):
    """The effect reckoned otherwise, or looked for where nothing happened."""

    kind: Literal["placebo-date", "placebo-place", "without-weather", "without-control", "with-trend"]
    about: str = ""
    found: Figure | None = Field(default=None, description="null: too little for it")


class Finding(Body):
    """What an evaluation says. `too_little` says why there is none."""

    at: datetime
    verdict: Literal["effect", "no-effect-found", "not-conclusive"] | None = None
    effect: Figure | None = None
    unit: str = ""
    memory: float | None = Field(default=None, description="how far days resemble each other, 0..1")
    watched: dict[str, float] = Field(default_factory=dict, description="share of days, of `baseline` and `trial`")
    doubts: Many[Doubt] = ()
    suspicions: Many[str] = Field(default=(), description="controls that changed when the trial began")
    sentence: Bilingual | None = None
    too_little: str | None = None


class Notes(Body):
    """What people add: it cannot be reckoned."""

    context: Note = ""
    lessons: Note = ""
    following: Note = ""


class Change(Body):
    """One line of what happened to an experiment."""

    at: datetime
    actor: str
    what: Literal["created", "changed", "started", "evaluated", "noted", "scored", "abandoned"]
    reason: Prose | None = None


class Experiment(Body):
    """An experiment as it is kept and answered."""

    id: Id
    state: State = "draft"
    protocol: Protocol
    seal: str | None = Field(default=None, description="SHA-256 of the protocol when it was started, canonical JSON")
    drafts: Many[Draft] = Field(default=(), description="what the protocol was before changes, the oldest first")
    finding: Finding | None = None
    notes: Notes = Notes()
    replicability: Replicability = Field(default=Replicability(), description="could other places do it too?")
    changes: Many[Change] = ()
    recommendation: str | None = Field(default=None, description="id of the recommendation that it tries out")

    @property
    def cameras(self) -> tuple[str, ...]:
        """Return the cameras that it reads."""
        spots = (*self.protocol.treated, *self.protocol.controls)
        return tuple(dict.fromkeys(one.camera for one in spots if one.camera))


def tags_of(experiment: Experiment) -> tuple[str, ...]:
    """Return under which an experiment is listed."""
    tags = (f"service:{experiment.protocol.service}", f"state:{experiment.state}")
    tried = experiment.recommendation
    return tags if tried is None else (*tags, f"recommendation:{tried}")
