"""Who gets what: filters, rights and purposes at the moment of the fan-out; nothing twice, nothing left out."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from hypervisor.access.principal import Principal
from hypervisor.delivery.matching import World, asked_cameras, is_near, is_within
from hypervisor.delivery.model import Filter, Radius, Schedule
from hypervisor.store.values import Change, Commit
from tests.hypervisor.builders import Site, zone
from tests.hypervisor.conftest import Clock
from tests.hypervisor.delivery.conftest import Town

Run = Callable[..., Any]
STREAM = {"type": "redis_stream", "stream": "out"}


def mover(name: str = "k", **members: Any) -> Principal:
    """Return a key of mobility."""
    scopes = members.pop("scopes", frozenset({"flows:read", "alerts:read", "cases:read"}))
    return Principal("key", name, "mobility", scopes, **members)


async def waiting(town: Town, name: str) -> list[dict[str, Any]]:
    """Return the events that wait for a subscription, in the order of their lanes."""
    redis = town.queue._redis  # type: ignore[attr-defined]
    found = []
    for key in sorted([key async for key in redis.scan_iter(f"*:d:l:{name}|*")]):
        for one in await redis.lrange(key, 0, -1):
            found.append(json.loads(await redis.hget("parvis1:{hypervisor}:d:body", one))["event"])
    return found


async def ids(town: Town, name: str) -> list[str]:
    return [one["id"] for one in await waiting(town, name)]


def test_observations_and_messages_come_in_their_order(town: Run, site: Site) -> None:
    site.camera()

    async def story(one: Town) -> None:
        name = await one.subscribe(STREAM)
        await one.fan()
        crossed = [site.tell().id for _ in range(3)]
        told = [await one.tell(), await one.tell("alert.updated")]
        await one.fan()
        assert await ids(one, name) == told + crossed  # lane "case-1", then lane "nord"
        (first, *_) = (await waiting(one, name))[2:]
        assert (first["type"], first["subject"]) == ("parvis.crossing", "nord/entree")
        assert first["data"]["detail"]["class"] == "person"

    town(story)


def test_what_was_told_before_a_subscription_is_not_delivered(town: Run, site: Site, clock: Clock) -> None:
    site.camera()

    async def story(one: Town) -> None:
        clock.now_s = datetime.now(UTC).timestamp() - 1000
        await one.tell()
        site.tell()
        clock.now_s += 2000
        name = await one.subscribe(STREAM)
        await one.fan()
        assert await ids(one, name) == []

    town(story)


def test_a_fan_out_that_is_replaced_loses_and_repeats_nothing(town: Run, site: Site, clock: Clock) -> None:
    site.camera()

    async def story(one: Town) -> None:
        name = await one.subscribe(STREAM, kinds=["crossing"])
        await one.fan()
        other, sent = one.another_fan_out("other"), []
        for turn in range(6):
            sent += [site.tell().id for _ in range(7)]
            if turn % 2:
                clock.now_s += one.settings.lease_s + 1  # the holder was silent: the redis lease is let go, too
                await one.store.release("deliver", "f")
                await one.store.release("deliver", "other")
            for each in (one.fan_out, other) if turn % 3 else (other, one.fan_out):
                while await each.step():
                    pass
        clock.now_s += 10
        await one.fan()
        await other.step()
        assert await ids(one, name) == sent

    town(story)


def test_a_key_that_may_see_one_camera_gets_nothing_of_others(town: Run, site: Site) -> None:
    site.camera("nord")
    site.camera("sud")

    async def story(one: Town) -> None:
        name = await one.subscribe(STREAM, who=mover(cameras=frozenset({"nord"})))
        await one.fan()
        seen = site.tell(camera="nord").id
        site.tell(camera="sud")
        await one.tell(cameras=("nord", "sud"))
        both = await one.tell("alert.updated", cameras=("nord",))
        await one.fan()
        assert await ids(one, name) == [both, seen]

    town(story)


def test_rights_are_asked_when_it_is_fanned_out_not_only_when_it_was_made(town: Run, site: Site) -> None:
    site.camera("nord")
    site.camera("sud")

    async def story(one: Town) -> None:
        name = await one.subscribe(STREAM, who=mover())
        one.entitled = {"mobility": [mover(cameras=frozenset({"nord"}))]}
        await one.fan()
        seen = site.tell(camera="nord").id
        site.tell(camera="sud")
        await one.fan()
        assert await ids(one, name) == [seen]
        one.entitled = {}  # all keys revoked
        await one.fan()
        site.tell(camera="nord")
        await one.tell()
        await one.fan()
        assert await ids(one, name) == [seen]

    town(story)


def test_scopes_and_granted_kinds_hold(town: Run, site: Site) -> None:
    site.camera()

    async def story(one: Town) -> None:
        alerts = await one.subscribe(STREAM, who=mover(scopes=frozenset({"alerts:read"})))
        closed = await one.subscribe(STREAM, who=mover(kinds=frozenset({"alert.closed", "case"})))
        await one.fan()
        site.tell()
        opened, shut = await one.tell(), await one.tell("alert.closed")
        case = await one.tell("case.opened")
        await one.fan()
        assert await ids(one, alerts) == [opened, shut]
        assert await ids(one, closed) == [shut, case]

    town(story)


def test_what_is_bound_to_services_reaches_only_them(town: Run) -> None:
    async def story(one: Town) -> None:
        name = await one.subscribe(STREAM)
        await one.fan()
        mine = await one.tell("case.shared", services=("safety", "mobility"))
        await one.tell("case.opened", services=("safety",))
        await one.fan()
        assert await ids(one, name) == [mine]

    town(story)


def test_a_statistics_camera_tells_no_passage_and_nothing_finer_than_its_step(town: Run, site: Site) -> None:
    site.camera("nord", statistics=True)

    async def story(one: Town) -> None:
        name = await one.subscribe(STREAM)
        await one.fan()
        site.tell("crossing")
        site.tell("bucket.sealed", subject="60")
        sealed = site.tell("bucket.sealed", subject="900").id
        await one.tell(cameras=("nord",), data={"step_s": 60})
        slow = await one.tell("alert.updated", cameras=("nord",), data={"step_s": 900})
        await one.fan()
        assert await ids(one, name) == [slow, sealed]

    town(story)


def test_a_camera_that_becomes_statistics_falls_silent_at_once(town: Run, site: Site) -> None:
    site.camera()

    async def story(one: Town) -> None:
        name = await one.subscribe(STREAM, kinds=["crossing"])
        await one.fan()
        first = site.tell().id
        await one.fan()
        site.camera("nord", statistics=True)
        site.tell()
        await one.fan()
        assert await ids(one, name) == [first]

    town(story)


CASES: tuple[tuple[dict[str, Any], list[int]], ...] = (
    ({"kinds": ["crossing"]}, [0, 1]),
    ({"kinds": ["bucket"]}, [2, 3]),
    ({"kinds": ["alert"]}, [4]),
    ({"cameras": ["sud"]}, [1, 4]),
    ({"spots": ["esplanade"]}, [4]),
    ({"spots": ["entree"]}, [0, 1]),
    ({"classes": ["bicycle"]}, [1]),
    ({"severities": ["high"]}, [4]),
    ({"min_step_s": 900}, [0, 1, 3, 4]),
    ({"kinds": ["bucket.sealed"], "min_step_s": 60}, [2, 3]),
    ({"places": ["centre"]}, [1, 4]),
    ({"radius": {"latitude": 48.85, "longitude": 2.35, "metres": 500.0}}, [0, 2, 3]),
    ({"kinds": ["crossing"], "cameras": ["nord"], "classes": ["person"]}, [0]),
    ({"schedule": [{"weekdays": ["tue"]}]}, []),
)


@pytest.mark.parametrize(("asked", "expected"), CASES, ids=lambda value: str(value))
def test_filters(town: Run, site: Site, asked: dict[str, Any], expected: list[int]) -> None:
    site.camera("nord", location=(48.8505, 2.35), zones=(zone(),))
    site.camera("sud", location=(48.80, 2.35))

    async def story(one: Town) -> None:
        views = json.dumps({"views": [{"camera": "sud"}]})
        await one.store.commit(Commit([Change("places", "centre", views)]))
        name = await one.subscribe(STREAM, **asked)
        await one.fan()
        bicycle = {"class": "bicycle", "direction": "forward"}
        told = [site.tell().id, site.tell(camera="sud", detail=bicycle).id]
        told += [site.tell("bucket.sealed", subject="60").id, site.tell("bucket.sealed", subject="900").id]
        told.append(await one.tell(cameras=("sud",), data={"zone": "esplanade", "severity": "high"}))
        await one.fan()
        assert set(await ids(one, name)) == {told[n] for n in expected}

    town(story)


def test_hours_are_local_and_may_go_over_midnight() -> None:
    night = Schedule.model_validate({"weekdays": ["mon"], "from": "22:00", "to": "06:00", "timezone": "Europe/Paris"})
    monday = datetime(2026, 3, 2, 0, 0, tzinfo=UTC).timestamp()
    assert [hour for hour in range(48) if is_within(night, monday + hour * 3600)] == [21, 22, 23, 24, 25, 26, 27, 28]
    assert is_within(Schedule(), monday)


def test_a_circle_is_on_the_ground() -> None:
    circle = Radius(latitude=48.85, longitude=2.35, metres=1000)
    assert is_near((48.85 + 0.00898, 2.35), circle)  # 999 m north
    assert not is_near((48.85 + 0.00901, 2.35), circle)
    assert is_near((48.85, 2.35 + 0.0136), circle)  # a degree of longitude is shorter here
    assert not is_near((48.85, 2.35 + 0.0138), circle)


def test_a_polygon_holds_the_cameras_in_it(site: Site) -> None:
    corners = [{"latitude": a, "longitude": b} for a, b in ((48.84, 2.34), (48.86, 2.34), (48.85, 2.36))]
    asked = Filter.model_validate({"polygon": corners})
    places = {"in": (48.85, 2.345), "north": (48.87, 2.345), "east": (48.859, 2.355), "none": None}
    world = World({name: site.camera(name, location=at) for name, at in places.items()})
    assert asked_cameras(asked, world) == frozenset({"in"})


@pytest.mark.parametrize(
    "wrong",
    [
        {"polygon": [{"latitude": 1.0, "longitude": 1.0}, {"latitude": 2.0, "longitude": 1.0}]},
        {"kinds": ["crosing"]},
        {"cameras": ["No Such"]},
        {"min_step_s": "900"},
        {"schedule": [{"timezone": "Europe/Atlantis"}]},
        {"schedule": [{"from": "25:00"}]},
        {"radius": {"latitude": 91.0, "longitude": 0.0, "metres": 1.0}},
        {"unknown": 1},
    ],
)
def test_a_filter_that_cannot_be_meant_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Filter.model_validate(wrong)
