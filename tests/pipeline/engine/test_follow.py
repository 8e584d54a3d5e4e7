"""The configuration file, while it is edited; and what each change means."""

from pathlib import Path
from typing import Any

import pytest

from pipeline.config import revision_of
from pipeline.config_faults import ConfigError
from pipeline.config_file import LoadedSite
from pipeline.engine.changes import change_of, unfollowed
from pipeline.engine.cores import core_of, cores
from pipeline.engine.follow import LOOK_S, ConfigWatch
from tests.builders import line
from tests.pipeline.engine.scripted import site
from tests.sites import camera, write_site


class Edited:
    """A configuration file, watched with a clock of its own."""

    def __init__(self, folder: Path) -> None:
        self.now_s = 0.0
        self.path = write_site(folder, camera())
        self.watch = ConfigWatch(self.path, lambda: self.now_s)

    def look(self) -> LoadedSite | ConfigError | None:
        self.now_s += LOOK_S
        return self.watch.changed()


@pytest.fixture
def edited(tmp_path: Path) -> Edited:
    return Edited(tmp_path)


def test_a_file_that_stays_as_it_is_is_no_news(edited: Edited) -> None:
    assert [edited.look() for _ in range(5)] == [None] * 5


def test_a_change_is_told_once_within_two_seconds(edited: Edited) -> None:
    write_site(edited.path.parent, camera("other"))
    told = [edited.look() for _ in range(5)]
    found = [one for one in told if one is not None]
    assert len(found) == 1
    assert isinstance(found[0], LoadedSite)
    assert found[0].site.cameras[0].id == "other"
    assert told.index(found[0]) * LOOK_S < 1.5


def test_a_file_that_is_being_written_is_left_alone_until_it_is_still(edited: Edited) -> None:
    whole = edited.path.read_text().replace('"cam"', '"other"')
    told = []
    for cut in range(100, len(whole), len(whole) // 4):
        edited.path.write_text(whole[:cut])
        told.append(edited.look())
    edited.path.write_text(whole)
    assert told == [None] * len(told)
    found = [one for one in (edited.look() for _ in range(4)) if one is not None]
    assert [type(one) for one in found] == [LoadedSite]


def test_a_file_with_a_fault_is_told_with_its_fault_and_so_is_its_mending(edited: Edited) -> None:
    whole = edited.path.read_text()
    edited.path.write_text(whole.replace('"cam"', '"No Id"'))
    (error,) = (one for one in (edited.look() for _ in range(4)) if one is not None)
    assert isinstance(error, ConfigError)
    assert "cameras[0].id" in str(error)
    edited.path.write_text(whole)
    (mended,) = (one for one in (edited.look() for _ in range(4)) if one is not None)
    assert isinstance(mended, LoadedSite)


def test_a_file_that_is_gone_is_a_fault_and_an_atomic_replacement_is_none(edited: Edited) -> None:
    other = edited.path.with_suffix(".new")
    other.write_text(edited.path.read_text())
    other.replace(edited.path)
    assert [type(one) for one in (edited.look() for _ in range(4)) if one is not None] == [LoadedSite]
    edited.path.unlink()
    assert [type(one) for one in (edited.look() for _ in range(4)) if one is not None] == [ConfigError]


@pytest.mark.parametrize(
    ("fields", "change"),
    [
        ({}, "none"),
        ({"name": "Autre"}, "measures"),
        ({"lines": ()}, "measures"),
        ({"lines": (line(id="other"),)}, "measures"),
        ({"zones": ()}, "measures"),
        ({"masks": ({"id": "m", "points": ((0, 0), (0.1, 0), (0.1, 0.1))},)}, "measures"),
        ({"priority": 1}, "measures"),
        ({"source": "other.mp4"}, "anew"),
        ({"purpose": "statistics", "legal_basis": None}, "anew"),
        ({"loop": True}, "anew"),
        ({"pace": "fast"}, "anew"),
        ({"detector": {"fps": 2}}, "anew"),
        ({"detector": {"fps": "auto"}}, "none"),
        ({"retention": {"tracks_days": 1}}, "anew"),
    ],
)
def test_what_a_change_of_a_camera_means(fields: dict[str, Any], change: str) -> None:
    before, now = site("a", "b"), site({"id": "a", **fields}, "b")
    assert change_of(before, now, "a") == change
    assert change_of(before, now, "b") == "none"


def test_what_a_change_of_the_site_means() -> None:
    before = site("a", {"id": "own", "detector": {"fps": 2, "score": 0.5, "input": 320, "model": "m"}})
    slower = site(
        "a", {"id": "own", "detector": {"fps": 2, "score": 0.5, "input": 320, "model": "m"}}, detector={"fps": 5}
    )
    assert change_of(before, slower, "a") == "anew"
    assert change_of(before, slower, "own") == "none", "it has settings of its own"
    assert change_of(site("a"), site("a", site={"id": "s", "timezone": "UTC"}), "a") == "measures"
    assert change_of(site("a"), site("a", retention={"events_h": 1}), "a") == "anew"
    assert unfollowed(site("a"), site("a", redis="redis://elsewhere", data_dir="/x")) == ["redis", "data_dir"]
    assert revision_of(site("a")) != revision_of(slower)


def test_cores_are_those_that_may_be_used(tmp_path: Path) -> None:
    everything = cores(tmp_path / "absent")
    assert everything
    for text, n in (
        ("150000 100000", 2),
        ("50000 100000", 1),
        ("max 100000", len(everything)),
        ("nonsense", len(everything)),
    ):
        (tmp_path / "cpu.max").write_text(text)
        assert len(cores(tmp_path / "cpu.max")) == min(n, len(everything))


def test_workers_are_bound_only_where_there_is_one_for_each_core() -> None:
    assert [core_of(slot, 2, [4, 5]) for slot in (0, 1)] == [4, 5]
    assert [core_of(slot, 3, [4, 5]) for slot in range(3)] == [4, 5, 4]
    assert core_of(0, 1, [4, 5]) is None
