"""A simulated city as a site, and `parvis history` over it."""

import asyncio
from datetime import date
from pathlib import Path
from time import time

import numpy as np
from typer.testing import CliRunner, Result

from hypervisor.history.files import HourFiles
from hypervisor.history.kept import KeptPast, start_of
from hypervisor.history.past import Asked
from hypervisor.redis_feed import RedisFeed
from hypervisor.sensors.measures import MEASURES
from hypervisor.store.redis_store import RedisStore
from parvis.cli import application
from parvis.simulated_city import CLASSES, Wish, city
from parvis.simulated_site import LINE, PLACES, SENSOR, descriptions, ending, write
from tests.hypervisor.builders import Site

BUILT = city(Wish(days=3), 1)
FIRST_S = start_of(BUILT.wish.first)


def test_what_was_simulated_is_what_is_read(valkey_url: str, tmp_path: Path) -> None:
    write(BUILT, HourFiles(tmp_path))

    async def story() -> None:
        feed, store = RedisFeed(valkey_url), RedisStore(valkey_url)
        past = KeptPast(HourFiles(tmp_path), feed, store, lambda: FIRST_S + 10 * 86_400.0)
        cars, no2 = await past.hours(
            [Asked("crossings", PLACES[0].id, subject=LINE, class_name="car"), Asked("no2")],
            FIRST_S,
            FIRST_S + 3 * 86_400,
        )
        known = await past.known()
        await feed.close()
        await store.close()
        np.testing.assert_array_equal(cars.values, BUILT.flows["car"][0])
        assert no2.values[5] == round(BUILT.air["no2"][5], 2)
        assert cars.unit == "crossing"
        assert len([one for one in known if one.camera]) == len(PLACES) * len(CLASSES) * 2
        assert {one.measure for one in known if one.sensor == SENSOR} <= set(MEASURES)

    asyncio.run(story())


def test_its_cameras_are_described_as_any_other() -> None:
    described = descriptions(BUILT)
    assert [one.id for one in described] == [one.id for one in PLACES]
    assert described[0].purpose == "statistics"


def test_the_last_day_of_a_simulation_is_yesterday() -> None:
    assert ending(3, start_of(date(2026, 5, 4)) + 3600.0) == date(2026, 5, 1)


def test_the_status_names_what_lies_there_and_keeping_once_ends(tmp_path: Path) -> None:
    first = ending(3, time())  # nothing lies between these days and today, so few periods are due
    write(city(Wish(days=3, first=first), 1), HourFiles(tmp_path / "history"))
    shown = CliRunner().invoke(application(), ["history", "status", "--data-dir", str(tmp_path)])
    assert shown.exit_code == 0, shown.output
    assert str(first) in shown.output
    kept = CliRunner().invoke(application(), ["history", "keep", "--once", "--data-dir", str(tmp_path)])
    assert kept.exit_code == 0, kept.output
    assert "0 days written" in kept.output


def damaged(path: Path) -> None:
    """Cut a file short, as a full disk or a pulled plug does."""
    path.write_bytes(path.read_bytes()[:-100])


def test_a_damaged_file_is_named_the_rest_is_read_and_redis_mends_it(tmp_path: Path, valkey_url: str) -> None:
    run, site = CliRunner(), Site(valkey_url)

    def history(*words: str) -> Result:
        return run.invoke(
            application(["history"]), ["history", *words, "--data-dir", str(tmp_path), "--redis", valkey_url]
        )

    files = HourFiles(tmp_path / "history")
    site.camera()
    for back in (3, 2):
        site.bucket((int(time()) // 86_400 - back) * 86_400, 3600, forward=back)
    kept = history("keep", "--once")
    assert kept.exit_code == 0, kept.output
    assert "2 days written" in kept.output
    (_, good), (day, bad) = sorted(files.days().items())
    damaged(bad)
    before = good.stat().st_ino
    for words in (["status"], ["check"]):
        told = history(*words)
        assert told.exit_code == 1, told.output
        assert f"{bad.relative_to(tmp_path)}: " in told.output
        assert "--mend" in told.output
    mended = history("check", "--mend")
    assert mended.exit_code == 0, mended.output
    assert f"{bad.relative_to(tmp_path)}: written anew, 1 days, " in mended.output
    assert good.stat().st_ino == before
    assert bad.with_suffix(".damaged").exists()
    damaged(bad)
    site.redis.flushdb()
    gone = history("check", "--mend")
    assert gone.exit_code == 1
    assert "Redis has nothing of it any more" in gone.output
    assert f"{day}" in gone.output
    site.close()
