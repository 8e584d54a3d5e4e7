"""The editor over a camera that a real worker watches: its picture, and the last minutes counted with what is drawn."""

from pathlib import Path
from typing import Any

import pytest

from hypervisor.configuring.file import ConfigFile
from pipeline.desk import median
from tests.hypervisor.builders import application
from tests.hypervisor.pages.conftest import Visitor, Watched
from tests.hypervisor.pages.editing import Editor
from tests.hypervisor.pictures.street import Street
from tests.hypervisor.running import serving
from tests.served import Server

IN_THE_MIDDLE = "document.querySelector('#still').getContext('2d').getImageData(160, 200, 1, 1).data[0]"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(median, "LEAST_SPAN_S", 1.5)
    monkeypatch.setattr("pipeline.desk.camera_desk.GAP_S", 0.1)


def test_the_last_minutes_are_counted_with_a_line_that_is_not_saved(
    visitor: Visitor, watched: Watched, valkey_url: str, tmp_path: Path
) -> None:
    watched.expected = ("status of 503",)  # until enough pictures are there
    street = Street(Server(valkey_url), tmp_path)
    app = application(valkey_url, config=ConfigFile(tmp_path / "site.yaml", tmp_path / "kept"))
    app.openapi()  # made once a process, by the first request: the page does not wait for it
    with serving(app) as port, visitor.opened(port, "/sign-in") as page:
        page.set_default_timeout(20_000)  # the worker counts in this process, too
        try:
            street.watch()
            page.goto(f"http://127.0.0.1:{port}/cameras/cam/edit")
            _try_a_line(page)
        finally:
            street.close()


def _try_a_line(page: Any) -> None:
    editor = Editor(page, "#still")
    size = page.evaluate("document.querySelector('#drawing').getAttribute('viewBox')")
    assert size == "0 0 320 240"
    assert page.evaluate(IN_THE_MIDDLE) < 100  # who walks there is white; the picture is without people
    editor.press("Line")
    editor.click((0.4, 0.3), (0.4, 0.97))
    page.get_by_label("Name", exact=True).fill("Proposed")
    page.get_by_label("Name of forward").fill("to the left")
    editor.press("Try")
    page.wait_for_selector("#trial tbody tr")
    rows = {
        tuple(row.split("\t")[:2]): row.split("\t")[2:] for row in page.locator("#trial tbody tr").all_inner_texts()
    }
    before, after = rows[("Proposed", "people · to the left")]
    assert before == "–"
    assert int(after) >= 1
    assert page.locator("#state").inner_text() == "unsaved changes"
