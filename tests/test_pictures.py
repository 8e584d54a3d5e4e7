"""The guide shows every page there is, by pictures that were taken of this version."""

import re
import struct
from pathlib import Path

import pytest

from docs.picture_list import PICTURES, Picture, is_served
from docs.pictures import FOLDER, GUIDES, MARKER, MOST_BYTES, shown_in
from hypervisor.pages.admin import TABS
from hypervisor.pages.shell import WAY

DOCS = FOLDER.parents[1]
SERVED = [one for one in PICTURES if is_served(one.page)]
AWAITED = {"/explore", "/cases", "/rules", "/subscriptions"}
"""Entries of the way around whose pages are not there yet; this set is to become empty."""


def test_each_page_of_the_way_around_is_served() -> None:
    assert {stop.path for stop in WAY if not is_served(stop.path)} <= AWAITED


def test_each_page_of_the_way_around_and_each_tab_has_a_picture() -> None:
    assert {*(stop.path for stop in WAY), *TABS.values()} <= {one.page for one in PICTURES}


@pytest.mark.parametrize("picture", SERVED, ids=lambda one: one.file)
def test_a_page_that_is_served_has_its_picture(picture: Picture) -> None:
    path = FOLDER / picture.file
    assert path.exists(), f"run: make pictures ({picture.path})"
    assert path.stat().st_size <= MOST_BYTES
    if path.suffix == ".png":
        width, height = struct.unpack(">II", path.read_bytes()[16:24])
        assert (width, height) == picture.size


def test_the_guide_has_a_place_for_every_picture_and_shows_those_that_exist() -> None:
    guides = [one.read_text(encoding="utf-8") for one in GUIDES]
    assert sorted(found for one in guides for found in MARKER.findall(one)) == sorted(one.file for one in PICTURES)
    assert guides == [shown_in(one) for one in guides], "run: make pictures"


@pytest.mark.parametrize("page", sorted([*DOCS.parent.glob("*.md"), *DOCS.rglob("*.md")]), ids=str)
def test_each_picture_that_a_page_of_the_docs_names_exists(page: Path) -> None:
    named = re.findall(r"!\[[^\]]*\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
    assert [one for one in named if "://" not in one and not (page.parent / one).exists()] == []


def test_nothing_is_left_over() -> None:
    assert {path.name for path in FOLDER.iterdir()} <= {one.file for one in PICTURES}
