"""Forms of the answers about sensors, and of the values that services send."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from hypervisor.identifiers import Id
from hypervisor.sensors.model import Channel, Sensor, Strict

MOST_VALUES = 10_000


class Wire(BaseModel):
    """Base of answers."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class LastValue(Wire):
    """The newest value of one measure."""

    measure: str
    channel: str
    value: float
    unit: str = Field(description="UCUM code of the unit that is kept")
    time: datetime = Field(description="when it was measured")
    came_at: datetime


class SensorShown(Sensor):
    """A sensor, and how it is."""

    state: Literal["reporting", "silent", "new"] = Field(
        description="silent: nothing came for three intervals; new: nothing came yet"
    )
    last: list[LastValue]


class SensorList(Wire):
    """Sensors, newest first."""

    items: list[SensorShown]
    next: str | None = Field(description="`cursor` of the next page, null at the end")


class ValueOf(Strict):
    """One value of the sensor in the path."""

    measure: str = Field(max_length=64, examples=["pm10"])
    channel: Channel = ""
    time: str = Field(max_length=64, description="ISO 8601 with offset", examples=["2026-02-01T08:00:00Z"])
    value: float = Field(strict=True, examples=[18.4])
    unit: str | None = Field(default=None, max_length=16, description="UCUM or UN/CEFACT code", examples=["ug/m3"])


class ValueAt(ValueOf):
    """One value of a sensor that it names."""

    sensor: Id


class Values(Strict):
    """Values of one sensor."""

    values: list[ValueOf] = Field(min_length=1, max_length=MOST_VALUES)


class ValuesOfMany(Strict):
    """Values of several sensors."""

    values: list[ValueAt] = Field(min_length=1, max_length=MOST_VALUES)


class SealedFigure(Wire):
    """One measure in a sealed bucket."""

    measure: str
    channel: str
    class_name: str | None = Field(alias="class")
    direction: str | None
    unit: str
    value: float | None = Field(description="mean, sum, highest or direction, as the measure's kind says")
    min: float | None
    max: float | None
    status: Literal["observed", "partial", "not_observed"]
    coverage: float
    values_received: int
    late: int


class SealedSensorBucket(Wire):
    """Data of `sensor.value` on the bus: a bucket of a sensor that is over."""

    sensor: str
    name: str
    place: str | None
    location: tuple[float, float] | None
    start_s: int = Field(description="seconds since the epoch")
    step_s: int
    figures: list[SealedFigure]
