"""What survives a restart, under each purpose, and what becomes of files that are damaged or of another size."""

import stat
from pathlib import Path

import numpy as np
import pytest

from pipeline.cleanliness.store import Store
from tests.pipeline.cleanliness.street import Post, Put, Street, watching

BAG = (140, 120, 40, 34)
SHORT = {"t_open_s": 20.0, "t_clear_s": 8.0}


def post(street: Street, folder: Path, pictures: bool = True, origin_s: float = 0.0) -> Post:
    return Post(
        street, watching(cleanliness={"width_px": 320}, **SHORT), store=Store(folder, pictures, 30.0), origin_s=origin_s
    )


@pytest.mark.parametrize("pictures", [True, False])
def test_a_deposit_is_the_same_after_a_restart_and_is_cleared_with_its_own_times(
    tmp_path: Path, pictures: bool
) -> None:
    first = post(Street([Put(BAG, 75.0)]), tmp_path, pictures).until(105)
    assert first.states() == ["opened"]
    again = post(Street([Put(BAG, 0.0, 60.0)]), tmp_path, pictures, origin_s=200.0).until(110)
    assert again.states() == ["cleared"]
    (cleared,) = again.deposits()
    assert cleared.deposit_id == first.deposits()[0].deposit_id
    assert abs(cleared.first_seen_s + 200.0 - 75.0) <= 3
    assert cleared.cleared_s is not None
    assert abs(cleared.cleared_s - 60.0) <= 4


def test_a_new_thing_is_told_soon_after_a_restart_because_the_clean_ground_is_known(tmp_path: Path) -> None:
    post(Street(), tmp_path).until(75)
    again = post(Street([Put(BAG, 0.0)]), tmp_path, origin_s=1000.0).until(40)
    assert again.states() == ["opened"]


def test_pictures_are_kept_for_their_owner_only_and_only_under_operations(tmp_path: Path) -> None:
    post(Street([Put(BAG, 75.0)]), tmp_path / "ops").until(105)
    files = sorted(path.name for path in (tmp_path / "ops").rglob("*") if path.is_file())
    evidence = [name for name in files if name.endswith(".jpg")]
    assert len(evidence) == 2
    assert all(stat.S_IMODE(p.stat().st_mode) == 0o600 for p in (tmp_path / "ops").rglob("*") if p.is_file())
    post(Street([Put(BAG, 75.0)]), tmp_path / "stats", pictures=False).until(105)
    assert sorted(path.name for path in (tmp_path / "stats").rglob("*")) == ["deposits.json", "ground.npz"]
    with np.load(tmp_path / "stats" / "ground.npz") as kept:
        assert list(kept) == ["blocks"]
        assert kept["blocks"].shape == (15, 20, 5)


def test_old_pictures_go(tmp_path: Path) -> None:
    store = Store(tmp_path, True, 2.0)
    store.write_evidence("a", b"x")
    store.expire(now_s=(tmp_path / "evidence" / "a.jpg").stat().st_mtime + 3 * 86_400)
    assert list(tmp_path.glob("evidence/*")) == []


def test_a_damaged_ground_is_learned_anew_and_says_so(tmp_path: Path) -> None:
    post(Street(), tmp_path).until(75)
    (tmp_path / "ground.npz").write_bytes(b"nonsense")
    again = post(Street([Put(BAG, 30.0)]), tmp_path, origin_s=1000.0).until(65)
    assert again.zone()[0] == ("learning", "reference_damaged")
    assert again.states() == ["opened"]


def test_a_ground_of_another_resolution_is_learned_anew_and_says_so(tmp_path: Path) -> None:
    post(Street(size=(300, 220)), tmp_path).until(75)
    again = post(Street(), tmp_path, origin_s=1000.0).until(15)
    assert again.zone()[0] == ("learning", "resolution")
    assert again.zone()[-1] == ("watching", "clean")


def test_damaged_deposits_are_forgotten(tmp_path: Path) -> None:
    post(Street(), tmp_path).until(75)
    (tmp_path / "deposits.json").write_text('{"deposits": [{"id": 1}], "origin_s": 0}')
    assert post(Street(), tmp_path, origin_s=1000.0).until(20).told() == []
    (tmp_path / "deposits.json").write_text("[")
    assert post(Street(), tmp_path, origin_s=1000.0).until(20).told() == []
