"""A sensor as services register it."""

from datetime import datetime
from typing import Annotated, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema, field_validator, model_validator

from hypervisor.access.principal import Principal
from hypervisor.identifiers import Id
from hypervisor.sensors.measures import MEASURES
from hypervisor.sensors.units import Reference, convert, kept_unit
from hypervisor.strict import Many

AdapterName = Literal["sensor-community", "ttn-v3"]
"""Formats of makers (`hypervisor.sensors.adapters` has a file for each)."""


class Strict(BaseModel):
    """Base of what services send: frozen, unknown members refused, `"3"` no number."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True)


def known(name: str) -> str:
    """Check the name of a measure."""
    if name not in MEASURES:
        raise ValueError(f"is not measured by sensors; expected one of {', '.join(MEASURES)}")
    return name


MeasureName = Annotated[
    str, AfterValidator(known), WithJsonSchema({"type": "string", "enum": list(MEASURES)}), Field(examples=["pm10"])
]
Channel = Annotated[str, Field(pattern=r"^[a-z0-9_-]{0,31}$", examples=["bike-in"])]


class AirState(Strict):
    """The state of the air at which the maker's ppb are meant to become micrograms."""

    temperature_c: float = Field(default=20.0, ge=-50, le=60, description="degrees Celsius")
    pressure_hpa: float = Field(default=1013.25, ge=500, le=1100, description="hectopascal")


class SensorMeasure(Strict):
    """One thing that a sensor measures."""

    measure: MeasureName = Field(description="what is measured")
    channel: Channel = Field(default="", description="tells several of one kind apart, such as two ways of a counter")
    unit: str | None = Field(
        default=None,
        max_length=16,
        description="in which values come that name no unit (UCUM or UN/CEFACT code); without: the one that is kept",
        examples=["ug/m3"],
    )
    class_name: str | None = Field(
        default=None,
        alias="class",
        max_length=31,
        description="of counters: who or what is counted",
        examples=["bicycle"],
    )
    direction: Literal["forward", "backward"] | None = Field(default=None, description="of counters: which way")

    @model_validator(mode="after")
    def _measurable(self) -> "SensorMeasure":
        if self.unit is not None:
            row = MEASURES[self.measure]
            convert(0.0, self.unit, row.dimension, row.molar_mass, Reference())
        return self

    @property
    def key(self) -> str:
        """Return the name of its fields in buckets."""
        return f"{self.measure}@{self.channel}" if self.channel else self.measure

    @property
    def default_unit(self) -> str:
        """Return the unit of values that name none."""
        return self.unit or kept_unit(MEASURES[self.measure].dimension).code


class CsvColumn(Strict):
    """What a column of a maker's table holds."""

    measure: MeasureName
    channel: Channel = ""
    unit: str | None = Field(default=None, max_length=16, description="without: the sensor's unit of that measure")


class CsvMapping(Strict):
    """How a maker's table is read: one line a moment, one column a measure."""

    time: str = Field(description="column that holds the moment", examples=["Date"])
    time_format: str | None = Field(
        default=None,
        max_length=40,
        description="as `strptime` reads it; without: ISO 8601",
        examples=["%d/%m/%Y %H:%M"],
    )
    timezone: str | None = Field(
        default=None, description="IANA zone of moments without offset; without: they are refused"
    )
    delimiter: Literal[",", ";", "\t"] = ","
    decimal: Literal[".", ","] = "."
    columns: dict[str, CsvColumn] = Field(min_length=1, max_length=50, description="column → what it holds")

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str | None) -> str | None:
        if value is not None and value not in available_timezones():
            raise ValueError(f"unknown time zone {value!r}; expected an IANA name such as Europe/Paris")
        return value


class SensorBody(Strict):
    """A sensor as it is written."""

    id: Id
    name: str = Field(default="", max_length=200, description="name for people")
    maker: str = Field(default="", max_length=100, description="maker and model, for people")
    adapter: AdapterName | None = Field(default=None, description="format of the maker's messages (`…/payload`)")
    device: str | None = Field(default=None, max_length=128, description="the maker's name of it, checked in messages")
    entity: str | None = Field(
        default=None,
        max_length=256,
        pattern=r"^urn:[^\s|]+$",
        description="id of the NGSI-LD entity whose notifications are its values",
        examples=["urn:ngsi-ld:AirQualityObserved:nord"],
    )
    location: Annotated[tuple[float, float] | None, Field(strict=False)] = Field(
        default=None, description="latitude, longitude (WGS 84)"
    )
    place: Id | None = Field(default=None, description="the place that it belongs to")
    measures: Many[SensorMeasure] = Field(min_length=1, max_length=50)
    interval_s: int = Field(ge=1, le=86_400, description="how often a value is expected, seconds")
    delay_s: int = Field(
        default=30, ge=0, le=3600, description="so long after a bucket's end its values may come; later ones are late"
    )
    announce_s: Literal[60, 900, 3600] = Field(
        default=900, description="length of the buckets that are told on the bus as `sensor.value`, seconds"
    )
    shared: bool = Field(default=True, description="other services may read its figures")
    reference: AirState = Field(default_factory=AirState, description="at which ppb are converted")
    csv: CsvMapping | None = Field(default=None, description="how the maker's tables are read")

    @field_validator("location")
    @classmethod
    def _on_earth(cls, value: tuple[float, float] | None) -> tuple[float, float] | None:
        if value is not None and not (-90 <= value[0] <= 90 and -180 <= value[1] <= 180):
            raise ValueError("expected [latitude -90..90, longitude -180..180]")
        return value

    @model_validator(mode="after")
    def _consistent(self) -> "SensorBody":
        keys = [one.key for one in self.measures]
        for number, key in enumerate(keys):
            if key in keys[:number]:
                raise ValueError(f"measures.{number}: {key!r} is there twice; expected one, or channels")
        if self.announce_s < min(self.interval_s, 3600):
            raise ValueError(f"announce_s: {self.announce_s} is shorter than interval_s; expected as long at least")
        for name, column in self.csv.columns.items() if self.csv else ():
            if self.measured(column.measure, column.channel) is None:
                raise ValueError(f"csv.columns.{name}: is not among the sensor's measures")
        return self

    def measured(self, measure: str, channel: str) -> SensorMeasure | None:
        """Return the measure of that name and channel."""
        return next((one for one in self.measures if (one.measure, one.channel) == (measure, channel)), None)

    @property
    def counts_people(self) -> bool:
        """Return whether any measure counts people or vehicles."""
        return any(MEASURES[one.measure].people for one in self.measures)


class Sensor(SensorBody):
    """A sensor as it is kept."""

    service: str | None = Field(default=None, description="the service that owns it; null: the machine's owner")
    registered_at: datetime

    def owned_by(self, who: Principal) -> bool:
        """Return whether it is somebody's own service's."""
        return who.belongs(self.service) if self.service is not None else who.may("admin")

    def readable_by(self, who: Principal) -> bool:
        """Return whether somebody may read its figures."""
        return self.shared or self.owned_by(who)
