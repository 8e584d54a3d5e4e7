"""All questions of a site at once, and which answers are believed: at most one in twenty of them by chance.

Cameras are read one after the other, so a site of a thousand needs no more memory than one camera and its answers.
"""

import asyncio
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from hypervisor.history.past import Asked, Past
from hypervisor.history.rows import is_level
from hypervisor.recommendations import words
from hypervisor.recommendations.kinds import ASKERS
from hypervisor.recommendations.model import Amount, Evidence, Expected, Recommendation, SeriesSeen, Silence
from hypervisor.recommendations.pictures import picture
from hypervisor.recommendations.question import Answer, Question, answered
from hypervisor.recommendations.rule import Rule, catalogue, said
from hypervisor.recommendations.view import Place, Site, Table, clock_of, whole, window_before
from hypervisor.statistics.discovery import adjusted
from hypervisor.strict import Bilingual

SHARE = 0.05
"""Of what is recommended, so much may be chance."""

AIR = ("no2", "precipitation", "temperature", "wind_speed")
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


class Local(NamedTuple):
    """Where and when a site is judged, and how its places are called."""

    zone: ZoneInfo
    now_s: float
    names: Mapping[str, str] = {}  # `camera` and `camera/line or zone` → name

    @property
    def today(self) -> date:
        """Return the local day."""
        return datetime.fromtimestamp(self.now_s, UTC).astimezone(self.zone).date()


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
    air = await _air(past, local, known)
    gathered = _Gathered()
    for camera, sensor in sorted({(one.camera, one.sensor) for one in known}):
        own = [one for one in known if (one.camera, one.sensor) == (camera, sensor)]
        tables = await _tables(past, local, own)
        site = Site(window_before(local.today), Place(camera, sensor), tables, air)
        await asyncio.to_thread(_ask, site, rules, gathered)
    return await asyncio.to_thread(_believed, gathered, local, _weather_of(known))


async def _tables(past: Past, local: Local, own: Sequence[Asked]) -> dict[tuple[str, str, str], Table]:
    clock = clock_of(window_before(local.today), local.zone)
    hours = await past.hours(own, clock.from_s, clock.to_s)
    return {
        (one.measure, one.subject if one.camera else "", one.class_name): clock.table(got, level=is_level(one.measure))
        for one, got in zip(own, hours, strict=True)
    }


async def _air(past: Past, local: Local, known: Sequence[Asked]) -> dict[str, Table]:
    """Return the mean of all sensors of each thing in the air: which one is near a camera is not known here."""
    there = [measure for measure in AIR if any(one.measure == measure and one.sensor for one in known)]
    means = await _mean_of_sensors(past, local, [one for one in known if one.sensor and one.measure in there])
    return {measure: means[measure] for measure in there}


async def _mean_of_sensors(past: Past, local: Local, sensed: Sequence[Asked]) -> dict[str, Table]:
    clock = clock_of(window_before(local.today), local.zone)
    by_measure: dict[str, list[Table]] = {}
    if sensed:
        for one, hours in zip(sensed, await past.hours(sensed, clock.from_s, clock.to_s), strict=True):
            by_measure.setdefault(one.measure, []).append(clock.table(hours, level=is_level(one.measure)))
    return {measure: _meaned(tables) for measure, tables in by_measure.items()}


def _meaned(tables: list[Table]) -> Table:
    values = np.stack([one.values for one in tables])
    known = np.isfinite(values)
    n = known.sum(axis=0)
    mean = np.where(n > 0, np.where(known, values, 0.0).sum(axis=0) / np.maximum(n, 1), np.nan)
    return Table(mean, np.max([one.coverage for one in tables], axis=0), tables[0].unit)


def _ask(site: Site, rules: Mapping[str, Rule], gathered: _Gathered) -> None:
    for rule, place in places_of(site, rules):
        question = ASKERS[rule.id](site, place.subject, rule.numbers)
        if question is None:
            continue
        answer = answered(question, site.window, _rng(rule, place, site))
        if isinstance(answer, Answer):
            gathered.answered.append(Candidate(rule, site, place, question, answer))
        elif len(gathered.silent) < MOST_SILENT:
            where = {"camera": place.camera, "sensor": place.sensor, "subject": place.subject}
            gathered.silent.append(Silence(kind=rule.id, why=words.SILENT[answer], **where))


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


def _believed(gathered: _Gathered, local: Local, weather: str | None) -> Judgement:
    shares = adjusted([one.answer.p for one in gathered.answered]) if gathered.answered else []
    found = [
        _recommendation(one, share, len(shares), local, weather)
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
        what=_said(one, rule.what, local),
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
    return said(template, {**one.question.words, "place": pattern.format(**names)}, lang)


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


def _weather_of(known: Sequence[Asked]) -> str | None:
    """Return a sensor of rain or of warmth, for experiments."""
    found = {one.measure: one.sensor for one in reversed(known) if one.sensor}
    return found.get("precipitation") or found.get("temperature")
