"""The bench of speed and occupancy: its own arithmetic, and what it says where the ground truth is not at hand."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks import speed
from parvis.cli import guarded
from pipeline.calibration import fit_of
from pipeline.homography import apply

VIEW = (20.0, 0.0, -10.0, 0.0, -6.0, 16.0, 0.0, 1.2, 0.1)
SIZE = (1000, 1000)


@pytest.fixture
def truth(tmp_path: Path) -> speed.Places:
    """Two people of known places: one walks 0.1 m a frame, one stands elsewhere."""
    rows = []
    for frame in range(1, 401):
        for identity, (x, y) in ((1, (0.2 + frame / 600, 0.8)), (2, (0.4 + 0.001 * (frame % 300), 0.4))):
            place = apply(VIEW, (x, y))
            assert place is not None
            rows.append(f"{frame},{identity},{x * 1000 - 20},{y * 1000 - 100},40,100,1,{place[0]},{place[1]},0")
    path = tmp_path / "truth.txt"
    path.write_text("\n".join(rows), encoding="utf-8")
    return speed.read_places(path)


def test_the_calibration_is_that_of_the_true_feet(truth: speed.Places) -> None:
    fit = fit_of(speed.calibration(truth, SIZE))
    assert len(fit.residuals) == speed.POINTS
    assert fit.place((0.5, 0.6)) == pytest.approx(apply(VIEW, (0.5, 0.6)))


def test_the_true_speed_is_the_slope_of_the_true_places(truth: speed.Places) -> None:
    rows = truth.identity == 1
    step = float(np.hypot(*np.diff(truth.place[rows], axis=0)[0]))
    assert truth.metres_a_frame(1, 350.0, 5.0) == pytest.approx(step)
    assert truth.metres_a_frame(1, 900.0, 5.0) is None


def test_a_track_is_the_person_near_it_or_nobody(truth: speed.Places) -> None:
    place = truth.place[(truth.identity == 2) & (truth.frame == 350)][0]
    assert truth.nearest(350, place + 0.3) == 2
    assert truth.nearest(350, place + 50) is None


def test_without_the_ground_truth_it_is_refused_in_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def run() -> None:
        speed.main(mot=tmp_path / "none.txt")

    assert guarded(run) == 2
    assert "is not here (research data, does not ship)" in capsys.readouterr().err
