"""Where two glances differ."""

import numpy as np
import pytest

from pipeline.pace.change import CELL_PX, Luma, changed


def scene(noise: float = 0.0, seed: int = 1) -> Luma:
    """Return a street of (120, 160) px, with the noise of a camera."""
    rng = np.random.default_rng(seed)
    still = np.random.default_rng(0).integers(40, 200, (120, 160))
    return np.clip(still + rng.normal(0, noise, still.shape), 0, 255).astype(np.uint8)


def walker(glance: Luma, x: int = 80, contrast: int = 40) -> Luma:
    """Return the glance with someone 5 px wide and 14 px high in it."""
    seen = glance.copy()
    seen[60:74, x : x + 5] = np.clip(seen[60:74, x : x + 5].astype(int) + contrast, 0, 255)
    return seen


@pytest.mark.parametrize("noise", [0.0, 1.0, 3.0])
def test_noise_is_no_change(noise: float) -> None:
    assert not changed(scene(noise, 1), scene(noise, 2)).any()


@pytest.mark.parametrize("noise", [0.0, 1.0, 3.0])
def test_someone_small_is_seen_where_he_is(noise: float) -> None:
    cells = changed(scene(noise, 1), walker(scene(noise, 2)))
    rows, columns = np.nonzero(cells)
    assert len(rows) >= 3
    assert 60 // CELL_PX <= rows.min() <= rows.max() <= 74 // CELL_PX
    assert 80 // CELL_PX <= columns.min() <= columns.max() <= 85 // CELL_PX


def test_a_cloud_before_the_sun_is_no_change() -> None:
    assert not changed(scene(1.0, 1), scene(1.0, 2) - 15).any()


def test_someone_is_seen_under_a_cloud() -> None:
    assert changed(scene(1.0, 1), walker(scene(1.0, 2)) - 15).any()


def test_a_camera_that_is_turned_is_a_change() -> None:
    assert changed(scene(1.0, 1), np.roll(scene(1.0, 2), 20, axis=1)).mean() > 0.3
