"""What a change makes of the file: its new text, its faults with line and field, and what is probably not meant."""

import difflib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hypervisor.configuring.file import ConfigFile, Snapshot
from hypervisor.problems import Refusal
from pipeline.config_edit import CannotEdit, Edited, edited
from pipeline.config_faults import ConfigError, Problem
from pipeline.config_file import LoadedSite, checked, plain, warnings
from pipeline.config_shown import HIDDEN, SOURCES, restored, shown, shown_yaml
from pipeline.yaml_text import is_list

DEEPEST = 12
"""How many lists and objects may lie in each other: more than any camera needs."""

Raw = Mapping[str, Any]
Places = list[tuple[str | int, ...]]


@dataclass(frozen=True, slots=True)
class Told:
    """One fault or warning: `line` (1-based) in the file as it would be, `field` dotted, from the camera on if it is
    about the one that is changed."""

    line: int | None
    field: str
    text: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change that was thought through; it can be written if it has no faults."""

    before: Snapshot
    text: str
    loaded: LoadedSite | None
    faults: list[Told]
    warnings: list[Told]

    @property
    def diff(self) -> str:
        """Return what would change, as a unified diff without any password."""
        return diff_of(self.before.text, self.text)


def diff_of(before: str, after: str) -> str:
    """Return the unified diff of two texts as they may be shown."""
    old, new = (shown_yaml(text).splitlines(keepends=True) for text in (before, after))
    rows = difflib.unified_diff(old, new, "before", "after")
    return "".join(row if row.endswith("\n") else f"{row}\n" for row in rows)


def cameras_in(before: Snapshot) -> list[dict[str, Any]]:
    """Return the cameras as they are written.

    Raises:
        Refusal: if the file cannot be used as it is.
    """
    return [dict(one) for one in document(before)["cameras"]]


def document(before: Snapshot) -> dict[str, Any]:
    """Return what the file holds.

    Raises:
        Refusal: if it cannot be used as it is.
    """
    if before.loaded is None:
        first = shown(str(before.faults[0])) if before.faults else "it holds nothing"
        raise Refusal("configuration-damaged", f"{first}; mend the file, or restore a version (/v1/config/versions)")
    found: dict[str, Any] = plain(before.loaded.raw)
    return found


def with_camera(file: ConfigFile, before: Snapshot, camera: Raw) -> Proposal:
    """Return what becomes of the file with one camera changed, or added at the end."""
    wanted, given = document(before), sound(camera)
    cameras = wanted["cameras"]
    number = next((n for n, one in enumerate(cameras) if one["id"] == given.get("id")), len(cameras))
    known = cameras[number] if number < len(cameras) else {}
    given = restored(given, known)
    hidden = [key for key in SOURCES if HIDDEN in str(given.get(key, "")) and given.get(key) != known.get(key)]
    if hidden:
        text = f"holds {HIDDEN} in another address than before; expected the password again"
        return Proposal(before, before.text, None, [Told(None, key, text) for key in hidden], [])
    if not given.get("id"):
        return Proposal(before, before.text, None, [Told(None, "id", "is missing; expected it here")], [])
    wanted["cameras"] = [*cameras[:number], given, *cameras[number + 1 :]]
    return proposal(file, before, wanted, number)


def proposal(file: ConfigFile, before: Snapshot, wanted: Raw, number: int | None = None) -> Proposal:
    """Return what becomes of the file if it holds `wanted`; `number` is the camera that this is about.

    Raises:
        Refusal: if the file is written in a way in which that cannot be done for sure.
    """
    try:
        made = edited(before.text, wanted)
    except CannotEdit as error:
        raise Refusal("state-conflict", f"{error}; expected this change by hand") from None
    try:
        loaded = checked(file.path, made.raw)
    except ConfigError as error:
        return Proposal(before, made.text, None, told(error.problems, number), [])
    return _sound(before, made, loaded, number)


def _sound(before: Snapshot, made: Edited, loaded: LoadedSite, number: int | None) -> Proposal:
    found = told(warnings(loaded), number)
    own = [one for one in found if number is None or not one.field.startswith("cameras.")]
    return Proposal(before, made.text, loaded, [], own)


def told(problems: Iterable[Problem], number: int | None = None) -> list[Told]:
    """Return faults or warnings as they are told; fields of camera `number` begin at the camera."""
    own = f"cameras.{number}."
    found = []
    for one in problems:
        field = one.field.replace("[", ".").replace("]", "")
        field = "" if field == own.rstrip(".") else field.removeprefix(own)
        found.append(Told(one.line, field, shown(one.text)))
    return found


def refuse(proposed: Proposal) -> None:
    """Refuse a change that has faults, with all of them.

    Raises:
        Refusal: then; nothing was written.
    """
    if proposed.faults:
        rows = [f"line {one.line}: " * (one.line is not None) + f"{one.field}: {one.text}" for one in proposed.faults]
        faults = tuple(("body", one.field, one.text) for one in proposed.faults)
        raise Refusal("invalid-request", "; ".join(rows), faults)


def sound(value: Raw) -> dict[str, Any]:
    """Return a body that can be written as YAML.

    Raises:
        Refusal: if it holds what no file can: endless numbers, half characters, too many levels.
    """
    todo: list[tuple[str, Any, int]] = [("", value, 0)]
    while todo:
        name, one, depth = todo.pop()
        if depth > DEEPEST:
            fault = f"is nested deeper than {DEEPEST} levels"
        elif isinstance(one, float) and not math.isfinite(one):
            fault = "is no number; expected a finite one"
        elif isinstance(one, str) and not _is_text(one):
            fault = "is no text; expected whole Unicode characters"
        else:
            fault = ""
        if fault:
            raise Refusal("invalid-request", f"{name}: {fault}", (("body", name, fault),))
        inner = one.items() if isinstance(one, Mapping) else enumerate(one) if is_list(one) else ()
        todo += [(f"{name}.{key}".lstrip("."), item, depth + 1) for key, item in inner]
        todo += [(name, key, depth + 1) for key in (one if isinstance(one, Mapping) else ())]
    return dict(value)


def _is_text(text: str) -> bool:
    return not any(0xD800 <= ord(one) <= 0xDFFF for one in text)
