"""What all pages share: languages, colours, carried scripts, the way around, and nobody shut out."""

import hashlib
import importlib
import pkgutil
import re
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from fastapi.testclient import TestClient

from hypervisor.access.principal import SCOPES
from hypervisor.pages import vendor, words
from hypervisor.pages.words import Words, blanks, language_of
from tests.hypervisor.builders import Site
from tests.hypervisor.pages.conftest import COLOURS, Visitor, barriers, barriers_in_both
from tests.hypervisor.running import running

STATIC = Path(words.__file__).parents[2] / "static"
TEMPLATES = STATIC.parent / "templates"
MOST_OWN_BYTES, MOST_BYTES = 120_000, 400_000


def tables() -> dict[str, Words]:
    """Return every table of words by its module."""
    names = [one.name for one in pkgutil.iter_modules(words.__path__)]
    return {name: importlib.import_module(f"hypervisor.pages.words.{name}").WORDS for name in names}


@pytest.mark.parametrize("table", tables())
def test_both_languages_fill_in_the_same(table: str) -> None:
    for name, (french, english) in tables()[table].items():
        assert french, name
        assert english, name
        assert blanks(french) == blanks(english), name


@pytest.mark.parametrize(
    ("asked", "accepted", "chosen"),
    [
        (None, "fr-FR,fr;q=0.9,en;q=0.8", "fr"),
        (None, "en;q=0.4, fr;q=0.9", "fr"),
        (None, "de,en;q=0.5", "en"),
        (None, "fr;q=0", "en"),
        (None, "de", "en"),
        (None, "", "en"),
        (None, "fr;q=nonsense", "en"),
        ("fr", "en", "fr"),
        ("xx", "fr", "fr"),
    ],
)
def test_the_language_is_the_one_asked_for_or_preferred(asked: str | None, accepted: str, chosen: str) -> None:
    assert language_of(asked, accepted) == chosen


@pytest.mark.parametrize("name", vendor.CARRIED)
def test_what_a_carrier_brings_is_what_was_looked_at(name: str) -> None:
    assert hashlib.sha256(vendor.path_of(name).read_bytes()).hexdigest() == vendor.CARRIED[name].sha256


def test_nothing_else_is_carried(api: TestClient) -> None:
    assert api.get("/vendor/leaflet.js").status_code == 200
    assert api.get("/vendor/../data/leaflet.js").status_code == 404


@pytest.mark.parametrize("template", [one.name for one in TEMPLATES.glob("*.html")])
def test_the_scripts_of_a_page_stay_small(template: str) -> None:
    named = set(re.findall(r'"{{ root }}(/(?:static|vendor)/[^"]+\.js)"', (TEMPLATES / template).read_text("utf-8")))
    for name in [one for one in named if "{{" in one]:  # one of a folder: all of them are more than it can be
        named.remove(name)
        named |= {f"/static/{one.relative_to(STATIC)}" for one in (STATIC / name.split("/")[2]).glob("*.js")}
    named |= {"/static/shell/shell.js"}
    waiting = list(named)
    while waiting:
        name = waiting.pop()
        if name.startswith("/static"):
            text = (STATIC / name.removeprefix("/static/")).read_text("utf-8")
            found = {urljoin(name, one) for one in re.findall(r'(?:from |import\()"(\.[^"]+)"', text)}
            waiting += found - named
            named |= found
    sizes = {name: size_of(name) for name in named}
    assert sum(size for name, size in sizes.items() if name.startswith("/static")) < MOST_OWN_BYTES
    assert sum(sizes.values()) < MOST_BYTES


def size_of(name: str) -> int:
    """Return the bytes of a script of ours, or of one that is carried."""
    path = STATIC / name.removeprefix("/static/") if name.startswith("/static") else None
    return (path or vendor.path_of(name.removeprefix("/vendor/"))).stat().st_size


def test_a_choice_of_language_and_colours_is_kept(visitor: Visitor, valkey_url: str, site: Site) -> None:
    site.camera()
    with running(valkey_url) as port, visitor.opened(port) as page:
        page.get_by_role("link", name="Français").click()
        page.wait_for_selector("html[lang=fr]")
        page.get_by_role("link", name="Couleurs").click()
        page.wait_for_selector("html[data-theme=light]")
        page.goto(f"http://127.0.0.1:{port}/docs")
        assert page.locator("html").get_attribute("lang") == "fr"
        assert page.locator("html").get_attribute("data-theme") == "light"


@pytest.mark.parametrize("path", ["/", "/cameras/nord", "/docs"])
def test_nobody_is_shut_out(visitor: Visitor, valkey_url: str, site: Site, path: str) -> None:
    site.camera(location=(48.84, 2.55))
    with running(valkey_url) as port, visitor.opened(port, path) as page:
        page.wait_for_selector("h1", state="attached")
        if path == "/docs":  # hundreds of sections of one form: the first ones stand for all
            page.evaluate("document.querySelectorAll('section:nth-of-type(n + 6)').forEach((one) => one.remove())")
        assert barriers_in_both(page) == []


def test_what_only_the_dark_colours_hide_is_found(browser: Any) -> None:
    page = browser.new_page(color_scheme="light")
    colours = "color: light-dark(#000, #333); background: light-dark(#fff, #222)"
    page.set_content(f"<style>:root {{ color-scheme: light dark }} p {{ {colours} }}</style><p>Hardly to be read</p>")
    assert barriers(page, COLOURS) == []
    page.emulate_media(color_scheme="dark")
    assert [one.partition(":")[0] for one in barriers(page, COLOURS)] == ["color-contrast"]
    page.close()


def test_a_narrow_screen_does_not_scroll_sideways(visitor: Visitor, valkey_url: str, site: Site) -> None:
    site.camera()
    with running(valkey_url) as port, visitor.opened(port, viewport={"width": 390, "height": 844}) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_every_right_has_words() -> None:
    assert {f"scope_{one.replace(':', '_')}" for one in SCOPES} <= set(tables()["scopes"])
