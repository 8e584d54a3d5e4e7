"""Events become entries for Redis: what is told to subscribers, and what is added to which bucket."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Protocol

from pipeline.observation import CameraDescription, CameraState, Observation


@dataclass(frozen=True, slots=True)
class Increment:
    """One change to one field of a bucket (`pipeline.keys` names the fields)."""

    field: str
    value: int
    op: Literal["add", "max"] = "add"


@dataclass(frozen=True, slots=True)
class Entry:
    """What one sequence number stands for; it is applied wholly or, when repeated, not at all."""

    seq: int  # rises within a producer epoch; the same fact of the same file has the same number
    at_s: float  # seconds since the Unix epoch: which buckets it belongs to
    observation: Observation | None  # None: for the buckets only
    increments: tuple[Increment, ...]
    steps_s: tuple[int, ...]  # bucket lengths to change


class Sink(Protocol):
    """Where entries go. Calls never block for long on a live camera."""

    def describe(self, description: CameraDescription) -> None:
        """Tell what the camera measures (replaces what was told before)."""

    def put(self, entry: Entry) -> None:
        """Take an entry; it is delivered once, in order, or counted as lost."""

    def state(self, state: CameraState) -> None:
        """Tell how the camera is; only the newest counts."""

    def close(self) -> None:
        """Deliver what is left, within a bound, and let go."""


class ListSink:
    """A sink that remembers: for tests and dry runs."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.states: list[CameraState] = []
        self.descriptions: list[CameraDescription] = []

    def describe(self, description: CameraDescription) -> None:
        """Remember a description."""
        self.descriptions.append(description)

    def put(self, entry: Entry) -> None:
        """Remember an entry."""
        self.entries.append(entry)

    def state(self, state: CameraState) -> None:
        """Remember a state."""
        self.states.append(state)

    def close(self) -> None:
        """Do nothing."""

    def observations(self) -> Iterable[Observation]:
        """Yield what subscribers would be told."""
        return (entry.observation for entry in self.entries if entry.observation is not None)
