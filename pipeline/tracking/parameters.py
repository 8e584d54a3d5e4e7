"""The tracker's constants: one set for every camera and rate. Each is a fact about road users or detectors."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Motion:
    """How a road user moves, in object sizes (the size is the square root of width × height of its box)."""

    speed_per_s: float  # standard deviation of the unknown speed of a new object, along each image axis
    acceleration_per_s2: float  # standard deviation of its acceleration, along each image axis


# A walker's box is about 0.65 × 1.7 m, so its size is 1.05 m; at 1.4 m/s that is 1.3 sizes a second, 1.0 along each
# axis. A walker stops or starts within about two seconds. A rider's box is as large; 5 m/s is 3.4 along each axis.
# A car measures 1.5 × 2 to 1.5 × 4.5 m, size 2.2 m; at 13 m/s that is 4.2 along each axis.
WALKER = Motion(speed_per_s=1.0, acceleration_per_s2=0.7)
RIDER = Motion(speed_per_s=3.4, acceleration_per_s2=1.5)
VEHICLE = Motion(speed_per_s=4.2, acceleration_per_s2=2.0)

MOTION_BY_CLASS = {
    "person": WALKER,
    "bicycle": RIDER,
    "motorcycle": RIDER,
    "car": VEHICLE,
    "bus": VEHICLE,
    "truck": VEHICLE,
    "train": VEHICLE,
}
"""Other classes move like walkers."""

FAMILY_BY_CLASS = {
    "car": "vehicle",
    "bus": "vehicle",
    "truck": "vehicle",
    "train": "vehicle",
    "person": "light",
    "bicycle": "light",
    "motorcycle": "light",
}
"""Classes that detectors mix up on one object; others are a family of their own."""


@dataclass(frozen=True, slots=True)
class RiderParameters:
    """Who rides: log-odds from how often a two-wheeler was seen and from the speed (in object sizes, about metres).

    People walk at 1.4 ± 0.25 m/s and ride bicycles at 4 ± 1.5 m/s; walkers seen beside a two-wheeler are rare.
    """

    prior: float = -1.25  # walkers are more frequent
    usual_share: float = 0.02  # of two-wheelers among walkers and riders, where nothing is known of a place
    per_place: float = 0.75  # for the logarithm of a place's own share against the usual one ...
    most_place: float = 1.5  # ... up to this much
    memory: float = 20_000  # looks at objects that make up a place's share: some minutes of a busy street
    per_share: float = 25.0  # for each look that showed a two-wheeler, as a share of all looks
    most_share: float = 0.2  # a fifth of the looks says as much as all of them
    per_speed: float = 3.0  # for each size a second beyond `walking`
    walking: float = 1.6  # the fastest walkers of the plaza keep below it
    lock: float = 1.0  # a rider stays one until the odds are so much against it
    standing: float = 0.2  # slower two-wheelers are parked
    per_vote: float = 4.0  # how much the detector's word for motorcycle or bicycle counts, beside the speed
    cycling: float = 5.0  # bicycles are slower, motorcycles faster


@dataclass(frozen=True, slots=True)
class TrackerParameters:
    """Thresholds of the association; distances in object sizes, times in seconds."""

    score_high: float = 0.3  # at or above: may start a track
    score_low: float = 0.1  # below: not looked at (second stage of ByteTrack, arXiv:2110.06864)
    noise: float = 0.08  # standard deviation of a detected centre
    noise_low: float = 0.16  # the same for a low score: the box is often cut by what hides the object
    size_noise: float = 0.15  # standard deviation of the logarithm of a detected size
    size_gain: float = 0.5  # how much of a new size is believed
    size_gain_low: float = 0.2  # the same for a low score
    size_drift_per_s: float = 0.3  # how fast the logarithm of the size may change
    tail: float = 4.0  # degrees of freedom of the Student t: how often a road user does the unexpected
    least_evidence: float = -3.0  # a pairing must be likelier than chance by this logarithm: losing a track costs more
    class_penalty: float = 2.0  # taken off for a change of class within a family; between families it is forbidden
    confirm_hits: int = 2  # one box is never an object
    confirm_evidence: float = 5.0  # natural logarithm of how much likelier an object is than chance, at 10 looks/s
    confirm_per_rate: float = 2.25  # for the logarithm of the rate: pairs of false boxes grow with its square
    miss_evidence: float = 1.2  # taken off for each look that misses it: 70 % are found
    reserve_evidence: float = 5.0  # a known object keeps at most this much beyond what confirms it ...
    lost_evidence: float = -1.0  # ... and falls no lower while it is hidden
    confirm_s: float = 0.2  # age of the first confirmation: jitter of one moment is no object
    keep_s: float = 2.0  # how long a hidden object is looked for
    keep_young_s: float = 0.5  # the same before it is confirmed
    keep_samples: int = 2  # and at least so many looks, for slow rates
    duplicate_iou: float = 0.55  # two boxes of one family that overlap more are one object
    riders: RiderParameters = RiderParameters()
