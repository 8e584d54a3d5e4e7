"""A configuration file is changed as a careful person would, and shown without its passwords."""

import copy
import random
from pathlib import Path
from typing import Any

import pytest

from pipeline.config_edit import CannotEdit, edited
from pipeline.config_file import plain, yaml_reader
from pipeline.config_shown import restored, shown_value, shown_yaml

CONFIGS = sorted((Path(__file__).parents[2] / "configs").glob("*.yaml"))
SECRET = "geh eim"
BASE = """\
cameras:  # all of them
  - id: a   # the first
    name: 'A'
    classes: [person, car]  # these
    basis: {reference: x, controller: y}
  # before b
  - id: b
    # why so
    pace: fast
"""


def read(text: str) -> dict[str, Any]:
    found: dict[str, Any] = plain(yaml_reader().load(text))
    return found


def changed(text: str, *path: str | int, to: Any = None) -> str:
    """Return the text with one value set, or taken out where it is None."""
    wanted = read(text)
    inside: Any = wanted
    for key in path[:-1]:
        inside = inside[key]
    if to is None:
        del inside[path[-1]]
    else:
        inside[path[-1]] = to
    return edited(text, wanted).text


@pytest.mark.parametrize(
    ("path", "to", "before", "after"),
    [
        (("cameras", 0, "name"), "L'été", "'A'", "'L''été'"),
        (("cameras", 0, "name"), None, "    name: 'A'\n", ""),
        (("cameras", 0, "id"), None, "id: a   # the first\n    name", "name"),
        (("cameras", 0, "classes"), ["person"], "[person, car]", "[person]"),
        (("cameras", 0, "classes", 1), "bus", "car]", "bus]"),
        (("cameras", 0, "basis", "reference"), None, "{reference: x, controller: y}", "{controller: y}"),
        (("cameras", 0, "basis", "dpia"), "12: z", "y}", 'y, dpia: "12: z"}'),
        (("cameras", 0), None, BASE[BASE.index("  - id: a") : BASE.index("  # before")], ""),
        (("cameras", 1), None, BASE[BASE.index("  - id: b") :], ""),
        (("cameras", 1, "loop"), True, "pace: fast\n", "pace: fast\n    loop: true\n"),
        (("cameras", 1, "pace"), "true", "pace: fast", 'pace: "true"'),
    ],
)
def test_one_change_is_one_change(path: tuple[str | int, ...], to: Any, before: str, after: str) -> None:
    assert changed(BASE, *path, to=to) == BASE.replace(before, after, 1)


def test_lines_end_as_they_did() -> None:
    windows = BASE.replace("\n", "\r\n")
    text = changed(windows, "cameras", 1, "loop", to=True)
    assert text == windows + "    loop: true\r\n"


def test_what_anchors_share_is_not_changed_by_halves() -> None:
    text = "a: &basis {x: 1}\nb: *basis\nc: 2\n"
    assert changed(text, "c", to=3) == text.replace("2", "3")
    assert read(changed(text, "b", to={"x": 2})) == {"a": {"x": 1}, "b": {"x": 2}, "c": 2}
    for path, to in ((("a", "x"), 2), (("a",), None)):
        with pytest.raises(CannotEdit):
            changed(text, *path, to=to)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_any_change_of_the_examples_leaves_the_rest_to_the_byte(path: Path) -> None:
    """Random changes, each read back by `edited` itself; the lines of other cameras stay."""
    text, rng = path.read_text(encoding="utf-8"), random.Random(path.name)
    whole = read(text)
    whole["cameras"].append({"id": "zz", "source": "x.mp4"})
    text = edited(text, whole).text
    for _ in range(12):
        wanted = read(text)
        victim = rng.choice(wanted["cameras"])
        disturb(victim, rng)
        new = edited(text, wanted).text
        assert read(new) == wanted
        if victim["id"] != "zz":
            assert new.endswith("  - id: zz\n    source: x.mp4\n")
        assert [row for row in text.splitlines() if row.strip().startswith("#")] == [
            row for row in new.splitlines() if row.strip().startswith("#")
        ]
        text = new if victim["id"] != "zz" else text


def disturb(camera: dict[str, Any], rng: random.Random) -> None:
    """Change, add or take out something of a camera."""
    keys = [key for key in camera if key != "id"]
    what = rng.randrange(4)
    if what == 0:
        camera[rng.choice(("name", "stall_s", "fps"))] = rng.choice(("Été # 1", 2.5, "no", "a: b"))
    elif what == 1 and len(keys) > 2:
        del camera[rng.choice([key for key in keys if not isinstance(camera[key], (dict, list))] or keys)]
    elif what == 2:
        camera.setdefault("lines", []).append({"id": f"n{rng.random()}", "from": [0, 0.25], "to": [1, 0.5]})
    elif camera.get("lines"):
        rng.choice(camera["lines"])["name"] = "x" * rng.randrange(200)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (f"rtsp://u:{SECRET}@h/x", "rtsp://u:***@h/x"),
        ("rtsp://u:p/w@d@h/x", "rtsp://u:***@h/x"),
        (f"admin:{SECRET}@10.0.0.1", "admin:***@10.0.0.1"),
        ("http://h/x?token=abc&user=u", "http://h/x?token=***&user=u"),
        ("rtsp://u:${PASS}@h/x", "rtsp://u:${PASS}@h/x"),
        ("${CAMERA}", "${CAMERA}"),
        ("clips/a:b.mp4", "clips/a:b.mp4"),
    ],
)
def test_a_password_is_hidden_wherever_it_stands(source: str, said: str) -> None:
    text = f'- {{source: "{source}", n: 1}} # was {source}\n'
    assert shown_value(read(f"x:\n{text}"))["x"][0]["source"] == said
    told = shown_yaml(f"x:\n{text}")
    assert said in told
    if said != source and "://" in source:
        assert "heim" not in told
        assert "heim" not in shown_yaml(f"x: [\n{text}"), "also where the file is damaged"
    known = {"source": source, "lines": [{"id": "a"}]}
    assert restored(copy.deepcopy(shown_value(known)), known) == known


def test_what_was_hidden_is_restored_only_where_it_was() -> None:
    known = {"source": "rtsp://u:p@h/x"}
    for given in ({"source": "rtsp://u:***@other/x"}, {"name": "rtsp://u:***@h/x"}):
        assert restored(given, known) == given
