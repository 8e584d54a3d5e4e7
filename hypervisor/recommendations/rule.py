"""The catalogue: what a city may decide, as data. Read once; what nobody understands is refused."""

import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from hypervisor.catalogue import ROWS
from hypervisor.sensors.measures import MEASURES as SENSED
from hypervisor.strict import Bilingual, Body, Id, Many
from pipeline.config_file import plain, read_yaml

FOLDER = Path(__file__).parent / "catalogue"
Cost = Literal["low", "medium", "high"]


class CatalogueError(ValueError):
    """A catalogue that cannot be used; the message says file and entry."""


class Expected(Bilingual):
    """How what was estimated becomes the expected effect, and under which condition."""

    times: float


class Trial(Body):
    """What an experiment of it is judged by."""

    measure: str
    classes: Many[str] = ()
    wanted: Literal["more", "less", "either"]
    smallest: float = Field(gt=0)
    scale: Literal["ratio", "difference"] = "ratio"


class Rule(Body):
    """One kind of recommendation."""

    id: Id
    of: Literal["camera", "subject", "sensor"] = Field(description="what it is about; a subject is a line or zone")
    needs: Many[str] = Field(default=(), description="series without which it is not asked")
    around: Many[str] = Field(default=(), description="series of sensors near it without which it is not asked")
    service: Id
    cost: Cost
    numbers: dict[str, Annotated[float, Field(strict=False)]]
    by_city: dict[str, str] = Field(default_factory=dict, description="numbers that the city set → why")
    source: str = Field(description="where its numbers come from")
    title: Bilingual
    what: Bilingual
    refute: Bilingual
    conflicts: Many[Id] = ()
    expected: Expected | None = None
    trial: Trial | None = None


@cache
def catalogue() -> Mapping[str, Rule]:
    """Return the kinds by id."""
    return read(FOLDER)


def read(folder: Path) -> Mapping[str, Rule]:
    """Return the kinds that the files of a folder describe.

    Raises:
        CatalogueError: if one is not understood, there twice, or names a series or kind that does not exist.
    """
    found: dict[str, Rule] = {}
    for path in sorted(folder.glob("*.yaml")):
        for n, entry in enumerate(plain(read_yaml(path))):
            rule = _rule(path, n, entry)
            if rule.id in found:
                raise CatalogueError(f"{path.name}: {rule.id}: is there twice; expected an id of its own")
            found[rule.id] = rule
    for rule in found.values():
        unknown = [one for one in rule.conflicts if one not in found]
        if unknown:
            raise CatalogueError(f"{rule.id}: conflicts: {unknown[0]!r} is unknown; expected one of {', '.join(found)}")
    return found


def _rule(path: Path, n: int, entry: object) -> Rule:
    try:
        rule = Rule.model_validate(entry)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(one) for one in first["loc"])
        raise CatalogueError(f"{path.name}: entry {n + 1}: {where}: {first['msg']}") from None
    for measure in (*rule.needs, *rule.around, *([rule.trial.measure] if rule.trial else [])):
        if measure not in ROWS and measure not in SENSED:
            raise CatalogueError(f"{path.name}: {rule.id}: series {measure!r} is unknown; expected one of /v1/series")
    return rule


def said(template: str, words: Mapping[str, str | float | tuple[int, ...]], lang: str) -> str:
    """Return a sentence with its words: numbers as they are read in the language, hours as times of day."""
    filled = {name: _word(value, lang) for name, value in words.items()}
    return template.format_map(filled)


def _word(value: str | float | tuple[int, ...], lang: str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, tuple):
        begin, end = value[0], (value[-1] + 1) % 24
        return f"{begin} h et {end} h" if lang == "fr" else f"{begin:02d}:00 to {end:02d}:00"
    number = number_of(value)
    return number.replace(".", ",") if lang == "fr" else number


def number_of(value: float) -> str:
    """Return a number with as many digits as it deserves: three at most."""
    if not math.isfinite(value):
        return "–"
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
