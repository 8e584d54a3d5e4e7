"""What the hypervisor asks of whoever watches a camera, and what it is answered (pydantic only; both sides import it).

All of it passes through Redis as messages of channels, which no server writes down: no picture is ever stored there.
Who asks listens on a channel that the ask alone names, so an answer that comes too late reaches nobody. A message is
one line of JSON and, after it, the bytes of a picture, if there is one.
"""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from pipeline.keys import PREFIX
from pipeline.observation import Strict
from pipeline.places import LineConfig, ZoneConfig

LEASE_S = 3.0
"""A live view ends so long after who watches said so last; it is said again every second."""

LIVE_FPS = 5.0
LONGEST_PX = 1920
"""Longer side of a still or a snapshot, at most; of larger pictures a smaller one is shown."""

Fault = Literal["purpose-forbids-image", "too-early"]
"""Why there is no answer: never for this purpose, or not yet."""


def asks(camera: str, db: int) -> str:
    """Return the channel on which a camera is asked; channels are of the whole server, so they name the database."""
    return f"{PREFIX}:{db}:{{{camera}}}:asks"


def live(camera: str, db: int) -> str:
    """Return the channel on which a camera's live pictures come."""
    return f"{PREFIX}:{db}:{{{camera}}}:live"


def probes(db: int) -> str:
    """Return the channel on which `parvis run` is asked to try a source."""
    return f"{PREFIX}:{db}:probes"


def answers(ask_id: str, db: int) -> str:
    """Return the channel on which one ask is answered."""
    return f"{PREFIX}:{db}:answer:{ask_id}"


class Ask(Strict):
    """One question to a camera, or the wish for its live pictures, which is said again while it lasts."""

    id: str = Field(pattern=r"^[0-9a-f]{32}$")
    what: Literal["still", "snapshot", "live", "recount"]
    within_s: float = Field(gt=0, le=60)  # afterwards nobody waits for the answer any more
    lines: tuple[LineConfig, ...] = ()  # proposed: `recount` only
    zones: tuple[ZoneConfig, ...] = ()


class ProbeAsk(Strict):
    """The wish that a source be tried; `source` as a configuration writes it."""

    id: str = Field(pattern=r"^[0-9a-f]{32}$")
    within_s: float = Field(gt=0, le=60)
    source: str = Field(min_length=1, max_length=2000)


class Declined(Strict):
    """Why there is no answer."""

    fault: Fault
    detail: str
    retry_s: float | None = None  # `too-early`: when to ask again


class Taken(Strict):
    """About a picture; its JPEG follows."""

    at: datetime  # what it shows, or the newest that went into it
    frames: int = 1
    seconds: float = 0.0  # between the first and the last of them
    boxes: tuple[tuple[float, float, float, float, str], ...] = ()  # left, top, right, bottom in fractions, class


class Counts(Strict):
    """What one configuration of a camera counts in a span."""

    lines: dict[str, dict[str, dict[str, int]]] = Field(description="line, class, direction: crossings, zeros included")
    zones: dict[str, dict[str, dict[str, float | int | None]]] = Field(
        description="zone, class: `mean` and `max` objects, `dwell_p50_s` of those that left, `open` still inside"
    )
    not_looked_for: tuple[str, ...] = Field(
        default=(), description="classes that the detector was not looking for: a 0 of them says nothing"
    )


class Recounted(Strict):
    """The last minutes counted twice: as the camera is configured, and as it is proposed."""

    from_: datetime = Field(alias="from", description="begin of the span")
    to: datetime = Field(description="its end")
    looks: int = Field(description="pictures that the detector saw in it")
    before: Counts = Field(description="with the lines and zones that are configured now")
    after: Counts = Field(description="with those that are proposed")


class Probed(Strict):
    """What became of trying a source."""

    ok: bool = Field(description="a picture came")
    live: bool = Field(description="a camera, not a recording")
    codec: str | None = Field(default=None, description="as its container or stream says, such as `h264`")
    width: int | None = Field(default=None, description="of its pictures, px")
    height: int | None = Field(default=None, description="of its pictures, px")
    fps: float | None = Field(default=None, description="frames a second: stated by a recording, measured of a camera")
    duration_s: float | None = Field(default=None, description="of a recording; null where it is not known")
    first_picture: str | None = Field(
        default=None, description="JPEG, base64: small and blurred, enough to see that it is the right camera"
    )
    error: str | None = Field(default=None, description="why there is no picture, without any secret")
    latency_ms: int = Field(description="until the first picture came, or until it was given up")


Content = Annotated[Declined | Taken | Recounted | Probed, Field(union_mode="smart")]


class Answer(Strict):
    """The line before the bytes."""

    id: str
    content: Content


def packed(answer: Answer, picture: bytes = b"") -> bytes:
    """Return a message."""
    return answer.model_dump_json(by_alias=True).encode() + b"\n" + picture


def unpacked(message: bytes) -> tuple[Answer, bytes]:
    """Read a message.

    Raises:
        pydantic.ValidationError: if it is none.
    """
    head, _, picture = message.partition(b"\n")
    return Answer.model_validate_json(head), picture
