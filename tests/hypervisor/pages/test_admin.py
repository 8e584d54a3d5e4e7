"""Administration in a real browser, by somebody who signed in: people, keys, and how everything is."""

import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest

from hypervisor.access.directory import Directory
from hypervisor.pages.admin import TABS
from pipeline import keys
from pipeline.observation import ConfigurationState, ModelsTold, ModelTold
from tests.hypervisor.access.house import PASSWORD, Answer, House
from tests.hypervisor.builders import Site
from tests.hypervisor.pages.conftest import Visitor, barriers, barriers_in_both
from tests.hypervisor.running import serving

SITE = Path(__file__).parents[3] / "configs" / "demo.yaml"
PHONE = {"width": 390, "height": 844}


class HouseBesideABrowser(House):
    """A house whose stories have a thread of their own: Playwright's event loop runs in the tests' one."""

    def told(self, story: Callable[[Directory], Awaitable[Answer]]) -> Answer:
        """Tell a story to the directory."""
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(super().told, story).result()


@pytest.fixture
def house(valkey_url: str, site: Site) -> House:
    """Return a house with the service `mobility`, an administrator anne, and a camera that looks."""
    house = HouseBesideABrowser(valkey_url, time.time, config_file=SITE, sign_ins_per_min=100.0, silent_after_s=3600)
    house.member("anne", "admin")
    site.camera("parvis-nord", name="Parvis nord")
    site.state("parvis-nord", at_s=time.time())
    now = datetime.now(UTC)
    model = ModelTold(
        name="yolov8n", licence="AGPL-3.0", source="Ultralytics YOLOv8n", sha256="0546" * 16, input_px=640, classes=80,
        parity={"box_px": 0.0015, "score": 4.2e-6}, look_cpu_ms={"parvis-nord": 41.5},
    )  # fmt: skip
    site.redis.set(keys.MODELS, ModelsTold(updated_at=now, models=(model,)).model_dump_json())
    followed = ConfigurationState(revision="0f3ac1e09b7d", since=now, updated_at=now)
    site.redis.set(keys.CONFIGURATION, followed.model_dump_json())
    return house


@contextmanager
def signed_in(visitor: Visitor, port: int, path: str = "/", name: str = "anne", **context: Any) -> Iterator[Any]:
    """Yield a page after signing in by its form."""
    with visitor.opened(port, f"/sign-in?next={path}", **context) as page:
        page.locator("#name").fill(name)
        page.locator("#password").fill(PASSWORD)
        page.locator("form button").click()
        page.wait_for_url(f"**{path}", wait_until="commit")
        yield page


def row(page: Any, named: str) -> Any:
    """Return the row of a table that begins with a name."""
    return page.locator("tbody tr", has=page.locator("th", has_text=named))


def test_services_and_members_are_made_changed_and_shut_out(visitor: Visitor, house: House) -> None:
    with serving(house.app()) as port, signed_in(visitor, port, "/admin") as page:
        page.get_by_role("button", name="Add a service").click()
        page.get_by_label("Id").fill("proprete")
        page.get_by_label("Name").fill("Propreté")
        page.get_by_role("button", name="Save").click()
        row(page, "Propreté").wait_for()

        page.get_by_role("button", name="Add a member").click()
        page.get_by_label("Sign-in name").fill("karim")
        page.get_by_label("Name", exact=True).fill("Karim B.")
        page.get_by_label("Service", exact=True).select_option("proprete")
        page.get_by_role("button", name="Save").click()
        password = page.get_by_role("textbox", name="Password of Karim B.").input_value()
        page.get_by_role("button", name="I have noted it").click()
        karim = row(page, "Karim B.")
        assert "handle cases" in karim.inner_text()
        assert "change rules" not in karim.inner_text()
        assert password not in page.content()
        assert can_sign_in(port, "karim", password)

        karim.get_by_role("button", name="Edit").click()
        page.get_by_label("change rules").check()
        page.get_by_label("only these:").check()
        page.get_by_label("Parvis nord").check()
        page.get_by_role("button", name="Save").click()
        karim.get_by_text("change rules").wait_for()
        assert "only parvis-nord" in karim.inner_text()

        karim.get_by_role("button", name="Deactivate").click()
        karim.get_by_text("may not sign in").wait_for()
        assert not can_sign_in(port, "karim", password)


def can_sign_in(port: int, name: str, password: str) -> bool:
    """Tell whether a password opens a session."""
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}") as client:
        token = client.get("/sign-in").text.split('name="token" value="')[1].split('"')[0]
        fields = {"token": token, "next": "/", "name": name, "password": password}
        return bool(client.post("/sign-in", data=fields).status_code == 303)


def test_a_key_is_shown_once_works_and_is_revoked(visitor: Visitor, house: House) -> None:
    with serving(house.app()) as port, signed_in(visitor, port, "/admin/keys") as page:
        page.get_by_role("button", name="Make a key").click()
        page.get_by_label("Use", exact=True).fill("panneaux")
        page.get_by_role("button", name="Save").click()
        key = page.get_by_role("textbox", name="Key of mobility (panneaux)").input_value()
        page.get_by_role("button", name="I have noted it").click()
        panels = row(page, "panneaux")
        panels.get_by_text("valid", exact=True).wait_for()
        assert key not in page.content()
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", headers={"Authorization": f"Bearer {key}"}) as program:
            assert program.get("/v1/cameras").status_code == 200
            panels.get_by_role("button", name="Revoke").click()
            page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
            panels.get_by_text("revoked").wait_for()
            assert program.get("/v1/cameras").status_code == 401
        page.goto(f"http://127.0.0.1:{port}/admin/audit")
        revoked = page.get_by_role("row").filter(has_text="key.revoke")
        revoked.get_by_text("Key of Mobility (panneaux)").wait_for()
        assert f"keys/{key.split('_')[1]}" in revoked.inner_text()


SAID = {
    "people": ("Anne", "administer everything, for all services"),
    "keys": ("No key.",),
    "cameras": ("Parvis nord", "running", "Lines and zones"),
    "sensors": ("No sensor.",),
    "models": ("AGPL-3.0", "41.5 ms of CPU", "boxes within 0.0015 px"),
    "privacy": (
        "demonstration on public footage",
        "totals of a minute: 48 h, store of figures",
        "Record of processing",
    ),
    "health": ("Answers in", "0f3ac1e09b7d", "no process is active", "Dead letters"),
    "audit": ("member.sign_in", "member:anne"),
}
"""Tab → what it says of this house."""


def test_every_tab_says_how_it_is_and_shuts_nobody_out(visitor: Visitor, house: House) -> None:
    with serving(house.app()) as port, signed_in(visitor, port, "/account") as page:
        assert barriers(page) == []
        for tab, path in TABS.items():
            page.goto(f"http://127.0.0.1:{port}{path}")
            page.wait_for_selector("#content[aria-busy=false]")
            shown = " ".join(page.locator("main").inner_text().split())
            assert [one for one in SAID[tab] if one not in shown] == [], tab
            assert barriers_in_both(page) == [], tab
        page.get_by_role("button", name="Verify the chain").click()
        page.get_by_text("lines follow from each other").wait_for()
        page.set_viewport_size(PHONE)
        for path in ("/admin", "/admin/privacy"):
            page.goto(f"http://127.0.0.1:{port}{path}?lang=fr")
            page.wait_for_selector("#content[aria-busy=false]")
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path


def test_an_own_password_is_changed_and_other_sessions_end(visitor: Visitor, house: House) -> None:
    visitor._watched.expected = ("422",)
    with (
        serving(house.app()) as port,
        signed_in(visitor, port, "/account") as page,
        signed_in(visitor, port, "/account") as elsewhere,
    ):

        def change(old: str) -> None:
            for label, value in (("Current", old), ("New password", "une phrase assez longue")):
                page.get_by_label(label).first.fill(value)
            page.get_by_label("once more").fill("une phrase assez longue")
            page.get_by_role("button", name="Change password").click()

        change("not the right one")
        page.get_by_text("The current password is wrong").wait_for()
        change(PASSWORD)
        page.get_by_text("Your other sessions have ended").wait_for()
        elsewhere.reload()
        assert "/sign-in" in elsewhere.url
        page.reload()
        assert page.url.endswith("/account")
        assert can_sign_in(port, "anne", "une phrase assez longue")
