"""Names in Redis of what sensors told. They carry the hypervisor's hash tag: a seal and its message are one call.

| key | type | holds |
|---|---|---|
| `parvis1:{hypervisor}:s:<sensor>:b:<step_s>:<start>` | hash | one bucket; ends by itself `KEPT_S` after its end |
| `parvis1:{hypervisor}:s:<sensor>:seen:<measure>:<hour>` | set | milliseconds in that hour of which a value came |
| `parvis1:{hypervisor}:s:<sensor>:last` | hash | measure → `<time_ms>|<value>|<came_ms>` of the newest value |
| `parvis1:{hypervisor}:s-open` | sorted set | `<sensor>|<step_s>|<start>` of unsealed buckets, by when they are due |
| `parvis1:{hypervisor}:s-changed` | sorted set | `<sensor>|<start>` of hours changed after they were over, by when |

Fields of a bucket; `M` is a measure, with its channel where it has one (`passages@bike-in`):

| field | rule | means |
|---|---|---|
| `M|n` | add | values |
| `M|s` `M|t` | add | the two sums that the figure is made of (`measures.parts`) |
| `M|min` `M|max` | min, max | lowest, highest value |
| `M|late` | add | values that came after the bucket was due |
| `M|i` | set | interval expected, seconds |
| `M|q0` … `M|q3` | add | values in each quarter of the hour; hours only |
| `n` | add | values of all measures |
| `sealed` | set | 1 once its time was over and `delay_s` had passed |
"""

from collections.abc import Mapping

from hypervisor.store.keys import PREFIX

OPEN = f"{PREFIX}s-open"
CHANGED = f"{PREFIX}s-changed"
CHANGED_S = 40 * 86_400
"""How long it is known which hours changed late; longer than a value may be old (`values.OLDEST_S`)."""

KEPT_S: Mapping[int, int] = {60: 48 * 3600, 900: 35 * 86_400, 3600: 400 * 86_400}
"""Length of a bucket → how long it is kept after its end, seconds."""

SEEN_S = 36 * 86_400
"""How long it is known which values came; longer than a value may be old (`values.OLDEST_S`)."""

SEEN_MOST = 4000
"""Values of one measure in one hour: one a second, and some."""


def bucket(sensor: str, step_s: int, start: int) -> str:
    """Return the key of one bucket; `start` in epoch seconds, a multiple of the step."""
    return f"{PREFIX}s:{sensor}:b:{step_s}:{start}"


def last(sensor: str) -> str:
    """Return the key of a sensor's newest values."""
    return f"{PREFIX}s:{sensor}:last"
