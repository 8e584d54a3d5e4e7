"""The footage and the truth that ship are those that were published."""

import hashlib
import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import av
import pytest

from benchmarks.truth import derive_plaza

ROOT = Path(__file__).parents[2]
FOOTAGE = ROOT / "benchmarks" / "footage"
TRUTH = ROOT / "benchmarks" / "truth"
SHARED = Path(os.environ.get("PARVIS_SHARED", ROOT.parent / "shared"))
GROUND_TRUTH = SHARED / "truth" / "PETS09-S2L1.txt"
LINE = ((100.0, 0.0), (100.0, 200.0))  # looking down: the left hand points to larger x


def load(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((TRUTH / name).read_text())
    return document


def walk(*feet: tuple[float, float]) -> list[derive_plaza.Foot]:
    return [derive_plaza.Foot(number, x, y) for number, (x, y) in enumerate(feet, start=1)]


def test_the_plaza_clip_is_the_one_that_was_published() -> None:
    manifest = json.loads((FOOTAGE / "manifest.json").read_text())
    clip = FOOTAGE / manifest["file"]
    assert hashlib.sha256(clip.read_bytes()).hexdigest() == manifest["sha256"]
    with av.open(str(clip)) as container:
        stream = container.streams.video[0]
        packets = [packet for packet in container.demux(stream) if packet.size]
        keys = [number for number, packet in enumerate(packets) if packet.is_keyframe]
        assert (stream.width, stream.height, float(stream.average_rate or 0)) == (768, 576, 10.0)
    assert len(packets) == manifest["frames"] == 795
    assert keys == list(range(0, 795, 50))
    assert all(packet.pts == packet.dts for packet in packets), "a B-frame is shown later than it is sent"


@pytest.mark.parametrize(("name", "clip"), [("plaza.json", "plaza.mp4"), ("roundabout.json", "roundabout.mp4")])
def test_every_crossing_lies_within_its_clip_and_belongs_to_a_line(name: str, clip: str) -> None:
    truth = load(name)
    assert (truth["schema"], truth["clip"]) == ("parvis.truth/1", clip)
    lines = {line["id"] for line in truth["lines"]}
    for crossing in [*truth["crossings"], *truth["not_counted_near_misses"]]:
        assert crossing["line"] in lines
        assert 1 <= crossing["frame"] <= truth["frames"]
        assert crossing["direction"] in {"forward", "backward"}


def test_the_plaza_holds_146_crossings_at_five_lines() -> None:
    truth = load("plaza.json")
    count = Counter(crossing["line"] for crossing in truth["crossings"])
    assert count == {"v400": 31, "v550": 34, "v250": 20, "h300": 34, "diag": 27}
    assert truth["sha256"] == json.loads((FOOTAGE / "manifest.json").read_text())["sha256"]


def test_the_roundabout_holds_39_crossings_and_no_words_about_people() -> None:
    truth = load("roundabout.json")
    assert len(truth["crossings"]) == 39
    known = {"line", "frame", "class", "direction", "certain", "class_certain", "tolerance_frames"}
    assert all(set(crossing) <= known for crossing in [*truth["crossings"], *truth["not_counted_near_misses"]])


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param(walk((110, 50), (90, 50)), [(2, "forward")], id="from the left hand to the right is forward"),
        pytest.param(walk((90, 50), (110, 50)), [(2, "backward")], id="the other way is backward"),
        pytest.param(walk((110, 50), (90, 50), (110, 50)), [(2, "forward"), (3, "backward")], id="who returns counts"),
        pytest.param(walk((110, 50), (97, 50), (110, 50)), [], id="a foot within the dead band has not crossed"),
        pytest.param(walk((110, 50), (97, 50), (90, 50)), [(3, "forward")], id="the dead band only delays"),
        pytest.param(walk((110, 250), (90, 250)), [], id="beyond the end of the segment nothing is crossed"),
    ],
)
def test_a_crossing_is(path: list[derive_plaza.Foot], expected: list[tuple[int, str]]) -> None:
    found = list(derive_plaza.crossings(path, LINE))
    assert [direction for _, direction in found] == [direction for _, direction in expected]
    assert [frame for frame, _ in found] == [frame for frame, _ in expected]


@pytest.mark.skipif(not GROUND_TRUTH.is_file(), reason="PETS09-S2L1.txt is not beside this checkout (PARVIS_SHARED)")
@pytest.mark.parametrize("dead_band_px", [0.0, 3.0, 4.0, 6.0])
def test_the_ground_truth_still_gives_the_same_crossings(dead_band_px: float) -> None:
    assert derive_plaza.derive(GROUND_TRUTH) == load("plaza.json")
    feet = derive_plaza.read_feet(GROUND_TRUTH)
    for line_id, expected in {"v400": 31, "v550": 34, "v250": 20, "h300": 34, "diag": 27}.items():
        line = derive_plaza.LINES_PX[line_id]
        assert sum(len(list(derive_plaza.crossings(path, line, dead_band_px))) for path in feet.values()) == expected


@pytest.mark.skipif(
    not (SHARED / "truth" / "roundabout.json").is_file(), reason="roundabout.json is not beside this checkout"
)
def test_the_roundabout_is_what_was_seen_by_hand() -> None:
    shipped, seen = load("roundabout.json"), json.loads((SHARED / "truth" / "roundabout.json").read_text())
    for field in ("clip", "fps", "sha256", "width", "height", "frames", "lines", "totals"):
        assert shipped[field] == seen[field]
    for kind in ("crossings", "not_counted_near_misses"):
        for mine, theirs in zip(shipped[kind], seen[kind], strict=True):
            same = {key: theirs[key] for key in ("line", "frame", "class", "direction", "certain")}
            assert same.items() <= mine.items()
