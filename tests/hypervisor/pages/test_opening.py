"""How soon each page can be used: from the click to what the page is about, with an empty cache and with a full one.

`pytest -m long tests/hypervisor/pages/test_opening.py --log-cli-level=INFO` writes a table. Only what free
cores give says anything.
"""

import logging
import time
from statistics import median
from typing import Any, NamedTuple

import pytest

from docs.picture_list import PICTURES
from tests.hypervisor.builders import Site, line
from tests.hypervisor.pages.conftest import CHROMIUM, Watched
from tests.hypervisor.pages.town import built, signed_in
from tests.hypervisor.running import until

_log = logging.getLogger(__name__)
MOST_MS = 1000
TIMES = 3
CAMERAS = 12
NEEDS_MORE = ("{case}", "/edit", "/sign-in", "/decisions")  # a case, a pipeline; left to their own stories

LOOK = """(() => {
  const look = () => (document.querySelector(%r) ? (window.usableMs = performance.now()) : requestAnimationFrame(look));
  look();
})()"""


class Opened(NamedTuple):
    """One opening of a page, milliseconds from the start of the navigation."""

    painted_ms: float  # the first contents
    usable_ms: float  # what the page is about is there, and its scripts listen
    busy_ms: float  # CPU time of the page's main thread, whatever else the machine does


def pages() -> dict[str, str]:
    """Return the pages by address, each with what is there once it can be used."""
    shown = {one.path.replace("{camera}", "c00"): one.ready for one in PICTURES}
    ready = {path: selector for path, selector in shown.items() if not any(part in path for part in NEEDS_MORE)}
    return {
        **ready,
        "/cameras/c00": "#camera .line, #camera h1",
        "/cases": "#cases, main .empty",
        "/rules": "#rules li",
        "/subscriptions": "#list li",
    }


def opened(page: Any, address: str, ready: str) -> Opened:
    """Open a page once."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.goto("about:blank")
    before = busy_ms(session)
    page.goto(address)
    page.wait_for_selector(ready, state="attached")
    until(lambda: page.evaluate("window.usableMs"))
    painted = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? window.usableMs")
    found = Opened(painted, page.evaluate("window.usableMs"), busy_ms(session) - before)
    session.detach()
    return found


def busy_ms(session: Any) -> float:
    metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    return 1000 * float(metrics["TaskDuration"])


def filled(site: Site) -> None:
    """Write a dozen cameras with their last day."""
    now = time.time()
    for n in range(CAMERAS):
        camera = f"c{n:02}"
        site.camera(camera, lines=(line(),), location=(48.84 + n / 400, 2.55))
        site.state(camera, at_s=now)
        for back in range(24):
            site.bucket(now // 3600 * 3600 - back * 3600, 3600, camera, forward=n + back)


@pytest.mark.long
def test_every_page_can_be_used_within_a_second(browser: Any, watched: Watched, valkey_url: str, site: Site) -> None:
    assert CHROMIUM.exists()
    filled(site)
    watched.expected = ("503", "409")  # no pipeline runs here, and there is no configuration file
    slow = {}
    with built(valkey_url, site) as town:
        town.administrator("root")
        first = browser.new_context(locale="fr")
        signed_in(first.new_page(), town.port, "root", "/account")
        state = first.storage_state()
        first.close()
        for path, ready in pages().items():
            cold, warm = measured(browser, watched, state, f"http://127.0.0.1:{town.port}{path}", ready)
            _log.info(
                "%-32s cold %4.0f / %4.0f ms (%3.0f ms of CPU), warm %4.0f / %4.0f ms (%3.0f)", path, *cold, *warm
            )
            if warm.usable_ms > MOST_MS:
                slow[path] = round(warm.usable_ms)
    assert slow == {}


def measured(browser: Any, watched: Watched, state: Any, address: str, ready: str) -> tuple[Opened, Opened]:
    """Return the median opening of a page with an empty cache, and with a full one."""
    cold, warm = [], []
    for _ in range(TIMES):
        context = browser.new_context(locale="fr", storage_state=state)
        context.add_init_script(LOOK % ready)
        page = context.new_page()
        watched.follow(page)
        cold.append(opened(page, address, ready))
        warm.append(opened(page, address, ready))
        context.close()
    return middle(cold), middle(warm)


def middle(found: list[Opened]) -> Opened:
    return Opened(*(median(column) for column in zip(*found, strict=True)))
