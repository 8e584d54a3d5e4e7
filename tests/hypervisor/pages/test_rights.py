"""Who may not go somewhere: is not shown the way, is told so in words, and nobody else's page acts in their name."""

import http.server
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from hypervisor.access.principal import SCOPES
from hypervisor.pages.shell import WAY
from tests.hypervisor.access.house import House, sign_in
from tests.hypervisor.builders import Site
from tests.hypervisor.pages.conftest import Visitor, barriers
from tests.hypervisor.pages.test_admin import HouseBesideABrowser, signed_in
from tests.hypervisor.running import serving

BROWSER = {"Accept": "text/html,application/xhtml+xml"}


@pytest.fixture
def house(valkey_url: str, site: Site) -> House:
    """Return a house with a member lea, who may only see figures, and an administrator anne."""
    house = HouseBesideABrowser(valkey_url, time.time, sign_ins_per_min=100.0)
    house.member("lea", "flows:read")
    house.member("anne", "admin")
    site.camera()
    return house


def test_without_a_right_there_is_no_way_and_a_page_that_says_so(visitor: Visitor, house: House) -> None:
    visitor._watched.expected = ("403", "404")
    with serving(house.app()) as port, signed_in(visitor, port, "/account", "lea", locale="fr-FR") as page:
        shown = page.locator(".way a").all_inner_texts()
        assert shown == ["Vue d’ensemble", "Explorer", "Décisions"]
        page.goto(f"http://127.0.0.1:{port}/admin/keys")
        assert page.locator("h1").inner_text() == "Cette page n’est pas pour votre compte"
        assert barriers(page) == []
        page.goto(f"http://127.0.0.1:{port}/nulle-part")
        assert page.locator("h1").inner_text() == "Cette page n’existe pas"
        page.emulate_media(color_scheme="dark")
        assert barriers(page) == []


@contextmanager
def foreign_site(html: str) -> Iterator[int]:
    """Serve one page under another origin; yield its port."""

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(html.encode())

        def log_message(self, *_: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever).start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()


def test_a_forged_request_of_another_site_does_nothing(visitor: Visitor, house: House) -> None:
    visitor._watched.expected = ("CORS", "Failed to load", "ERR_FAILED", "Cross-Origin")
    with serving(house.app()) as port, signed_in(visitor, port, "/account") as page:
        lure = f"""<form method=post action="http://127.0.0.1:{port}/sign-out"><input name=csrf value=x></form><script>
            const forged = {{method: "POST", credentials: "include", body: '{{"id":"evil","name":"Evil"}}'}};
            const target = "http://127.0.0.1:{port}/v1/services", headers = {{"Content-Type": "application/json"}};
            Promise.allSettled([fetch(target, {{...forged, mode: "no-cors"}}), fetch(target, {{...forged, headers}})])
              .then(() => {{ document.title = "tried"; }});</script>"""
        with foreign_site(lure) as foreign:
            page.goto(f"http://127.0.0.1:{foreign}/")
            page.wait_for_function("document.title === 'tried'")
            page.evaluate("document.forms[0].submit()")
            page.wait_for_url("**/sign-out")
        page.goto(f"http://127.0.0.1:{port}/account")
        assert page.locator("h1").inner_text() == "My account"  # still signed in
        services = page.evaluate("fetch('/v1/services').then((answer) => answer.json())")["items"]
        assert [one["id"] for one in services] == ["mobility"]
        # The same from one of our own pages, but without the session's token.
        forged = "fetch('/v1/services', {method: 'POST', headers: {'Content-Type': 'application/json'}, body: '{}'})"
        visitor._watched.expected += ("403",)
        assert page.evaluate(f"{forged}.then((answer) => answer.status)") == 403


def test_people_get_pages_and_programs_get_documents(house: House) -> None:
    key = house.key("flows:read")
    with house.client() as client:
        sign_in(client, "lea")
        for path, status in (("/admin", 403), ("/nowhere", 404)):
            page = client.get(path, headers=BROWSER | {"Accept-Language": "fr"})
            assert (page.status_code, page.headers["content-language"]) == (status, "fr")
            assert page.headers["content-type"].startswith("text/html")
            assert client.get(path).headers["content-type"] == "application/problem+json"
            program = {**BROWSER, "Authorization": f"Bearer {key}"}
            assert client.get(path, headers=program).headers["content-type"] == "application/problem+json"
        assert client.get("/v1/nowhere", headers=BROWSER).headers["content-type"] == "application/problem+json"
        assert "Retry-After" not in client.get("/nowhere", headers=BROWSER).headers


def test_a_page_says_in_words_that_the_store_is_away(house: House) -> None:
    house.url = "redis://127.0.0.1:1/0"
    with house.client() as client:
        cookie = {"Cookie": f"parvis_session={'A' * 43}"}
        answer = client.get("/", headers=BROWSER | cookie | {"Accept-Language": "fr"})
        assert answer.status_code == 503
        assert "Le service ne répond pas en ce moment" in answer.text
        assert answer.headers["retry-after"] == "2"


def test_every_entry_of_the_way_around_asks_for_a_known_right() -> None:
    assert {stop.scope for stop in WAY} <= set(SCOPES)
