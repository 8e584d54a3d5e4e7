"""A rule as data: what it watches, from when on that is an alert, when it may, and who is told."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from hypervisor.catalogue import ROWS
from hypervisor.rules.schedule import RuleSchedule
from hypervisor.strict import Body, Id, Many, Text
from pipeline.deposits import DepositType

Severity = Literal["informational", "low", "medium", "high", "critical"]
Step = Literal["1m", "15m", "1h"]
STEP_S: dict[Step, int] = {"1m": 60, "15m": 900, "1h": 3600}

Trouble = Literal[
    "down", "stalled", "reconnecting", "paused", "moved", "blurred", "masked", "blinded", "frozen", "degraded", "shed"
]
"""What can be wrong with a camera: `down` its worker failed or is silent, `degraded` it runs on another device or
decoder than configured, `shed` it looks less often because its machine cannot keep up."""

TROUBLES: tuple[Trouble, ...] = (
    "down", "stalled", "reconnecting", "paused", "moved", "blurred", "masked", "blinded", "frozen", "degraded", "shed",
)  # fmt: skip


def _known_measure(value: str) -> str:
    if value not in ROWS:
        raise ValueError(f"expected one of {', '.join(ROWS)}")
    return value


class FlowWatch(Body):
    """A figure of a line, a zone, a whole camera or a place, as /v1/series gives it."""

    kind: Literal["flow"]
    measure: Annotated[str, AfterValidator(_known_measure)] = Field(description="any measure of cameras at /v1/series")
    camera: Id | None = Field(default=None, description="one camera; or `place`")
    place: Id | None = Field(default=None, description="one place; or `camera`")
    line: Id | None = Field(default=None, description="a line of the camera; all of them together without")
    zone: Id | None = Field(default=None, description="a zone of the camera; all of them together without")
    class_name: str | None = Field(default=None, alias="class", max_length=63, description="one class; all without")
    direction: Literal["forward", "backward"] | None = Field(default=None, description="one way; both without")
    bucket: Step = Field(default="15m", description="buckets that are judged, once they are sealed")

    @model_validator(mode="after")
    def _somewhere(self) -> "FlowWatch":
        if (self.camera is None) == (self.place is None):
            raise ValueError("camera: expected either a camera or a place")
        if self.place is not None and (self.line or self.zone):
            raise ValueError("place: has lines and zones of its own; expected no line and no zone beside it")
        return self


class SensorWatch(Body):
    """A figure of a sensor, in the buckets that are told of it."""

    kind: Literal["sensor"]
    sensor: Id
    measure: Annotated[str, Field(min_length=1, max_length=63)] = Field(description="which of its measures")
    channel: str | None = Field(default=None, max_length=63, description="of several; the highest without")
    class_name: str | None = Field(default=None, alias="class", max_length=63, description="of a counter")
    direction: Literal["forward", "backward"] | None = Field(default=None, description="of a counter")


class DepositWatch(Body):
    """Things that lie where nothing should (`/v1/deposits`). Each is an alert, and those of a zone are one case."""

    kind: Literal["deposit"]
    camera: Id | None = Field(default=None, description="one camera; all without, or a `place`")
    place: Id | None = Field(default=None, description="one place: its cameras' zones")
    zone: Id | None = Field(default=None, description="one zone of the camera")
    types: Many[DepositType] = Field(default=(), max_length=10, description="only these; all without")
    min_area_m2: float = Field(default=0.0, ge=0, le=1000, description="smaller ones are left out, where measured")

    @model_validator(mode="after")
    def _somewhere(self) -> "DepositWatch":
        if self.zone is not None and self.camera is None:
            raise ValueError("zone: belongs to a camera; expected one beside it")
        if self.camera is not None and self.place is not None:
            raise ValueError("camera: expected a camera or a place, not both")
        return self


class CameraWatch(Body):
    """Whether cameras do what they are there for."""

    kind: Literal["camera"]
    cameras: Many[Id] = Field(default=(), max_length=1000, description="only these; all without")
    troubles: Many[Trouble] = Field(default=TROUBLES, max_length=20, description="only these; all without")
    coverage_below: float | None = Field(
        default=None, gt=0, le=1, description="alert too when less of a bucket was watched, 0 to 1"
    )
    bucket: Step = Field(default="15m", description="of which buckets")
    for_s: float = Field(default=30.0, ge=0, le=86_400, description="how long trouble lasts before it is told, seconds")
    clear_s: float = Field(default=30.0, ge=0, le=86_400, description="how long all must be well again, seconds")


Watch = Annotated[FlowWatch | SensorWatch | DepositWatch | CameraWatch, Field(discriminator="kind")]


class Usual(Body):
    """A threshold that follows the usual level of that hour of the week (docs/alerts.md says how it is learned)."""

    factor: float | None = Field(default=None, gt=0, le=1000, description="times the usual level; or `deviations`")
    deviations: float | None = Field(
        default=None, gt=0, le=100, description="so many robust standard deviations from the usual level"
    )
    clear: float | None = Field(default=None, gt=0, le=1000, description="the same, from where on it is over")
    margin: float = Field(default=0.0, ge=0, description="nothing nearer to the usual level is unusual; the unit's")
    min_weeks: int = Field(default=3, ge=2, le=8, description="weeks of history without which nothing is judged")

    @model_validator(mode="after")
    def _one_of_two(self) -> "Usual":
        if (self.factor is None) == (self.deviations is None):
            raise ValueError("factor: expected either factor or deviations")
        return self


class Condition(Body):
    """From when on a figure is an alert, and from when on that is over."""

    is_: Literal["above", "below"] = Field(alias="is")
    threshold: float | None = Field(default=None, description="fixed, in the measure's unit; or `usual`")
    clear: float | None = Field(
        default=None, description="over once on the other side of it (hysteresis); without: the threshold"
    )
    usual: Usual | None = None
    for_buckets: int = Field(default=1, ge=1, le=1000, description="so many buckets (values) in a row")
    clear_buckets: int = Field(default=1, ge=1, le=1000, description="so many in a row until it is over")
    min_coverage: float = Field(
        default=0.8, gt=0, le=1, description="a bucket of which less was watched is not judged: nobody knows"
    )

    @model_validator(mode="after")
    def _consistent(self) -> "Condition":
        if (self.threshold is None) == (self.usual is None):
            raise ValueError("threshold: expected either a threshold or usual")
        if self.usual is not None and self.clear is not None:
            raise ValueError("clear: expected it within usual")
        first, second = self.threshold, self.clear
        if self.usual is not None:
            first, second = self.usual.factor or self.usual.deviations, self.usual.clear
        nearer = self.is_ == "above" or (self.usual is not None and self.usual.deviations is not None)
        if second is not None and first is not None and (second > first if nearer else second < first):
            raise ValueError(
                f"clear: lies beyond the threshold; expected {'at most' if nearer else 'at least'} {first}"
            )
        return self


class RuleBody(Body):
    """A rule as it is written."""

    name: Text = Field(description="name for people")
    watch: Watch
    condition: Condition | None = Field(default=None, description="for flows and sensors, where it is required")
    schedule: RuleSchedule | None = Field(default=None, description="when it may alert; always without")
    severity: Severity = "medium"
    topic: Id | None = Field(
        default=None,
        description="alerts of one place and topic share a case; without: flow, sensor, cleanliness, health",
    )
    cooldown_s: float = Field(default=0.0, ge=0, le=604_800, description="no new alert so long after one, seconds")
    shared_with: Many[Id] = Field(
        default=(), max_length=20, description="other services that its cases are shared with"
    )
    resolve: Literal["by_hand", "when_clear"] = Field(
        default="by_hand", description="whether a case that nobody has taken up is resolved by the last alert's end"
    )
    due_s: float | None = Field(
        default=None, ge=60, le=2_678_400, description="its cases should be resolved so long after an alert, seconds"
    )
    enabled: bool = True

    @model_validator(mode="after")
    def _condition_where_it_belongs(self) -> "RuleBody":
        needed = self.watch.kind in ("flow", "sensor")
        if needed and self.condition is None:
            raise ValueError(f"condition: is missing; expected one for {self.watch.kind}")
        if not needed and self.condition is not None:
            raise ValueError(f"condition: does not apply to {self.watch.kind}; expected none")
        if self.watch.kind == "sensor" and self.condition is not None and self.condition.usual is not None:
            raise ValueError("condition.usual: is learned from buckets; expected a threshold for sensors")
        return self


class Rule(RuleBody):
    """A rule as it is kept."""

    id: Id
    service: Id = Field(description="who owns it, its alerts and its cases")

    @property
    def meant_topic(self) -> str:
        """Return the topic of its cases."""
        usual = {"flow": "flow", "sensor": "sensor", "deposit": "cleanliness", "camera": "health"}
        return self.topic or usual[self.watch.kind]
