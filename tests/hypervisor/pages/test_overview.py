"""The first page in a real browser: all cameras in one look, trouble first, three answers however many they are."""

import re
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from fastapi.testclient import TestClient

from hypervisor.settings import Settings
from pipeline import keys
from pipeline.map_config import MapConfig
from tests.hypervisor.builders import Site, application
from tests.hypervisor.pages.conftest import Visitor, barriers
from tests.hypervisor.running import running


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
