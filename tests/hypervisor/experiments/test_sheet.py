"""The sheet says the same on a page and on paper, in French and English, in the order a city reads."""

import io
import re
from datetime import UTC, datetime
from time import monotonic
from xml.etree import ElementTree

import pytest
from pydantic import ValidationError
from pypdf import PdfReader

from hypervisor.experiments.replicability import CRITERIA, Replicability, Scored, index_of
from hypervisor.experiments.sheet import Language, Notes, Sheet, Told, html, pdf, sheet_of
from hypervisor.experiments.words import WORDS
from hypervisor.pages.words import blanks
from parvis.simulated_city import Trial, Wish, city
from tests.hypervisor.experiments.test_evaluation import BEGIN, protocol, result_of

AT = datetime(2026, 6, 1, tzinfo=UTC)
BUILT = city(Wish(days=98, trials=(Trial((0,), BEGIN, 0.35),)), 3)
RESULT = result_of(BUILT)
NOTES = Notes("École de 300 élèves. <b>#let</b> $x$", "Les parents ont suivi.", "Étendre à deux écoles.")


SCORES = Replicability(scores=(Scored(criterion="extent", low=2, high=3, evidence="Trois écoles."),))


def sheet(language: Language = "fr") -> Sheet:
    return sheet_of(protocol(BUILT), RESULT, Told(NOTES, SCORES, AT), language)


def test_on_paper_it_is_two_or_three_pages_in_the_order_a_city_reads() -> None:
    began = monotonic()
    pages = PdfReader(io.BytesIO(pdf(sheet()))).pages
    assert monotonic() - began < 10
    assert 2 <= len(pages) <= 3
    text = " ".join(page.extract_text() for page in pages)
    headings = [
        WORDS[name][0]
        for name in ("context", "tried", "measured", "result", "pictures", "limits", "lessons", "replicability", "next")
    ]
    places = [text.index(f"{one}") for one in headings]
    assert places == sorted(places)
    assert "Un effet est établi : +" in re.sub(r"\s+", " ", text)
    assert "<b>#let</b> $x$" in text, "what people write is text, never markup"


def test_on_a_page_it_says_the_same() -> None:
    page = html(sheet("en"))
    assert "An effect is established: +" in page
    assert "&lt;b&gt;#let&lt;/b&gt; $x$" in page
    assert "style=" not in page
    for svg in re.findall(r"<svg.*?</svg>", page, re.DOTALL):
        assert ElementTree.fromstring(svg) is not None
    assert page.count("<svg") == 2


def test_what_has_a_name_is_called_by_it() -> None:
    kept = protocol(BUILT)
    spots = [str(one) for one in (*kept.treated, *kept.controls)]
    names = {spot: f"Lieu {n}" for n, spot in enumerate(spots)} | {f"service/{kept.service}": "Mobilité"}
    named = sheet_of(kept, RESULT, Told(NOTES, SCORES, AT, None, names), "fr")
    facts = {name: value for section in named.sections for name, value in section.facts}
    assert facts[WORDS["service"][0]] == "Mobilité"
    assert facts[WORDS["treated"][0]] == "Lieu 0"
    assert facts[WORDS["controls"][0]] == ", ".join(f"Lieu {n}" for n in range(1, len(spots)))
    assert facts[WORDS["indicator"][0]].startswith("passages · piétons")
    pictured = " ".join(str(one) for section in named.sections for one in section.pictures)
    assert "Lieu 1" in pictured
    assert not any(spot in pictured for spot in spots)


def test_the_effect_is_the_same_figure_everywhere() -> None:
    shown = f"{100 * RESULT.effect.value:+.1f} %"
    assert shown.replace(".", ",") in html(sheet("fr"))
    assert shown in html(sheet("en"))


def test_without_controls_the_limit_is_told() -> None:
    alone = protocol(BUILT, controls=[])
    text = html(sheet_of(alone, result_of(BUILT, controls=[]), Told(Notes(), Replicability(), AT), "en"))
    assert "Without a control" in text
    assert "Nothing was noted." in text


@pytest.mark.parametrize("name", WORDS)
def test_both_languages_fill_in_the_same(name: str) -> None:
    french, english = (frozenset(re.findall(r"{(\w+)", one)) for one in WORDS[name])
    assert french == english
    assert blanks(WORDS[name][0]) <= french


def test_what_nobody_judged_may_be_anything() -> None:
    assert index_of(Replicability()) == (0, 100, tuple(CRITERIA))
    assert index_of(SCORES)[:2] == (10, 95)  # 2/4 and 3/4 of a quarter; the rest from nothing to everything
    whole = tuple(Scored(criterion=name, low=3, high=3, evidence="x") for name in CRITERIA)
    assert index_of(Replicability(scores=whole)) == (75, 75, ())
    assert sum(one.weight for one in CRITERIA.values()) == pytest.approx(1)


def test_the_index_shows_weights_evidence_and_what_is_missing() -> None:
    page = html(sheet("fr"))
    assert "Étendue réelle du déploiement (25%)" in page
    assert "2–3 / 4 · Trois écoles." in page
    assert "pas encore jugé" in page
    assert "entre 10 et 95 sur 100" in page


@pytest.mark.parametrize(
    ("scores", "what"),
    [
        ([{"criterion": "extent", "low": 3, "high": 2, "evidence": "x"}], "below low"),
        ([{"criterion": "extent", "low": 1, "high": 2, "evidence": "x"}] * 2, "stands twice"),
        ([{"criterion": "beauty", "low": 1, "high": 2, "evidence": "x"}], "extent"),
    ],
)
def test_scores_that_say_nothing_are_refused(scores: list[dict[str, object]], what: str) -> None:
    with pytest.raises(ValidationError, match=what):
        Replicability.model_validate({"scores": scores})
