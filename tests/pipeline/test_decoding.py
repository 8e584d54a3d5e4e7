"""From how a camera is configured to how its pictures are decoded."""

from pathlib import Path
from textwrap import indent

import pytest

from pipeline.build import source_spec
from pipeline.config_faults import ConfigError
from pipeline.config_file import load_config
from pipeline.sources import DecodeSpec, SourceSpec

SITE = "parvis: 1\nsite: {id: place}\ndetector: {fps: 0.5}\ncameras:\n  - id: nord\n"


def spec(folder: Path, camera: str) -> SourceSpec:
    path = folder / "site.yaml"
    path.write_text(SITE + indent(camera, "    "), encoding="utf-8")
    loaded = load_config(path)
    return source_spec(loaded, loaded.site.cameras[0])


def test_a_recording_is_decoded_whole_and_exactly_on_the_cpu(tmp_path: Path) -> None:
    assert spec(tmp_path, "source: clip.mp4\ndecode: {hardware: auto}\n").decode == DecodeSpec(looks_fps=0.5)


def test_a_live_camera_may_leave_out_what_no_look_needs(tmp_path: Path) -> None:
    found = spec(tmp_path, "source: rtsp://camera/\ndecode: {hardware: auto}\n").decode
    assert found == DecodeSpec(frames="auto", hardware="auto", looks_fps=0.5)


def test_what_is_asked_for_is_done_to_a_recording_too(tmp_path: Path) -> None:
    decode = "{door: pyav, loop_filter: skip, frames: keyframes, hardware: cuda}"
    found = spec(tmp_path, f"source: clip.mp4\ndecode: {decode}\n").decode
    assert found == DecodeSpec("pyav", "skip", "keyframes", "cuda", 0.5)


def test_the_substream_of_a_recording_is_played_instead_of_it(tmp_path: Path) -> None:
    found = spec(tmp_path, "source: large.mp4\nsubstream: small.mp4\n")
    assert (found.source, found.substream) == (str(tmp_path / "small.mp4"), None)


def test_the_substream_of_a_camera_stands_beside_its_main_stream(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PASS_NORD", "s3cret")
    found = spec(tmp_path, "source: rtsp://c/main\nsubstream: rtsp://u:${PASS_NORD}@c/sub\n")
    assert (found.source, found.substream) == ("rtsp://c/main", "rtsp://u:s3cret@c/sub")


@pytest.mark.parametrize(
    ("camera", "expected"),
    [
        ("source: rtsp://c/main\nsubstream: small.mp4\n", "expected an address, as source is"),
        ("source: large.mp4\nsubstream: rtsp://c/sub\n", "expected a file, as source is"),
        ("source: rtsp://c/main\nsubstream: rtsp:/u:s3cret@c\n", "is no address; expected rtsp://host/path"),
        ("source: rtsp://c/main\nsubstream: rtsp://${NOT_SET}@c/\n", r"\$\{NOT_SET\} is not set"),
    ],
)
def test_a_substream_of_another_kind_is_refused_with_its_line(tmp_path: Path, camera: str, expected: str) -> None:
    with pytest.raises(ConfigError, match=rf":7: cameras\[0\].substream: {expected}") as refused:
        spec(tmp_path, camera)
    assert "s3cret" not in str(refused.value)
