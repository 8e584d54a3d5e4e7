"""Facts out of a real store: what who asks may see, followed to the period's end and not beyond."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest

from hypervisor.access.principal import LOCAL, Principal
from hypervisor.alerts.model import Alert, Figures
from hypervisor.cases.model import Case, Entry
from hypervisor.indicators.area import Scope
from hypervisor.indicators.facts import Duration
from hypervisor.indicators.kept_facts import KeptFacts, Papers
from hypervisor.indicators.why import NotComputable
from hypervisor.redis_feed import RedisFeed
from hypervisor.store.documents import Documents
from hypervisor.store.redis_store import RedisStore
from hypervisor.store.values import Act, Commit
from hypervisor.strict import Bilingual
from tests.hypervisor.builders import NOON, Site
from tests.hypervisor.cleanliness.builders import Street, pavement

HOUR_S = 3600
BEGIN, END = int(NOON), int(NOON) + 7 * 86_400
SAID = Bilingual(fr="ceci", en="this")
SCOPE = Scope(("nord", "sud"), ())
Answer = TypeVar("Answer")
CLEANERS = Principal("key", "k", "proprete", frozenset({"cases:read", "flows:read"}))


@dataclass
class Kept:
    """A store with facts in it, and what is read out of it."""

    url: str

    def keep(self, *documents: Case | Alert, acts: tuple[Act, ...] = ()) -> None:
        async def story(facts: KeptFacts) -> None:
            changes = [
                Documents(facts.papers.store, "cases" if isinstance(one, Case) else "alerts", type(one)).change(
                    one.id, one, at_s=one.opened_at.timestamp()
                )
                for one in documents
            ]
            await facts.papers.store.commit(Commit(changes, acts=acts))

        self.ask(story)

    def ask(
        self, story: Callable[[KeptFacts], Awaitable[Answer]], who: Principal = LOCAL, scope: Scope = SCOPE
    ) -> Answer:
        async def told() -> Answer:
            store, feed = RedisStore(self.url), RedisFeed(self.url)
            try:
                return await story(KeptFacts(Papers(store, BEGIN), feed, who, scope, BEGIN, END, {"camera_cost": 2.5}))
            finally:
                await store.close()
                await feed.close()

        return asyncio.run(told())


@pytest.fixture
def kept(valkey_url: str) -> Kept:
    return Kept(valkey_url)


def at(hours: float) -> datetime:
    return datetime.fromtimestamp(BEGIN + hours * HOUR_S, UTC)


def case(name: str, opened_h: float, *entries: tuple[str, float], **members: Any) -> Case:
    timeline = tuple(
        Entry.model_validate({"n": n, "at": at(hours), "actor": "local", "what": what, "text": SAID.model_dump()})
        for n, (what, hours) in enumerate(entries, 1)
    )
    shape: dict[str, Any] = {
        "id": name, "title": SAID, "service": "proprete", "origin": "proprete", "topic": "litter",
        "where": "camera/nord", "cameras": ("nord",), "severity": "medium", "opened_at": at(opened_h),
        "updated_at": at(opened_h), "timeline": timeline,
    }  # fmt: skip
    return Case(**(shape | members))


def resolved(hours: float) -> dict[str, Any]:
    return {"state": "resolved", "resolved_at": at(hours)}


def test_times_are_followed_to_the_end_of_the_period_and_not_beyond(kept: Kept) -> None:
    kept.keep(
        case("a", 0, ("acknowledged", 2), ("resolved", 10), **resolved(10)),
        case("b", 24, ("resolved", 24 * 9), **resolved(24 * 9)),
        case("c", 48),
    )
    taken = kept.ask(lambda facts: facts.times("resolution_times", {}))
    assert sorted(taken) == [
        Duration(BEGIN, 10, True),
        Duration(BEGIN + 24 * HOUR_S, 144, False),
        Duration(BEGIN + 48 * HOUR_S, 120, False),
    ]
    noticed = kept.ask(lambda facts: facts.times("acknowledgement_times", {}))
    assert sorted(noticed)[0] == Duration(BEGIN, 2, True)
    assert [one.ended for one in sorted(noticed)] == [True, False, False]


def test_a_case_that_was_opened_again_is_not_resolved(kept: Kept) -> None:
    kept.keep(case("a", 0, ("resolved", 5), ("reopened", 6)))
    assert [one.ended for one in kept.ask(lambda facts: facts.times("resolution_times", {}))] == [False]
    assert list(kept.ask(lambda facts: facts.events("cases_reopened", {}))) == [BEGIN + 6 * HOUR_S]
    assert list(kept.ask(lambda facts: facts.events("cases_resolved", {}))) == [BEGIN + 5 * HOUR_S]


def test_cases_are_chosen_by_topic_severity_and_camera(kept: Kept) -> None:
    kept.keep(
        case("a", 0, severity="critical"),
        case("b", 1, topic="crowd"),
        case("c", 2, cameras=("ouest",)),
    )

    def opened(named: dict[str, str], scope: Scope = SCOPE) -> list[float]:
        return list(kept.ask(lambda facts: facts.events("cases_opened", named), scope=scope))

    assert len(opened({})) == 2
    assert len(opened({"topic": "crowd"})) == 1
    assert len(opened({"severity": "critical"})) == 1
    assert len(opened({}, Scope(("ouest",), ()))) == 1


def test_cases_of_other_services_are_not_counted(kept: Kept) -> None:
    kept.keep(case("a", 0), case("b", 1, service="voirie"), case("c", 2, service="voirie", shared_with=("proprete",)))
    assert len(kept.ask(lambda facts: facts.events("cases_opened", {}), CLEANERS)) == 2


def test_who_may_not_read_cases_or_the_log_is_told_so(kept: Kept) -> None:
    reader = replace(CLEANERS, scopes=frozenset({"flows:read"}))
    for fact, scope in (("cases_opened", "cases:read"), ("acts", "audit:read"), ("alerts_opened", "alerts:read")):
        with pytest.raises(NotComputable, match=scope):
            kept.ask(lambda facts, name=fact: facts.events(name, {}), reader)  # type: ignore[misc]


def test_alerts_last_until_they_are_closed(kept: Kept) -> None:
    def alert(name: str, closed_h: float | None) -> Alert:
        return Alert(
            id=name, kind="flow", camera="nord", cameras=("nord",), rule="r", rule_name="R", service="voirie",
            topic="queue", severity="low", state="open" if closed_h is None else "closed", figures=Figures(),
            began=at(0), opened_at=at(0), updated_at=at(0), closed_at=None if closed_h is None else at(closed_h),
            case="c", text=SAID,
        )  # fmt: skip

    kept.keep(alert("a", 1.5), alert("b", None))
    found = kept.ask(lambda facts: facts.times("alert_times", {"topic": "queue"}))
    assert sorted(found) == [Duration(BEGIN, 1.5, True), Duration(BEGIN, 168, False)]


def test_acts_are_counted_by_kind_and_period(kept: Kept) -> None:
    def act(action: str, hours: float, actor: str = "member:anne", service: str = "voirie") -> Act:
        return Act(actor, service, action, "cases/a", BEGIN + hours * HOUR_S)

    kept.keep(
        acts=(
            act("case.acknowledge", 1), act("case.resolve", 2), act("rule.create", 3, "member:jean", "proprete"),
            act("rule.create", -30),
        )
    )  # fmt: skip
    assert len(kept.ask(lambda facts: facts.events("acts", {"action": "case"}))) == 2
    assert kept.ask(lambda facts: facts.number("members_active", {})) == 2
    assert kept.ask(lambda facts: facts.number("services_active", {})) == 2
    auditor = replace(CLEANERS, scopes=frozenset({"audit:read"}))
    assert len(kept.ask(lambda facts: facts.events("acts", {"action": "rule"}), auditor)) == 1


def test_numbers_of_the_city_are_those_that_it_wrote_down(kept: Kept) -> None:
    assert kept.ask(lambda facts: facts.number("parameter", {"name": "camera_cost"})) == 2.5
    assert kept.ask(lambda facts: facts.number("cameras", {})) == 2
    with pytest.raises(NotComputable, match="inhabitants"):
        kept.ask(lambda facts: facts.number("parameter", {"name": "inhabitants"}))


def test_deposits_stay_until_they_are_gone_and_count_once(kept: Kept, site: Site) -> None:
    street = Street(site, kept.url)
    street.camera("nord", pavement(primary="nord/trottoir", place="parvis"))
    street.camera("sud", pavement(primary="nord/trottoir", place="parvis"))
    street.lies("a", BEGIN + HOUR_S, BEGIN + 4 * HOUR_S)
    street.lies("b", BEGIN + 2 * HOUR_S, type="bulky")
    street.lies("c", BEGIN + HOUR_S, BEGIN + 4 * HOUR_S, camera="sud")
    site.bucket(BEGIN + 9 * HOUR_S, HOUR_S, "nord")
    street.close()

    found = sorted(kept.ask(lambda facts: facts.times("deposit_times", {})))
    assert found == [Duration(BEGIN + HOUR_S, 3, True), Duration(BEGIN + 2 * HOUR_S, 8, False)]
    bulky = kept.ask(lambda facts: facts.times("deposit_times", {"type": "bulky"}))
    assert [one.ended for one in bulky] == [False]
