"""The frame of every page fits all screens; a filter's area is shown and can go; words of a plan keep apart."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.hypervisor.builders import Site
from tests.hypervisor.pages.conftest import Watched, barriers
from tests.hypervisor.pages.town import Town, built, signed_in

WIDTHS = (360, 390, 768, 864, 1024, 1200, 1280, 1920)
ONE_ROW_PX = 70
SQUARE = [{"latitude": 48.8 + y, "longitude": 2.5 + x} for x, y in ((0, 0), (0.1, 0), (0.1, 0.1), (0, 0.1))]


@pytest.fixture(scope="module")
def _site(valkey_server: Any) -> Iterator[Site]:
    one = Site(f"unix://{valkey_server}")
    one.redis.flushall()
    yield one
    one.close()


@pytest.fixture(scope="module")
def town(valkey_server: Any, _site: Site) -> Iterator[Town]:
    """Yield a town with an administrator, for all tests of this module."""
    with built(f"unix://{valkey_server}", _site) as one:
        one.administrator("root")
        _site.camera("nord", name="Parvis nord", location=(48.84, 2.55))
        yield one


@pytest.fixture
def page(browser: Any, watched: Watched, town: Town) -> Iterator[Any]:
    """Yield the browser of the administrator, in French."""
    own = browser.new_context(locale="fr")
    page = own.new_page()
    watched.follow(page)
    signed_in(page, town.port, "root", "/account")
    yield page
    own.close()


def measures(page: Any, width: int) -> tuple[int, int]:
    """Return the height of the header, and how wide the page is."""
    page.set_viewport_size({"width": width, "height": 800})
    script = "[document.querySelector('.top').offsetHeight, document.documentElement.scrollWidth]"
    height, wide = page.evaluate(script)
    return height, wide


def test_the_header_fits_every_width(page: Any) -> None:
    page.wait_for_selector("#link[data-state=live]")
    rows = {width: measures(page, width) for width in WIDTHS}
    assert {width: wide for width, (_, wide) in rows.items() if wide > width} == {}
    assert {width for width, (height, _) in rows.items() if height > ONE_ROW_PX} == {864, 1024}  # a row for the way
    page.set_viewport_size({"width": 360, "height": 800})
    assert page.locator(".way a").first.is_hidden()
    page.get_by_role("button", name="Menu").press("Enter")
    assert page.locator(".way a").last.is_visible()
    assert barriers(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Mon compte").press("Enter")
    assert page.get_by_role("button", name="Se déconnecter").is_visible()
    assert barriers(page) == []


def test_an_area_of_a_filter_is_shown_and_can_go(page: Any, town: Town) -> None:
    made = {
        "name": "Gare",
        "service": "safety",
        "channel": {"type": "redis_stream", "stream": "gare"},
        "filter": {"kinds": ["alert"], "polygon": SQUARE, "classes": ["person"]},
    }
    key = town.key("safety")
    one = town.ask(key, "POST", "/v1/subscriptions", {k: v for k, v in made.items() if k != "service"})["id"]
    page.goto(f"http://127.0.0.1:{town.port}/subscriptions/{one}")
    area = page.get_by_role("img", name="Secteur de 4 sommets")
    area.wait_for()
    assert "Parvis nord" in area.get_attribute("aria-label")
    assert barriers(page) == []
    page.locator("[data-kept=polygon]").get_by_role("button", name="Retirer").click()
    page.get_by_role("button", name="Enregistrer").click()
    page.get_by_text("Enregistré.").wait_for()
    kept = town.ask(key, "GET", f"/v1/subscriptions/{one}")["filter"]
    assert (kept.get("polygon", []), kept["classes"], kept["kinds"]) == ([], ["person"], ["alert"])


LAID = """async () => {
  const { settle } = await import("/static/camera/labels.js");
  const { shape } = await import("/static/shell/dom.js");
  const words = [[300, 200], [310, 205], [290, 195], [995, 200]]
    .map(([x, y]) => shape("text", { x, y }, "104 vers la gare"));
  const drawing = shape("svg", { viewBox: "0 0 1000 600", width: 1000, height: 600 }, ...words);
  document.querySelector("main").append(drawing);
  settle(drawing, words);
  return words.map((one) => one.getBBox()).map(({ x, y, width, height }) => [x, y, x + width, y + height]);
}"""


def test_words_of_a_plan_keep_apart_and_inside(page: Any) -> None:
    boxes = page.evaluate(LAID)
    for n, (left, top, right, bottom) in enumerate(boxes):
        assert left >= 0
        assert right <= 1000
        for other in boxes[:n]:
            assert right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top
    assert boxes[0][1] < 200 < boxes[0][3], "the first one stays where it was wanted"
