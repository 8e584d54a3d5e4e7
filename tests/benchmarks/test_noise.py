"""Known boxes stand in for a camera: the noise is what it says, and lines are crossed as they are anywhere."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.handover import count_looks
from benchmarks.noise import CLEAN, HARD, LABELS, USUAL, Noise, Sequence, detect, load_sequence
from benchmarks.trackers import grid, truth_of
from pipeline.errors import Refused


def walkers(frames: int = 300, people: int = 8, speed: float = 2.0) -> Sequence:
    """Return people who walk to the right on lines of their own, a frame after the other."""
    frame = np.repeat(np.arange(frames), people)
    ids = np.tile(np.arange(people), frames)
    x, y = 40.0 + speed * frame, 100.0 + 100.0 * ids
    xyxy = np.stack([x - 15, y - 80, x + 15, y], axis=1)
    return Sequence("walkers", 10.0, (1000, 1000), frames, frame, ids, xyxy)


def test_the_same_seed_makes_the_same_detections_and_another_seed_others() -> None:
    one, same, other = (detect(walkers(), USUAL, seed) for seed in (1, 1, 2))
    assert all((a.xyxy == b.xyxy).all() for a, b in zip(one.detections, same.detections, strict=True))
    assert [len(found) for found in one.detections] != [len(found) for found in other.detections]


def test_without_noise_the_true_boxes_come_back() -> None:
    clip = detect(walkers(20), CLEAN, 1)
    np.testing.assert_allclose(np.concatenate([found.xyxy for found in clip.detections]), walkers(20).xyxy, rtol=1e-6)


@pytest.mark.parametrize("noise", [USUAL, HARD])
def test_as_many_boxes_drop_out_as_stated_and_for_as_long(noise: Noise) -> None:
    quiet = Noise("drop-outs", noise.dropped, noise.gap, 0, 0, 0, 0)
    clip = detect(walkers(3000, people=6, speed=0.1), quiet, 1)
    seen = np.array([[row in found.xyxy[:, 3] for row in 100.0 + 100.0 * np.arange(6)] for found in clip.detections])
    assert 1 - seen.mean() == pytest.approx(noise.dropped, abs=0.02)
    ends = (~seen[:-1] & seen[1:]).sum()
    assert (~seen).sum() / ends == pytest.approx(noise.gap, abs=0.2)


def test_boxes_jitter_by_a_share_of_their_size_and_false_ones_come_as_often_as_stated() -> None:
    jittered = detect(walkers(1000, speed=0.2), Noise("jitter", 0, 1, 0.05, 0, 0, 0), 1)
    moved = np.concatenate([found.xyxy for found in jittered.detections])[:, 3].reshape(1000, 8)
    moved = np.sort(moved, axis=1) - (100.0 + 100.0 * np.arange(8))
    assert moved.std() == pytest.approx(0.05 * np.sqrt(30 * 80), rel=0.05)
    false = detect(walkers(1000, speed=0.2), Noise("false", 0, 1, 0, 0, 0.5, 0), 1)
    assert np.mean([len(found) - 8 for found in false.detections]) == pytest.approx(0.5, abs=0.07)


def test_six_lines_cut_the_picture_and_true_walks_cross_them() -> None:
    lines = grid()
    assert [line.id for line in lines] == ["v25", "h25", "v50", "h50", "v75", "h75"]
    truth = truth_of(walkers(300, people=2), lines)  # from x = 40 to 638, past 250 and 500
    assert [(c.line, c.direction) for c in truth.certain] == [("v25", "backward")] * 2 + [("v50", "backward")] * 2
    assert truth.certain[0].time_s == pytest.approx((250 - 40) / 2 / 10)


def test_true_looks_at_a_lower_rate_keep_their_frames_and_ends() -> None:
    looks = walkers(7, people=1).looks(step=3, phase=1)
    assert [look.frame_index for look in looks] == [1, 4]
    assert count_looks(looks, grid(), LABELS) == []
    short = Sequence("s", 10.0, (100, 100), 4, np.array([0]), np.array([5]), np.array([[0.0, 0, 1, 1]]))
    assert [look.ended for look in short.looks()] == [frozenset(), {5}, frozenset(), frozenset()]


def test_a_truth_is_read_by_frame_without_the_boxes_that_are_not_judged(tmp_path: Path) -> None:
    path = tmp_path / "some.txt"
    path.write_text("2,1,10,20,30,40,1,-1,-1,-1\n1,1,9,20,30,40,1,-1,-1,-1\n3,2,0,0,5,5,0,-1,-1,-1\n")
    found = load_sequence(path, 10.0, (100, 100))
    assert (found.frames, found.frame.tolist()) == (3, [0, 1])
    assert found.xyxy[1].tolist() == [10, 20, 40, 60]


@pytest.mark.parametrize("text", ["", "a,b,c\n", "1,2,3\n"])
def test_what_is_no_truth_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "some.txt"
    path.write_text(text)
    with pytest.raises(Refused, match=r"some\.txt.*expected a truth in MOTChallenge columns"):
        load_sequence(path, 10.0, (100, 100))
