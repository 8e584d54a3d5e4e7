"""One deposit out of what was told of it: when it lay there, and for how long it was seen to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hypervisor.cleanliness.survival import Lifetime
from pipeline.observation import Observation

UNSEEN = frozenset({"occluded", "suspended"})
"""States in which nobody can say whether it still lies there."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What lay there from a moment on."""

    from_s: float  # epoch seconds
    type: str
    components: int
    area_m2: float | None  # None: not calibrated


@dataclass(frozen=True, slots=True)
class Deposit:
    """One deposit; times are epoch seconds."""

    id: str
    camera: str
    zone: str
    told: tuple[Observation, ...]  # oldest first, one at least

    @staticmethod
    def of(camera: str, history: Sequence[Observation]) -> "Deposit":
        """Make one out of a history, which is not empty."""
        newest = history[-1]
        return Deposit(str(newest.detail["deposit"]), camera, newest.subject, tuple(history))

    @property
    def detail(self) -> dict[str, Any]:
        """Return the members that were told last."""
        return self.told[-1].detail

    @property
    def state(self) -> str:
        """Return the state that was told last."""
        return str(self.detail["state"])

    @property
    def is_there(self) -> bool:
        """Return whether it lies there, as far as is known."""
        return self.state not in ("cleared", "absorbed")

    @property
    def first_seen_s(self) -> float:
        """Return when it was first seen."""
        return _epoch(self.detail["first_seen"])

    @property
    def from_s(self) -> float:
        """Return from when on it counts: when it was first seen, or when a schedule that allowed it was over."""
        return _epoch(self.detail["counted_from"])

    @property
    def seen_until_s(self) -> float:
        """Return until when it was surely there: infinity while it is seen to lie there.

        It went at its first clean sample. But if it was out of sight before that (suspended, and not resumed), all
        that is known is that it was there when it was last in sight.
        """
        before = self.told[:-1] if self.state == "cleared" else self.told
        if before and before[-1].detail["state"] == "suspended":
            return self._lost_sight_s(before)
        return _epoch(self.detail["cleared_at"]) if self.state == "cleared" else float("inf")

    @property
    def was_seen_to_go(self) -> bool:
        """Return whether its end is known."""
        return self.state == "cleared" and (len(self.told) < 2 or self.told[-2].detail["state"] != "suspended")

    @staticmethod
    def _lost_sight_s(told: Sequence[Observation]) -> float:
        """Return when it went out of sight, given that it is so at the end of what was told."""
        first = len(told) - 1
        while first > 0 and told[first - 1].detail["state"] in UNSEEN:
            first -= 1
        return told[first].observed_at.timestamp()

    def lifetime(self, until_s: float) -> Lifetime:
        """Return how long it was there, followed up to a moment."""
        end_s = min(self.seen_until_s, until_s)
        ended = self.was_seen_to_go and self.seen_until_s <= until_s
        return Lifetime(max(0.0, end_s - self.from_s), ended)

    def conditions(self) -> Iterator[Condition]:
        """Yield what lay there from when on, in order; from the last one on until `seen_until_s`."""
        for n, one in enumerate(self.told):
            if n == 0 or one.detail["state"] == "worsened":
                at_s = self.from_s if n == 0 else max(self.from_s, one.observed_at.timestamp())
                components, area_m2 = int(one.detail["components"] or 1), one.detail["area_m2"]
                yield Condition(at_s, str(one.detail["type"]), components, None if area_m2 is None else float(area_m2))


def _epoch(text: Any) -> float:
    return datetime.fromisoformat(str(text)).timestamp()
