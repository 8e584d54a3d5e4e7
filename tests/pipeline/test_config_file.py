"""Reading a configuration: every fault with its line and field, and what is read into it."""

from collections.abc import Mapping
from pathlib import Path
from textwrap import indent

import pytest

from pipeline.config_faults import ConfigError
from pipeline.config_file import LoadedSite, load_config

CAMERA = """\
parvis: 1
site: {id: place}
cameras:
  - id: nord
    source: clip.mp4
"""
LINE = "    lines:\n      - {id: a, from: [0.5, 0.1], to: [0.5, 0.9], classes: [person]}\n"


def write(folder: Path, text: str | bytes) -> Path:
    path = folder / "site.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def read(folder: Path, text: str) -> LoadedSite:
    return load_config(write(folder, text))


def faults(folder: Path, text: str | bytes) -> list[str]:
    """Return every fault as a person reads it, the folder left out."""
    path = write(folder, text)
    with pytest.raises(ConfigError) as refused:
        load_config(path)
    said = str(refused.value)
    assert len(said.splitlines()) == len(refused.value.problems)
    return [line.removeprefix(f"{path}:") for line in said.splitlines()]


def in_camera(text: str) -> str:
    return CAMERA + indent(text, "    ") + "\n"


CORNERS = """\
    - {image: [0.1, 0.9], ground: [0, 0]}
    - {image: [0.9, 0.9], ground: [9, 0]}
    - {image: [0.7, 0.4], ground: [9, 9]}
    - {image: [0.3, 0.4], ground: [0, 9]}
"""

FAULTS: Mapping[str, tuple[str, str]] = {
    "what only the other library can do": (
        in_camera("decode: {door: opencv, loop_filter: skip}"),
        "6: cameras[0].decode.loop_filter: OpenCV cannot skip; expected exact, or door: pyav",
    ),
    "an unknown key": (
        in_camera("lnies: []"),
        "6: cameras[0].lnies: unknown key (did you mean 'lines'?); expected one",
    ),
    "an unknown key at the top": (
        CAMERA + "cammeras: []\n",
        "6: cammeras: unknown key (did you mean 'cameras'?); expected one",
    ),
    "a line of no length": (
        in_camera("lines:\n  - id: a\n    from: [0.5, 0.5]\n    to: [0.5, 0.5]"),
        "9: cameras[0].lines[0].to: equals from, so the line has no length; expected two different points",
    ),
    "a zone of two points": (
        in_camera("zones:\n  - id: z\n    points: [[0, 0], [1, 1]]"),
        "8: cameras[0].zones[0].points: has 2 points; expected three at least",
    ),
    "a zone that crosses itself": (
        in_camera("zones:\n  - {id: z, points: [[0, 0], [1, 1], [1, 0], [0, 1]]}"),
        "7: cameras[0].zones[0].points: crosses or touches itself; expected corners in order",
    ),
    "a mask that crosses itself": (
        in_camera("masks: [{id: m, points: [[0, 0], [1, 1], [1, 0], [0, 1]]}]"),
        "6: cameras[0].masks[0].points: crosses or touches itself",
    ),
    "a point outside the picture": (
        in_camera("lines: [{id: a, from: [0.5, 0], to: [0.5, 1.2]}]"),
        "6: cameras[0].lines[0].to: lies outside the picture; expected fractions from 0 to 1",
    ),
    "a point that is no number": (
        in_camera("lines: [{id: a, from: [0.5, 0], to: [0.5, .nan]}]"),
        "6: cameras[0].lines[0].to",
    ),
    "two cameras of one id": (
        CAMERA + "  - id: nord\n    source: b.mp4\n",
        "6: cameras[1].id: 'nord' is used twice; expected unique ids",
    ),
    "two lines of one id": (
        CAMERA + LINE + "      - {id: a, from: [0, 0], to: [1, 1]}\n",
        "8: cameras[0].lines[1].id: 'a' is used twice",
    ),
    "two zones of one id": (
        in_camera("zones:\n" + "  - {id: z, points: [[0, 0], [1, 0], [1, 1]]}\n" * 2),
        "8: cameras[0].zones[1].id: 'z' is used twice",
    ),
    "an anchor that is none": (
        in_camera("lines: [{id: a, from: [0, 0], to: [1, 1], anchor: head}]"),
        "6: cameras[0].lines[0].anchor: got 'head'; expected 'foot' or 'centre'",
    ),
    "a line given in both forms": (
        in_camera("lines: [{id: a, from: [0, 0], to: [1, 1], points: [[0, 0], [1, 1]]}]"),
        "6: cameras[0].lines[0].points: stands beside from or to; expected one of the two forms",
    ),
    "half a line": (
        in_camera("lines: [{id: a, from: [0, 0]}]"),
        "6: cameras[0].lines[0].to: is missing; expected from and to, or points",
    ),
    "a bin of a zone that is not watched": (
        in_camera(
            "zones: [{id: z, points: [[0, 0], [1, 0], [1, 1]]}]\n"
            "bins: [{id: b, zone: z, body: [[0, 0], [1, 0], [1, 1]]}]"
        ),
        "7: cameras[0].bins[0].zone: 'z' is not watched; expected a zone that measures deposits",
    ),
    "a surface that is none": (
        in_camera("zones: [{id: z, points: [[0, 0], [1, 0], [1, 1]], deposits: {surface: lawn}}]"),
        "6: cameras[0].zones[0].deposits.surface: got 'lawn'; expected 'pavement', 'carriageway' or 'sensitive'",
    ),
    "litter classes without a model of litter": (
        in_camera("cleanliness: {litter_classes: [can]}"),
        "6: cameras[0].cleanliness.litter_model: is missing; expected one",
    ),
    "a camera that waits for later work": (
        in_camera("place: {}"),
        "6: cameras[0].place: arrives with the shared services",
    ),
    "a priority that is none": (
        in_camera("priority: 10"),
        "6: cameras[0].priority: got 10; expected",
    ),
    "no rate": (in_camera("detector: {fps: 0}"), "6: cameras[0].detector.fps: expected 0.05 to 120 detections"),
    "a calibration of three points": (
        in_camera("calibration:\n  points:\n" + CORNERS[:-1].rpartition("\n")[0]),
        "7: cameras[0].calibration.points: has 3 points; expected 4 at least",
    ),
    "a calibration with a corner in a wrong place": (
        in_camera("calibration:\n  points:\n" + CORNERS.replace("[9, 9]", "[2, 1]")),
        "7: cameras[0].calibration.points: lie on both sides of the horizon",
    ),
    "a calibration point given twice": (
        in_camera("calibration:\n  points:\n" + CORNERS + "    - {image: [0.1, 0.9], ground: [3, 3]}"),
        "12: cameras[0].calibration.points[4].image: is given twice",
    ),
    "a speed without calibration": (
        in_camera("lines:\n  - id: a\n    from: [0, 0.5]\n    to: [1, 0.5]\n    measures: [speed]"),
        "10: cameras[0].lines[0].measures: speed needs to know the ground; expected the camera's calibration",
    ),
    "a syntax error": (CAMERA + "   - id: [\n", "6: "),
    "a key given twice": (in_camera("name: a\nname: b"), '7: found duplicate key "name"; expected YAML 1.2'),
    "a date without offset": (
        in_camera("recorded_at: 2026-05-04T08:00:00"),
        "6: cameras[0].recorded_at: has no time zone; expected an offset, such as 2026-05-04T08:00:00+02:00",
    ),
    "an unknown time zone": (
        CAMERA.replace("{id: place}", "{id: place, timezone: Europe/Pari}"),
        "2: site.timezone: unknown time zone 'Europe/Pari'; expected an IANA name",
    ),
    "operations without legal basis": (
        in_camera("purpose: operations"),
        "4: cameras[0].legal_basis: missing; expected reference, controller and dpia_ref",
    ),
    "a bad id": (
        CAMERA.replace("id: nord", "id: Nord Platz"),
        "4: cameras[0].id: got 'Nord Platz'; expected lower-case letters, digits, - and _",
    ),
    "a missing source": (CAMERA.replace("    source: clip.mp4\n", ""), "4: cameras[0].source: is missing"),
    "a schema of the future": (CAMERA.replace("parvis: 1", "parvis: 2"), "1: parvis: got 2; expected 1"),
    "an unknown device": (
        CAMERA + "detector: {device: tpu}\n",
        "6: detector.device: got 'tpu'; expected 'auto', 'tensorrt', 'cuda' or 'cpu'",
    ),
    "a rate that is none": (CAMERA + "detector: {fps: often}\n", "6: detector.fps: "),
    "a list": ("- a\n", "1: holds no mapping; expected keys such as parvis, site and cameras"),
    "nothing": ("", "1: holds no mapping"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named_with_line_and_field(fault: str, tmp_path: Path) -> None:
    text, expected = FAULTS[fault]
    (found,) = faults(tmp_path, text)
    assert found.startswith(expected), found
    assert "expected" in found or fault == "a syntax error"


def test_every_fault_is_named_at_once(tmp_path: Path) -> None:
    text = in_camera("lnies: []\nfps: -1\nlines: [{id: a, from: [0.5, 0], to: [0.5, 1.2]}]")
    assert sorted(found.split(":")[0] for found in faults(tmp_path, text)) == ["6", "7", "8"]


def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    assert faults(tmp_path, CAMERA.encode() + b"    name: \xe9t\xe9\n") == [" is not UTF-8 text; expected a YAML file"]


@pytest.mark.parametrize(("name", "reason"), [("", "Is a directory"), ("absent.yaml", "No such file or directory")])
def test_what_is_no_file_is_refused(tmp_path: Path, name: str, reason: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load_config(tmp_path / name)
    assert str(refused.value) == f"{tmp_path / name}: {reason}; expected a YAML file"


SECRET = "rtsp://admin:geheim@192.0.2.1/live"


@pytest.mark.parametrize(
    "text",
    [
        CAMERA.replace("id: nord", f"id: {SECRET}"),
        in_camera(f"fps: {SECRET}"),
        in_camera(f"masks: {SECRET}"),
        in_camera(f"source: {SECRET}"),  # a duplicate key
        in_camera(f"purpose: {SECRET}"),
        in_camera(f"{SECRET}: 1"),
        CAMERA.replace("{id: place}", f'{{id: place, timezone: "{SECRET}"}}'),
        CAMERA.replace("source: clip.mp4", f"source: {{{SECRET}: 1}}"),
        CAMERA.replace("source: clip.mp4", f'source: "{SECRET}'),
    ],
)
def test_a_password_in_the_wrong_place_is_not_repeated(tmp_path: Path, text: str) -> None:
    assert "geheim" not in "".join(faults(tmp_path, text))


@pytest.mark.parametrize(
    "source",
    [
        "rtsp:/admin:geheim@192.0.2.1/live",
        "rtsp//admin:geheim@192.0.2.1/live",
        "//admin:geheim@192.0.2.1/live",
        "admin:geheim@192.0.2.1",
    ],
)
def test_an_address_without_its_scheme_is_refused_and_not_repeated(tmp_path: Path, source: str) -> None:
    loaded = read(tmp_path, CAMERA.replace("clip.mp4", f'"{source}"'))
    with pytest.raises(ConfigError, match=r":5: cameras\[0\].source: is no address; expected rtsp://") as refused:
        loaded.resolve_source(loaded.site.cameras[0])
    assert "geheim" not in str(refused.value)


def test_a_variable_that_is_not_set_is_named(tmp_path: Path) -> None:
    loaded = read(tmp_path, CAMERA.replace("clip.mp4", "rtsp://${USER_}:${PASS_}@host/"))
    camera = loaded.site.cameras[0]

    assert loaded.resolve_source(camera, {"USER_": "a", "PASS_": "b"}) == "rtsp://a:b@host/"
    with pytest.raises(ConfigError, match=r":5: cameras\[0\].source: \$\{PASS_\} is not set; expected it"):
        loaded.resolve_source(camera, {"USER_": "a"})


@pytest.mark.parametrize(
    ("source", "resolved"),
    [("clip.mp4", "{folder}/clip.mp4"), ("../a/b.mp4", "{parent}/a/b.mp4"), ("0", "0"), ("http://h/x", "http://h/x")],
)
def test_a_relative_path_starts_at_the_file(tmp_path: Path, source: str, resolved: str) -> None:
    loaded = read(tmp_path, CAMERA.replace("clip.mp4", f'"{source}"'))
    expected = resolved.format(folder=tmp_path, parent=tmp_path.parent)
    assert loaded.resolve_source(loaded.site.cameras[0], {}) == expected


def test_a_device_index_may_be_a_number(tmp_path: Path) -> None:
    assert read(tmp_path, CAMERA.replace("clip.mp4", "0")).site.cameras[0].source == "0"


def test_yaml_is_1_2_with_anchors_and_comments(tmp_path: Path) -> None:
    text = in_camera("# what is counted\nlines:\n  - &a {id: no, from: [0.5, 0], to: [0.5, 1]}\n  - {<<: *a, id: off}")
    assert [line.id for line in read(tmp_path, text).site.cameras[0].lines] == ["no", "off"]


def test_the_environment_overrides_where_data_live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PARVIS_DATA", raising=False)
    monkeypatch.delenv("PARVIS_REDIS", raising=False)
    loaded = read(tmp_path, CAMERA)
    assert (loaded.data_dir, loaded.redis) == (tmp_path / ".parvis", "embedded")
    monkeypatch.setenv("PARVIS_DATA", "/elsewhere")
    monkeypatch.setenv("PARVIS_REDIS", "redis://elsewhere/0")
    assert (loaded.data_dir, loaded.redis) == (Path("/elsewhere"), "redis://elsewhere/0")
