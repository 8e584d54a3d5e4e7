"""Pictures of a deposit on the page of its case: shown where they are kept, and their absence said."""

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests.hypervisor.builders import Site, line, zone
from tests.hypervisor.cleanliness.builders import Street
from tests.hypervisor.pages.conftest import Watched, barriers
from tests.hypervisor.pages.town import Town, built, signed_in
from tests.hypervisor.rules.test_other_rules import litter, pavement
from tests.recorded_deposits import deposit

SIZE = "(image) => image.complete && [image.naturalWidth, image.naturalHeight]"
CASES = "/v1/cases?state=open&state=acknowledged"


@pytest.fixture
def town(valkey_url: str, site: Site, tmp_path: Path) -> Iterator[Town]:
    """Yield a town that keeps a picture of how it was before something was left there."""
    folder = tmp_path / "nord" / "evidence"
    folder.mkdir(parents=True)
    picture = cv2.imencode(".jpg", np.full((60, 80, 3), 128, np.uint8))[1]
    (folder / "d-1-before.jpg").write_bytes(picture.tobytes())
    with built(valkey_url, site, evidence_dir=tmp_path) as one:
        yield one


def left_there(town: Town, purpose: str, **members: Any) -> str:
    """Let something be left on the pavement; return the case of it."""
    zones = (zone(), pavement())
    town.site.camera("nord", name="Parvis nord", purpose=purpose, lines=(line(),), zones=zones, min_step_s=900)
    key = town.key("safety")
    town.ask(key, "POST", "/v1/rules", litter())
    town.judge()
    with closing(Street(town.site, town.house.url)) as street:
        street.tell(deposit("nord", "d", "opened", at_s=time.time(), **members))
    town.judge()
    (case,) = town.ask(key, "GET", CASES)["items"]
    return f"/cases/{case['id']}"


@pytest.fixture
def page(browser: Any, watched: Watched, town: Town) -> Iterator[Any]:
    """Yield the browser of somebody of `safety`."""
    own = browser.new_context(locale="en", timezone_id="Europe/Paris")
    page = own.new_page()
    watched.follow(page)
    yield page
    own.close()


def test_a_picture_that_is_kept_is_shown_and_of_another_it_is_said_that_it_is_gone(
    page: Any, town: Town, watched: Watched
) -> None:
    watched.expected = ("404",)  # the picture that is no longer kept
    signed_in(page, town.port, "ana", left_there(town, "operations", evidence="d-1"))
    page.get_by_role("button", name="Show the pictures").click()
    before = page.get_by_role("img", name="before")
    before.wait_for()
    page.wait_for_function(SIZE, arg=before.element_handle())
    assert before.evaluate(SIZE) == [80, 60]
    page.get_by_text("after: is no longer kept").wait_for()
    assert barriers(page) == []
    looks = [one.text for one in town.audited() if "evidence.view" in one.text]
    assert len(looks) == 1, "what was shown is in the audit log"


@pytest.mark.parametrize(
    ("purpose", "said"),
    [("operations", "No picture of this deposit is kept."), ("statistics", "the camera is there for statistics only")],
)
def test_where_there_is_none_the_page_says_so(page: Any, town: Town, purpose: str, said: str) -> None:
    signed_in(page, town.port, "ana", left_there(town, purpose))
    page.get_by_text(said).wait_for()
    assert page.get_by_role("button", name="Show the pictures").count() == 0
