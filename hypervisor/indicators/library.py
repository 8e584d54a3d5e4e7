"""The library: the themes that come with Parvis, and what a city adds. Every fault is told with file and line."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from hypervisor.indicators.checking import compiled
from hypervisor.indicators.language import FormulaError, Node
from hypervisor.indicators.model import Indicator, Theme
from hypervisor.indicators.sources import PARAMETERS
from pipeline.config_faults import ConfigError, Problem, did_you_mean, dotted, line_of, problems_in
from pipeline.config_file import plain, read_yaml

PARAMETERS_FILE = "parameters.yaml"
NOT_THEMES = frozenset({PARAMETERS_FILE, "schedule.yaml"})
RECKONING = 2
"""Version of the language and its functions: one more whenever the same formula gives other values."""


@dataclass(frozen=True, slots=True)
class Ready:
    """An indicator that can be computed."""

    theme: str
    indicator: Indicator
    node: Node

    @property
    def definition(self) -> str:
        """Return 12 characters that change with whatever changes values: formula, unit, bound, reckoning."""
        one = self.indicator
        said = json.dumps([RECKONING, one.formula, one.unit, one.minimum_coverage])
        return hashlib.sha256(said.encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Library:
    """All indicators by id, in the order of their files."""

    themes: Mapping[str, Theme]
    all: Mapping[str, Ready]
    parameters: Mapping[str, float] = field(default_factory=dict)


@cache
def shipped() -> Library:
    """Return the indicators that come with Parvis."""
    themes, found = dict[str, Theme](), dict[str, Ready]()
    problems = list(_read(sorted(Path(str(files("hypervisor.indicators"))).glob("*.yaml")), themes, found))
    if problems:
        raise ConfigError(problems)
    return Library(themes, found)


def kept_library(folder: Path | None) -> Library:
    """Return the library with a folder's own indicators, read again only when a file of it has changed.

    Raises:
        ConfigError: as `library`.
    """
    if folder is None or not folder.is_dir():
        return shipped()
    return _read_once(folder, tuple((path, path.stat().st_mtime_ns) for path in sorted(folder.glob("*.yaml"))))


@lru_cache(maxsize=2)
def _read_once(folder: Path, state: tuple[tuple[Path, int], ...]) -> Library:
    del state  # another one makes it another call
    return library(folder)


def library(folder: Path) -> Library:
    """Return the shipped indicators and those of a folder.

    Raises:
        ConfigError: with every fault of every file.
    """
    base, problems = shipped(), list[Problem]()
    themes, found, parameters = dict(base.themes), dict(base.all), dict[str, float]()
    own = (path for path in folder.glob("*.yaml") if path.name not in NOT_THEMES)
    problems += _read(sorted(own), themes, found)
    if (folder / PARAMETERS_FILE).is_file():
        try:
            parameters = _parameters(folder / PARAMETERS_FILE)
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(problems)
    return Library(themes, found, parameters)


def _read(paths: Iterable[Path], themes: dict[str, Theme], found: dict[str, Ready]) -> Iterator[Problem]:
    """Add what files say, and yield their faults."""
    for path in paths:
        try:
            theme, raw = _theme(path)
        except ConfigError as error:
            yield from error.problems
            continue
        themes.setdefault(theme.theme, theme)
        yield from _added(path, theme, raw, found)


def _theme(path: Path) -> tuple[Theme, Any]:
    raw = read_yaml(path)
    if not isinstance(raw, Mapping):
        raise ConfigError([Problem(path, 1, "", "holds no mapping; expected theme, name and indicators")])
    try:
        return Theme.model_validate_json(json.dumps(plain(raw), default=str), strict=True), raw
    except ValidationError as error:
        raise ConfigError(problems_in(path, raw, error)) from None


def _added(path: Path, theme: Theme, raw: Any, found: dict[str, Ready]) -> Iterator[Problem]:
    for n, one in enumerate(theme.indicators):
        if one.id in found:
            yield _problem(path, raw, ("indicators", n, "id"), f"{one.id} is there already; expected another id")
            continue
        try:
            found[one.id] = Ready(theme.theme, one, compiled(one.formula, one.unit))
        except FormulaError as error:
            yield _problem(path, raw, ("indicators", n, "formula"), str(error))


def _parameters(path: Path) -> dict[str, float]:
    raw = read_yaml(path)
    if not isinstance(raw, Mapping):
        raise ConfigError([Problem(path, 1, "", f"holds no mapping; expected {', '.join(PARAMETERS)}")])
    problems, found = list[Problem](), dict[str, float]()
    for name, value in raw.items():
        if name not in PARAMETERS:
            hint = did_you_mean(str(name), PARAMETERS)
            text = f"is unknown{hint}; expected one of {', '.join(PARAMETERS)}"
            problems.append(_problem(path, raw, (str(name),), text))
        elif isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e12:
            text = f"got {value!r}; expected a number of {PARAMETERS[name][0]}, 0 or more"
            problems.append(_problem(path, raw, (str(name),), text))
        else:
            found[str(name)] = float(value)
    if problems:
        raise ConfigError(problems)
    return found


def _problem(path: Path, raw: Any, place: Sequence[str | int], text: str) -> Problem:
    return Problem(path, line_of(raw, place), dotted(place), text)
