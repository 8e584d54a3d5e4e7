"""A camera's page in a real browser: it counts live, says what is wrong, shows pictures only where that is allowed."""

import re
import threading
import time
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse
from starlette.routing import Route

from tests.hypervisor.builders import Site, application, zone
from tests.hypervisor.pages.conftest import Visitor, Watched, barriers
from tests.hypervisor.running import running, serving

WAIT_MS = 15_000


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


def jpeg(grey: int) -> bytes:
    """Return a small plain picture."""
    return cv2.imencode(".jpg", np.full((90, 120, 3), grey, np.uint8))[1].tobytes()


def showing(valkey_url: str, pictures: Iterator[tuple[bytes, str, str]]) -> FastAPI:
    """Return the application over a camera that shows these pictures: JPEG, time, boxes."""

    async def live(_: Request) -> StreamingResponse:
        def parts() -> Iterator[bytes]:
            for picture, at, boxes in pictures:
                head = f"Content-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n"
                yield f"--x\r\n{head}X-Parvis-Time: {at}\r\nX-Parvis-Boxes: {boxes}\r\n\r\n".encode()
                yield picture[:50]  # a part comes in pieces
                yield picture[50:] + b"\r\n"

        return StreamingResponse(parts(), media_type="multipart/x-mixed-replace; boundary=x")

    app = application(valkey_url)
    app.router.routes.insert(0, Route("/v1/cameras/nord/live", live))
    return app


def test_pictures_come_only_when_asked_for_and_never_stay(visitor: Visitor, valkey_url: str, site: Site) -> None:
    site.camera()
    site.state(at_s=time.time() + 60)
    more = threading.Event()

    def pictures() -> Iterator[tuple[bytes, str, str]]:
        yield jpeg(40), "2026-03-02T12:00:00Z", "[]"
        yield jpeg(200), "2026-03-02T12:00:01Z", '[[0.25, 0.5, 0.5, 1.0, "person"]]'
        more.wait(10)

    with serving(showing(valkey_url, pictures())) as port, visitor.opened(port, "/cameras/nord") as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.wait_for_selector(".drawing .line")
        page.wait_for_selector(".facts dd")
        assert barriers(page) == []
        assert page.locator("canvas").is_hidden()
        page.get_by_role("button", name="Watch live").click()
        page.wait_for_selector(".drawing .box")
        assert page.locator("canvas").is_visible()
        size = page.evaluate("(() => { const c = document.querySelector('canvas'); return [c.width, c.height] })()")
        assert size == [120, 90]
        middle = "document.querySelector('canvas').getContext('2d').getImageData(60, 45, 1, 1).data[0]"
        assert abs(page.evaluate(middle) - 200) < 5
        box = page.locator(".drawing .box")
        assert [float(str(box.get_attribute(name))) for name in ("x", "y", "width", "height")] == [250, 375, 250, 375]
        assert "Live, blurred" in page.locator(".about").inner_text()
        more.set()
        page.wait_for_selector(".about:text-is('The live view has ended.')")
        assert page.locator("canvas").is_hidden(), "what has stopped must not look as if it were live"
        assert page.locator(".drawing .box").count() == 0
        assert [url.rsplit("/", 1)[-1] for url in asked].count("live") == 1


def test_an_unknown_camera_is_said(visitor: Visitor, valkey_url: str, site: Site, watched: Watched) -> None:
    watched.expected = ("404",)
    site.camera()
    with running(valkey_url) as port, visitor.opened(port, "/cameras/sud") as page:
        page.wait_for_selector("#empty:text-is('There is no camera sud here.')")


def test_a_lost_connection_leaves_no_hole(
    visitor: Visitor, valkey_url: str, site: Site, minute: float, watched: Watched
) -> None:
    watched.expected = ("ERR_",)
    site.camera()
    site.state(at_s=time.time() + 60)
    site.bucket(minute - 120, forward=3)
    with running(valkey_url) as port:
        context = visitor.opened(port, "/cameras/nord")
        page = context.__enter__()
        page.wait_for_selector(".count.forward b:text-is('3')")
    page.wait_for_selector("#banner:not([hidden])")
    site.bucket(minute - 60, forward=4)  # while nobody could tell
    with running(valkey_url, port=port):
        page.wait_for_selector("#banner", state="hidden")
        page.wait_for_selector(".count.forward b:text-is('7')")
    context.__exit__(None, None, None)
