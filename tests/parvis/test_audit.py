"""`parvis audit`: a random sample, judged by a person, tells the error of the counts and how sure that is."""

import json
import stat
from pathlib import Path
from random import Random
from typing import Any

import cv2
import numpy as np
import pytest

from pipeline.audit.estimate import Stratum, corrected, more_to_halve, wilson
from pipeline.audit.pictures import hidden
from pipeline.audit.sampler import Sampler
from pipeline.events import Crossing
from pipeline.frame import Frame
from tests import builders
from tests.running import parvis, refusal
from tests.sites import camera, draw_walk, to_and_fro, write_site

WALK = [*to_and_fro(6), *[None] * 160, *to_and_fro(4), *[None] * 60]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    draw_walk(tmp_path / "clip.mp4", WALK)
    write_site(tmp_path)
    return tmp_path


def drawn(folder: Path, *options: object) -> dict[str, Any]:
    assert parvis("audit", folder / "site.yaml", "--out", folder / "audit", "--seed", 1, *options) == 0
    return dict(json.loads((folder / "audit" / "sample.json").read_text()))


def conclusion(folder: Path, answers: dict[str, str], capsys: pytest.CaptureFixture[str]) -> str:
    (folder / "a.json").write_text(json.dumps(answers))
    capsys.readouterr()
    options = ("--out", folder / "audit", "--answers", folder / "a.json")
    assert parvis("audit", folder / "site.yaml", *options) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("wrong", "checked", "low", "high"),
    [(0, 10, 0.0, 0.2775), (1, 20, 0.0089, 0.2361), (5, 10, 0.2366, 0.7634), (81, 263, 0.2553, 0.3662), (0, 0, 0, 1)],
)
def test_wilson_gives_the_published_intervals(wrong: int, checked: int, low: float, high: float) -> None:
    """Newcombe (1998) prints 0.2553 to 0.3662 for 81 of 263."""
    assert wilson(wrong, checked) == pytest.approx((low, high), abs=1e-4)


def test_the_interval_holds_the_truth_nineteen_times_in_twenty() -> None:
    random, inside = Random(4), 0
    for _ in range(1000):
        false = sum(random.random() < 0.1 for _ in range(60))
        missed = sum(random.random() < 0.04 for _ in range(60))
        found = corrected(Stratum(200, 60, false), Stratum(500, 60, missed))
        inside += found.low <= 200 * 0.9 + 500 * 0.04 <= found.high
    assert 930 <= inside <= 995


def test_so_many_more_checks_do_halve_the_interval() -> None:
    counted, quiet = Stratum(200, 40, 4), Stratum(500, 40, 2)
    more = more_to_halve(counted, quiet)
    times = (80 + more) / 80
    assert corrected(counted, quiet, times).width == pytest.approx(corrected(counted, quiet).width / 2, rel=0.01)
    assert 2 * 80 <= more <= 5 * 80


def test_the_upper_part_of_everybody_is_hidden() -> None:
    image = np.random.default_rng(1).integers(0, 255, (480, 640, 3)).astype(np.uint8)
    picture = hidden(image, np.array([[100, 100, 160, 300]], np.float32))
    head = picture[110:190, 105:155].reshape(-1, 3)
    assert len(np.unique(head, axis=0)) <= 16
    assert (picture[250:300] == image[250:300]).all(), "feet are seen"
    assert image[110:190, 105:155].std() > 60, "the picture given is left alone"


def test_every_moment_has_the_same_chance() -> None:
    times: list[int] = []
    for seed in range(200):
        sampler = Sampler(builders.camera(), 4, Random(seed))
        for n in range(300):
            frame = Frame(n, n / 5, np.zeros((20, 20, 3), np.uint8), (20, 20))
            sampler.see(frame, builders.detections([]))
            if n % 20 == 10:
                sampler(Crossing("middle", n, "person", "forward", n, n / 5))
            sampler.settle(builders.tracks(n / 5, {}))
        moments, totals = sampler.sample()
        assert totals["counted"] == 15
        times += [round(moment.time_s / 4 - 0.5) for moment in moments if moment.kind == "counted"]
    counts = np.bincount(times, minlength=15)
    assert counts.sum() == 400
    assert counts.min() >= 12, "26.7 each are expected"
    assert counts.max() <= 45


def test_the_sample_names_its_strata_and_shows_no_answer(folder: Path) -> None:
    sample = drawn(folder, "--samples", 12)
    assert sample["totals"]["counted"] == 10
    kinds = [moment["kind"] for moment in sample["moments"]]
    assert (kinds.count("counted"), kinds.count("moment")) == (6, 6)
    for moment in sample["moments"]:
        assert "go over the line 'middle', " in moment["question"]
        assert cv2.imread(str(folder / "audit" / f"{moment['id']}.png")) is not None
    assert stat.S_IMODE((folder / "audit").stat().st_mode) == 0o700


def test_the_same_seed_draws_the_same_sample(folder: Path) -> None:
    assert drawn(folder, "--samples", 6) == drawn(folder, "--samples", 6, "--footage", folder / "clip.mp4")


def test_right_counts_have_no_error_and_say_how_sure_that_is(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sample = drawn(folder, "--samples", 20)
    right = {moment["id"]: "yes" if moment["kind"] == "counted" else "no" for moment in sample["moments"]}
    said = conclusion(folder, right, capsys)
    assert "counted crossings that were none: 0.0 % (0.0 % to 27.8 %; 0 of 10 checked, of 10)" in said
    assert "10 counted, 10.0 estimated" in said
    assert "error of the count: +0.0 %" in said
    assert "more checks would halve the interval" in said
    assert list((folder / "audit").glob("*.png")) == [], "the pictures have served"


def test_what_is_unclear_was_not_checked(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sample = drawn(folder, "--samples", 12)
    counted = [moment["id"] for moment in sample["moments"] if moment["kind"] == "counted"]
    said = conclusion(folder, {counted[0]: "no", counted[1]: "yes", counted[2]: "unclear"}, capsys)
    assert "50.0 % (9.5 % to 90.5 %; 1 of 2 checked, of 10)" in said


def test_what_cannot_be_audited_is_refused_in_one_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def refused(*options: object) -> str:
        return refusal(capsys, "audit", folder / "site.yaml", "--out", folder / "audit", *options)

    assert "sample.json: No such file" in refused("--answers", folder / "a.json")
    drawn(folder, "--samples", 4)
    capsys.readouterr()
    (folder / "a.json").write_text('{"99": "yes"}')
    assert "answers: '99'" in refused("--answers", folder / "a.json")
    (folder / "a.json").write_text("perhaps")
    assert "is no JSON" in refused("--answers", folder / "a.json")
    write_site(folder, camera(lines=[]))
    assert "has no line" in refused()
    write_site(folder, camera(purpose="statistics"))
    assert "purpose-forbids-image" in refused()
    assert "purpose-forbids-image" in refused("--answers", folder / "a.json")
