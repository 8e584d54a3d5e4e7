"""Reading a configuration file: YAML 1.2 in, a checked `SiteFile` out, every fault with its line and field."""

import difflib
import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.constructor import RoundTripConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from pipeline.config import CameraConfig, SiteFile
from pipeline.errors import Refused
from pipeline.later import LATER_MEASURES, RESERVED
from pipeline.redaction import redact
from pipeline.taxonomy import CITY, labels_of

EDGE = 0.03
"""A line wholly within this share of one side of the picture is hard to cross: feet are cut off there."""


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


class _PlainScalars(RoundTripConstructor):
    """Dates stay text, as in JSON: pydantic reads them, offset included."""


_PlainScalars.add_constructor("tag:yaml.org,2002:timestamp", RoundTripConstructor.construct_yaml_str)


def yaml_reader() -> YAML:
    """Return the YAML 1.2 reader that keeps lines and comments."""
    yaml = YAML(typ="rt")
    yaml.Constructor = _PlainScalars
    return yaml


@dataclass(frozen=True, slots=True)
class LoadedSite:
    """A configuration, and where it came from: relative paths resolve against that folder."""

    path: Path
    site: SiteFile
    _raw: Any

    def line_of(self, *place: str | int) -> int | None:
        """Return the line (1-based) of a field, such as `line_of("cameras", 0, "source")`."""
        return _line_of(self._raw, place)

    @property
    def data_dir(self) -> Path:
        """Return where data live: `PARVIS_DATA`, or `data_dir` beside the file."""
        return Path(os.environ.get("PARVIS_DATA") or self.path.parent / self.site.data_dir)

    @property
    def redis(self) -> str:
        """Return `embedded` or a URL: `PARVIS_REDIS`, or what the file says."""
        return os.environ.get("PARVIS_REDIS") or self.site.redis

    def resolve_source(self, camera: CameraConfig, environ: Mapping[str, str] | None = None) -> str:
        """Return the camera's source with `${NAME}` filled in and a relative path made absolute.

        Raises:
            ConfigError: if a variable is not set, or an address lacks its scheme.
        """
        environ = os.environ if environ is None else environ
        missing = [name for name in _VARIABLE.findall(camera.source) if name not in environ]
        if missing:
            raise self._refused_source(camera, f"${{{missing[0]}}} is not set; expected it in the environment")
        source = _VARIABLE.sub(lambda found: environ[found.group(1)], camera.source)
        if "://" in source or source.isdigit():
            return source
        if _BROKEN_ADDRESS.match(source):  # not shown: it may hold a password, where no rule finds it
            raise self._refused_source(camera, "is no address; expected rtsp://host/path or http://host/path")
        return str((self.path.parent / Path(source).expanduser()).resolve())

    def _refused_source(self, camera: CameraConfig, text: str) -> "ConfigError":
        place = ("cameras", self.site.cameras.index(camera), "source")
        return ConfigError([Problem(self.path, self.line_of(*place), dotted(place), text)])


_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_BROKEN_ADDRESS = re.compile(r"(?i)(rtsps?|https?)(:|//)|/*[^/]*:[^/]*@")


def load_config(path: Path) -> LoadedSite:
    """Read and check a configuration file.

    Raises:
        ConfigError: with every fault found.
    """
    raw = _read(path)
    if not isinstance(raw, Mapping):
        raise ConfigError([Problem(path, 1, "", "holds no mapping; expected keys such as parvis, site and cameras")])
    try:
        site = SiteFile.model_validate_json(json.dumps(_plain(raw), default=str), strict=True)
    except ValidationError as error:
        raise ConfigError(_problems(path, raw, error)) from None
    return LoadedSite(path, site, raw)


def warnings(loaded: LoadedSite, labels: Iterable[str] | None = None) -> list[Problem]:
    """Return what is allowed but probably not meant; `labels` are the model's classes, if known."""
    found: list[Problem] = []
    known = frozenset(labels) if labels is not None else None
    for c, camera in enumerate(loaded.site.cameras):
        for i, line in enumerate(camera.lines):
            place = ("cameras", c, "lines", i)
            if _near_edge(line.path):
                text = (
                    f"line {line.id!r} runs along the edge of the picture; feet are cut off there, so it may miss some"
                )
                found.append(_warning(loaded, place, text))
            found += _unknown_classes(loaded, (*place, "classes"), line.classes, known)
        for i, zone in enumerate(camera.zones):
            found += _unknown_classes(loaded, ("cameras", c, "zones", i, "classes"), zone.classes, known)
        if not camera.lines and not camera.zones:
            found.append(
                _warning(loaded, ("cameras", c), f"camera {camera.id!r} has no line and no zone: nothing is measured")
            )
    return found


def _read(path: Path) -> Any:
    try:
        return yaml_reader().load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError([Problem(path, None, "", f"{error.strerror}; expected a YAML file")]) from None
    except UnicodeDecodeError:
        raise ConfigError([Problem(path, None, "", "is not UTF-8 text; expected a YAML file")]) from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else None
        text = " ".join(str(error.problem or error.context).split())
        text = text.partition(" with value ")[0]  # of a key given twice: it may be an address with a password
        raise ConfigError([Problem(path, line, "", f"{text}; expected YAML 1.2")]) from None
    except YAMLError as error:
        raise ConfigError([Problem(path, None, "", f"{' '.join(str(error).split())}; expected YAML 1.2")]) from None


def _plain(raw: Any) -> Any:
    """Return ruamel's containers as plain ones: they keep their items where `json` does not look."""
    if isinstance(raw, Mapping):
        return {str(key): _plain(value) for key, value in raw.items()}
    if isinstance(raw, Sequence) and not isinstance(raw, str | bytes):
        return [_plain(value) for value in raw]
    return raw


def dotted(place: Iterable[str | int]) -> str:
    """Return a field's name as people write it: `cameras[0].lines[1].from`."""
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _warning(loaded: LoadedSite, place: tuple[str | int, ...], text: str) -> Problem:
    return Problem(loaded.path, loaded.line_of(*place), dotted(place), text, "warning")


def _near_edge(points: Iterable[tuple[float, float]]) -> bool:
    return any(max(values) < EDGE or min(values) > 1 - EDGE for values in zip(*points, strict=True))


def _unknown_classes(
    loaded: LoadedSite, place: tuple[str | int, ...], classes: Iterable[str], known: frozenset[str] | None
) -> list[Problem]:
    if known is None:
        return []
    unknown = [name for name in classes if known.isdisjoint(labels_of(name))]
    hints = [*known, *CITY]
    return [
        _warning(
            loaded, place, f"the model knows no class {name!r}, so it is never counted{_did_you_mean(name, hints)}"
        )
        for name in unknown
    ]


def _did_you_mean(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""


def _line_of(raw: Any, place: Iterable[str | int]) -> int | None:
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


def _problems(path: Path, raw: Any, error: ValidationError) -> list[Problem]:
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
        found.setdefault(field, Problem(path, _line_of(raw, place), field, text))
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
        return f"unknown key{_did_you_mean(str(place[-1]), names)}; expected one of {', '.join(names)}"
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
