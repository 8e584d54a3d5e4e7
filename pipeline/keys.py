"""Names in Redis, and the fields of a bucket: the one place where both sides agree on them.

All keys of a camera carry its id as hash tag, so one Lua call can touch them together in a cluster.

| key | type | holds |
|---|---|---|
| `parvis1:cameras` | hash | camera id → `CameraDescription` as JSON |
| `parvis1:{cam}:state` | string | `CameraState` as JSON, rewritten every second by the worker |
| `parvis1:{cam}:stream` | stream | observations, field `o` = `Observation` as JSON; ids by the server |
| `parvis1:{cam}:mark:<epoch>` | hash | `seq` high-water mark, `newest` and `sealed` in epoch seconds |
| `parvis1:{cam}:b:<step_s>:<start>` | hash | one bucket; `start` is a multiple of the step, epoch seconds |
| `parvis1:{cam}:i:<step_s>` | sorted set | bucket starts, scored by the moment they expire |
| `parvis1:{cam}:rec:<sha256[:16]>` | string | start given to a recording that has none of its own |
| `parvis1:configuration` | string | `ConfigurationState` as JSON, rewritten every 10 s by `parvis run` |
| `parvis1:models` | string | `ModelsTold` as JSON, rewritten every 10 s by `parvis run` |
| `parvis1:{cam}:d:<id>` | list | what was told of a deposit, as JSON, oldest first, `DEPOSIT_TOLD` at most |
| `parvis1:{cam}:deposits` | sorted set | ids of deposits, scored by their end, epoch seconds; `+inf` while they lie |
| `parvis1:{cam}:deposits:kept` | sorted set | the same ids, scored by the moment they expire |
| `parvis1:{cam}:watch` | hash | zone → the last `deposit.watch` observation as JSON |
| `parvis1:{cam}:commands` | list | what operators asked for, oldest first, `COMMANDS_WAITING` at most, for a day |
| `parvis1:embedded` | none | reserved |

Fields of a bucket, separated by `|` (ids cannot hold it):

| field | rule | means |
|---|---|---|
| `c|<line>|<class>|<direction>` | add | crossings |
| `o|<zone>|<class>|ms` | add | object-milliseconds spent in the zone |
| `o|<zone>|<class>|max` | max | most objects at once |
| `d|<zone>|<class>|<bin>` | add | stays that ended, by duration bin (`dwell_bin`) |
| `n|<measure>|<place>|<class>|<way>` | add | things that happened (`pipeline.measures`) |
| `g|<measure>|<place>|<class>|ms` | add | level × time, in thousandths × milliseconds |
| `g|<measure>|<place>|<class>|max` | max | highest level, in thousandths |
| `h|<measure>|<place>|<class>|<way>|<bin>` | add | values by logarithmic bin (`dwell_bin`) |
| `m|<zone>|<class>|<cell>|ms` | add | object-milliseconds in a cell of the zone's grid (`pipeline.heat`); hours only |
| `m|<zone>|<class>|<cell>|dx` `…|dy` | add | way made there, signed, in 1/10,000 of the picture's size; hours only |
| `q|covered_ms` | add | time watched |
| `q|suspended_ms` | add | time not watched because the camera was not well (`pipeline.sanity`) |
| `q|expected` `q|processed` | add | detections due, made |
| `q|late` | add | facts that came after sealing |
| `q|device|<name>` `q|model|<name>` `q|revision|<rev>` | add | detections made with each |
| `q|shed` | max | highest step of load shedding (`pipeline.engine.steps`) |
| `q|sealed` | max | 1 once the camera's clock has passed the end |
"""

import math

PREFIX = "parvis1"
CAMERAS = f"{PREFIX}:cameras"
CONFIGURATION = f"{PREFIX}:configuration"
MODELS = f"{PREFIX}:models"
STEPS_S: tuple[int, ...] = (60, 900, 3600)
"""Bucket lengths kept in Redis. Days are cut from hours at reading, in the site's time zone."""

SHED = "q|shed"
"""Field that says how far a camera was reduced because its machine could not keep up."""

DEPOSIT_TOLD = 200
"""Observations kept of one deposit: it worsens once in ten minutes at most, so a day of it and more."""

COMMANDS_WAITING = 100
COMMANDS_S = 86_400
"""A command that no worker took within a day is stale: the place looks different by then."""

HEAT = "m|"
"""What the fields of heat maps begin with."""

_DWELL_FLOOR_S = 0.1
_DWELL_RATIO = 1.1  # neighbouring bins differ by 10 %: a percentile read from bins is within 5 %


def stream(camera: str) -> str:
    """Return the key of a camera's observation stream."""
    return f"{PREFIX}:{{{camera}}}:stream"


def state(camera: str) -> str:
    """Return the key of a camera's state."""
    return f"{PREFIX}:{{{camera}}}:state"


def mark(camera: str, epoch: str) -> str:
    """Return the key of a producer's high-water mark."""
    return f"{PREFIX}:{{{camera}}}:mark:{epoch}"


def bucket(camera: str, step_s: int, start: int) -> str:
    """Return the key of one bucket; `start` in epoch seconds, a multiple of `step_s`."""
    return f"{bucket_prefix(camera)}{step_s}:{start}"


def bucket_prefix(camera: str) -> str:
    """Return what all bucket keys of a camera begin with."""
    return f"{PREFIX}:{{{camera}}}:b:"


def bucket_index(camera: str, step_s: int) -> str:
    """Return the key of the index of a camera's buckets of one step."""
    return f"{PREFIX}:{{{camera}}}:i:{step_s}"


def deposit_prefix(camera: str) -> str:
    """Return what the keys of a camera's deposits begin with."""
    return f"{PREFIX}:{{{camera}}}:d:"


def deposit(camera: str, deposit_id: str) -> str:
    """Return the key of what was told of a deposit."""
    return f"{deposit_prefix(camera)}{deposit_id}"


def deposits(camera: str) -> str:
    """Return the key of the index of a camera's deposits by their end."""
    return f"{PREFIX}:{{{camera}}}:deposits"


def deposits_kept(camera: str) -> str:
    """Return the key of the index of a camera's deposits by when they expire."""
    return f"{PREFIX}:{{{camera}}}:deposits:kept"


def watch(camera: str) -> str:
    """Return the key of how well a camera's zones are watched for deposits."""
    return f"{PREFIX}:{{{camera}}}:watch"


def commands(camera: str) -> str:
    """Return the key of what operators asked of a camera."""
    return f"{PREFIX}:{{{camera}}}:commands"


def recording(camera: str, sha256: str) -> str:
    """Return the key that keeps when a recording was first played."""
    return f"{PREFIX}:{{{camera}}}:rec:{sha256[:16]}"


def crossing_field(line: str, class_name: str, direction: str) -> str:
    """Return the bucket field of a crossing count."""
    return f"c|{line}|{class_name}|{direction}"


def occupancy_field(zone: str, class_name: str, what: str) -> str:
    """Return the bucket field of an occupancy figure; `what` is `ms` or `max`."""
    return f"o|{zone}|{class_name}|{what}"


def dwell_field(zone: str, class_name: str, bin_number: int) -> str:
    """Return the bucket field that counts stays of one duration bin."""
    return f"d|{zone}|{class_name}|{bin_number}"


def count_field(measure: str, place: str, class_name: str, way: str) -> str:
    """Return the bucket field of a count; `way` is a direction or empty."""
    return f"n|{measure}|{place}|{class_name}|{way}"


def gauge_field(measure: str, place: str, class_name: str, what: str) -> str:
    """Return the bucket field of a level; `what` is `ms` or `max`."""
    return f"g|{measure}|{place}|{class_name}|{what}"


def value_field(measure: str, place: str, class_name: str, way: str, bin_number: int) -> str:
    """Return the bucket field that counts values of one bin; `way` is a direction or empty."""
    return f"h|{measure}|{place}|{class_name}|{way}|{bin_number}"


def heat_field(zone: str, class_name: str, cell: int, what: str) -> str:
    """Return the bucket field of a cell of a heat map; `what` is `ms`, `dx` or `dy`."""
    return f"{HEAT}{zone}|{class_name}|{cell}|{what}"


def dwell_bin(duration_s: float) -> int:
    """Return the number of the logarithmic bin that holds a duration."""
    if duration_s <= _DWELL_FLOOR_S:
        return 0
    return 1 + math.floor(math.log(duration_s / _DWELL_FLOOR_S) / math.log(_DWELL_RATIO))


def dwell_bin_middle_s(bin_number: int) -> float:
    """Return the geometric middle of a bin, in seconds."""
    return float(_DWELL_FLOOR_S * _DWELL_RATIO ** (bin_number - 0.5))
