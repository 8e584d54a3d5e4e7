"""Tracks kept for `parvis recount`: what they hold, how long, and that the past counts as it was."""

import gzip
import itertools
import json
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.camera import CameraWatch
from pipeline.config_faults import ConfigError
from pipeline.kept_tracks import ROW, TrackKeeper, drop_old, folder_of, kept_hours, looks_of
from pipeline.recount import recount
from tests import builders
from tests.builders import standing, tracks
from tests.running import parvis, refusal
from tests.served import Server
from tests.sites import MIDDLE, T0, bright, camera, draw_walk, load, to_and_fro, write_site

KEEP = {"tracks_days": 7}


def counting_up() -> Callable[[], int]:
    numbers: Iterator[int] = itertools.count(1000)
    return lambda: next(numbers)


def keeper(folder: Path, origin_s: float = T0, random: Callable[[], int] | None = None) -> TrackKeeper:
    return TrackKeeper(folder, "run", origin_s, (builders.LABELS, 0.1), random or counting_up())


def walk(one: TrackKeeper, track_id: int, xs: list[float], start_s: float = 0.0, young: int = 0) -> None:
    """Keep a walk of one track at y = 500 px, not confirmed in its first looks."""
    for n, x in enumerate(xs):
        one.see(tracks(start_s + n / 10, {track_id: standing(x, 500)}, confirmed=n >= young))


def hours(folder: Path) -> list[Any]:
    return list(kept_hours(folder, float("-inf"), float("inf")))


def there(step_px: int = 10) -> list[float]:
    return [float(x) for x in range(300, 700, step_px)]


def test_a_file_holds_feet_in_thousandths_and_nothing_else(tmp_path: Path) -> None:
    one = keeper(tmp_path)
    one.see(tracks(1.5, {7: standing(333.4, 500)}))
    one.close()
    (path,) = tmp_path.iterdir()
    header, _, rows = gzip.decompress(path.read_bytes()).partition(b"\n")
    assert set(json.loads(header)) == {"schema", "start_s", "size", "labels", "interval_s"}
    assert np.frombuffer(rows, ROW).tolist() == [(1500, 1000, 0, 333, 500), (1500, 0, 0, 0, 0)]


def test_only_the_owner_may_read_and_enter(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "cam"
    one = keeper(folder)
    walk(one, 1, there())
    one.close()
    assert [stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.iterdir())] == [0o700, 0o600]


def test_a_track_has_another_number_in_the_next_hour(tmp_path: Path) -> None:
    one = keeper(tmp_path)
    walk(one, 1, there(), start_s=3598.0)
    one.close()
    before, after = hours(tmp_path)
    assert set(before.rows["number"]) - {0} == {1000}
    assert set(after.rows["number"]) - {0} == {1001}


def test_a_number_is_never_given_twice_in_an_hour(tmp_path: Path) -> None:
    drawn = iter([5, 5, 5, 9])
    one = keeper(tmp_path, random=lambda: next(drawn))
    one.see(tracks(0.0, {1: standing(100, 500), 2: standing(200, 500)}))
    one.close()
    assert set(hours(tmp_path)[0].rows["number"]) == {0, 5, 9}


def test_what_was_never_confirmed_is_not_kept_and_the_youth_of_what_was_is(tmp_path: Path) -> None:
    one = keeper(tmp_path)
    walk(one, 1, there(), young=3)
    walk(one, 2, there()[:5], start_s=10, young=99)
    one.close()
    rows = hours(tmp_path)[0].rows
    assert (rows["number"] > 0).sum() == len(there())


def test_looks_come_back_in_order_with_each_track_ended_once(tmp_path: Path) -> None:
    one = keeper(tmp_path)
    walk(one, 1, there(), young=3)
    walk(one, 2, there(), start_s=5)
    one.see(tracks(12.0, {}))
    one.close()
    looks = list(looks_of(hours(tmp_path)[0], 1))
    assert [look.time_s for look in looks] == sorted(look.time_s for look in looks)
    assert len(looks) == 2 * len(there()) + 1
    ends = [track_id for look in looks for track_id in look.ended]
    assert len(ends) == len(set(ends)) == 2
    assert looks[0].foot[0] == pytest.approx((300, 500), abs=1)


def test_a_recount_counts_what_was_counted_and_what_another_line_would_have(tmp_path: Path) -> None:
    one = keeper(tmp_path)
    for n in range(5):
        walk(one, n, there() if n % 2 == 0 else there()[::-1], start_s=20.0 * n, young=2)
    one.close()
    kept = hours(tmp_path)
    now = recount(builders.camera(), kept)
    crossings = now.counts["middle"]["person"]
    assert sorted(crossings.values()) == [2, 3]
    aside = builders.line(id="aside", **{"from": (0.9, 0.0), "to": (0.9, 1.0)})
    assert recount(builders.camera(lines=(aside,)), kept).counts["aside"]["person"] == {"forward": 0, "backward": 0}
    assert now.zones["left"]["person"]["max"] == 1


def test_a_file_cut_off_by_a_crash_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    one = keeper(tmp_path)
    walk(one, 1, there())
    one.close()
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:-9])
    assert hours(tmp_path)[0].labels == builders.LABELS


def test_a_run_played_again_replaces_what_was_kept_of_it(tmp_path: Path) -> None:
    for _ in range(2):
        one = keeper(tmp_path)
        walk(one, 1, there())
        one.close()
    assert (hours(tmp_path)[0].rows["number"] > 0).sum() == len(there())


def test_a_full_disk_ends_the_keeping_and_nothing_else(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("")
    one = keeper(tmp_path / "file" / "folder")
    walk(one, 1, there())
    one.close()
    assert caplog.text.count("no tracks are kept any more") == 1


@pytest.mark.parametrize(("days", "left"), [(7, ["new.gz"]), (0, []), (30, ["new.gz", "old.gz"])])
def test_tracks_are_deleted_when_their_time_is_over(tmp_path: Path, days: float, left: list[str]) -> None:
    for name, age_days in (("new.gz", 1), ("old.gz", 8)):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (T0 - age_days * 86400,) * 2)
    drop_old(tmp_path, days, T0)
    assert sorted(path.name for path in tmp_path.iterdir()) == left


def test_tracks_need_the_purpose_operations(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"retention\.tracks_days: needs the purpose operations"):
        load(tmp_path, camera(purpose="statistics", retention=KEEP))


def test_nothing_is_kept_unless_it_is_asked_for_and_what_was_is_deleted(tmp_path: Path, valkey_url: str) -> None:
    draw_walk(tmp_path / "clip.mp4", to_and_fro(2))
    folder = folder_of(load(tmp_path).data_dir, "cam")
    for retention, files in ((KEEP, 1), ({}, 0)):
        loaded = load(tmp_path, camera(retention=retention))
        CameraWatch(loaded, loaded.site.cameras[0], bright(), Server(valkey_url).connect).watch()
        assert len(list(folder.glob("*"))) == files


def test_the_command_shows_both_counts_side_by_side(
    tmp_path: Path, valkey_url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    draw_walk(tmp_path / "clip.mp4", to_and_fro(3))
    loaded = load(tmp_path, camera(retention=KEEP))
    CameraWatch(loaded, loaded.site.cameras[0], bright(), Server(valkey_url).connect).watch()
    (tmp_path / "other").mkdir()
    aside = {**MIDDLE, "id": "aside", "from": [0.4, 1.0], "to": [0.4, 0.0]}
    other = write_site(tmp_path / "other", camera(lines=[MIDDLE, aside]))
    assert parvis("recount", loaded.path, "--with", other) == 0
    said = [" ".join(line.replace("│", " ").split()) for line in capsys.readouterr().out.splitlines()]
    assert "middle person forward 2 2" in said
    assert "middle person backward 1 1" in said
    assert "aside person forward - 2" in said


def test_the_command_refuses_what_it_cannot_do_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "no tracks are kept" in refusal(capsys, "recount", write_site(tmp_path, camera(retention=KEEP)))
    assert "purpose-forbids-tracks" in refusal(capsys, "recount", write_site(tmp_path, camera(purpose="statistics")))
    assert "--from" in refusal(capsys, "recount", write_site(tmp_path), "--from", "yesterday")
