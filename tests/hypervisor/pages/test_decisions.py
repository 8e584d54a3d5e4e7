"""The pages of decisions over a simulated city: cross, write a protocol, evaluate it, read what is recommended."""

import os
from collections.abc import Iterator
from pathlib import Path
from time import time
from typing import Any

import pytest

from hypervisor.history.files import HourFiles
from hypervisor.settings import Settings
from parvis.simulated_city import City, Trial, Wish, city
from parvis.simulated_site import PLACES, SENSOR, descriptions, ending, write
from pipeline import keys
from pipeline.days_off import HolidaysConfig
from tests.hypervisor.builders import Site
from tests.hypervisor.pages.conftest import Visitor, barriers, barriers_in_both
from tests.hypervisor.running import running

WAIT_MS = 20_000
SHOTS = os.environ.get("PARVIS_SHOTS")
"""A folder: pictures are left there to be looked at."""


@pytest.fixture(scope="module")
def built() -> City:
    """Return eight weeks of a city that end yesterday."""
    trial = Trial((0,), 42, 0.5, ("pedestrian",))
    return city(Wish(days=70, first=ending(70, time()), trials=(trial,)), 11)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, built: City) -> Path:
    """Return a folder with its history."""
    path = tmp_path_factory.mktemp("history")
    write(built, HourFiles(path))
    return path


@pytest.fixture
def port(valkey_url: str, site: Site, folder: Path, built: City) -> Iterator[int]:
    """Yield the port of a hypervisor over the city."""
    for one in descriptions(built):
        site.redis.hset(keys.CAMERAS, one.id, one.model_dump_json(by_alias=True))
    with running(valkey_url, Settings(history_dir=folder, holidays=HolidaysConfig(country="FR"))) as number:
        yield number


def shot(page: Any, name: str) -> None:
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


def fits_a_phone(page: Any) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_traffic_and_nitrogen_dioxide_are_crossed_in_french(visitor: Visitor, port: int) -> None:
    with visitor.opened(port, "/cross?theme=light", locale="fr-FR") as page:
        page.set_default_timeout(WAIT_MS)
        page.wait_for_selector("nav.way a[aria-current]:text-is('Décisions')")
        page.locator("select[name=s0]").select_option(label=f"passages · voitures · {PLACES[0].name}")
        page.locator("select[name=days]").select_option("90")
        page.get_by_role("button", name="Croiser").click()
        page.wait_for_selector(".pair[data-kind=together]")
        assert "Quand la première série est plus haute" in page.locator(".said").inner_text()
        assert "Corrélation selon le décalage" in page.locator(".pair svg").first.get_attribute("aria-label")
        assert page.locator(".pair .point").count() > 100
        assert barriers(page) == []
        shot(page, "cross-fr")
        page.reload()  # the address keeps the question
        page.wait_for_selector(".pair[data-kind=together]")
        fits_a_phone(page)
        shot(page, "cross-phone")


def test_a_protocol_is_written_sealed_and_judged(visitor: Visitor, watched: Any, port: int, built: City) -> None:
    watched.expected = ("422", "412")
    days = [one.isoformat() for one in built.days()]
    with visitor.opened(port, "/experiments?theme=dark") as page:
        page.set_default_timeout(WAIT_MS)
        page.get_by_text("Write a protocol").click()
        words = {"title": "School street", "service": "mobility", "question": "More walkers?"}
        for name, said in (words | {"hypothesis": "Yes.", "tried": "Closed to cars."}).items():
            page.locator(f"[name={name}]").fill(said)
        page.locator("select[name=measure]").select_option("crossings|pedestrian")
        page.locator("select[name=treated]").select_option(f"camera|{PLACES[0].id}")
        page.locator("select[name=controls]").select_option([f"camera|{one.id}" for one in PLACES[1:]])
        dates = {"baseline_first": 1, "baseline_last": 41, "trial_first": 42, "trial_last": 68}
        for name, n in dates.items():
            page.locator(f"[name={name}]").fill(days[n])
        page.locator("[name=trial_last]").fill(days[45])
        page.get_by_role("button", name="Save").click()
        page.wait_for_selector(".fault:has-text('trial: lasts 4 days; expected 7 at least')")
        page.locator("[name=trial_last]").fill(days[68])
        page.get_by_role("button", name="Reckon the power").click()
        page.wait_for_selector("#power:has-text('times in 100')")
        page.wait_for_selector("#power .warned:has-text('sealed afterwards')")
        page.wait_for_selector("#power:has-text('day(s) off are allowed for')")
        assert barriers(page) == []
        shot(page, "experiment-form-dark")
        page.get_by_role("button", name="Save").click()
        page.wait_for_selector(".experiment[data-state=draft]")
        page.get_by_role("button", name="Change").click()
        page.locator("details[open] [name=title]").fill("A school street")
        page.locator("details[open]").get_by_role("button", name="Save").click()
        page.wait_for_selector(".experiment h2:has-text('A school street')")
        page.get_by_role("button", name="Start and seal").click()
        page.locator("dialog").get_by_role("button", name="Start and seal").click()
        page.wait_for_selector(".experiment[data-state=started]")
        page.get_by_role("button", name="Evaluate").click()
        page.wait_for_selector(".experiment[data-state=evaluated]")
        assert "An effect is established" in page.locator(".experiment .said").inner_text()
        page.get_by_role("button", name="Notes").click()
        page.locator("[name=note_lessons]").fill("Two people for each barrier.")
        page.locator("dialog").get_by_role("button", name="Save").click()
        page.wait_for_selector("dialog", state="detached")
        scored(page, port)
        page.get_by_text("What happened").click()
        page.wait_for_selector("li:has-text('changed: title')")
        page.wait_for_selector(".experiment .warned:has-text('this is a look back')")
        shot(page, "experiments-dark")
        fits_a_phone(page)
        page.get_by_role("link", name="Evaluation sheet").click()
        page.wait_for_selector("text=Two people for each barrier.")
        page.wait_for_selector("text=between 10 and 95 of 100")


def scored(page: Any, port: int) -> None:
    """Judge one criterion; what somebody else changes meanwhile is not overwritten."""
    page.get_by_role("button", name="Replicability").click()
    page.wait_for_selector("dialog:has-text('between 0 and 100 of 100')")
    page.get_by_label("At least").first.select_option("2")
    page.get_by_label("At most").first.select_option("3")
    page.wait_for_selector("dialog:has-text('between 10 and 95 of 100')")
    assert barriers(page) == []
    shot(page, "replicability-dark")
    path = f"http://127.0.0.1:{port}/v1/experiments"
    (one,) = page.request.get(path).json()["items"]
    version = page.request.get(f"{path}/{one['id']}").headers["etag"]
    other = page.request.put(f"{path}/{one['id']}/notes", data=one["notes"], headers={"If-Match": version})
    assert other.status == 200, other.text()
    page.locator("dialog textarea").first.fill("Three schools, one year.")
    page.locator("dialog [type=url]").first.fill("https://example.org/bilan")
    page.locator("dialog").get_by_role("button", name="Save").click()
    page.wait_for_selector("dialog .fault:has-text('changed')")
    page.locator("dialog").get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Replicability").click()
    page.get_by_label("At least").first.select_option("2")
    page.get_by_label("At most").first.select_option("3")
    page.locator("dialog textarea").first.fill("Three schools, one year.")
    page.locator("dialog").get_by_role("button", name="Save").click()
    page.wait_for_selector(".experiment .replicability:has-text('between 10 and 95')")


def test_a_recommendation_is_put_off_accepted_and_refused(visitor: Visitor, port: int) -> None:
    with visitor.opened(port, "/recommendations?theme=light") as page:
        page.set_default_timeout(WAIT_MS)
        register(page, port)
        page.get_by_role("button", name="Look now").click()
        page.wait_for_selector(".recommendation[data-state=new]")
        assert page.locator(".recommendation svg.sheet").first.get_attribute("role") == "img"
        assert barriers(page) == []
        shot(page, "recommendations")
        page.get_by_role("button", name="Put off").first.click()
        page.locator("dialog").get_by_role("button", name="Put off").click()
        page.wait_for_selector(".recommendation[data-state=snoozed]")
        page.get_by_role("button", name="Accept").first.click()
        page.wait_for_url("**/experiments")
        page.wait_for_selector("details[open] .protocol")
        assert page.locator("[name=title]").input_value()
        assert page.locator("select[name=treated] option:checked").count() == 1
        page.get_by_role("button", name="Save").click()
        page.wait_for_selector(".experiment[data-state=draft]")
        page.get_by_role("link", name="Recommendations").click()
        page.wait_for_selector(".recommendation[data-state=accepted]")
        page.get_by_role("button", name="Refuse").first.click()
        page.locator("[name=reason]").fill("Works until spring.")
        page.locator("dialog").get_by_role("button", name="Refuse").click()
        page.wait_for_selector(".recommendation[data-state=refused]:has-text('Works until spring.')")
        fits_a_phone(page)


def register(page: Any, port: int) -> None:
    """Register the city's sensor."""
    measures = [{"measure": one} for one in ("no2", "precipitation", "temperature", "wind_speed")]
    body = {"id": SENSOR, "name": "École", "measures": measures, "interval_s": 900} | {"location": PLACES[0].location}
    assert page.request.post(f"http://127.0.0.1:{port}/v1/sensors", data=body).status == 201


def test_the_board_opens_first_and_says_what_is_not_installed(visitor: Visitor, watched: Any, port: int) -> None:
    watched.expected = ("404",)  # a server without indicators
    with visitor.opened(port, "/decisions") as page:
        page.set_default_timeout(WAIT_MS)
        page.wait_for_selector("#room[aria-busy=false]")
        assert page.url.split("?")[0].endswith("/indicators")
        page.wait_for_selector(".board .card, .empty[role=alert]:has-text('not installed')")
        assert barriers_in_both(page) == []
        shot(page, "indicators")
        fits_a_phone(page)
