"""Cases that were resolved long ago move into files and are found as before; the lives of deposits are kept there."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from hypervisor.access.principal import LOCAL, Principal
from hypervisor.cases.model import Case, Entry, kept_s, tags_of
from hypervisor.history.archive import AllCases, Archive
from hypervisor.history.files import HourFiles
from hypervisor.history.keeper import Keeper
from hypervisor.history.kept import KeptPast
from hypervisor.history.mover import Mover
from hypervisor.history.records import Record, RecordFiles, month_of
from hypervisor.indicators.area import Scope
from hypervisor.indicators.kept_facts import KeptFacts, Papers
from hypervisor.redis_feed import RedisFeed
from hypervisor.settings import Settings
from hypervisor.store.documents import Documents
from hypervisor.store.redis_store import RedisStore
from hypervisor.store.values import Change, Commit
from hypervisor.strict import Bilingual
from tests.hypervisor.builders import NOON, Site, application
from tests.hypervisor.cleanliness.builders import Street
from tests.hypervisor.conftest import Clock
from tests.hypervisor.rules.builders import Names, as_service

DAY_S = 86_400.0
OLD, NEW = "ancien", "recent"
SAID = Bilingual(fr="ceci", en="this")


def at(days: float) -> datetime:
    """Return a moment so many days before noon."""
    return datetime.fromtimestamp(NOON - days * DAY_S, UTC)


def case(name: str, opened_d: float, resolved_d: float | None, **members: Any) -> Case:
    resolved = None if resolved_d is None else at(resolved_d)
    entry = Entry(
        n=1, at=at(opened_d), actor="member:anne", what="opened", text=SAID, comment='élargir « la | "rue" »\n'
    )
    usual = {"service": "proprete", "origin": "proprete", "topic": "cleanliness", "where": f"place/{name}"}
    state = "open" if resolved is None else "resolved"
    times = {"opened_at": at(opened_d), "updated_at": resolved or at(opened_d), "resolved_at": resolved}
    return Case.model_validate(
        {"id": name, "title": SAID, "severity": "low", "state": state, "timeline": (entry,)} | usual | times | members
    )


class World:
    """A store with cases in it, and the one that keeps history."""

    def __init__(self, url: str, folder: Path, clock: Clock) -> None:
        self.url, self.clock, self.archive = url, clock, Archive(folder)
        self.feed, self.store = RedisFeed(url), RedisStore(url, clock)
        past = KeptPast(HourFiles(folder), self.feed, self.store, clock)
        self.mover = Mover(self.archive, self.feed, self.store, clock)
        self.keeper = Keeper(past, self.store, "test", clock, mover=self.mover)
        self.runner = asyncio.Runner()

    def keep(self, *cases: Case) -> None:
        collection = Documents(self.store, "cases", Case)
        changes = [
            collection.change(one.id, one, at_s=one.opened_at.timestamp(), tags=tags_of(one), kept_s=kept_s(one))
            for one in cases
        ]
        self.runner.run(self.store.commit(Commit(changes)))

    def turn(self) -> None:
        self.runner.run(self.keeper.turn())

    def in_redis(self) -> set[str]:
        return {one.id for one in self.runner.run(self.store.listed("cases"))}

    def facts(self, name: str, from_d: float, to_d: float, who: Principal = LOCAL) -> list[float]:
        ends = (int(at(from_d).timestamp()), int(at(to_d).timestamp()))
        facts = KeptFacts(Papers(self.store, ends[0], self.archive), self.feed, who, Scope(("nord",), ()), *ends, {})
        return [round(one.hours, 6) for one in self.runner.run(facts.times(name, {}))]

    def close(self) -> None:
        self.runner.run(self.feed.close())
        self.runner.run(self.store.close())
        self.runner.close()


@pytest.fixture
def world(valkey_url: str, tmp_path: Path, clock: Clock) -> Iterator[World]:
    one = World(valkey_url, tmp_path, clock)
    yield one
    one.close()


def test_a_case_resolved_long_ago_moves_and_is_found_as_before(
    world: World, valkey_url: str, tmp_path: Path, clock: Clock
) -> None:
    cases = [case(OLD, 500, 450), case(NEW, 480, 10), case("ouvert", 900, None), case("vieux", 880, 860)]
    world.keep(*cases)
    app = application(valkey_url, Settings(history_dir=tmp_path), clock)
    with TestClient(app, base_url="http://127.0.0.1") as api:
        asked: dict[str, Any] = {"state": ["open", "resolved"], "limit": 2}
        before = [api.get("/v1/cases", params=asked).json(), api.get(f"/v1/cases/{OLD}").json()]
        world.turn()
        assert world.in_redis() == {NEW, "ouvert"}
        after = [api.get("/v1/cases", params=asked).json(), api.get(f"/v1/cases/{OLD}").json()]
        assert after == before
        assert [one["id"] for one in after[0]["items"]] == [NEW, OLD], "newest first, wherever they lie"
        rest = api.get("/v1/cases", params=asked | {"cursor": after[0]["next"]}).json()
        assert [one["id"] for one in rest["items"]] == ["vieux", "ouvert"]
        period = {"state": "resolved", "from": at(460).isoformat(), "to": at(400).isoformat()}
        assert [one["id"] for one in api.get("/v1/cases", params=period).json()["items"]] == [NEW, OLD]
        assert api.get("/v1/cases/counts").json()["resolved"] == 1
        assert api.get("/v1/cases/counts", params={"to": at(0).isoformat()}).json()["resolved"] == 3
        told = api.get(f"/v1/cases/{OLD}/alerts")
        assert (told.status_code, told.json()["items"]) == (200, [])
        tag = {"If-Match": api.get(f"/v1/cases/{OLD}").headers["ETag"]}
        for what, body in (("reopen", {}), ("comments", {"comment": "encore"})):
            refused = api.post(f"/v1/cases/{OLD}/{what}", json=body, headers=tag)
            assert refused.status_code == 409
            assert "lies in history and is read only" in refused.json()["detail"]
    acts = [json.loads(one.text) for one in world.runner.run(world.store.audit("0-0", 100))]
    assert [(one["actor"], one["target"]) for one in acts if one["action"] == "case.archive"] == [
        ("system:history", f"cases/{OLD}"), ("system:history", "cases/vieux"),
    ]  # fmt: skip
    names = sorted(str(one.relative_to(tmp_path)) for one in world.archive.cases.files())
    assert names == ["cases/2023/2023-10.parquet", "cases/2024/2024-12.parquet"]


def test_a_case_that_is_not_safely_in_a_file_is_not_deleted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.keep(case(OLD, 500, 450))

    def full(records: list[Record]) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(world.archive.cases, "put", full)
    with pytest.raises(OSError, match="No space"):
        world.turn()
    monkeypatch.undo()
    assert world.in_redis() == {OLD}
    path = world.archive.cases.path(month_of(round(at(450).timestamp() * 1000)))
    path.parent.mkdir(parents=True)
    path.write_bytes(b"PAR1 and then nothing")
    world.turn()
    assert world.in_redis() == {OLD}, "a damaged file takes nothing"
    path.unlink()
    world.turn()
    assert world.in_redis() == set()


def test_a_case_that_is_reopened_meanwhile_stays_and_its_copy_is_not_shown(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.keep(case(OLD, 500, 450), case("autre", 510, 455))
    whole = world.archive.cases.put

    def put_late(records: list[Record]) -> None:
        whole(records)
        body = case(OLD, 500, None, service="voirie").model_dump_json(by_alias=True, exclude_none=True)
        asyncio.run(changed(body))

    async def changed(body: str) -> None:
        store = RedisStore(world.url, world.clock)
        await store.commit(Commit([Change("cases", OLD, body, tags=("service:voirie",))]))
        await store.close()

    monkeypatch.setattr(world.archive.cases, "put", put_late)
    world.turn()
    monkeypatch.undo()
    assert world.in_redis() == {OLD}
    cases = AllCases(world.store, world.archive.cases.folder.parent)
    listed = world.runner.run(cases.listed("service:proprete"))
    assert [one.id for one in listed] == ["autre"], "its old copy is not shown to whom it no longer belongs"
    found = world.runner.run(cases.get(OLD))
    assert found is not None
    assert found.value.state == "open"


def test_what_is_older_than_history_may_be_goes_in_whole_months(world: World) -> None:
    world.keep(case(OLD, 500, 450))
    world.turn()
    assert len(world.archive.cases.files()) == 1
    world.clock.now_s += (1830 - 450 + 32) * DAY_S
    world.turn()
    assert world.archive.cases.files() == []


def test_indicators_of_an_old_period_count_cases_that_moved_once(world: World) -> None:
    world.keep(case(OLD, 500, 450), case(NEW, 499, 390))
    before = world.facts("resolution_times", 520, 350)
    assert before == [109 * 24.0, 50 * 24.0]
    world.turn()
    assert sorted(world.facts("resolution_times", 520, 350)) == sorted(before)
    stranger = Principal("key", "k", "voirie", frozenset({"cases:read"}))
    assert world.facts("resolution_times", 520, 350, stranger) == []


def test_the_life_of_a_deposit_outlasts_redis(world: World, site: Site, valkey_url: str) -> None:
    street = Street(site, valkey_url)
    street.camera()
    first = at(30).timestamp()
    street.lies("nord-trottoir-1", first, first + 7200)
    street.lies("nord-trottoir-2", first + 60)
    before = world.facts("deposit_times", 40, 20)
    world.turn()
    assert world.facts("deposit_times", 40, 20) == before, "what is in both places counts once"
    world.clock.now_s += DAY_S
    street.told("nord-trottoir-2", "cleared", first + 3720, first + 60, cleared_s=first + 3660)
    world.turn()
    site.redis.delete(*list(site.redis.scan_iter("parvis1:{nord}:d*")))
    assert sorted(world.facts("deposit_times", 40, 20)) == [1.0, 2.0]
    assert world.facts("deposit_times", 20, 10) == []
    street.close()


def test_deposits_that_redis_let_go_of_are_listed_as_before(
    world: World, site: Site, valkey_url: str, tmp_path: Path, clock: Clock
) -> None:
    street, first = Street(site, valkey_url), at(30).timestamp()
    for camera in ("nord", "sud"):
        street.camera(camera)
        for n in range(3):
            street.lies(f"{camera}-{n}", first + 60 * n, first + 7200, camera=camera)
    street.lies("nord-open", first + 600)
    app = application(valkey_url, Settings(history_dir=tmp_path), clock, doorkeeper=Names())
    with TestClient(app, base_url="http://127.0.0.1", headers=as_service("proprete")) as api:
        asked: dict[str, Any] = {"state": "all", "from": at(40).isoformat(), "limit": 3}

        def told() -> list[Any]:
            page = api.get("/v1/deposits", params=asked).json()
            rest = api.get("/v1/deposits", params=asked | {"cursor": page["next"], "limit": 9}).json()
            few = api.get("/v1/deposits", params=asked | {"camera": "sud", "to": at(29.9994).isoformat()}).json()
            return [page, rest, few, api.get("/v1/deposits/nord-1").json()]

        before = told()
        assert [len(one["items"]) for one in before[:3]] == [3, 4, 1]
        world.turn()
        assert told() == before, "what is in both places is listed once"
        street.told("nord-open", "cleared", first + 3720, first + 600, cleared_s=first + 3660)
        late = asked | {"from": (at(30) + timedelta(hours=1, minutes=30)).isoformat()}
        ids = [one["id"] for one in api.get("/v1/deposits", params=late | {"limit": 9}).json()["items"]]
        assert "nord-open" not in ids, "its copy lies there still; Redis knows that it was gone by then"
        clock.now_s += DAY_S
        world.turn()
        before = told()
        site.redis.delete(*list(site.redis.scan_iter("parvis1:{*}:d*")))
        assert told() == before
        mine = as_service("proprete", cameras="sud")
        assert {one["camera"] for one in api.get("/v1/deposits", params=asked, headers=mine).json()["items"]} == {"sud"}
        assert api.get("/v1/deposits/nord-1", headers=mine).status_code == 404
        assert api.get("/v1/deposits", params=asked | {"state": "open"}).json()["items"] == []
    street.close()


def test_a_long_text_with_anything_in_it_comes_back_word_for_word(tmp_path: Path) -> None:
    files = RecordFiles(tmp_path)
    body = json.dumps({"text": 'a "quoted", | \\N \x7f line\n' * 20_000})
    month = month_of(0)
    files.put([Record("a", 1, month, 5, 0, 10, ("service:x", "service:y"), body)])
    files.put([Record("b", 1, month, 6, 0, 10, (), "{}"), Record("a", 2, month, 5, 0, 10, ("service:y",), body)])
    found = files.find("a")
    assert found is not None
    assert (found.version, found.body == body) == (2, True)
    assert [one.id for one in files.listed("", None, 10)] == ["b", "a"]
    assert [one.id for one in files.listed("service:x", None, 10)] == []
    assert files.newest_ms() == 6
