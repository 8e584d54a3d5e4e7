"""Reading a configuration file: YAML 1.2 in, a checked `SiteFile` out, every fault with its line and field."""

import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.constructor import RoundTripConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from pipeline.calibration_doubts import doubts
from pipeline.config import CameraConfig, SiteFile
from pipeline.config_faults import ConfigError, Problem, did_you_mean, dotted, line_of, problems_in
from pipeline.shared_places import primary_of
from pipeline.taxonomy import CITY, labels_of

EDGE = 0.03
"""A line wholly within this share of one side of the picture is hard to cross: feet are cut off there."""


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
    raw: Any  # with lines and comments

    def line_of(self, *place: str | int) -> int | None:
        """Return the line (1-based) of a field, such as `line_of("cameras", 0, "source")`."""
        return line_of(self.raw, place)

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
        return self._resolved(camera, "source", camera.source, environ)

    def resolve_substream(self, camera: CameraConfig, environ: Mapping[str, str] | None = None) -> str | None:
        """Return the camera's substream in the same way; None if it has none.

        Raises:
            ConfigError: as `resolve_source`.
        """
        return camera.substream and self._resolved(camera, "substream", camera.substream, environ)

    def _resolved(self, camera: CameraConfig, key: str, text: str, environ: Mapping[str, str] | None) -> str:
        try:
            return self.resolved(text, environ)
        except ValueError as error:
            raise self.refused(camera, key, str(error)) from None

    def resolved(self, text: str, environ: Mapping[str, str] | None = None) -> str:
        """Return a source that is written in no configuration yet, likewise.

        Raises:
            ValueError: as `resolve_source`; the message does not hold the source.
        """
        environ = os.environ if environ is None else environ
        missing = [name for name in _VARIABLE.findall(text) if name not in environ]
        if missing:
            raise ValueError(f"${{{missing[0]}}} is not set; expected it in the environment")
        source = _VARIABLE.sub(lambda found: environ[found.group(1)], text)
        if "://" in source or source.isdigit():
            return source
        if _BROKEN_ADDRESS.match(source):  # not shown: it may hold a password, where no rule finds it
            raise ValueError("is no address; expected rtsp://host/path or http://host/path")
        return str((self.path.parent / Path(source).expanduser()).resolve())

    def refused(self, camera: CameraConfig, key: str, text: str) -> "ConfigError":
        """Return the error that refuses a key of a camera, with the line it stands in."""
        place = ("cameras", self.site.cameras.index(camera), key)
        return ConfigError([Problem(self.path, self.line_of(*place), dotted(place), text)])


_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_BROKEN_ADDRESS = re.compile(r"(?i)(rtsps?|https?)(:|//)|/*[^/]*:[^/]*@")


def load_config(path: Path) -> LoadedSite:
    """Read and check a configuration file.

    Raises:
        ConfigError: with every fault found.
    """
    return checked(path, read_yaml(path))


def parse_config(path: Path, text: str) -> LoadedSite:
    """Check a text as if the file at `path` held it.

    Raises:
        ConfigError: with every fault found.
    """
    return checked(path, parse_yaml(path, text))


def checked(path: Path, raw: Any) -> LoadedSite:
    """Return the configuration that was read from a file.

    Raises:
        ConfigError: with every fault found.
    """
    if not isinstance(raw, Mapping):
        raise ConfigError([Problem(path, 1, "", "holds no mapping; expected keys such as parvis, site and cameras")])
    try:
        site = SiteFile.model_validate_json(json.dumps(plain(raw), default=str), strict=True)
    except ValidationError as error:
        raise ConfigError(problems_in(path, raw, error)) from None
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
        found += [_warning(loaded, ("cameras", c, *place), text) for place, text in doubts(camera)]
    return [*found, *_twice_seen(loaded)]


def _twice_seen(loaded: LoadedSite) -> list[Problem]:
    """Return, at each zone that shares its place with others, whose figures count."""
    cameras = loaded.site.cameras
    at = {
        (camera.id, zone.id): ("cameras", c, "zones", z)
        for c, camera in enumerate(cameras)
        for z, zone in enumerate(camera.zones)
    }
    found = []
    for place, seen in loaded.site.shared_places.items():
        primary = primary_of(seen)
        for one in seen:
            others = ", ".join(str(other) for other in seen if other != one)
            text = f"place {place!r} is also seen by {others}; the figures that count are those of {primary}"
            found.append(_warning(loaded, at[one.camera, one.zone], text))
    return found


def read_yaml(path: Path) -> Any:
    """Return what a file holds, with lines and comments.

    Raises:
        ConfigError: if it cannot be read, or is no YAML.
    """
    try:
        return parse_yaml(path, path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError([Problem(path, None, "", f"{error.strerror}; expected a YAML file")]) from None
    except UnicodeDecodeError:
        raise ConfigError([Problem(path, None, "", "is not UTF-8 text; expected a YAML file")]) from None


def parse_yaml(path: Path, text: str) -> Any:
    """Return what a text holds, with lines and comments; `path` is named where it is at fault.

    Raises:
        ConfigError: if it is no YAML.
    """
    try:
        return yaml_reader().load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else None
        text = " ".join(str(error.problem or error.context).split())
        text = text.partition(" with value ")[0]  # of a key given twice: it may be an address with a password
        raise ConfigError([Problem(path, line, "", f"{text}; expected YAML 1.2")]) from None
    except YAMLError as error:
        raise ConfigError([Problem(path, None, "", f"{' '.join(str(error).split())}; expected YAML 1.2")]) from None


def plain(raw: Any) -> Any:
    """Return ruamel's containers as plain ones: they keep their items where `json` does not look."""
    if isinstance(raw, Mapping):
        return {str(key): plain(value) for key, value in raw.items()}
    if isinstance(raw, Sequence) and not isinstance(raw, str | bytes):
        return [plain(value) for value in raw]
    return raw


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
        _warning(loaded, place, f"the model knows no class {name!r}, so it is never counted{did_you_mean(name, hints)}")
        for name in unknown
    ]
