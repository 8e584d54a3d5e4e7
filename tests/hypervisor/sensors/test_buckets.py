"""Buckets of sensors: figures, coverage, lateness, seals and the message of each, once."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from hypervisor.sensors import keys
from hypervisor.sensors.buckets import read
from hypervisor.sensors.values import Raw, check
from hypervisor.sensors.wire import SealedSensorBucket
from hypervisor.store.values import NEW, Commit
from hypervisor.wire import SeriesPage
from tests.hypervisor.builders import NOON, Site
from tests.hypervisor.conftest import Clock
from tests.hypervisor.sensors.builders import at, body, sensor, value
from tests.hypervisor.sensors.test_intake import points, send

QUARTERS = "&from=2026-03-02T12:00:00Z&to=2026-03-02T13:00:00Z&bucket=15m"


def test_a_series_has_mean_extremes_coverage_and_what_was_not_observed(services: TestClient, clock: Clock) -> None:
    services.post("/v1/sensors", json=body())
    clock.now_s = NOON + 3600
    send(services, *(value(10 + n, n * 60) for n in range(15)), *(value(50, 900 + n * 60) for n in range(6)))
    found = points(services, f"measure=pm10{QUARTERS}")
    assert [(one["value"], one["status"], one["coverage"]) for one in found] == [
        (17, "observed", 1.0),
        (50, "partial", 0.4),
        (None, "not_observed", 0.0),
        (None, "not_observed", 0.0),
    ]
    assert (found[1]["quality"]["values_expected"], found[1]["quality"]["values_received"]) == (15, 6)
    assert [one["value"] for one in points(services, f"measure=pm10_min{QUARTERS}")][:2] == [10, 50]
    assert [one["value"] for one in points(services, f"measure=pm10_max{QUARTERS}")][:2] == [24, 50]
    answer = services.get(f"/v1/series?measure=pm10{QUARTERS}").json()
    assert answer["unit"] == "ug/m3"
    SeriesPage.model_validate(answer)


def test_sixty_values_in_one_minute_do_not_cover_an_hour(services: TestClient, clock: Clock) -> None:
    services.post("/v1/sensors", json=body())
    clock.now_s = NOON + 3600
    send(services, *(value(10, n) for n in range(60)))
    (hour,) = points(services, "measure=pm10&from=2026-03-02T12:00:00Z&to=2026-03-02T13:00:00Z&bucket=1h")
    assert (hour["status"], hour["coverage"]) == ("partial", 0.25)


def test_days_are_made_of_hours_and_a_value_a_day_covers_the_day(services: TestClient, clock: Clock) -> None:
    services.post("/v1/sensors", json=body("bin-1", "filling", interval_s=86_400, announce_s=3600, delay_s=0))
    clock.now_s = NOON + 2 * 86400
    send(services, value(40, measure="filling"), value(0.7, 86400, measure="filling", unit="C62"), sensor="bin-1")
    found = points(services, "measure=filling&from=2026-03-01T23:00:00Z&to=2026-03-04T23:00:00Z&bucket=1d")
    assert [(one["value"], one["status"]) for one in found] == [
        (40, "observed"),
        (70, "observed"),
        (None, "not_observed"),
    ]


def test_noise_is_averaged_by_energy_in_a_series(services: TestClient, clock: Clock) -> None:
    services.post("/v1/sensors", json=body("noise-1", "laeq"))
    clock.now_s = NOON + 900
    send(services, value(50, measure="laeq"), value(70, 60, measure="laeq"), sensor="noise-1")
    (point,) = points(services, "measure=laeq&from=2026-03-02T12:00:00Z&to=2026-03-02T12:15:00Z")
    assert point["value"] == pytest.approx(67.03, abs=0.01)


def test_a_late_value_counts_in_its_own_bucket_and_is_flagged(services: TestClient, clock: Clock) -> None:
    services.post("/v1/sensors", json=body())
    clock.now_s = NOON + 929
    assert send(services, value(10, 870))["late"] == 0
    clock.now_s = NOON + 931  # the minute and the quarter were due 30 s after their end
    report = send(services, value(30, 840))
    assert (report["kept"], report["late"]) == (1, 1)
    found = points(services, f"measure=pm10{QUARTERS}")
    assert (found[0]["value"], found[0]["quality"]["late"]) == (20, 1)
    assert found[1]["value"] is None


def test_a_counter_of_another_service_hides_days_with_small_counts_but_not_from_its_owner(
    services: TestClient, clock: Clock
) -> None:
    ways = [
        {"measure": "passages", "channel": "in", "class": "bicycle", "direction": "forward"},
        {"measure": "passages", "channel": "out", "class": "bicycle", "direction": "backward"},
    ]
    services.post("/v1/sensors", json=body("loop-1", *ways, interval_s=900))
    passed = [("in", 3, 0), ("in", 20, 900), ("out", 12, 0), ("out", 7, -900)]
    clock.now_s = NOON + 1800
    send(
        services,
        *(value(n, offset, measure="passages", channel=channel) for channel, n, offset in passed),
        sensor="loop-1",
    )
    query = f"/v1/series?measure=passages{QUARTERS}"
    own = services.get(query).json()["series"]
    assert [(one["channel"], one["class"], one["points"][0]["value"]) for one in own] == [
        ("in", "bicycle", 3),
        ("out", "bicycle", 12),
    ]
    other = {"X-Service": "mobility"}
    assert len(services.get("/v1/sensors/loop-1").json()["last"]) == 2
    assert services.get("/v1/sensors/loop-1", headers=other).json()["last"] == []

    def seen(asked: str) -> list[list[tuple[int | None, str]]]:
        series = services.get(asked, headers=other).json()["series"]
        return [[(point["value"], point["status"]) for point in one["points"]] for one in series]

    assert {status for one in seen(query) for _, status in one} == {"suppressed", "not_observed"}  # not over yet
    clock.now_s = NOON + 86_400
    came, went = seen(query)
    assert came[:2] == [(None, "suppressed"), (None, "suppressed")]  # else the day's 23 would tell the 3
    assert went[0] == (12, "observed")
    assert seen("/v1/series?measure=passages&from=2026-03-01T23:00:00Z&to=2026-03-02T23:00:00Z&bucket=1d") == [
        [(23, "partial")],
        [(19, "partial")],
    ]
    late_half = "/v1/series?measure=passages&bucket=15m&from=2026-03-02T12:15:00Z&to=2026-03-02T12:30:00Z"
    assert seen(late_half)[0] == [(None, "suppressed")]  # the small one lies outside of what is asked
    assert len(services.get(f"{query}&direction=forward").json()["series"]) == 1


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("measure=pm10&camera=nord", "camera does not apply to pm10"),
        ("measure=pm10&sensor=nobody", "'nobody' is unknown here"),
        ("measure=crossings&sensor=air-1", "sensor does not apply to crossings"),
        ("measure=pm10&bucket=1m&from=2026-02-01T00:00:00Z", "expected 500 at most"),
    ],
)
def test_what_cannot_be_asked_is_said(services: TestClient, query: str, said: str) -> None:
    services.post("/v1/sensors", json=body())
    answer = services.get(f"/v1/series?{query}")
    assert answer.status_code in (404, 422)
    assert said in answer.json()["detail"]


def test_series_of_many_sensors_come_in_pages(services: TestClient) -> None:
    for number in range(5):
        services.post("/v1/sensors", json=body(f"air-{number}"))
    query = "/v1/series?measure=pm10&bucket=15m&from=2026-02-26T00:00:00Z&to=2026-03-02T00:00:00Z"  # 384 points each
    seen = []
    while query:
        answer = services.get(query)
        assert answer.status_code == 200, answer.text
        seen += [one["sensor"] for one in answer.json()["series"]]
        query = answer.links.get("next", {}).get("url", "")
        if answer.json()["next"] is None:
            break
    assert seen == [f"air-{number}" for number in range(5)]


def seal_story(clock: Clock, *later_s: float) -> Any:
    """Register, send, and seal at the given moments after noon; return what was told on the bus."""

    async def story(store: Any, ledger: Any) -> list[Any]:
        one = sensor("air-1", "pm10", "temperature", location=(48.84, 2.55), place="ecole")
        await store.commit(Commit([ledger.sensors.change("air-1", one, at_s=NOON, expect=NEW)]))
        clock.now_s = NOON + 890
        raws = [Raw(n, "air-1", "pm10", "", at(n * 60), 10 + n, None) for n in range(15)]
        await ledger.add([check(raw, one, clock.now_s) for raw in raws])
        for moment in later_s:
            clock.now_s = NOON + moment
            await ledger.seal_due()
        return [told.message for told in await store.bus("0-0", 100)]

    return story


def test_a_sealed_bucket_is_told_on_the_bus_once(run: Any, clock: Clock) -> None:
    messages = run(seal_story(clock, 900, 929, 931, 931, 1000, 4000))
    (message,) = messages
    assert (message.id, message.kind, message.subject) == (f"sensor:air-1:900:{int(NOON)}", "sensor.value", "air-1")
    assert message.services == ()
    bucket = SealedSensorBucket.model_validate(message.data)
    assert (bucket.place, bucket.step_s) == ("ecole", 900)
    dust, warmth = bucket.figures
    assert (dust.value, dust.min, dust.max, dust.status, dust.coverage) == (17, 10, 24, "observed", 1.0)
    assert (warmth.value, warmth.status) == (None, "not_observed")


def test_a_bucket_that_is_filled_between_look_and_seal_is_looked_at_again(run: Any, clock: Clock) -> None:
    async def story(store: Any, ledger: Any) -> Any:
        await seal_story(clock)(store, ledger)
        clock.now_s = NOON + 931
        one = sensor("air-1", "pm10")
        seen = ledger.buckets

        async def overtaken(names: Any) -> Any:
            stored = await seen(names)
            if ledger.buckets is overtaken:
                ledger.buckets = seen
                await ledger.add([check(Raw(1, "air-1", "pm10", "", at(899), 100, None), one, clock.now_s)])
            return stored

        ledger.buckets = overtaken
        await ledger.seal_due()
        await ledger.seal_due()
        return [told.message for told in await store.bus("0-0", 10)]

    (message,) = run(story)
    assert message.data["figures"][0]["values_received"] == 16


def test_everything_has_an_end(run: Any, clock: Clock, site: Site) -> None:
    run(seal_story(clock, 5000))
    left = {key: site.redis.ttl(key) for key in site.redis.scan_iter("parvis1:{hypervisor}:s:*")}
    assert len(left) == 15 + 1 + 1 + 1 + 1  # minutes, quarter, hour, what was seen, the newest
    assert all(ttl > 0 for ttl in left.values())
    for step, kept_s in keys.KEPT_S.items():
        for key, ttl in left.items():
            if f":b:{step}:" in key:  # counted from the clock at which it was written
                assert ttl == pytest.approx(int(key.rpartition(":")[2]) + step + kept_s - NOON - 890, abs=2)
    assert site.redis.zcard(keys.OPEN) == 0


def test_a_bucket_without_values_is_not_observed() -> None:
    reading = read([{}], 900, 900, "pm10", 60)
    assert (reading.value, reading.status, reading.received, reading.coverage) == (None, "not_observed", 0, 0)
