"""The proof of retention finds what is kept longer than stated, in a real store."""

import time
from pathlib import Path
from typing import Any

import pytest

from hypervisor.delivery import queue_keys
from hypervisor.privacy import scan
from hypervisor.privacy.proof import Line, kinds, lines
from hypervisor.store.values import StoreAway
from parvis.cli import application, guarded
from pipeline import keys
from tests.hypervisor.builders import NOON, Site
from tests.pipeline.test_camera import watch
from tests.served import Server
from tests.sites import camera, draw_walk, load, to_and_fro, write_site


def parvis(*words: str) -> int:
    """Run a command in this process; return its exit code."""
    return guarded(lambda: application(words)(list(words), standalone_mode=False, prog_name="parvis"))


def proof(folder: Path, url: str, **fields: Any) -> dict[str, Line]:
    return {line.label: line for line in lines(kinds(load(folder, camera(), **fields).site), scan.keys(url))}


def test_what_a_real_camera_leaves_is_kept_as_stated(tmp_path: Path, valkey_url: str) -> None:
    draw_walk(tmp_path / "clip.mp4", to_and_fro(3))
    assert watch(load(tmp_path, camera()), Server(valkey_url))
    found = proof(tmp_path, valkey_url)
    assert {line.verdict for line in found.values()} == {"ok"}, found
    assert {"totals of 60 s", "totals of 3600 s", "observations", "descriptions of cameras"} <= set(found)
    minutes = found["totals of 60 s"]
    assert minutes.longest_left_s is not None
    assert minutes.stated_s == 48 * 3600
    assert minutes.stated_s - 60 < minutes.longest_left_s <= minutes.stated_s
    assert found["observations"].oldest_age_s is not None


def test_a_shorter_retention_that_came_later_is_not_kept_by_what_was_there(tmp_path: Path, valkey_url: str) -> None:
    draw_walk(tmp_path / "clip.mp4", to_and_fro(3))
    assert watch(load(tmp_path, camera()), Server(valkey_url))
    found = proof(tmp_path, valkey_url, retention={"minutes_h": 1})
    assert found["totals of 60 s"].verdict == "too long"
    assert found["totals of 60 s"].example.startswith(keys.bucket_prefix("cam"))
    assert found["totals of 900 s"].verdict == "ok"


def test_keys_without_an_end_and_keys_nobody_knows_are_found(tmp_path: Path, valkey_url: str, site: Site) -> None:
    site.bucket(NOON)
    site.redis.set("parvis1:{nord}:faces", "x")
    site.redis.set("someone:else", "x")
    found = proof(tmp_path, valkey_url)
    assert found["totals of 60 s"].verdict == "no end"
    assert found["unknown"].verdict == "unknown"
    assert found["unknown"].example == "parvis1:{nord}:faces"
    assert found["unknown"].keys == 1


def test_dead_letters_are_told_by_their_age(tmp_path: Path, valkey_url: str, site: Site) -> None:
    now_s = time.time()
    site.redis.zadd(queue_keys.dead_order("s1"), {"m1": now_s - 29 * 86_400})
    assert proof(tmp_path, valkey_url)["dead letters"].verdict == "ok"
    site.redis.zadd(queue_keys.dead_order("s1"), {"m2": now_s - 31 * 86_400})
    assert proof(tmp_path, valkey_url)["dead letters"].verdict == "too long"


def test_a_store_that_is_away_says_so_without_its_address() -> None:
    with pytest.raises(StoreAway) as caught:
        list(scan.keys("redis://someone:geheim@127.0.0.1:1/0"))
    assert "geheim" not in str(caught.value)


def test_the_command_writes_everything_and_its_exit_code_tells(tmp_path: Path, valkey_url: str, site: Site) -> None:
    config = write_site(tmp_path, camera())
    out = tmp_path / "out"
    arguments = ("privacy", "register", str(config), "--out", str(out), "--redis", valkey_url)
    assert parvis(*arguments) == 0
    written = {path.name for path in out.iterdir()}
    assert written == {"register.md", "notice-fr.md", "notice-en.md", "cameras.geojson", "retention.json"}
    site.bucket(NOON)
    assert parvis(*arguments) == 1
    assert parvis(*arguments[:3], "--out", str(out), "--redis", "redis://127.0.0.1:1/0") == 2
