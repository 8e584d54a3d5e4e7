"""What the analyzers say: a closed union of small facts. `publish` must know each (the type checker holds it)."""

from dataclasses import dataclass
from typing import Literal

from pipeline.deposits import DepositState, DepositType, ZoneReason, ZoneState

Direction = Literal["forward", "backward"]


@dataclass(frozen=True, slots=True)
class Crossing:
    """An object went over a line."""

    line_id: str
    track_id: int  # for results of `parvis analyze` only: never published
    class_name: str
    direction: Direction
    frame_index: int  # first processed frame on the new side
    time_s: float  # interpolated between the last sample on each side


@dataclass(frozen=True, slots=True)
class Occupancy:
    """How many objects of a class were in a zone over one observed span."""

    zone_id: str
    class_name: str
    start_s: float
    end_s: float
    count: int  # constant over the span


@dataclass(frozen=True, slots=True)
class Dwell:
    """An object left a zone (or the picture) after some time in it."""

    zone_id: str
    class_name: str
    time_s: float  # when it left
    duration_s: float


@dataclass(frozen=True, slots=True)
class Observed:
    """The camera was watched over this span: what makes 'nobody passed' differ from 'nobody looked'."""

    start_s: float
    end_s: float
    expected: int  # detections due in the span
    processed: int  # detections made
    device: str
    model: str


@dataclass(frozen=True, slots=True)
class Suspended:
    """The camera was not well over this span, so nothing of it counts: it was not watched."""

    start_s: float
    end_s: float
    processed: int  # detections made all the same


@dataclass(frozen=True, slots=True)
class Counted:
    """Something happened once, under a measure of kind `count`."""

    measure: str  # of `pipeline.measures`
    place: str  # line or zone id
    class_name: str
    time_s: float
    way: str = ""  # direction, where the measure has one


@dataclass(frozen=True, slots=True)
class Level:
    """A measure of kind `gauge` had one value over a span."""

    measure: str
    place: str
    class_name: str
    start_s: float
    end_s: float
    value: float


@dataclass(frozen=True, slots=True)
class Sampled:
    """One object showed a value of a measure of kind `distribution`."""

    measure: str
    place: str
    class_name: str
    time_s: float
    value: float  # in the measure's unit, above 0
    way: str = ""


@dataclass(frozen=True, slots=True)
class Presence:
    """An object was in one cell of a zone's grid (`pipeline.heat`) between two looks."""

    zone_id: str
    class_name: str
    cell: int
    start_s: float
    end_s: float
    dx: int  # its way between them to the right, in 1/10,000 of the picture's width
    dy: int  # downwards, likewise of its height


@dataclass(frozen=True, slots=True)
class Deposit:
    """Something became known of a thing that lies in a zone (`pipeline.deposits`)."""

    zone_id: str
    deposit_id: str  # stable over its whole life, restarts included
    state: DepositState
    type: DepositType
    time_s: float  # when it became known
    first_seen_s: float
    opened_s: float
    cleared_s: float | None  # first clean sample; None while it lies there
    counted_from_s: float  # later than first_seen_s where a schedule allowed it to lie there until then
    box: tuple[float, float, float, float]  # left, top, width, height, fractions of the picture
    area_px: int  # of the camera's picture
    area_m2: float | None  # None without calibration
    components: int
    confidence: float  # 0..1
    name: str | None = None  # what the detector calls it
    outline: str = ""  # corners "x,y x,y …", fractions
    evidence: str | None = None  # name under which its pictures are kept (`operations` only)


@dataclass(frozen=True, slots=True)
class ZoneWatch:
    """How well a zone is watched for deposits has changed."""

    zone_id: str
    state: ZoneState
    reason: ZoneReason
    time_s: float
    smallest_px: float  # longer side of the smallest deposit that can be seen, px of the camera's picture
    smallest_cm: float | None  # the same on the ground, in the middle of the zone; None without calibration


Event = Crossing | Occupancy | Dwell | Observed | Suspended | Counted | Level | Sampled | Presence | Deposit | ZoneWatch
