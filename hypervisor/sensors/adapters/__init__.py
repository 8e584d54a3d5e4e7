"""Makers' formats: one file each, and a row here.

An adapter is a function from a message (parsed JSON) and the sensor it is sent for to values (`Raw`), in the maker's
own units; everything else (units, range, time, repeats) is checked once, for all formats. To add one: a file with
such a function, a row in `ADAPTERS`, its name in `hypervisor.sensors.model.AdapterName`, a test with a real message, a
row in docs/sensors.md.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hypervisor.sensors.adapters import sensor_community, ttn_v3
from hypervisor.sensors.model import AdapterName, Sensor
from hypervisor.sensors.values import Raw

Adapter = Callable[[Any, Sensor, float], Sequence[Raw]]
"""(message, sensor, when it came in epoch seconds) → values; raises `values.Unreadable`."""

ADAPTERS: Mapping[AdapterName, Adapter] = {
    "sensor-community": sensor_community.values,
    "ttn-v3": ttn_v3.values,
}
