"""`docs/measures.md` has every series, with its unit and how to ask for it."""

import re
from pathlib import Path

import pytest

from hypervisor.catalogue import ROWS
from pipeline.fruin import MOST_PER_M2

PAGE = (Path(__file__).parents[1] / "docs" / "measures.md").read_text(encoding="utf-8")


def rows() -> dict[str, tuple[str, str, str]]:
    """Return series → unit, how it is asked for, the section that its row leads to."""
    found = {}
    for line in PAGE.splitlines():
        if cells := re.match(r"\| \[[^]]+\]\(#([^)]+)\) \| (.+) \| (.+) \| (.+) \|$", line):
            section, series, units, asked = cells.groups()
            names = re.findall(r"`(\w+)`", series)
            each = [unit.strip() for unit in units.split(",")]
            for n, name in enumerate(names):
                found[name] = (each[n] if len(each) > 1 else each[0], asked, section)
    return found


def anchors() -> set[str]:
    headings = re.findall(r"^#+ (.+)$", PAGE, re.MULTILINE)
    return {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_page_lists_exactly_the_series_there_are() -> None:
    assert set(rows()) == set(ROWS)


@pytest.mark.parametrize("series", sorted(ROWS))
def test_a_row_of_the_page_says_what_the_code_does(series: str) -> None:
    unit, asked, section = rows()[series]
    row = ROWS[series]
    assert unit == row.unit
    assert row.asked_by in asked if row.asked_by else asked == f"every {row.subject}"
    assert section in anchors()


def test_the_levels_of_service_are_those_of_the_code() -> None:
    told = dict(re.findall(r"^\| ([A-E]) \| (\d\.\d{3}) \|", PAGE, re.MULTILINE))
    assert told == {level: f"{most:.3f}" for level, most in MOST_PER_M2.items()}
