"""How far the evaluation of rules is behind, and what is open: for the metrics."""

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from hypervisor.feed import Feed, Position
from hypervisor.rules.evaluator import FEED_MARK
from hypervisor.rules.state import RuleState
from hypervisor.store.documents import Documents
from hypervisor.store.values import MOST_LISTED, Store


class Lag(NamedTuple):
    """What one scrape shows of rules."""

    behind_s: float  # between the server's now and what rules were judged by
    rules: Mapping[str, int]  # status → how many
    open_alerts: int  # `MOST_LISTED` at most


async def lag_of(feed: Feed, store: Store) -> Lag | None:
    """Return how far behind the evaluation is; None where rules were never evaluated."""
    marks = await store.marks()
    if FEED_MARK not in marks:
        return None
    now, at = await feed.now(), Position.parse(marks[FEED_MARK])
    states = await Documents(store, "rule_states", RuleState).listed()
    alerts = await store.listed("alerts", "open", limit=MOST_LISTED)
    counted: Counter[str] = Counter(one.value.status for one in states)
    return Lag(max(0, now.ms - at.ms) / 1000, counted, len(alerts))
