"""Sixty-four cameras on one page: what they cost the browser, and how soon it answers who uses it."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from pipeline import keys
from tests.hypervisor.builders import Site, line
from tests.hypervisor.pages.conftest import Visitor
from tests.hypervisor.running import running

_log = logging.getLogger(__name__)
CAMERAS = [f"c{n:02}" for n in range(64)]
MOST_OF_A_CORE = 0.20
MOST_DELAY_MS = 150


def built(site: Site) -> None:
    """Write sixty-four cameras with two lines each, and their last hour."""
    now = time.time()
    for n, camera in enumerate(CAMERAS):
        lines = (line("entree", "person", "bicycle"), line("sortie", "car", "bus"))
        site.camera(camera, lines=lines, location=(48.84 + n % 8 / 400, 2.55 + n // 8 / 300))
        for back in range(60):
            start = now // 60 * 60 - back * 60
            site.bucket(start, 60, camera, forward=n % 7, covered=1 if back else now % 60 / 60)
        for step in (900, 3600):
            site.bucket(now // step * step, step, camera, forward=40, covered=now % step / step, sealed=False)
    told(site, 0)


def told(site: Site, second: int) -> None:
    """Tell what sixty-four workers tell in a second: all states, and in half of them a crossing."""
    now = time.time()
    for n, camera in enumerate(CAMERAS):
        site.state(camera, at_s=now, fps_in=10 + (n + second) % 5 / 10, frames=6000 + second * 10)
        if (n + second) % 2:
            for step in (60, 900, 3600):
                field = keys.crossing_field("entree", "person", "forward")
                site.redis.hincrby(keys.bucket(camera, step, int(now // step * step)), field, 1)
            site.tell("crossing", camera, now)


@contextmanager
def at_work(url: str) -> Iterator[None]:
    """Let the city go on, second by second."""
    done = threading.Event()

    def work() -> None:
        site = Site(url)
        second = 0
        while not done.wait(1):
            told(site, second := second + 1)
        site.close()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


class Meter:
    """What a page costs, as Chromium counts it: the CPU time of its main thread, whatever else the machine does."""

    def __init__(self, page: Any) -> None:
        self._session = page.context.new_cdp_session(page)
        self._session.send("Performance.enable", {"timeDomain": "threadTicks"})
        self._began_s, self._before_s = time.monotonic(), self._busy_s()

    def _busy_s(self) -> float:
        metrics = {one["name"]: one["value"] for one in self._session.send("Performance.getMetrics")["metrics"]}
        return float(metrics["TaskDuration"])

    def share(self) -> float:
        """Return the part of a core since the meter was made."""
        return (self._busy_s() - self._before_s) / (time.monotonic() - self._began_s)


def processes_s(browser: Any) -> float:
    """Return the CPU time of all of the browser's processes, seconds."""
    session = browser.new_browser_cdp_session()
    found = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()
    return float(sum(one["cpuTime"] for one in found))


@pytest.mark.long
def test_sixty_four_cameras_ask_no_more_than_one(visitor: Visitor, valkey_url: str, site: Site) -> None:
    built(site)
    with running(valkey_url) as port, visitor.opened(port, "/docs") as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url.split("?")[0].partition("/v1/")[2]))
        page.goto(f"http://127.0.0.1:{port}/")
        page.wait_for_selector("[data-camera=c01] .way.forward b:text-is('41')", state="attached", timeout=20_000)
        page.wait_for_selector("#link[data-state=live]")
        assert page.locator(".tile").count() == 64
        assert page.locator(".tile .spark svg").count() < 64, "what is out of sight is not drawn"
        meter = Meter(page)
        with at_work(valkey_url):
            page.wait_for_timeout(3000)
        page.locator("[data-camera=c63]").scroll_into_view_if_needed()
        page.wait_for_selector("[data-camera=c63] .spark svg")
        counted = Counter(path for path in asked if path)
        assert set(counted) == {"cameras", "overview", "alerts", "stream"}
        assert counted["cameras"] < 12
        assert meter.share() < 2 * MOST_OF_A_CORE  # three seconds are few: the long test holds the bar


@pytest.mark.long
def test_a_wall_leaves_the_browser_free(browser: Any, visitor: Visitor, valkey_url: str, site: Site) -> None:
    built(site)
    with running(valkey_url) as port, visitor.opened(port, viewport={"width": 1920, "height": 1080}) as page:
        page.wait_for_selector("[data-camera=c01] .way.forward b:text-is('41')", state="attached", timeout=20_000)
        page.evaluate(
            """() => {
              window.delays = [];
              window.tasks = [];
              const each = (kept, delay) => (list) => kept.push(...list.getEntries().map(delay));
              new PerformanceObserver(each(delays, (one) => one.processingStart - one.startTime))
                .observe({ type: "event", durationThreshold: 16 });
              new PerformanceObserver(each(tasks, (one) => one.duration)).observe({ type: "longtask" });
            }"""
        )
        with at_work(valkey_url):
            page.wait_for_timeout(3000)  # what opening the page has started is done
            meter, before_s = Meter(page), processes_s(browser)
            page.wait_for_timeout(10_000)
            share, all_share = meter.share(), (processes_s(browser) - before_s) / 10
            for _ in range(20):
                page.keyboard.press("Tab")
                page.mouse.wheel(0, 120)
                page.wait_for_timeout(100)
        delay_ms = max(page.evaluate("delays"), default=0.0)
        task_ms = max(page.evaluate("tasks"), default=0.0)
    _log.info(
        "64 cameras: main thread %.1f %% of a core, all processes of the browser %.1f %%; "
        "longest input delay %.0f ms, longest task %.0f ms",
        *(share * 100, all_share * 100, delay_ms, task_ms),
    )
    assert share <= all_share < MOST_OF_A_CORE
    assert delay_ms < MOST_DELAY_MS
