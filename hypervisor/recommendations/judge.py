"""All questions of a site at once, and which answers are believed: at most one in twenty of them by chance.

Cameras are read one after the other, so a site of a thousand needs no more memory than one camera and its answers.
"""

import asyncio
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np

from hypervisor.history.past import Asked, Past
from hypervisor.history.rows import is_level
from hypervisor.recommendations import words
from hypervisor.recommendations.around import air_of, around, weather_of
from hypervisor.recommendations.kinds import ASKERS
from hypervisor.recommendations.local import Local
from hypervisor.recommendations.model import Amount, Evidence, Expected, Recommendation, SeriesSeen, Silence
from hypervisor.recommendations.pictures import picture
from hypervisor.recommendations.question import Answer, Question, answered
from hypervisor.recommendations.rule import Rule, catalogue, said
from hypervisor.recommendations.view import Place, Site, Table, clock_of, whole, window_before
from hypervisor.statistics.discovery import adjusted
from hypervisor.strict import Bilingual

SHARE = 0.05
"""Of what is recommended, so much may be chance."""


MOST_SILENT = 500


class Candidate(NamedTuple):
    """A question that was answered."""

    rule: Rule
    site: Site
    place: Place
    question: Question
    answer: Answer


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was found, and what could not be judged."""

    asked: int
    found: tuple[Recommendation, ...]
    silent: tuple[Silence, ...]


@dataclass(slots=True)
class _Gathered:
    answered: list[Candidate] = field(default_factory=list)
    silent: list[Silence] = field(default_factory=list)


async def judged(past: Past, local: Local, rules: Mapping[str, Rule] | None = None) -> Judgement:
    """Return what is recommended for the whole of a site.

    Raises:
        FeedAway: if Redis does not answer.
    """
    rules = catalogue() if rules is None else rules
    known = sorted({whole(one) for one in await past.known()})
    air = await air_of(past, local, known)
    gathered = _Gathered()
    for camera, sensor in sorted({(one.camera, one.sensor) for one in known}):
        own = [one for one in known if (one.camera, one.sensor) == (camera, sensor)]
        tables = await _tables(past, local, own)
        window = window_before(local.today, off=local.off)
        near, far = around(air, local, camera)
        site = Site(window, Place(camera, sensor), tables, near, far)
        await asyncio.to_thread(_ask, site, rules, gathered)
    return await asyncio.to_thread(_believed, gathered, local, known)


async def _tables(past: Past, local: Local, own: Sequence[Asked]) -> dict[tuple[str, str, str], Table]:
    clock = clock_of(window_before(local.today), local.zone)
    hours = await past.hours(own, clock.from_s, clock.to_s)
    return {
        (one.measure, one.subject if one.camera else "", one.class_name): clock.table(got, level=is_level(one.measure))
        for one, got in zip(own, hours, strict=True)
    }


def _ask(site: Site, rules: Mapping[str, Rule], gathered: _Gathered) -> None:
    for rule, place in places_of(site, rules):
        answer = _answer(site, rule, place)
        if answer is None:
            continue
        if not isinstance(answer, str):
            gathered.answered.append(answer)
        elif len(gathered.silent) < MOST_SILENT:
            where = {"camera": place.camera, "sensor": place.sensor, "subject": place.subject}
            gathered.silent.append(Silence(kind=rule.id, why=words.SILENT[answer], **where))


def _answer(site: Site, rule: Rule, place: Place) -> Candidate | str | None:
    """Return what is answered, why nothing is (a name of `words.SILENT`), or None if it is not asked at all."""
    if any(one in site.far for one in rule.around):
        return "around"
    question = ASKERS[rule.id](site, place.subject, rule.numbers)
    if question is None:
        return None
    answer = answered(question, site.window, _rng(rule, place, site))
    return Candidate(rule, site, place, question, answer) if isinstance(answer, Answer) else answer


def places_of(site: Site, rules: Mapping[str, Rule]) -> Iterator[tuple[Rule, Place]]:
    """Yield each kind with each of the places that it may be asked of."""
    for rule in rules.values():
        if (rule.of == "sensor") != bool(site.place.sensor):
            continue
        if not all(site.subjects(one) for one in rule.needs):
            continue
        subjects = site.subjects(rule.needs[0]) if rule.of == "subject" else [""]
        for subject in subjects:
            yield rule, Place(site.place.camera, site.place.sensor, subject)


def _rng(rule: Rule, place: Place, site: Site) -> np.random.Generator:
    """Return what the bootstrap draws from: the same data give the same answer."""
    text = f"{rule.id} {place.camera} {place.sensor} {place.subject} {site.window.first}"
    return np.random.default_rng(int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]))


def _believed(gathered: _Gathered, local: Local, known: Sequence[Asked]) -> Judgement:
    shares = adjusted([one.answer.p for one in gathered.answered]) if gathered.answered else []
    found = [
        _recommendation(one, share, len(shares), local, weather_of(known, one.place, local))
        for one, share in zip(gathered.answered, shares, strict=True)
        if share <= SHARE
    ]
    return Judgement(len(shares), tuple(found), tuple(gathered.silent))


def believed_of(sites: Iterable[Site], rules: Mapping[str, Rule]) -> list[tuple[str, Place]]:
    """Return kinds and places that are recommended for some cameras and sensors; what benchmarks of honesty ask."""
    gathered = _Gathered()
    for site in sites:
        _ask(site, rules, gathered)
    shares = adjusted([one.answer.p for one in gathered.answered]) if gathered.answered else []
    pairs = zip(gathered.answered, shares, strict=True)
    return [(one.rule.id, one.place) for one, share in pairs if share <= SHARE]


def id_of(kind: str, place: Place) -> str:
    """Return the id of a recommendation: the same for the same kind and place, whenever it is found."""
    text = f"{place.camera}|{place.sensor}|{place.subject}"
    return f"{kind}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def _recommendation(one: Candidate, share: float, asked: int, local: Local, weather: str | None) -> Recommendation:
    rule, place = one.rule, one.place
    return Recommendation(
        id=id_of(rule.id, place),
        kind=rule.id,
        service=rule.service,
        camera=place.camera,
        sensor=place.sensor,
        subject=place.subject,
        weather=weather,
        title=rule.title,
        what=_bounded(_said(one, rule.what, local), rule),
        refute=_said(one, rule.refute, local),
        cost=rule.cost,
        evidence=_evidence(one, share, asked),
        expected=_expected(one),
        judged_at=datetime.fromtimestamp(local.now_s, UTC),
    )


def _said(one: Candidate, text: Bilingual, local: Local) -> Bilingual:
    return Bilingual(fr=_in(one, text.fr, local, "fr"), en=_in(one, text.en, local, "en"))


def _in(one: Candidate, template: str, local: Local, lang: str) -> str:
    names = {
        "camera": local.names.get(one.place.camera, one.place.camera),
        "subject": local.names.get(f"{one.place.camera}/{one.place.subject}", one.place.subject),
        "sensor": one.place.sensor,
    }
    pattern = getattr(words.PLACE[one.rule.of], lang)
    bounds = {f"n_{name}": value for name, value in one.rule.numbers.items()}
    return said(template, {**bounds, **one.question.words, "place": pattern.format(**names)}, lang)


def _bounded(text: Bilingual, rule: Rule) -> Bilingual:
    """Return what is said, and which bounds it was asked with."""
    return Bilingual(fr=f"{text.fr} {bounds_of(rule, 'fr')}", en=f"{text.en} {bounds_of(rule, 'en')}")


def bounds_of(rule: Rule, lang: str) -> str:
    """Return a sentence with the bounds of a kind; those that the city set say so."""
    listed = []
    for name, value in rule.numbers.items():
        shown = {"v": float(value), "p": 100.0 * value, "e": value / 1e8}
        bound = said(getattr(words.NUMBERS[name], lang), shown, lang)
        if name in rule.by_city:
            bound = getattr(words.BY_CITY, lang).format(bound=bound, source=rule.by_city[name])
        listed.append(bound)
    sentence: str = getattr(words.BOUND, lang).format(listed=", ".join(listed))
    return sentence


def _evidence(one: Candidate, share: float, asked: int) -> Evidence:
    answer, place = one.answer, one.place
    series = tuple(
        SeriesSeen.model_validate(
            {
                "measure": measure,
                "camera": place.camera,
                "sensor": place.sensor,
                "subject": subject,
                "class": class_name,
            }
        )
        for measure, subject, class_name in sorted(one.site.tables)
        if measure in one.rule.needs and place.subject in ("", subject)
    )
    return Evidence(
        series=series,
        first=one.site.window.first,
        last=one.site.window.last,
        n=answer.n,
        watched=round(answer.watched, 3),
        memory=round(answer.memory, 3),
        p=_rounded(answer.p),
        q=_rounded(share),
        asked=asked,
        excess=_estimate(answer, 1.0, one.question.unit),
        source=one.rule.source,
        picture=picture(one.question, one.site.window),
        picture_says=words.PICTURE,
    )


def _expected(one: Candidate) -> Expected:
    if one.rule.expected is None:
        return Expected(under=words.UNKNOWN)
    under = Bilingual(fr=one.rule.expected.fr, en=one.rule.expected.en)
    return Expected(effect=_estimate(one.answer, one.rule.expected.times, one.question.unit), under=under)


def _estimate(answer: Answer, times: float, unit: str) -> Amount:
    low, high = sorted((answer.low * times, answer.high * times))
    value, low, high = (_rounded(number) for number in (answer.value * times, low, high))
    return Amount(value=value, low=low, high=high, unit=unit)


def _rounded(number: float) -> float:
    return float(f"{number:.4g}")
