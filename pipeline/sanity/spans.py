"""When a camera was not well, over a whole recording."""

from dataclasses import dataclass
from typing import Any

from pipeline.observation import Condition
from pipeline.sanity.watch import Verdict


@dataclass(slots=True)
class _Span:
    condition: Condition
    from_s: float
    to_s: float


class Spans:
    """Collects the troubles of one recording, once they are certain."""

    def __init__(self) -> None:
        self._found: list[_Span] = []
        self._now: Condition = "ok"

    def see(self, verdict: Verdict) -> None:
        """Take the verdict after a look."""
        before, self._now = self._now, verdict.condition
        if before != "ok":
            self._found[-1].to_s = verdict.looked_s
        if verdict.condition not in ("ok", before):
            from_s = verdict.since_s if before == "ok" else verdict.looked_s
            self._found.append(_Span(verdict.condition, from_s, verdict.looked_s))

    def rows(self) -> list[dict[str, Any]]:
        """Return the troubles in order, as documented."""
        return [{"condition": s.condition, "from_s": round(s.from_s, 3), "to_s": round(s.to_s, 3)} for s in self._found]
