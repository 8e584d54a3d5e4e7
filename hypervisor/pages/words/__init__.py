"""The pages' words, in French and English, a file a page; `Words` keeps the two of one thing side by side."""

import re
from collections.abc import Mapping

Words = Mapping[str, tuple[str, str]]
"""Name → what is said in French, and in English."""

LANGUAGES = {"fr": "Français", "en": "English"}
"""In the order of `Words`."""

_UNBREAKABLE = re.compile(r" (?=[:;?!»])|(?<=«) ")


def said(language: str, *tables: Words) -> dict[str, str]:
    """Return what the tables say in one language; of two that name the same thing, the later is heard.

    French puts a space before : ; ? ! and inside « »; no line may be broken there.
    """
    column = list(LANGUAGES).index(language)
    found = {name: both[column] for table in tables for name, both in table.items()}
    return (
        {name: _UNBREAKABLE.sub("\N{NO-BREAK SPACE}", text) for name, text in found.items()} if column == 0 else found
    )


def language_of(asked: str | None, accepted: str) -> str:
    """Return the language to write in: the one asked for, else the first known one of an Accept-Language header."""
    if asked in LANGUAGES:
        return asked
    ranked = []
    for order, part in enumerate(accepted.lower().split(",")):
        name, _, weight = part.strip().partition(";q=")
        ranked.append((-_weight(weight), order, name.split("-")[0]))
    return next((name for weight, _, name in sorted(ranked) if weight < 0 and name in LANGUAGES), "en")


def blanks(text: str) -> frozenset[str]:
    """Return the `{names}` that a text leaves to be filled in; `${NAME}` is an example of a setting."""
    return frozenset(re.findall(r"(?<!\$){(\w+)}", text))


def _weight(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0
