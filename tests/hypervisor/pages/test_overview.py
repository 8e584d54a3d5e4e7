"""The first page in a real browser: all cameras in one look, trouble first, three answers however many they are."""

import asyncio
import json
import re
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urljoin

import pytest
from fastapi.testclient import TestClient

from hypervisor.alerts.model import Alert, Figures, tags_of
from hypervisor.pages.ground import fault_of
from hypervisor.settings import Settings
from hypervisor.store.redis_store import RedisStore
from hypervisor.store.values import Change, Commit, Message
from pipeline import keys
from pipeline.map_config import MapConfig
from tests.hypervisor.builders import Site, application
from tests.hypervisor.pages.conftest import Visitor, barriers
from tests.hypervisor.running import running

MOMENTS = ("began", "opened_at", "updated_at")


def counted(site: Site, camera: str, forward: int, backward: int = 0) -> None:
    """Write a few crossings of the running minute into all buckets that hold it."""
    now = time.time()
    for step in (60, 900, 3600):
        start = now // step * step
        site.bucket(start, step, camera, forward=forward, backward=backward, covered=(now - start) / step, sealed=False)


def test_trouble_comes_first_and_figures_follow(visitor: Visitor, valkey_url: str, site: Site) -> None:
    for camera, name in (("a", "Quai"), ("b", "Parvis"), ("c", "Gare")):
        site.camera(camera, name=name, location=(48.84 + 0.001 * ord(camera), 2.55))
        site.state(camera, at_s=time.time() + 60)
        counted(site, camera, 3, 1)
    site.state("c", at_s=time.time() + 60, state="stalled", since=datetime.now(UTC), error="no frame for 31 s")
    with running(valkey_url) as port, visitor.opened(port) as page:
        page.wait_for_selector("#link[data-state=live]")
        page.wait_for_selector("[data-camera=a] .way.forward b:text-is('3')")
        names = page.locator("#cameras h3").all_inner_texts()
        assert names == ["Gare", "Quai", "Parvis"]
        stalled = page.locator("[data-camera=c]")
        assert stalled.get_attribute("data-trouble") is not None
        assert "stalled" in stalled.inner_text()
        assert "Nothing is being counted since" in stalled.inner_text()
        assert "no frame for 31 s" in stalled.inner_text()
        assert page.locator("#summary").inner_text() == "3 cameras, 2 running · 1 camera does not count"
        assert page.locator("#totals").inner_text().split() == ["pedestrians", "12"]
        pins = [pin.get_attribute("aria-label") for pin in page.locator(".pin").all()]
        assert sorted(pins) == ["Gare: stalled", "Parvis: running", "Quai: running"]
        assert page.locator(".pin.bad").count() == 1, "told apart by more than its colour: its form is another too"
        assert barriers(page) == []
        counted(site, "a", 5, 1)
        site.state("c", at_s=time.time() + 60)
        site.tell("camera.state", camera="c", at_s=time.time())
        page.wait_for_selector("[data-camera=c]:not([data-trouble])")
        assert page.locator("#cameras h3").all_inner_texts() == ["Quai", "Parvis", "Gare"]
        page.wait_for_selector("[data-camera=a] .way.forward b:text-is('5')")
        page.locator(".pin[aria-label^=Gare]").focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/cameras/c")
        page.wait_for_selector("#camera h1:text-is('Gare')")


def crowd() -> Alert:
    """Return an alert that has just opened."""
    now = datetime.now(UTC)
    text = {"fr": "Foule : 14 personnes sur l’esplanade", "en": "Crowd: 14 people on the esplanade"}
    known = {"kind": "flow", "camera": "nord", "cameras": ("nord",), "rule": "crowd", "rule_name": "Crowd"}
    told = {"service": "safety", "topic": "safety", "severity": "high", "case": "c1", "figures": Figures(value=14)}
    return Alert.model_validate({"id": "a1", "text": text, **known, **told, **dict.fromkeys(MOMENTS, now)})


def alarm(url: str, alert: Alert) -> None:
    """Keep an alert and tell of it, as the process of the rules does; in a thread, for the browser has its own loop."""

    async def commit() -> None:
        store = RedisStore(url, time.time)
        body = alert.model_dump_json(by_alias=True)
        change = Change("alerts", alert.id, body, tags=tags_of(alert), order=int(time.time() * 1000))
        known = {"services": (alert.service,), "cameras": alert.cameras, "data": json.loads(body)}
        await store.commit(Commit([change], [Message(alert.id, "alert.opened", time.time(), alert.id, "c1", **known)]))
        await store.close()

    thread = threading.Thread(target=asyncio.run, args=(commit(),))
    thread.start()
    thread.join()


def test_an_alert_is_seen_when_it_opens(visitor: Visitor, valkey_url: str, site: Site) -> None:
    site.camera()
    site.state(at_s=time.time() + 60)
    with running(valkey_url) as port, visitor.opened(port, locale="fr") as page:
        page.wait_for_selector("#alerts-title:text-is('Aucune alerte en cours')")
        page.wait_for_selector("#link[data-state=live]")
        alarm(valkey_url, crowd())
        page.wait_for_selector("#alerts[data-open]")
        assert page.locator("#alerts-title").inner_text() == "1 alerte en cours"
        found = page.get_by_role("link", name="Foule : 14 personnes sur l’esplanade")
        assert str(found.get_attribute("href")).endswith("/cases/c1")


def test_the_map_lies_on_the_citys_own_ground(visitor: Visitor, valkey_url: str, site: Site, tmp_path: Path) -> None:
    street = {"type": "LineString", "coordinates": [[2.54, 48.84], [2.56, 48.84]]}
    ground = tmp_path / "quartier.geojson"
    ground.write_text(json.dumps({"type": "Feature", "properties": {}, "geometry": street}))
    site.camera(location=(48.84, 2.55))
    site.state(at_s=time.time() + 60)
    settings = Settings(map=MapConfig(background=ground, attribution="Ville <b>de Noisy</b>"))
    with running(valkey_url, settings) as port, visitor.opened(port) as page:
        page.wait_for_selector("#map path.ground.linestring", state="attached")
        assert page.locator(".leaflet-control-attribution").inner_text() == "Ville <b>de Noisy</b>"


def test_pictures_of_the_map_come_from_the_host_that_the_city_names_only(valkey_url: str, site: Site) -> None:
    tiles = MapConfig(tiles="https://tiles.example/{z}/{x}/{y}.png", attribution="© OpenStreetMap contributors")
    with TestClient(application(valkey_url, Settings(map=tiles)), base_url="http://127.0.0.1") as api:
        policy = api.get("/").headers["content-security-policy"]
        assert policy.startswith("default-src 'self';")
        assert policy.endswith("; img-src 'self' https://tiles.example")
        assert "tiles.example" not in api.get("/cameras/nord").headers["content-security-policy"]
        assert api.get("/map/background.geojson").status_code == 404


@pytest.mark.parametrize(
    ("tiles", "why"),
    [
        ("https://{s}.tiles.example/{z}/{x}/{y}.png", "names no single host"),
        ("https://a.example/{z}/{x}.png", "lacks {y}"),
        ("https://me:secret@a.example/{z}/{x}/{y}", "names no single host"),
        ("https://*.example/{z}/{x}/{y}", "is no address"),
        ("https://a.example; script-src *//{z}/{x}/{y}", "is no address"),
        ("//a.example/{z}/{x}/{y}", "is no address"),
        ("javascript:alert({z}{x}{y})", "is no address"),
    ],
)
def test_an_address_of_tiles_that_would_open_more_is_refused(tiles: str, why: str) -> None:
    with pytest.raises(ValueError, match=re.escape(why)):
        MapConfig(tiles=tiles, attribution="x")


def test_whose_tiles_they_are_must_be_said() -> None:
    with pytest.raises(ValueError, match="attribution"):
        MapConfig(tiles="/tiles/{z}/{x}/{y}.png")


@pytest.mark.parametrize(
    ("text", "why"),
    [("{", "is no JSON"), ('{"type": "Topology"}', "is no GeoJSON"), ("[]", "is no GeoJSON"), (None, "cannot be read")],
)
def test_a_ground_that_is_none_is_refused(tmp_path: Path, text: str | None, why: str) -> None:
    path = tmp_path / "ground.geojson"
    if text is not None:
        path.write_text(text)
    assert why in str(fault_of(path))


def test_a_wall_screen_shows_cameras_and_nothing_else(visitor: Visitor, valkey_url: str, site: Site) -> None:
    site.camera(name="Parvis")
    site.state(at_s=time.time() + 60)
    with running(valkey_url) as port, visitor.opened(port, "/?wall", locale="fr") as page:
        page.wait_for_selector(".tile")
        assert page.locator(".top").is_hidden()
        assert page.get_by_role("link", name="Quitter le mur d’écrans").is_visible()
        page.keyboard.press("Escape")
        page.wait_for_selector(".top")


def test_the_page_is_written_in_the_chosen_language(api: TestClient) -> None:
    french = api.get("/", headers={"Accept-Language": "fr"})
    assert '<html lang="fr"' in french.text
    assert french.headers["content-language"] == "fr"
    assert '<html lang="en"' in api.get("/?lang=en", headers={"Accept-Language": "fr"}).text


def test_every_file_that_a_page_names_is_served(api: TestClient) -> None:
    named = set(re.findall(r'(?:href|src)="(/(?:static|vendor)/[^"]+)"', api.get("/").text + api.get("/docs").text))
    scripts = {name for name in named if name.endswith(".js") and name.startswith("/static")}
    while scripts:
        name = scripts.pop()
        imported = {urljoin(name, one) for one in re.findall(r'from "(\.[^"]+)"', api.get(name).text)}
        scripts |= imported - named
        named |= imported
    assert len(named) >= 8
    for name in named:
        assert api.get(name).status_code == 200, name


def test_a_seal_that_has_expired_is_told_without_figures(api: TestClient, site: Site) -> None:
    site.camera()
    site.tell("bucket.sealed", at_s=datetime(2026, 1, 1, tzinfo=UTC).timestamp())
    assert site.redis.exists(keys.stream("nord"))
    (item,) = api.get("/v1/events").json()["items"]
    assert item["bucket"] is None
