"""`parvis cleanliness`: an operator's word reaches the camera's worker, and mistakes are refused."""

import json
from pathlib import Path

import pytest
from redis import Redis

from pipeline import keys
from pipeline.orders import Order, Orders
from tests.running import parvis, refusal
from tests.sites import LEFT, camera, draw_walk, write_site


@pytest.fixture
def site(tmp_path: Path, valkey_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A site with one zone that is watched for deposits, and one that is not."""
    monkeypatch.setenv("PARVIS_REDIS", valkey_url)
    watched = {**LEFT, "id": "trottoir", "measures": ["deposits"]}
    return write_site(tmp_path, camera(zones=[watched, LEFT]))


@pytest.fixture
def redis(valkey_url: str) -> Redis:
    """A client of that server."""
    return Redis.from_url(valkey_url, decode_responses=True)


def said(redis: Redis) -> list[Order]:
    """Return what waits for the camera."""
    texts = redis.lrange(keys.commands("cam"), 0, -1)
    return [Order.model_validate_json(text) for text in texts]


def test_a_zone_is_called_clean(site: Path, redis: Redis, capsys: pytest.CaptureFixture[str]) -> None:
    assert parvis("cleanliness", "clean", site, "--zone", "trottoir") == 0
    assert said(redis) == [Order(do="clean", zone="trottoir")]
    assert "cam: said" in capsys.readouterr().out


def test_what_lies_in_a_zone_is_called_normal(site: Path, redis: Redis) -> None:
    assert parvis("cleanliness", "normal", site, "--zone", "trottoir") == 0
    assert said(redis) == [Order(do="normal", zone="trottoir")]


def test_one_deposit_is_called_normal_if_there_is_one_of_that_id(
    site: Path, redis: Redis, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "has told of none of that id" in refusal(capsys, "cleanliness", "normal", site, "--deposit", "d1")
    redis.rpush(keys.deposit("cam", "d1"), "{}")
    assert parvis("cleanliness", "normal", site, "--deposit", "d1") == 0
    assert said(redis) == [Order(do="normal", deposit="d1")]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("clean", "--zone", "left"), "watches no zone 'left' for deposits; there are: trottoir"),
        (("clean", "--zone", "trottoir", "--camera", "x"), "no camera 'x'"),
        (("normal",), "expected --zone or --deposit, one of them"),
        (("normal", "--zone", "trottoir", "--deposit", "d"), "expected --zone or --deposit, one of them"),
    ],
)
def test_mistakes_are_refused_in_one_line(
    site: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str
) -> None:
    assert message in refusal(capsys, "cleanliness", arguments[0], site, *arguments[1:])


def test_a_worker_gets_each_order_once_and_leaves_out_what_it_cannot_read(caplog: pytest.LogCaptureFixture) -> None:
    orders = Orders("cam")
    orders.put([Order(do="clean", zone="z").model_dump_json(), "nonsense", json.dumps({"do": "burn", "zone": "z"})])
    assert orders.take() == [Order(do="clean", zone="z")]
    assert orders.take() == []
    assert caplog.text.count("cannot be read") == 2


@pytest.mark.parametrize("members", [{"do": "clean"}, {"do": "clean", "deposit": "d"}, {"do": "normal"}])
def test_an_order_is_of_something(members: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="expected"):
        Order.model_validate(members)


def test_a_calendar_that_cannot_be_read_is_found_by_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    draw_walk(tmp_path / "clip.mp4", [100, 106])
    (tmp_path / "bad.ics").write_text("no calendar", encoding="utf-8")
    schedule = {"id": "s", "reason": "market", "ical": "bad.ics"}
    watched = {**LEFT, "measures": ["deposits"]}
    config = write_site(tmp_path, camera(zones=[watched], schedules=[schedule]))
    assert parvis("check", config) == 2
    error = capsys.readouterr().err
    assert "cameras[0].schedules[0].ical: " in error
    assert "bad.ics: is no calendar" in error
    assert parvis("run", config) == 2
