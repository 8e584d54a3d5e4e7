"""Bounds that a city sets itself, in `bounds.yaml`; what it does not name stays as in the catalogue.

```yaml
quiet-nights: {db: 50, source: "arrêté municipal du 3 mai 2026"}
pedestrian-phase: {density: 0.6, source: "plan piéton"}
```
"""

import math
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from hypervisor.recommendations.rule import Rule, catalogue
from pipeline.config_faults import ConfigError, Problem, did_you_mean, dotted, line_of
from pipeline.config_file import plain, read_yaml

FILE = "bounds.yaml"
MOST_SOURCE = 300


def kept_catalogue(folder: Path | None) -> Mapping[str, Rule]:
    """Return the kinds with a city's own bounds, read again only when their file has changed.

    Raises:
        ConfigError: as `bounded`.
    """
    path = None if folder is None else folder / FILE
    if path is None or not path.is_file():
        return catalogue()
    return _read_once(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _read_once(path: Path, state: int) -> Mapping[str, Rule]:
    del state  # another one makes it another call
    return bounded(path)


def bounded(path: Path) -> Mapping[str, Rule]:
    """Return the kinds with the bounds that a file sets.

    Raises:
        ConfigError: with every fault of the file: an unknown kind or bound, no number, no source.
    """
    raw = read_yaml(path)
    if not isinstance(raw, Mapping):
        raise ConfigError([Problem(path, 1, "", "holds no mapping; expected kinds of recommendations")])
    rules, problems = dict(catalogue()), list[Problem]()
    for kind, said in plain(raw).items():
        faults = list(_faults(path, raw, str(kind), said))
        problems += faults
        if not faults:
            own = {name: float(value) for name, value in said.items() if name != "source"}
            rule, source = rules[kind], str(said["source"])
            update = {"numbers": {**rule.numbers, **own}, "by_city": dict.fromkeys(own, source)}
            rules[kind] = rule.model_copy(update=update)
    if problems:
        raise ConfigError(problems)
    return rules


def _faults(path: Path, raw: Any, kind: str, said: Any) -> Iterator[Problem]:
    rule = catalogue().get(kind)
    if rule is None:
        hint = did_you_mean(kind, catalogue())
        yield _problem(
            path, raw, (kind,), f"is no kind of recommendation{hint}; expected one of {', '.join(catalogue())}"
        )
        return
    if not isinstance(said, Mapping) or not set(said) - {"source"}:
        yield _problem(path, raw, (kind,), f"names no bound; expected some of {', '.join(rule.numbers)}, and source")
        return
    for name, value in said.items():
        if name == "source":
            continue
        if name not in rule.numbers:
            hint = did_you_mean(str(name), rule.numbers)
            text = f"is no bound of {kind}{hint}; expected one of {', '.join(rule.numbers)}"
            yield _problem(path, raw, (kind, str(name)), text)
        elif isinstance(value, bool) or not isinstance(value, int | float) or not (value > 0 and math.isfinite(value)):
            yield _problem(path, raw, (kind, str(name)), f"got {value!r}; expected a number above 0")
    source = said.get("source")
    if not isinstance(source, str) or not 0 < len(source.strip()) <= MOST_SOURCE or not source.isprintable():
        text = f"is missing or no text of {MOST_SOURCE} characters at most; expected where the bound comes from"
        yield _problem(path, raw, (kind, "source"), text)


def _problem(path: Path, raw: Any, place: tuple[str, ...], text: str) -> Problem:
    line = next((found for n in (len(place), 1) if (found := line_of(raw, place[:n])) is not None), None)
    return Problem(path, line, dotted(place), text)
