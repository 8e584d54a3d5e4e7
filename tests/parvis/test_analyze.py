"""`parvis analyze`: the result of a recording, and what is refused before there is one."""

import csv
import json
import os
import signal
from pathlib import Path
from typing import Any

import av
import cv2
import pytest

from tests.running import parvis, process, refusal, until
from tests.sites import MIDDLE, camera, draw_walk, to_and_fro, write_site

XS = to_and_fro(3)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a film of three crossings."""
    draw_walk(tmp_path / "clip.mp4", XS)
    return tmp_path


def analyzed(folder: Path, *options: object, footage: tuple[str, ...] = ("clip.mp4",), code: int = 0) -> dict[str, Any]:
    """Analyse footage under the default site (or the one written before); return the result."""
    config = folder / "site.yaml"
    config = config if config.exists() else write_site(folder)
    out = folder / "r.json"
    assert parvis("analyze", *(folder / name for name in footage), "--config", config, "--out", out, *options) == code
    return dict(json.loads(out.read_text(encoding="utf-8")))


def refused(folder: Path, capsys: pytest.CaptureFixture[str], footage: str, *options: object) -> str:
    said = refusal(capsys, "analyze", folder / footage, "--config", write_site(folder), *options)
    return said.replace(str(folder), "…")


def test_the_result_has_the_documented_form(folder: Path) -> None:
    write_site(folder, camera(lines=[{**MIDDLE, "classes": ["person", "car"]}]))
    result = analyzed(folder)
    assert list(result) == [
        "schema", "camera", "source", "complete", "frames", "frames_detected", "duration_s", "counts", "zones",
        "measures", "sanity", "events", "config_sha256", "versions", "performance",
    ]  # fmt: skip
    assert result["schema"] == "parvis.analysis/1"
    assert (result["camera"], result["source"], result["complete"]) == ("cam", "clip.mp4", True)
    assert (result["frames"], result["frames_detected"], result["duration_s"]) == (len(XS), len(XS), len(XS) / 10)
    assert result["counts"] == {
        "middle": {"person": {"forward": 2, "backward": 1}, "car": {"forward": 0, "backward": 0}}
    }
    assert set(result["zones"]["left"]["person"]) == {"mean", "max", "dwell_p50_s", "open"}
    assert set(result["performance"]) == {
        "wall_s", "cpu_s", "fps", "decode_ms", "detect_ms", "track_ms", "analyze_ms", "device", "model",
    }  # fmt: skip
    assert {"parvis", "numpy", "python"} <= set(result["versions"])


def test_events_say_when_where_and_who(folder: Path) -> None:
    events = analyzed(folder)["events"]
    assert [event["direction"] for event in events] == ["forward", "backward", "forward"]
    assert events[0] == {
        "kind": "crossing", "line": "middle", "class": "person", "direction": "forward",
        "frame": events[0]["frame"], "time_s": events[0]["time_s"], "track": events[0]["track"],
    }  # fmt: skip
    over = next(index for index, x in enumerate(XS) if x > 160)
    assert over <= events[0]["frame"] <= over + 1
    assert events[0]["time_s"] == pytest.approx((over - 0.5) / 10, abs=0.06)
    assert len({event["track"] for event in events}) == 1


def test_zone_figures_are_those_of_the_walk(folder: Path) -> None:
    """There, back and there again: the left half holds 11 of each 22 looks, in stays of 1.1 s and 2.2 s."""
    zone = analyzed(folder)["zones"]["left"]["person"]
    assert zone["mean"] == pytest.approx(0.5, abs=0.05)
    assert (zone["max"], zone["open"]) == (1, 0)
    assert zone["dwell_p50_s"] == pytest.approx(1.65, abs=0.1)


def test_two_runs_are_the_same_byte_for_byte(folder: Path) -> None:
    texts = []
    for _ in range(2):
        result = analyzed(folder)
        del result["performance"], result["versions"]
        texts.append(json.dumps(result))
    assert texts[0] == texts[1]


@pytest.mark.parametrize(("fps", "phase", "looks"), [(10, 0, 66), (5, 0, 33), (5, 1, 33), (3.3, 2, 22), (1, 65, 1)])
def test_fps_and_phase_say_which_frames_are_looked_at(folder: Path, fps: float, phase: int, looks: int) -> None:
    result = analyzed(folder, "--fps", fps, "--phase", phase, "--tracks", folder / "t.txt")
    assert (result["frames"], result["frames_detected"]) == (66, looks)
    step = round(10 / fps)
    seen = {int(line.split(",")[0]) - 1 for line in (folder / "t.txt").read_text().splitlines()}
    assert seen <= set(range(phase, 66, step))


def test_half_the_looks_count_the_same(folder: Path) -> None:
    assert analyzed(folder, "--fps", 5)["counts"]["middle"]["person"] == {"forward": 2, "backward": 1}


def test_an_adaptive_rate_counts_the_same_with_fewer_looks_also_beside_a_video(folder: Path) -> None:
    whole = analyzed(folder)
    write_site(folder, camera(detector={"fps": "adaptive"}))
    fewer = analyzed(folder)
    assert fewer["counts"] == whole["counts"]
    assert 0 < fewer["frames_detected"] < 0.6 * len(XS)
    shown = analyzed(folder, "--video", folder / "v.mp4")
    assert (shown["counts"], shown["frames_detected"]) == (fewer["counts"], fewer["frames_detected"])


def test_the_video_opens_and_has_every_frame(folder: Path) -> None:
    result = analyzed(folder, "--video", folder / "v.mp4", "--fps", 5)
    assert (result["frames"], result["frames_detected"]) == (66, 33), "drawn is not looked at"
    with av.open(str(folder / "v.mp4")) as container:
        assert container.streams.video[0].codec_context.name == "h264"
        frames = [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]
    assert len(frames) == 66
    assert frames[0].shape == (240, 320, 3)
    assert frames[0][:, 160].astype(int).max() > 150, "the line is drawn"


def test_tracks_are_of_motchallenge_form(folder: Path) -> None:
    analyzed(folder, "--tracks", folder / "t.txt")
    rows = [line.split(",") for line in (folder / "t.txt").read_text().splitlines()]
    assert {len(row) for row in rows} == {10}
    assert {tuple(row[6:]) for row in rows} == {("1", "-1", "-1", "-1")}
    frames = [int(row[0]) for row in rows]
    assert frames[0] <= 5
    assert frames == list(range(frames[0], 67)), "1-based, to the last frame"
    left, top, width, height = map(float, rows[0][2:6])
    assert (left + width / 2, top + height) == pytest.approx((XS[frames[0] - 1], 200), abs=3)
    assert (width, height) == pytest.approx((20, 60), abs=3)


def test_csv_has_a_row_for_each_crossing(folder: Path) -> None:
    events = analyzed(folder, "--csv", folder / "c.csv")["events"]
    with (folder / "c.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["time_s", "frame", "line", "class", "direction", "track"]
    assert [row["direction"] for row in rows] == [event["direction"] for event in events]


@pytest.mark.parametrize("purpose", ["operations", "statistics"])
def test_heat_maps_show_the_walk(folder: Path, purpose: str) -> None:
    """Who walks to and fro goes both ways in every cell of one row, half of the time in this half."""
    area = {
        "id": "left",
        "points": [[0, 0], [0.5, 0], [0.5, 1], [0, 1]],
        "classes": ["person"],
        "measures": ["heatmap"],
    }
    write_site(folder, camera(zones=[area], purpose=purpose))
    analyzed(folder, "--heatmap", folder / "maps")
    found = json.loads((folder / "maps" / "cam-left.geojson").read_text(encoding="utf-8"))
    seconds = sum(feature["properties"]["seconds"] for feature in found["features"])
    assert seconds == pytest.approx(len(XS) / 10 / 2, abs=0.5)
    assert len({round(feature["geometry"]["coordinates"][0][0][1], 3) for feature in found["features"]}) == 1
    picture = cv2.imread(str(folder / "maps" / "cam-left.png"))
    assert picture is not None
    assert picture.shape[:2] == ((240, 320) if purpose == "operations" else (720, 1280))


def test_a_heat_map_that_no_zone_measures_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = refused(folder, capsys, "clip.mp4", "--heatmap", folder / "maps")
    assert "no zone of camera cam measures it; expected `measures: [heatmap]`" in said
    assert not (folder / "maps").exists()


def test_several_files_are_one_recording(folder: Path) -> None:
    draw_walk(folder / "a.mp4", XS[:10])
    draw_walk(folder / "b.mp4", XS[10:])
    result = analyzed(folder, footage=("a.mp4", "b.mp4"))
    assert result["source"] == ["a.mp4", "b.mp4"]
    assert result["frames"] == len(XS)
    assert result["counts"]["middle"]["person"] == {"forward": 2, "backward": 1}


def test_a_folder_is_one_recording(folder: Path) -> None:
    (folder / "parts").mkdir()
    draw_walk(folder / "parts" / "1.mp4", XS[:10])
    draw_walk(folder / "parts" / "2.mp4", XS[10:])
    result = analyzed(folder, footage=("parts",))
    assert (result["source"], result["frames"]) == ("parts", len(XS))


def test_masks_are_black_before_the_detector_looks(folder: Path) -> None:
    corners = [[0.0, 0.5], [1.0, 0.5], [1.0, 0.9], [0.0, 0.9]]
    write_site(folder, camera(masks=[{"id": "garden", "points": corners}]))
    result = analyzed(folder, "--tracks", folder / "t.txt")
    assert result["frames_detected"] == len(XS)
    assert result["counts"]["middle"]["person"] == {"forward": 0, "backward": 0}
    assert (folder / "t.txt").read_text() == ""


def test_a_truncated_video_is_counted_as_far_as_it_goes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = (folder / "clip.mp4").read_bytes()
    (folder / "clip.mp4").write_bytes(whole[: len(whole) * 2 // 3])
    result = analyzed(folder, code=1)
    assert result["complete"] is False
    assert 20 < result["frames"] < len(XS)
    assert result["events"]
    assert capsys.readouterr().err.splitlines() == [result["error"]]
    assert "ends early" in result["error"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("absent.mp4", None, "…/absent.mp4: no such file"),
        ("empty.mp4", b"", "…/empty.mp4: is empty (0 bytes)"),
        ("letter.mp4", b"Dear Sir or Madam,\n" * 50, "…/letter.mp4: is no video that can be read"),
    ],
)
def test_footage_that_is_none_is_refused_in_one_line_and_leaves_nothing(
    folder: Path, capfd: pytest.CaptureFixture[str], name: str, content: bytes | None, said: str
) -> None:
    if content is not None:
        (folder / name).write_bytes(content)
    assert refused(folder, capfd, name, "--out", folder / "r.json", "--video", folder / "v.mp4").startswith(said)
    assert not (folder / "r.json").exists()
    assert not (folder / "v.mp4").exists()


def test_an_empty_folder_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "parts").mkdir()
    assert refused(folder, capsys, "parts") == "…/parts: holds neither videos nor pictures"


def test_an_unknown_camera_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = refused(folder, capsys, "clip.mp4", "--camera", "sud")
    assert said == "…/site.yaml: cameras: no camera 'sud'; expected one of cam"


def test_several_cameras_want_a_choice(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = write_site(folder, camera("nord"), camera("sud"))
    said = refusal(capsys, "analyze", folder / "clip.mp4", "--config", config)
    assert said.endswith("cameras: there are 2; expected --camera with one of nord, sud")


@pytest.mark.parametrize("option", ["--out", "--csv", "--tracks", "--video"])
@pytest.mark.parametrize(
    ("path", "reason"), [("no/such/folder/r", "No such file or directory"), ("", "Is a directory")]
)
def test_an_output_that_cannot_be_written_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], option: str, path: str, reason: str
) -> None:
    said = refused(folder, capsys, "clip.mp4", option, folder / path)
    assert said.endswith(f": {reason}; expected a file that can be written")


def test_an_output_never_replaces_what_is_read(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (folder / "clip.mp4").read_bytes()
    said = refused(folder, capsys, "clip.mp4", "--video", folder / "clip.mp4")
    assert said == "…/clip.mp4: is what is read; expected another file to write"
    assert (folder / "clip.mp4").read_bytes() == before


def test_an_old_result_survives_a_refusal(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "r.json").write_text("old")
    refused(folder, capsys, "absent.mp4", "--out", folder / "r.json")
    assert (folder / "r.json").read_text() == "old"


def test_ctrl_c_saves_what_was_found_so_far(folder: Path) -> None:
    config = write_site(folder)
    options = ("--config", config, "--out", folder / "r.json", "--tracks", folder / "t.txt")
    with process("analyze", *[folder / "clip.mp4"] * 100, *options) as child:
        until(lambda: (folder / "t.txt").exists() and (folder / "t.txt").stat().st_size > 0)
        os.kill(child.pid, signal.SIGINT)
        assert child.wait(10) == 130
        assert child.stderr is not None
        assert "Traceback" not in child.stderr.read()
    result = json.loads((folder / "r.json").read_text())
    assert result["complete"] is False
    assert 0 < result["frames"] < 100 * len(XS)
    assert result["events"]
