"""What /v1/cross is asked and answers; no NumPy here, so that the service starts without."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field, model_validator

from hypervisor.query import Measure, Moment
from hypervisor.strict import Bilingual, Body, Id, Many

Step = Literal["15m", "1h", "1d"]
MOST_SERIES, MOST_DAYS = 6, 366
LONGEST_LAG = {"15m": 96, "1h": 48, "1d": 28}
"""Step → steps: a day, two days, four weeks."""

USUAL_LAG = {"15m": 16, "1h": 12, "1d": 7}
"""Step → steps that are looked at where nobody says: four hours, twelve hours, a week."""

MOST_POINTS, MOST_DEPARTURES = 1000, 20


class Named(Body):
    """One series: a measure of a camera, of a place, or of a sensor."""

    measure: Measure = Field(description="as /v1/series names it")
    camera: Id | None = None
    place: Id | None = Field(default=None, description="out of its cameras, each thing counted once")
    sensor: Id | None = None
    subject: Annotated[str, Field(max_length=63)] = Field(
        default="", description="a line or zone of the camera, or a channel of the sensor; without: all of them"
    )
    class_name: Annotated[str, Field(alias="class", max_length=40)] = ""
    way: Literal["", "forward", "backward"] = Field(default="", description="a direction; without: both")

    @model_validator(mode="after")
    def _of_one_thing(self) -> "Named":
        if sum(one is not None for one in (self.camera, self.place, self.sensor)) != 1:
            raise ValueError("expected one of camera, place and sensor")
        if self.place is not None and self.subject:
            raise ValueError("subject: a place has its own lines and zones; expected none")
        return self


class Removed(Body):
    """What all series have in common and is taken out first."""

    rhythm: bool = Field(default=True, description="what every week has: the hour of the week, or the weekday")
    weather: Id | None = Field(default=None, description="a sensor of precipitation, temperature or wind")
    holidays: bool = Field(
        default=True, description="days off of the site are told apart: a public holiday is no Tuesday"
    )


class Question(Body):
    """Which series, when, and what is taken out of them."""

    series: Many[Named] = Field(min_length=2, max_length=MOST_SERIES)
    from_: Moment = Field(alias="from", strict=False)
    to: Moment = Field(strict=False)
    step: Step = Field(
        default="1h", description="all are brought to it; days are local; `15m`: as long as quarters are kept"
    )
    longest_lag: int | None = Field(
        default=None, ge=0, le=96, description="steps; without: 4 hours, 12 hours or 7 days"
    )
    removed: Removed = Removed()

    @model_validator(mode="after")
    def _can_be_answered(self) -> "Question":
        if self.to <= self.from_:
            raise ValueError("to: expected a moment after `from`")
        if (self.to - self.from_).days > MOST_DAYS:
            raise ValueError(f"to: {(self.to - self.from_).days} days after `from`; expected {MOST_DAYS} at most")
        if (self.longest_lag or 0) > LONGEST_LAG[self.step]:
            raise ValueError(f"longest_lag: expected {LONGEST_LAG[self.step]} steps of {self.step} at most")
        if len({one.model_dump_json() for one in self.series}) < len(self.series):
            raise ValueError("series: the same one stands twice; expected different ones")
        return self

    @property
    def lags(self) -> range:
        """Return the lags that are looked at, in steps."""
        longest = self.longest_lag if self.longest_lag is not None else USUAL_LAG[self.step]
        return range(-longest, longest + 1)


class Lag(Body):
    """How two series go together when the second is looked at `lag` steps later; nulls: too little to say."""

    lag: int
    value: float | None = Field(description="-1..1")
    low: float | None = Field(description="of the interval that holds for all lags at once, 95 %")
    high: float | None
    n: int = Field(description="steps in which both were observed")
    effective: float = Field(description="of them, as if they were independent")


class Curve(Body):
    """One kind of correlation at every lag."""

    lags: Many[Lag]
    strongest: Lag | None = Field(description="null: nothing can be concluded")


class Conclusion(Body):
    """What may be said of two series."""

    kind: Literal["together", "opposite", "nothing-found", "none"]
    lag: int | None = Field(default=None, description="steps by which the second follows the first")
    text: Bilingual


class Pair(Body):
    """Two series beside each other; `first` and `second` are their places in the question."""

    first: int
    second: int
    coverage: float = Field(description="share of steps in which both were observed")
    pearson: Curve | None
    spearman: Curve | None
    conclusion: Conclusion
    points: Many[Many[float]] = Field(default=(), description="[first, second] at the strongest lag, some of them")


class ChangePoint(Body):
    """A day from which the level differs from before."""

    day: date
    before: float
    after: float


class Usual(Body):
    """What a quarter or hour of the week (0: Monday, 00:00) or a weekday usually has; days off are left out."""

    phase: int
    value: float | None
    low: float | None = Field(description="nine in ten lie between `low` and `high`")
    high: float | None
    n: int


class Departure(Body):
    """A step beyond what is usual."""

    at: datetime
    value: float
    usual: float


class Known(Body):
    """What is known of one series by itself."""

    named: Named
    unit: str
    points_unit: str = Field(description="of `points`: `share` of what is usual, or the unit")
    coverage: float = Field(description="mean share of time that was watched")
    observed: int = Field(description="steps that were watched well enough")
    mean: float | None
    trouble: Bilingual | None = Field(default=None, description="why it cannot be crossed")
    changes: Many[ChangePoint] = ()
    changes_why_not: Bilingual | None = Field(default=None, description="why no change was looked for")
    usual: Many[Usual] = ()
    departures: Many[Departure] = Field(default=(), description="the largest, beyond chance over all steps")


class Crossed(Body):
    """The answer."""

    from_: datetime = Field(alias="from")
    to: datetime
    step: Step
    steps: int
    points_are: Literal["values", "departures"] = Field(description="what `points` hold; see docs/cross-analysis.md")
    series: Many[Known]
    pairs: Many[Pair]
    days_off: int = Field(default=0, description="days of the period that are holidays here, told apart")


class Offer(Body):
    """A series that can be crossed, and how it is called."""

    named: Named
    where: str = Field(description="name of the camera, place or sensor")
    unit: str


class Offers(Body):
    """What can be crossed here."""

    items: Many[Offer]
    next: None = None
