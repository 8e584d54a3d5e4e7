"""A camera's page in a real browser: it counts live, says what is wrong, and shows pictures only where that is allowed."""

import re
import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin

import pytest
from fastapi.testclient import TestClient

from pipeline import keys
from tests.hypervisor.builders import Site, zone
from tests.hypervisor.running import running

WAIT_MS = 5000


@pytest.fixture
def minute() -> float:
    """Return the start of the running minute; wait for the next one if this one is nearly over."""
    if time.time() % 60 > 50:
        time.sleep(60 - time.time() % 60)
    return time.time() // 60 * 60


def test_counts_move_without_reload(browser: Any, valkey_url: str, site: Site, minute: float) -> None:
    site.camera(name="Parvis nord")
    site.state(at_s=time.time())
    site.bucket(minute - 60, forward=3, backward=1)
    with running(valkey_url) as port:
        page = browser.new_page(locale="en")
        hosts: set[str] = set()
        faults: list[str] = []
        page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(f"http://127.0.0.1:{port}/cameras/nord")
        count = page.locator("[data-camera=nord] .count.forward b")
        page.wait_for_selector(".count.forward b:text-is('3')", timeout=WAIT_MS)
        page.wait_for_selector("#link[data-state=live]", timeout=WAIT_MS)
        site.bucket(minute, forward=2, covered=0.3, sealed=False)
        site.tell("crossing", at_s=time.time())
        page.wait_for_selector(".count.forward b:text-is('5')", timeout=WAIT_MS)
        assert count.locator("xpath=..").inner_text().split("\n")[-1].endswith("vers l'ouest")
        assert page.locator("[data-camera=nord] .state").inner_text() == "running"
        assert page.locator(".drawing").get_attribute("aria-label") == "Line entree: 5 vers l'ouest, 1 vers l'est"
        label = page.locator(".place svg[role=img]").get_attribute("aria-label")
        assert label.startswith("Line entree: 5 vers l'ouest, 1 vers l'est")
        page.locator("summary").click()
        page.wait_for_selector("tbody tr", timeout=WAIT_MS)
        rows = page.locator("tbody tr").all_inner_texts()
        assert re.split(r"\s+", rows[1])[1:] == ["3", "1", "observed"]
        assert re.split(r"\s+", rows[2])[1:] == ["–", "–", "not", "observed"]
        page.close()
    assert hosts == {f"127.0.0.1:{port}"}
    assert faults == []


def test_a_gap_is_hatched_not_zero(browser: Any, valkey_url: str, site: Site, minute: float) -> None:
    site.camera(zones=(zone(),))
    site.state(at_s=time.time())
    for n in (1, 2, 5):
        site.bucket(minute - n * 60)  # watched, nobody came
    with running(valkey_url) as port:
        page = browser.new_page(locale="en")
        page.goto(f"http://127.0.0.1:{port}/cameras/nord")
        page.wait_for_selector("[data-place=line-entree] svg[role=img]", timeout=WAIT_MS)
        line = page.locator("[data-place=line-entree]").first
        assert line.locator("svg[role=img] .unseen-time").count() == 12
        assert line.locator("svg[role=img] .hover").count() == 3
        assert "not observed" in line.inner_text()
        page.close()


def test_a_silent_camera_cannot_be_overlooked(browser: Any, valkey_url: str, site: Site) -> None:
    site.camera(name="Gare")
    site.state(at_s=time.time() - 60)
    with running(valkey_url) as port:
        page = browser.new_page(locale="fr-FR", color_scheme="dark", viewport={"width": 390, "height": 844})
        page.goto(f"http://127.0.0.1:{port}/cameras/nord")
        page.wait_for_selector(".camera[data-trouble]", timeout=WAIT_MS)
        assert page.locator(".state").inner_text() == "en panne"
        assert "Plus rien n’est compté depuis" in page.locator(".alarm").inner_text()
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 390, "the page scrolls sideways on a phone"
        page.close()


def test_statistics_are_drawn_in_quarters(browser: Any, valkey_url: str, site: Site) -> None:
    site.camera(statistics=True)
    site.state(at_s=time.time(), purpose="statistics")
    quarter = time.time() // 900 * 900
    site.bucket(quarter - 900, 900, forward=40)
    with running(valkey_url) as port:
        page = browser.new_page(locale="en")
        asked: list[str] = []
        page.on("response", lambda answer: asked.append(f"{answer.status} {answer.url}"))
        page.goto(f"http://127.0.0.1:{port}/cameras/nord")
        page.wait_for_selector(".count.forward b:text-is('40')", timeout=WAIT_MS)
        assert "totals every 15 minutes" in page.locator(".facts").inner_text()
        assert "no picture leaves the camera" in page.locator(".about").inner_text()
        assert page.locator(".picture button").count() == 0
        assert all(row.startswith("200") for row in asked)
        page.close()


def test_the_page_says_when_the_service_is_gone(browser: Any, valkey_url: str, site: Site) -> None:
    site.camera()
    site.state(at_s=time.time())
    page = browser.new_page(locale="en")
    with running(valkey_url) as port:
        page.goto(f"http://127.0.0.1:{port}/cameras/nord")
        page.wait_for_selector("#link[data-state=live]", timeout=WAIT_MS)
    page.wait_for_selector("#link[data-state=offline]", timeout=WAIT_MS)
    assert "Connection lost since" in page.locator("#banner").inner_text()
    page.close()


def test_markup_in_a_name_stays_text(browser: Any, valkey_url: str, site: Site) -> None:
    site.camera(name="<img src=x onerror=alert(1)>")
    site.state(at_s=time.time())
    with running(valkey_url) as port:
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{port}/cameras/nord")
        page.wait_for_selector("#camera h1", timeout=WAIT_MS)
        assert page.locator("#camera h1").inner_text() == "<img src=x onerror=alert(1)>"
        page.close()
