"""The evaluation sheet of an experiment: one content, in French or English, as HTML or as PDF.

In the order a city reads: context, what was tried, what was measured, the result in one sentence, pictures, limits,
lessons, next step. HTML is Jinja2's, PDF is Typst's; both get the same `Sheet` as data, so no text is markup.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from hypervisor.experiments import pictures
from hypervisor.experiments.evaluation import Other, Result
from hypervisor.experiments.naming import Names, measured
from hypervisor.experiments.pictures import Line
from hypervisor.experiments.protocol import Protocol, Spot
from hypervisor.experiments.replicability import CRITERIA, TOP, Replicability, index_of
from hypervisor.experiments.words import WORDS

Language = Literal["fr", "en"]
HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture and what it shows."""

    svg: str
    caption: str


@dataclass(frozen=True, slots=True)
class Section:
    """One heading with what stands below it."""

    title: str
    facts: tuple[tuple[str, str], ...] = ()
    sentences: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()
    is_result: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a sheet says."""

    language: Language
    kind: str
    title: str
    sections: tuple[Section, ...]
    foot: str


@dataclass(frozen=True, slots=True)
class Notes:
    """What people add to a result: it cannot be reckoned."""

    context: str = ""
    lessons: str = ""
    following: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What stands on a sheet beside the reckoning."""

    notes: Notes
    replicability: Replicability
    at: datetime  # of the evaluation
    sealed: date | None = None  # the day on which the protocol was
    names: Names = field(default_factory=dict)


def sheet_of(protocol: Protocol, result: Result, told: Told, language: Language) -> Sheet:
    """Return the sheet of an evaluated experiment."""
    say, notes = _Voice(language), told.notes
    sections = (
        Section(say("context"), _context(protocol, told.names, say), (notes.context,) if notes.context else ()),
        Section(say("tried"), (), (protocol.tried,)),
        Section(say("measured"), _measured(protocol, result, told.names, say)),
        Section(say("result"), (), (sentence(protocol, result, language),), is_result=True),
        Section(say("pictures"), pictures=tuple(_pictures(protocol, result, told.names, say))),
        Section(say("limits"), (), tuple(_limits(protocol, result, told, say))),
        Section(say("lessons"), (), (notes.lessons or say("none_noted"),)),
        Section(say("replicability"), *_replicability(told.replicability, say)),
        Section(say("next"), (), (notes.following or say("none_noted"),)),
    )
    return Sheet(language, say("sheet"), protocol.title, sections, say("made", at=told.at))


def sentence(protocol: Protocol, result: Result, language: Language) -> str:
    """Return the result in one sentence."""
    shown = {name: _shown(getattr(result.effect, name), result.unit, language) for name in ("value", "low", "high")}
    smallest = _shown(protocol.outcome.smallest, result.unit, language).lstrip("+")
    return _Voice(language)(result.verdict, **shown, smallest=smallest)


def html(sheet: Sheet, root: str = "") -> str:
    """Return a sheet as a page of its own; `root` is the prefix under which the hypervisor is served."""
    return _environment().get_template("sheet.html").render(sheet=sheet, root=root)


def pdf(sheet: Sheet) -> bytes:
    """Return a sheet as PDF."""
    import typst  # loaded when the first sheet is asked for

    data = json.dumps(asdict(sheet), ensure_ascii=False)
    made: bytes = typst.compile((HERE / "sheet.typ").read_bytes(), sys_inputs={"data": data})
    return made


class _Voice:
    """Says words in one language."""

    def __init__(self, language: Language) -> None:
        self.language, self._column = language, 0 if language == "fr" else 1

    def __call__(self, name: str, **values: Any) -> str:
        return WORDS[name][self._column].format(**values)


def _context(protocol: Protocol, names: Names, say: _Voice) -> tuple[tuple[str, str], ...]:
    return (
        (say("question"), protocol.question),
        (say("hypothesis"), protocol.hypothesis),
        (say("service"), names.get(f"service/{protocol.service}", protocol.service)),
        (say("sealed"), protocol.seal()[:16]),
    )


def _measured(protocol: Protocol, result: Result, names: Names, say: _Voice) -> tuple[tuple[str, str], ...]:
    periods = [
        (say(name), say("from_to", first=one.first, last=one.last, days=one.days))
        for name, one in (("baseline", protocol.baseline), ("trial", protocol.trial))
    ]
    return (
        (say("indicator"), measured(protocol.outcome, say.language)),
        (say("treated"), _listed(protocol.treated, names)),
        (say("controls"), _listed(protocol.controls, names) or say("no_controls")),
        *periods,
        (say("smallest"), _shown(protocol.outcome.smallest, result.unit, say.language).lstrip("+")),
        (say("watched"), say("watched_parts", **result.watched)),
    )


def _listed(spots: Sequence[Spot], names: Names) -> str:
    return ", ".join(names.get(str(one), str(one)) for one in spots)


def _pictures(protocol: Protocol, result: Result, names: Names, say: _Voice) -> Iterator[Picture]:
    labels = {"baseline": say("baseline"), "trial": say("trial")}
    yield Picture(pictures.days(protocol, result, labels), say("picture_days"))
    lines = [Line(say("main"), result.effect, is_main=True)]
    lines += [
        Line(say(one.kind, about=_about(one, names)), one.found) for one in result.others if one.found is not None
    ]
    yield Picture(pictures.estimates(lines, result.unit, protocol.outcome.smallest), say("picture_estimates"))


def _limits(protocol: Protocol, result: Result, told: Told, say: _Voice) -> Iterator[str]:
    if told.sealed is not None and told.sealed > protocol.trial.first:
        yield say("limit_late", sealed=told.sealed)
    yield say("limit_memory", memory=result.effect.memory)
    if not protocol.controls:
        yield say("limit_controls")
    for about in result.suspicions:
        yield say("limit_suspicion", about=told.names.get(about, about))
    placebos = [one.found for one in result.others if one.kind.startswith("placebo") and one.found is not None]
    if placebos:
        clear = sum(one.is_clear for one in placebos)
        # One in twenty is what an interval of 95 % promises; neighbouring dates share their data.
        usual = clear <= max(1, round(0.15 * len(placebos)))
        yield say("limit_placebo_fine" if usual else "limit_placebo", clear=clear, n=len(placebos))
    if any(one.camera for one in protocol.treated):
        yield say("limit_cameras")


def _replicability(said: Replicability, say: "_Voice") -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """Return each criterion with its range, weight and evidence, and the index in a sentence."""
    index, known = index_of(said), {one.criterion: one for one in said.scores}
    facts = []
    for name, criterion in CRITERIA.items():
        called = f"{criterion.fr if say.language == 'fr' else criterion.en} ({criterion.weight:.0%})"
        one = known.get(name)
        shown = [f"{one.low}–{one.high} / {TOP}", one.evidence, one.link] if one else [say("not_judged")]
        facts.append((called, " · ".join(part for part in shown if part)))
    return tuple(facts), (say("index", low=index.low, high=index.high),)


def _about(other: Other, names: Names) -> str:
    is_date = other.kind == "placebo-date"
    return datetime.fromisoformat(other.about).strftime("%d/%m/%Y") if is_date else names.get(other.about, other.about)


def _shown(value: float, unit: str, language: Language) -> str:
    number = f"{100 * value:+.1f} %" if unit == "share" else f"{value:+.3g} {unit}".strip()
    return number.replace(".", ",") if language == "fr" else number


@cache
def _environment() -> Environment:
    return Environment(loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True)
