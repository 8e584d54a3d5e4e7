"""What is wrong with a configuration, in words that a person can act on: file, line, field, what was expected."""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from pipeline.config import SiteFile
from pipeline.errors import Refused
from pipeline.later import LATER_MEASURES, RESERVED
from pipeline.redaction import redact


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault or warning, placed where a person can mend it."""

    file: Path
    line: int | None  # 1-based; None where the file has no such place
    field: str
    text: str
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else str(self.file)
        field = f" {self.field}:" if self.field else ""
        kind = " warning:" if self.severity == "warning" else ""
        return redact(f"{place}:{kind}{field} {self.text}")


class ConfigError(Refused):
    """A configuration that cannot be used; `problems` holds every fault, the message shows one a line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def dotted(place: Iterable[str | int]) -> str:
    """Return a field's name as people write it: `cameras[0].lines[1].from`."""
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a hint at the known name that is most like a wrong one, or nothing."""
    close = difflib.get_close_matches(name, list(known), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""


def line_of(raw: Any, place: Iterable[str | int]) -> int | None:
    """Return the line of the deepest part of `place` that the file has."""
    line = None
    for part in place:
        try:
            places = raw.lc  # ruamel's line and column of every key and item
            position = places.key(part) if hasattr(raw, "keys") else places.item(part)
            line, raw = position[0] + 1, raw[part]
        except (KeyError, IndexError, TypeError, AttributeError):
            break
    return line


def problems_in(path: Path, raw: Any, error: ValidationError) -> list[Problem]:
    """Translate pydantic's errors, one for each field."""
    found: dict[str, Problem] = {}
    for detail in error.errors(include_url=False):
        if detail["type"] == "too_short" and detail["input"]:
            continue  # pydantic leaves out what is wrong, and then finds that too little is left
        place = _real_place(raw, detail)
        text = _explain(detail, place)
        own = re.match(r"^([a-z_]+(?:\.[a-z_0-9]+)*): (.*)$", text) if detail["type"] == "value_error" else None
        if own:  # a check over several fields names the one at fault
            extra = [int(part) if part.isdigit() else part for part in own.group(1).split(".")]
            place, text = (*place, *extra), own.group(2)
        field = dotted(place)
        found.setdefault(field, Problem(path, line_of(raw, place), field, text))
    return list(found.values())


def _real_place(raw: Any, detail: ErrorDetails) -> tuple[str | int, ...]:
    """Return the error's place without pydantic's own words for the branches of a union."""
    place: list[str | int] = []
    for part in detail["loc"]:
        is_item = isinstance(raw, Sequence) and isinstance(part, int) and part < len(raw)
        if is_item or (isinstance(raw, Mapping) and part in raw):
            raw = raw[part]
        elif detail["type"] != "missing":
            break
        place.append(part)
    return tuple(place)


def _explain(detail: ErrorDetails, place: tuple[str | int, ...]) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "missing":
        return "is missing; expected it here"
    if kind == "extra_forbidden":
        model, key = _model_at(place[:-1]), str(place[-1])
        later = RESERVED.get(getattr(model, "__name__", ""), {}).get(key)
        if later:
            return f"arrives with {later}; expected no such key yet"
        names = _field_names(model)
        return f"unknown key{did_you_mean(str(place[-1]), names)}; expected one of {', '.join(names)}"
    if kind == "value_error":
        return str(context.get("error", detail["msg"]))
    shown = "" if isinstance(detail["input"], (dict, list)) else f"got {detail['input']!r}; "
    if kind == "string_pattern_mismatch":
        return f"{shown}expected lower-case letters, digits, - and _, at most 63, beginning with a letter or digit"
    if kind == "literal_error" and detail["input"] in LATER_MEASURES:
        later = LATER_MEASURES[detail["input"]]
        return f"{detail['input']} arrives with {later}; expected {context.get('expected')}"
    if kind == "literal_error":
        return f"{shown}expected {context.get('expected')}"
    return f"{shown}expected: {detail['msg'][0].lower()}{detail['msg'][1:]}"


def _model_at(place: tuple[str | int, ...]) -> type[BaseModel] | None:
    """Return the model that the schema has at a place."""
    model: type[BaseModel] | None = SiteFile
    for part in place:
        if isinstance(part, str) and model is not None:
            by_name = {field.alias or name: field for name, field in model.model_fields.items()}
            model = _model_in(by_name[part].annotation) if part in by_name else None
    return model


def _field_names(model: type[BaseModel] | None) -> list[str]:
    """Return the keys that a model allows, by the names used in the file."""
    return [field.alias or name for name, field in model.model_fields.items()] if model else []


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the model class inside `X`, `X | None` or `tuple[X, ...]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((m for m in map(_model_in, getattr(annotation, "__args__", ())) if m is not None), None)
