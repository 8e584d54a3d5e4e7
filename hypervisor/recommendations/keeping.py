"""Recommendations as documents: a judgement is merged into what people decided before."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from hypervisor.experiments.model import Experiment
from hypervisor.feed import Feed
from hypervisor.recommendations import acts, words
from hypervisor.recommendations.model import Amount, Expected, Recommendation, tags_of
from hypervisor.store.documents import Documents, Kept
from hypervisor.store.values import NEW, Act, Change, Commit, Fence, Store
from hypervisor.strict import Bilingual

if TYPE_CHECKING:
    from hypervisor.recommendations.judge import Judgement

COLLECTION = "recommendations"
CHUNK = 100
"""Documents changed at once."""

MOST = 20_000
MOST_EXPERIMENTS = 1000


def recommendations_of(store: Store) -> Documents[Recommendation]:
    """Return the collection."""
    return Documents(store, COLLECTION, Recommendation)


async def every(documents: Documents[Recommendation], tag: str = "") -> dict[str, Kept[Recommendation]]:
    """Return all of a tag, the newest `MOST` at most."""
    found: dict[str, Kept[Recommendation]] = {}
    before = None
    while len(found) < MOST:
        page = await documents.listed(tag, before, 1000)
        found.update({one.id: one for one in page})
        if len(page) < 1000:
            break
        before = (page[-1].order, page[-1].id)
    return found


async def kept(store: Store, judgement: "Judgement", today: date, now_s: float, fence: Fence | None = None) -> int:
    """Keep what a judgement found; return how many recommendations are new, or new again.

    Raises:
        Conflict: if somebody decided about one meanwhile; judging again finds it so.
        Fenced: if the lease was lost.
    """
    documents = recommendations_of(store)
    old = await every(documents)
    tried = await experience(store)
    changes: list[Change] = []
    fresh = 0
    for one in judgement.found:
        before = old.pop(one.id, None)
        value = acts.merged(None if before is None else before.value, _experienced(one, tried), today)
        fresh += value.state == "new" and (before is None or before.value.state != "new")
        changes.append(_change(documents, value, NEW if before is None else before.version, now_s))
    for lapsed in old.values():
        if lapsed.value.holds:
            changes.append(_change(documents, acts.unfounded(lapsed.value, now_s), lapsed.version, now_s))
    detail = {"asked": judgement.asked, "found": len(judgement.found), "new": fresh}
    act = Act(acts.SYSTEM, None, "recommendation.judge", COLLECTION, now_s, detail)
    for n in range(0, max(1, len(changes)), CHUNK):
        await store.commit(Commit(changes[n : n + CHUNK], acts=[] if n else [act], fence=fence))
    return fresh


def _change(documents: Documents[Recommendation], value: Recommendation, expect: int, now_s: float) -> Change:
    return documents.change(value.id, value, at_s=now_s, expect=expect, tags=tags_of(value))


async def experiments_of(store: Store, recommendation: str) -> list[Experiment]:
    """Return the experiments that try one recommendation out, the newest first."""
    documents = Documents(store, "experiments", Experiment)
    return [one.value for one in await documents.listed(f"recommendation:{recommendation}", None, 50)]


async def experience(store: Store) -> list[Experiment]:
    """Return the evaluated experiments that tried recommendations out."""
    documents = Documents(store, "experiments", Experiment)
    listed = await documents.listed("state:evaluated", None, MOST_EXPERIMENTS)
    return [one.value for one in listed if one.value.recommendation]


def _experienced(one: Recommendation, tried: Sequence[Experiment]) -> Recommendation:
    """Return it with the effect that experiments of its kind had here: the middle one, and all intervals together."""
    kind = f"{one.kind}-"
    found = [
        (each.finding.effect, each.finding.unit)
        for each in tried
        if (each.recommendation or "").removeprefix(kind).isalnum()
        and (each.recommendation or "").startswith(kind)
        and each.finding is not None
        and each.finding.effect is not None
    ]
    units = {unit for _, unit in found}
    if not found or len(units) != 1:
        return one
    values = sorted(effect.value for effect, _ in found)
    effect = Amount(
        value=values[len(values) // 2],
        low=min(effect.low for effect, _ in found),
        high=max(effect.high for effect, _ in found),
        unit=units.pop(),
    )
    past = words.PAST_EXPERIMENTS
    under = Bilingual(fr=past.fr.format(n=len(found)), en=past.en.format(n=len(found)))
    return one.model_copy(update={"expected": Expected(effect=effect, under=under)})


async def names_of(feed: Feed) -> dict[str, str]:
    """Return how cameras, and their lines and zones, are called."""
    found: dict[str, str] = {}
    for camera in (await feed.cameras()).values():
        found[camera.id] = camera.name
        named = [*((one.id, one.name) for one in camera.lines), *((one.id, one.name) for one in camera.zones)]
        found.update({f"{camera.id}/{one}": name or one for one, name in named})
    return found
