"""What a city sets itself, what the calendar explains, and sensors that are not known to be near."""

import asyncio
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from hypervisor.cross import words as cross_words
from hypervisor.experiments.words import WORDS as SHEET
from hypervisor.pages.decisions import WORDS as PAGE
from hypervisor.recommendations import words
from hypervisor.recommendations.bounds import FILE, bounded, kept_catalogue
from hypervisor.recommendations.draft import draft_of
from hypervisor.recommendations.judge import Judgement, bounds_of, judged
from hypervisor.recommendations.local import Local, Spots
from hypervisor.recommendations.rule import Rule, catalogue
from hypervisor.strict import Bilingual
from pipeline.config_faults import ConfigError
from tests.hypervisor.recommendations.builders import DAYS, FIRST, NOW_S, TODAY, hours_of, past, sensed, series
from tests.hypervisor.recommendations.test_kinds import one, polluted, rainy

UTC = ZoneInfo("UTC")
AT = (48.85, 2.55)


def kinds(found: Judgement) -> set[str]:
    return {each.kind for each in found.found}


def wet_holidays() -> tuple[list[object], dict[object, str]]:
    """Return cyclists that stay away on days off, on most of which it rains; rain by itself keeps nobody at home."""
    off = np.zeros(DAYS, dtype=bool)
    off[[n for n in range(DAYS) if n % 21 in (1, 2, 3)]] = True
    wet = off | (np.arange(DAYS) % 17 == 0)
    half = np.repeat(np.where(off, 0.4, 1.0), 24)
    cyclists = np.random.default_rng(4).poisson(hours_of(30, 1) * half).astype(float)
    rows = [*one("crossings", cyclists, "line", "cyclist"), series(sensed("precipitation"), np.repeat(0.8 * wet, 24))]
    return list(rows), {FIRST + timedelta(days=n): "calendar" for n in np.flatnonzero(off).tolist()}


def test_holidays_that_are_known_are_not_taken_for_rain() -> None:
    rows, off = wet_holidays()
    unaware = asyncio.run(judged(past(*rows), Local(UTC, NOW_S)))  # type: ignore[arg-type]
    aware = asyncio.run(judged(past(*rows), Local(UTC, NOW_S, off=off)))  # type: ignore[arg-type]
    assert "rain-plan" in kinds(unaware)
    assert "rain-plan" not in kinds(aware)


def test_a_draft_has_the_days_off_of_its_own_weeks() -> None:
    (some,) = (each for each in asyncio.run(judged(past(*rainy(0.4)), Local(UTC, NOW_S))).found)
    off = [TODAY, TODAY + timedelta(days=20), TODAY + timedelta(days=200)]
    draft = draft_of(some, TODAY, off=off)
    assert draft is not None
    assert draft["protocol"]["holidays"] == [str(TODAY + timedelta(days=20))]


@pytest.mark.parametrize(
    ("spots", "found"),
    [
        (Spots({"place": AT}, {"air": (48.855, 2.55)}), True),  # 550 m
        (Spots({"place": AT}, {"air": (48.90, 2.55)}), False),  # 5.5 km
        (Spots({}, {"air": AT}), False),
        (Spots({"place": AT}, {}), False),
    ],
)
def test_air_counts_only_from_sensors_that_are_known_to_be_near(spots: Spots, found: bool) -> None:
    judgement = asyncio.run(judged(past(*polluted(1.0, 40)), Local(UTC, NOW_S, spots=spots)))
    assert ("divert-traffic" in kinds(judgement)) == found
    silent = [each for each in judgement.silent if each.kind == "divert-traffic"]
    assert bool(silent) != found
    assert all("location" in each.why.fr for each in silent)


def test_an_experiment_is_offered_the_nearest_weather_and_none_of_unknown_place() -> None:
    rows = [*rainy(0.4), series(sensed("precipitation", "far"), np.zeros(DAYS * 24))]
    near = Spots({"place": AT}, {"air": (48.86, 2.55), "far": (48.88, 2.55)})
    for spots, weather in ((near, "air"), (Spots({"place": AT}, {"air": (49.5, 2.55)}), None)):
        judgement = asyncio.run(judged(past(*rows), Local(UTC, NOW_S, spots=spots)))
        assert {each.weather for each in judgement.found} <= {weather}


def written(folder: Path, text: str) -> Path:
    (folder / FILE).write_text(text, encoding="utf-8")
    return folder / FILE


def test_a_city_sets_a_bound_and_the_text_says_so(tmp_path: Path) -> None:
    written(tmp_path, "divert-traffic: {no2: 60, source: plan de protection}\n")
    rules = kept_catalogue(tmp_path)
    assert rules["divert-traffic"].numbers == {"no2": 60, "often": 0.1}
    assert bounds_of(rules["divert-traffic"], "fr") == (
        "Seuils retenus : 60 µg/m³ (fixé par la ville : plan de protection), 10 % des jours."
    )
    assert kinds(asyncio.run(judged(past(*polluted(1.0, 40)), Local(UTC, NOW_S), rules))) == set()
    (some,) = asyncio.run(judged(past(*polluted(1.0, 40)), Local(UTC, NOW_S))).found
    assert "NO₂ above 25 µg/m³ on" in some.what.en
    assert some.what.en.endswith("Bounds used: 25 µg/m³, 10 % of days.")
    assert kept_catalogue(tmp_path / "none") == catalogue()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            "quiet-night: {db: 50, source: x}",
            r":1: quiet-night: is no kind .*did you mean 'quiet-nights'",
        ),
        ("quiet-nights:\n  source: x\n  dB: 50", r":3: quiet-nights.dB: is no bound of quiet-nights"),
        ("quiet-nights: {db: loud, source: x}", r":1: quiet-nights.db: got 'loud'; expected a number above 0"),
        ("quiet-nights: {db: -5, source: x}", r"expected a number above 0"),
        ("quiet-nights: {db: .inf, source: x}", r"expected a number above 0"),
        ("quiet-nights: {db: 50}", r":1: quiet-nights.source: is missing"),
        ("quiet-nights: {source: x}", r"names no bound; expected some of db"),
        ("quiet-nights: 50", r"names no bound"),
        ("- a", r":1: holds no mapping"),
    ],
)
def test_bounds_that_are_not_understood_are_refused_with_file_and_line(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(ConfigError, match=rf"bounds\.yaml{fault}" if fault.startswith(":") else fault):
        bounded(written(tmp_path, text))


def test_every_bound_has_words() -> None:
    assert {name for rule in catalogue().values() for name in rule.numbers} == set(words.NUMBERS)


def texts() -> Iterator[str]:
    """Yield what is answered and shown, in both languages."""
    for rule in catalogue().values():
        yield from _of_rule(rule)
    for module in (words, cross_words):
        for value in vars(module).values():
            for each in value.values() if isinstance(value, dict) else [value]:
                if isinstance(each, Bilingual):
                    yield from (each.fr, each.en)
    for pair in (*SHEET.values(), *PAGE.values()):
        yield from pair


def _of_rule(rule: Rule) -> Iterator[str]:
    for text in (rule.title, rule.what, rule.refute, *([rule.expected] if rule.expected else [])):
        yield from (text.fr, text.en)


def test_nothing_is_ever_said_to_lead_to_something() -> None:
    english = r"caus\w*|because of|due to|owing to|thanks to|leads to"
    french = r"à cause|grâce à|dû|due?s? à|provoqu\w*|entraîn\w*"
    word = re.compile(rf"\b({english}|{french})\b", re.I)
    assert [text for text in texts() if word.search(text)] == []
