"""A real browser: Debian's Chromium, driven by Playwright, with an eye on what no page may do."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = Path("/usr/bin/chromium")
WAIT_MS = 15_000


class Watched:
    """What pages of a test asked for and complained of."""

    def __init__(self) -> None:
        self.hosts: set[str] = set()
        self.faults: list[str] = []
        self.answers: list[str] = []
        self.expected: tuple[str, ...] = ()  # parts of complaints that a test provokes

    def follow(self, page: Any) -> None:
        """Note what a page does from now on."""
        page.set_default_timeout(WAIT_MS)
        page.set_default_navigation_timeout(6 * WAIT_MS)  # a browser's first page is slow where others work, too
        page.on("request", lambda asked: self._asked(asked.url))
        page.on("console", lambda said: self.faults.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("response", lambda answer: self.answers.append(f"{answer.status} {answer.url}"))

    def _asked(self, url: str) -> None:
        if url.startswith("http"):
            self.hosts.add(url.split("/")[2].rpartition(":")[0])

    def judge(self) -> None:
        """Fail if a foreign host was asked, or the browser complained of anything that was not provoked."""
        assert self.hosts <= {"127.0.0.1"}
        assert [one for one in self.faults if not any(part in one for part in self.expected)] == []


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Yield Debian's Chromium, for one file of tests: its event loop keeps others from running theirs. Skip where it is
    not installed."""
    if not CHROMIUM.exists():
        pytest.skip("needs Debian's chromium: apt-get install chromium")
    api = pytest.importorskip("playwright.sync_api", reason="needs playwright (the dev extra)")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def watched() -> Iterator[Watched]:
    """Yield the eye on all pages of a test; it judges at the end."""
    eye = Watched()
    yield eye
    eye.judge()


class Visitor:
    """Somebody with a browser: opens pages, in English unless told otherwise."""

    def __init__(self, browser: Any, watched: Watched) -> None:
        self._browser, self._watched = browser, watched

    @contextmanager
    def opened(self, port: int, path: str = "/", **context: Any) -> Iterator[Any]:
        """Yield a page in a browser context of its own (cookies of its own); `context` as Playwright takes it."""
        own = self._browser.new_context(**{"locale": "en", **context})
        page = own.new_page()
        self._watched.follow(page)
        page.goto(f"http://127.0.0.1:{port}{path}")
        try:
            yield page
        finally:
            own.close()


@pytest.fixture
def visitor(browser: Any, watched: Watched) -> Visitor:
    """Return somebody with a browser."""
    return Visitor(browser, watched)


EVERYTHING = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
"""What other colours can change of a page that was looked at already."""


def barriers(page: Any, rules: dict[str, Any] = EVERYTHING) -> list[str]:
    """Return what keeps people out of a page who do not see or cannot use a mouse, as axe finds it (WCAG 2.2 AA)."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options=rules | {"resultTypes": ["violations"]}).response["violations"]
    return [f"{one['id']}: {node['html'][:120]} ({one['help']})" for one in found for node in one["nodes"]]


def barriers_in_both(page: Any) -> list[str]:
    """Return the barriers of a page that is shown in light colours, and those that dark ones add."""
    page.emulate_media(color_scheme="light")
    found = barriers(page)
    page.emulate_media(color_scheme="dark")
    return found + barriers(page, COLOURS)
