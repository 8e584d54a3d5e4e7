"""How well each zone is watched: a zone that nobody could look at must never seem clean."""

from collections.abc import Iterator

from pipeline.cleanliness.scene import Look
from pipeline.cleanliness.zones import WatchedZone
from pipeline.deposits import ZoneReason, ZoneState
from pipeline.events import ZoneWatch

LEARNED = 0.6
"""Share of a zone whose clean ground must be known."""

SEEN = 0.4
"""Share of a zone that must be seen; with less, people and vehicles cover it."""

HELD_S = 30.0
"""How long it must be seen or covered before that is told."""

NO_VIEW_S = 3600.0
"""A zone that has been learning for so long says that it never gets to see its ground."""


class ZoneStates:
    """Keeps the state of each zone; `factor` is px of the camera's picture for each px analysed."""

    def __init__(self, zones: list[WatchedZone], factor: float) -> None:
        self._zones, self._factor = zones, factor
        self._states: list[tuple[ZoneState, ZoneReason]] = [("learning", "start")] * len(zones)
        self._since_s = [0.0] * len(zones)
        self._wanted: list[tuple[ZoneState, float] | None] = [None] * len(zones)

    def is_watching(self, n: int) -> bool:
        """Return whether what a zone shows can be told."""
        return self._states[n][0] == "watching"

    def start(self, time_s: float, reason: ZoneReason) -> Iterator[ZoneWatch]:
        """Begin to learn every zone."""
        for n, zone in enumerate(self._zones):
            self._since_s[n] = time_s
            yield self._change(n, ("suspended", "too_small") if zone.too_small else ("learning", reason), time_s)

    def look(self, look: Look) -> Iterator[ZoneWatch]:
        """Take a look."""
        for n, zone in enumerate(self._zones):
            if zone.too_small:
                continue
            state, reason = self._states[n]
            if look.trouble:
                yield from self._turn(n, ("suspended", "light"), look.time_s)
            elif float(look.certain[zone.mask].mean()) < LEARNED:
                late = look.time_s - self._since_s[n] >= NO_VIEW_S
                now: ZoneReason = "no_clean_view" if late else reason if state == "learning" else "start"
                yield from self._turn(n, ("learning", now), look.time_s)
            else:
                yield from self._covered(n, float((look.known & ~look.hidden)[zone.mask].mean()), look.time_s)

    def trouble(self, time_s: float, reason: ZoneReason) -> Iterator[ZoneWatch]:
        """Suspend every zone."""
        for n, zone in enumerate(self._zones):
            if not zone.too_small:
                yield from self._turn(n, ("suspended", reason), time_s)

    def _covered(self, n: int, seen: float, time_s: float) -> Iterator[ZoneWatch]:
        state = self._states[n][0]
        wanted: ZoneState = "covered" if seen < SEEN else "watching"
        if wanted == state:
            self._wanted[n] = None
        elif state in ("learning", "suspended"):
            yield from self._turn(n, (wanted, "people" if wanted == "covered" else "clean"), time_s)
        else:
            since = self._wanted[n]
            if since is None or since[0] != wanted:
                self._wanted[n] = (wanted, time_s)
            elif time_s - since[1] >= HELD_S:
                yield from self._turn(n, (wanted, "people"), time_s)

    def _turn(self, n: int, to: tuple[ZoneState, ZoneReason], time_s: float) -> Iterator[ZoneWatch]:
        if self._states[n] != to:
            if to[0] == "learning" and self._states[n][0] != "learning":
                self._since_s[n] = time_s
            yield self._change(n, to, time_s)

    def _change(self, n: int, to: tuple[ZoneState, ZoneReason], time_s: float) -> ZoneWatch:
        self._states[n], self._wanted[n] = to, None
        zone = self._zones[n]
        return ZoneWatch(zone.config.id, *to, time_s, zone.rules.smallest_px * self._factor, zone.smallest_cm)
