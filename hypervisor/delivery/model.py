"""What a service asks for: which events, when, and by which channel. The same forms are kept and told."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, field_validator

from hypervisor.delivery import checks
from pipeline.geometry import is_simple

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
State = Literal["active", "paused", "disabled"]
Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
Hour = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$", examples=["07:00"])]
MOST_NAMED = 100


class Form(BaseModel):
    """Base of what requests bring: strict, unknown members refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def _zone(value: Any) -> str:
    return checks.time_zone(value)


def _kind(value: Any) -> str:
    return checks.kind(value)


TimeZone = Annotated[str, BeforeValidator(_zone), WithJsonSchema({"type": "string", "examples": ["Europe/Paris"]})]
KindName = Annotated[
    str, BeforeValidator(_kind), WithJsonSchema({"type": "string", "examples": ["alert", "bucket.sealed"]})
]
Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]


class Schedule(Form):
    """Hours of a week; what happens outside is not delivered, then or later."""

    weekdays: list[Weekday] = Field(default=list(WEEKDAYS), min_length=1, max_length=7, description="days that count")
    from_: Hour = Field(default="00:00", alias="from", description="local time, belongs to it")
    to: Hour = Field(default="24:00", description="local time, does not; before `from`: over midnight")
    timezone: TimeZone = Field(default="Europe/Paris", description="IANA name")

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True)


class Radius(Form):
    """A circle on the ground."""

    latitude: Latitude
    longitude: Longitude
    metres: float = Field(gt=0, le=100_000)


class Corner(Form):
    """A corner of a polygon."""

    latitude: Latitude
    longitude: Longitude


class Filter(Form):
    """Which events. All members must agree; of several values in one, one does. An empty one asks for all."""

    kinds: list[KindName] = Field(
        default=[], max_length=MOST_NAMED, description="`alert` stands for `alert.opened` and all others of alerts"
    )
    places: list[Id] = Field(default=[], max_length=MOST_NAMED, description="ids of /v1/places")
    cameras: list[Id] = Field(default=[], max_length=MOST_NAMED, description="ids of /v1/cameras")
    spots: list[Id] = Field(default=[], max_length=MOST_NAMED, description="ids of lines or zones")
    polygon: list[Corner] = Field(default=[], max_length=MOST_NAMED, description="cameras located in it; 3 at least")
    radius: Radius | None = Field(default=None, description="cameras located in it")
    classes: list[str] = Field(default=[], max_length=MOST_NAMED, description="such as `person`, `bicycle`")
    severities: list[str] = Field(default=[], max_length=10, description="of alerts and cases")
    min_step_s: int = Field(default=0, ge=0, le=86_400, description="`bucket.sealed` of at least so many seconds")
    schedule: list[Schedule] = Field(default=[], max_length=20, description="when; one of them must agree")

    @field_validator("polygon")
    @classmethod
    def _has_area(cls, corners: list[Corner]) -> list[Corner]:
        if corners and not is_simple([(one.latitude, one.longitude) for one in corners]):
            raise ValueError("is no polygon; expected 3 corners or more whose edges do not cross")
        return corners


class Webhook(Form):
    """CloudEvents by HTTP POST, signed as Standard Webhooks."""

    type: Literal["webhook"]
    url: Annotated[str, BeforeValidator(checks.web_address)] = Field(examples=["https://city.example/hooks/parvis"])
    handshake: bool = Field(default=False, description="ask for consent first (CloudEvents abuse protection)")


class Mqtt(Form):
    """To the broker that the operator configured, under `<prefix>/<site>/<kind>/<subject>`."""

    type: Literal["mqtt"]
    prefix: str = Field(default="parvis", pattern=r"^[A-Za-z0-9_-]{1,64}(/[A-Za-z0-9_-]{1,64}){0,4}$")
    retain: bool = Field(default=False, description="the broker keeps the last message of each topic")
    expiry_s: int = Field(default=3600, ge=1, le=604_800, description="the broker drops what is older")
    home_assistant: bool = Field(default=False, description="announce the last value of each topic as a sensor")


class RedisStream(Form):
    """A stream beside Parvis' own keys: `parvis:out:<service>:<stream>`."""

    type: Literal["redis_stream"]
    stream: Id
    max_length: int = Field(default=10_000, ge=100, le=1_000_000, description="older entries go")


class Email(Form):
    """One mail at set hours with all that came since; none where nothing came."""

    type: Literal["email"]
    to: list[Annotated[str, BeforeValidator(checks.mail_address)]] = Field(min_length=1, max_length=20)
    language: Literal["fr", "en"] = "fr"
    hours: list[Hour] = Field(default=["07:00"], min_length=1, max_length=24, description="local times")
    weekdays: list[Weekday] = Field(default=list(WEEKDAYS), min_length=1, max_length=7)
    timezone: TimeZone = "Europe/Paris"


class NgsiLd(Form):
    """Entities to a context broker: `POST <url>/ngsi-ld/v1/entityOperations/upsert`."""

    type: Literal["ngsi_ld"]
    url: Annotated[str, BeforeValidator(checks.web_address)] = Field(examples=["https://broker.city.example"])
    tenant: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_-]{1,64}$", description="`NGSILD-Tenant`")


Channel = Annotated[Webhook | Mqtt | RedisStream | Email | NgsiLd, Field(discriminator="type")]


class NewSubscription(Form):
    """What is asked to make a subscription."""

    name: str = Field(min_length=1, max_length=120, description="for people")
    service: Id | None = Field(default=None, description="whose; only needed by who is of no single service")
    filter: Filter = Field(default=Filter())
    channel: Channel


class ChangedSubscription(Form):
    """What can be changed; what is left out stays."""

    name: str | None = Field(default=None, min_length=1, max_length=120)
    filter: Filter | None = None
    channel: Channel | None = None


class Kept(BaseModel):
    """Base of what is kept."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Secret(Kept):
    """One signing secret of a webhook. It has to be kept as it is: signing needs it."""

    text: str  # whsec_<base64>
    made_s: float


class Grant(Kept):
    """What whoever made the subscription was allowed to see; it never sees more, whatever the service may later."""

    cameras: list[str] | None = None  # None: all
    kinds: list[str] | None = None
    scopes: list[str] = []


class Subscription(Kept):
    """A subscription as it is kept."""

    name: str
    service: str
    filter: Filter
    channel: Channel
    state: State = "active"
    reason: str | None = None  # why it is not active, in words
    since_s: float = 0.0  # of the state
    made_s: float = 0.0
    made_by: str = ""
    grant: Grant = Grant()
    secrets: list[Secret] = []  # newest first, two at most
