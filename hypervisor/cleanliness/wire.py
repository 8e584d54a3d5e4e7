"""The forms of the answers about deposits and cleanliness."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from hypervisor.wire import Wire
from pipeline.grades import GradeLimits


class Text(Wire):
    """A text for people, in both languages."""

    fr: str
    en: str


class Note(Text):
    """Something to know before a figure is used; `code` is for programs."""

    code: str


class Box(Wire):
    """Where a deposit lies, fractions 0..1 of the picture's width and height."""

    left: float
    top: float
    width: float
    height: float


class DepositStep(Wire):
    """One thing that was told of a deposit."""

    state: str = Field(description="`opened`, `worsened`, `cleared`, `occluded`, `suspended`, `resumed` or `absorbed`")
    at: datetime = Field(description="when it became known")
    type: str
    area_m2: float | None
    components: int
    text: Text


class DepositItem(Wire):
    """A deposit: a thing that lies in a zone and did not belong to it when it was clean. Never a person."""

    id: str
    camera: str
    zone: str
    zone_name: str
    state: str = Field(description="what was told last")
    open: bool = Field(description="it lies there, as far as is known")
    type: str = Field(description="`bulky`, `bags`, `litter`, `bin_overflow` or `unclassified`")
    name: str | None = Field(description="what the detector calls it, where it knows it")
    text: Text
    first_seen: datetime
    opened_at: datetime
    counted_from: datetime = Field(description="later than `first_seen` where a schedule allowed it to lie there")
    cleared_at: datetime | None = Field(description="first clean sample; null while it lies there")
    told_at: datetime = Field(description="when the newest of this became known")
    area_m2: float | None = Field(description="null: the camera is not calibrated")
    area_px: int
    components: int = Field(description="separate things")
    confidence: float = Field(description="0..1")
    box: Box
    outline: str = Field(description="corners `x,y x,y …`, fractions; /v1/deposits/{deposit}/outline draws it")
    evidence: bool = Field(description="pictures were kept (`operations` only)")
    place: str | None = Field(description="name of the ground that zones of several cameras see")
    primary: bool = Field(description="false: another camera sees the same place, and its figures count")
    history: list[DepositStep] | None = Field(default=None, description="one deposit only: all that was told")


class DepositPage(Wire):
    """Deposits, the newest first."""

    items: list[DepositItem]
    next: str | None = Field(description="`cursor` of the next page, null at the end")


class Estimate(Wire):
    """A figure with its 95 % interval; null where the data do not say."""

    value: float | None
    low: float | None
    high: float | None


class TimeToCleanFigures(Wire):
    """How long deposits of the period stayed, by Kaplan and Meier."""

    cleaned: int = Field(description="seen to go before the end of the period")
    censored: int = Field(description="still there when last seen: they count for the time they were seen")
    median_s: Estimate
    p90_s: Estimate
    service_level_h: float
    within_service_level: Estimate = Field(description="share gone after `service_level_h`, 0..1")


class Slot(Wire):
    """Arrivals in one hour of the day, or on one day of the week, and how long that was watched."""

    slot: int = Field(description="hour 0..23, or weekday 0..6 from Monday, local time")
    arrivals: int
    observed_h: float


class Arrivals(Wire):
    """Deposits that came in the period, by when they began to count."""

    total: int
    by_type: dict[str, int]
    by_hour: list[Slot]
    by_weekday: list[Slot]


class Grading(Wire):
    """Grades A to F over the time watched, after Scotland's Code of Practice on Litter and Refuse (2018)."""

    shares: dict[str, float] = Field(description="share of the graded time by grade, 0..1")
    graded: float = Field(description="share of the time watched that could be graded (not calibrated: only A and F)")
    acceptable: float | None = Field(description="share of the graded time at A, B or B−")
    ni195_like: float | None = Field(
        description="percent of the graded time below B, B− counted half: NI195 of England, but over time, not places"
    )
    limits: GradeLimits
    assumptions: list[str] = Field(description="limits that no public text has confirmed")


class ZoneFigures(Wire):
    """The figures of one zone and period."""

    arrivals: Arrivals
    time_to_clean: TimeToCleanFigures
    dirty_percent_h: float = Field(description="share of the zone that is covered × time, percent × hours")
    dirty_m2_h: float | None = Field(description="covered ground × time, m² × hours; null: not calibrated")
    ims_video_macro: float | None = Field(
        description="things on 100 m², mean over the time watched: AVPU's unit, of what a camera sees; no IOP survey"
    )
    grades: Grading


class ZoneWatch(Wire):
    """How well a zone is watched for deposits, as last told."""

    state: Literal["learning", "watching", "covered", "suspended"]
    reason: str
    since: datetime
    smallest_px: float = Field(description="longer side of the smallest deposit that can be seen, px")
    smallest_cm: float | None = Field(description="the same on the ground; null: not calibrated")
    text: Text


class ZoneCleanliness(Wire):
    """One zone that is watched for deposits."""

    camera: str
    zone: str
    name: str
    place: str | None
    primary: bool
    also_seen_by: list[str] = Field(description="camera/zone of those that see the same place")
    area_m2: float | None
    watch: ZoneWatch | None
    smallest_cm: float | None = Field(
        description="longer side of the smallest thing that was visible all the time: what is smaller is in no figure"
    )
    coverage: float = Field(description="share of the period in which it was watched, 0..1")
    observed_h: float
    followed_until: datetime | None = Field(description="deposits were followed until then")
    open: int = Field(description="deposits that lie there at the end of the period")
    figures: ZoneFigures | None = Field(description="null below a coverage of 0.6")
    notes: list[Note]


class CleanlinessPage(Wire):
    """Every zone that is watched for deposits."""

    from_: datetime = Field(alias="from")
    to: datetime
    items: list[ZoneCleanliness]
    next: None = None
