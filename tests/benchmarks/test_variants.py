"""Recordings made worse: each is what it says, lines move with the picture, and a run writes the documented form."""

import json
from pathlib import Path

import av
import numpy as np
import pytest

from benchmarks.footage.worse import VARIANTS, Barrel, Variant, at_rate, fields, uneven
from benchmarks.footage.write import write
from benchmarks.variants import line_in
from pipeline.schedule import every
from pipeline.sources import SourceSpec, open_source
from tests.running import process
from tests.sites import BRIGHT, SIZE, draw_walk, to_and_fro

BY_NAME = {variant.name: variant for variant in VARIANTS}
LINE = {"id": "middle", "from": [0.5, 1.0], "to": [0.5, 0.0]}


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_walk(tmp_path_factory.mktemp("clip") / "clip.mp4", to_and_fro(1))


def shown(path: Path) -> list[tuple[float, np.ndarray]]:
    source = open_source(SourceSpec(str(path)), every(1))
    return [(frame.time_s, frame.image) for frame in source if frame.image is not None]


@pytest.mark.parametrize("name", [name for name, variant in BY_NAME.items() if variant.damage is None])
def test_every_variant_can_be_played(name: str, clip: Path, tmp_path: Path) -> None:
    written = write(BY_NAME[name], clip, tmp_path, 10.0)
    played = shown(written.path)
    assert len(played) == len(written.times_s)
    assert played[-1][0] == pytest.approx(written.times_s[-1] - written.times_s[0], abs=0.002)


def test_a_damaged_file_is_as_long_as_it_says() -> None:
    whole = bytes(range(256)) * 400
    cut_off, spoiled = (BY_NAME[name].damage for name in ("cut off at 60 %", "8 kB spoiled"))
    assert cut_off is not None
    assert spoiled is not None
    assert cut_off(whole) == whole[: len(whole) * 6 // 10]
    broken = spoiled(whole)
    assert len(broken) == len(whole)
    assert (broken[: len(whole) // 3], broken[-len(whole) // 4 :]) == (
        whole[: len(whole) // 3],
        whole[-len(whole) // 4 :],
    )


def test_a_lens_moves_points_to_where_it_draws_them() -> None:
    lens, dot = Barrel(), np.zeros((240, 320, 3), np.uint8)
    at = np.array([[0.2, 0.3], [0.7, 0.9]])
    for x, y in (at * SIZE).round().astype(int).tolist():
        dot[y - 4 : y + 4, x - 4 : x + 4] = 255
    drawn = lens.treat(dot, dot, 0)[..., 0]
    for x, y in (lens.moved(at, SIZE) * SIZE).round().astype(int).tolist():
        assert drawn[y, x] > 200
        assert drawn[y - 12 : y + 12, x - 12 : x + 12].sum() == pytest.approx(64 * 255, rel=0.5)


def test_a_mirrored_line_still_has_the_same_forward() -> None:
    points = line_in(BY_NAME["mirrored"], {"id": "a", "from": [0.2, 1.0], "to": [0.4, 0.0]}, SIZE)["points"]
    assert (points[0], points[-1]) == ([0.6, 0.0], [0.8, 1.0])


def test_a_line_is_as_it_was_where_the_picture_is() -> None:
    assert line_in(Variant("plain"), LINE, SIZE) == LINE


def test_a_recording_that_lies_is_shown_upright(clip: Path, tmp_path: Path) -> None:
    written = write(BY_NAME["stored lying, shown upright"], clip, tmp_path, 10.0)
    with av.open(str(written.path)) as container:
        assert (container.streams.video[0].width, container.streams.video[0].height) == SIZE[::-1]
    upright, before = shown(written.path)[5][1], shown(clip)[5][1]
    assert np.abs(upright.astype(int) - before).mean() < 3


def test_timings_keep_what_happened_when_it_did() -> None:
    assert at_rate(5)(10, 10.0) == [(0, 0.0), (2, 0.2), (4, 0.4), (6, 0.6), (8, 0.8)]
    assert [number for number, _ in at_rate(25)(4, 10.0)] == [0, 0, 0, 1, 1, 2, 2, 2, 3, 3]
    assert fields(6, 10.0) == [(1, 0.1), (3, 0.3), (5, 0.5)]
    assert all(time_s == number / 10 for number, time_s in uneven(100, 10.0))


def test_a_run_writes_the_error_of_each_variant(clip: Path, tmp_path: Path) -> None:
    xs = to_and_fro(1)
    over = next(n for n in range(1, len(xs)) if (xs[n - 1] < 160) != (xs[n] < 160))
    crossing = {"line": "middle", "frame": over + 1, "class": "person", "direction": "forward"}
    truth = {"clip": "clip.mp4", "fps": 10, "frames": len(xs), "lines": [LINE], "crossings": [crossing]}
    (tmp_path / "t.json").write_text(json.dumps(truth))
    options = ("--footage", clip, "--truth", tmp_path / "t.json", "--model", BRIGHT, "--only", "mirrored,half width")
    with process("bench", "variants", *options, "--json", "-") as child:
        out, err = child.communicate(timeout=60)
        assert child.returncode == 0, err
    values = {(row["settings"], row["metric"]): row["value"] for row in json.loads(out)["rows"]}
    for name in ("mirrored", "half width, pixels 2:1"):
        assert (values[name, "event_f1"], values[name, "wape"], values[name, "complete"]) == (1.0, 0.0, 1.0)
