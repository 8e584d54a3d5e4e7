"""A camera is added, changed and deleted on a page; what the API finds wrong is said at its field."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hypervisor.configuring.file import ConfigFile
from pipeline.config_file import load_config
from tests.hypervisor.builders import application
from tests.hypervisor.pages.conftest import Visitor, Watched, barriers_in_both
from tests.hypervisor.running import running, serving

PATIENCE_MS = 15_000
FILE = """\
parvis: 1
site: {id: test, name: "Test"}
cameras:
  # in front of the station
  - id: nord
    name: 'Parvis nord'
    source: "rtsp://admin:geheim@10.0.0.7/stream"
    detector: {fps: 5, score: 0.4}
    lines:
      - {id: entree, from: [0.3, 0.2], to: [0.3, 0.8]}
  - id: sud
    source: other.mp4
"""


@pytest.fixture(scope="module")
def server(valkey_server: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, int]]:
    """Yield a file and the port of what serves it, for all tests of this module."""
    folder = tmp_path_factory.mktemp("form")
    config = ConfigFile(folder / "site.yaml", folder / "kept")
    with serving(application(f"unix://{valkey_server}", config=config)) as port:
        yield folder / "site.yaml", port


@pytest.fixture
def path(server: tuple[Path, int], valkey_url: str) -> Path:
    """Return the file, as it was at first."""
    server[0].write_text(FILE, encoding="utf-8")
    return server[0]


@pytest.fixture
def port(server: tuple[Path, int]) -> int:
    """Return where it is served."""
    return server[1]


def filled(page: Any, label: str) -> str:
    """Return what stands in a field."""
    return str(page.get_by_label(label, exact=True).input_value())


def await_filled(page: Any, label: str, value: str) -> None:
    """Wait until something stands in a field."""
    page.set_default_timeout(PATIENCE_MS)
    for _ in range(PATIENCE_MS // 50):
        if filled(page, label) == value:
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"{label} is {filled(page, label)!r}")


def test_a_camera_is_changed_where_it_was_meant(visitor: Visitor, watched: Watched, path: Path, port: int) -> None:
    watched.expected = ("status of 422",)
    with visitor.opened(port, "/cameras/nord/settings") as page:
        await_filled(page, "Name", "Parvis nord")
        assert filled(page, "Source") == "rtsp://admin:***@10.0.0.7/stream"
        page.get_by_role("button", name="Test the source").click()
        page.get_by_text("type the password again").wait_for()
        page.get_by_label("Operations").check()
        page.get_by_role("button", name="Save").click()
        alert = page.get_by_role("alert").filter(has_text="This is not right yet")
        alert.wait_for()
        assert "Decision or text that allows it: missing" in alert.inner_text()
        assert page.evaluate("document.activeElement.name") == "legal_basis.reference"
        for label in ("Decision or text that allows it", "Data controller", "Impact assessment (DPIA)"):
            page.get_by_label(label).fill("as decided")
        page.get_by_label("Place: latitude, longitude").fill("48.8411,2.55")
        page.get_by_text("More settings").click()
        assert filled(page, "Detections per second") == "5"
        page.get_by_label("Detections per second").fill("")
        page.get_by_role("button", name="Save").click()
        page.get_by_text("Saved.").wait_for()
        page.get_by_label("Name", exact=True).fill("Gare")
        page.get_by_role("button", name="Save").click()
        page.get_by_text("Saved.").nth(1).wait_for()
    camera = load_config(path).site.camera("nord")
    assert (camera.name, camera.purpose, camera.location) == ("Gare", "operations", (48.8411, 2.55))
    assert (camera.detector.fps, camera.detector.score) == (None, 0.4)
    text = path.read_text()
    assert 'source: "rtsp://admin:geheim@10.0.0.7/stream"' in text
    assert "# in front of the station" in text
    assert "      - {id: entree, from: [0.3, 0.2], to: [0.3, 0.8]}\n" in text


def test_the_second_of_two_is_told(visitor: Visitor, watched: Watched, path: Path, port: int) -> None:
    watched.expected = ("status of 412",)
    with visitor.opened(port, "/cameras/sud/settings") as page:
        await_filled(page, "Source", "other.mp4")
        path.write_text(FILE.replace("'Parvis nord'", "'By hand'"))
        page.get_by_label("Name", exact=True).fill("Sud")
        page.get_by_role("button", name="Save").click()
        page.get_by_text("Somebody else has changed this").wait_for()
        page.get_by_role("button", name="Read it again").click()
        await_filled(page, "Source", "other.mp4")
        page.get_by_label("Name", exact=True).fill("Sud")
        page.get_by_role("button", name="Save").click()
        page.get_by_text("Saved.").wait_for()
    assert [one.name for one in load_config(path).site.cameras] == ["By hand", "Sud"]


def test_a_camera_is_deleted_after_a_question(visitor: Visitor, path: Path, port: int) -> None:
    with visitor.opened(port, "/cameras/sud/settings") as page:
        await_filled(page, "Source", "other.mp4")
        page.get_by_role("button", name="Delete the camera").click()
        page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
        page.get_by_role("button", name="Delete the camera").click()
        page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        page.wait_for_url(f"http://127.0.0.1:{port}/")
    assert [one.id for one in load_config(path).site.cameras] == ["nord"]


def test_what_is_wrong_with_a_new_camera_is_said_at_its_field(
    visitor: Visitor, watched: Watched, path: Path, port: int
) -> None:
    watched.expected = ("status of 422", "status of 503", "status of 409")
    with visitor.opened(port, "/cameras/new?lang=fr", viewport={"width": 390, "height": 844}) as page:
        page.get_by_role("button", name="Essayer la source").click()
        page.get_by_text("Indiquez d’abord une source.").wait_for()
        page.get_by_label("Nom", exact=True).fill("Élysée : Étoile")
        assert filled(page, "Identifiant") == "elysee-etoile"
        page.get_by_label("Lieu : latitude, longitude").fill("Paris")
        page.get_by_role("button", name="Enregistrer").click()
        page.get_by_text("Ceci n’est pas encore juste").wait_for()
        said = page.locator("#fault").inner_text()
        assert "Source\N{NO-BREAK SPACE}: manque" in said
        assert "Latitude et longitude attendues" in said
        assert page.locator("[aria-invalid]").count() == 2
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.get_by_label("Identifiant").fill("nord")
        page.get_by_label("Lieu : latitude, longitude").fill("")
        page.get_by_label("Source", exact=True).fill("a.mp4")
        page.get_by_role("button", name="Enregistrer").click()
        page.get_by_text("camera 'nord' exists already").wait_for()
    assert path.read_text() == FILE


def test_nobody_is_shut_out_of_the_form(visitor: Visitor, path: Path, port: int) -> None:
    with visitor.opened(port, "/cameras/new") as page:
        page.get_by_label("Operations").check()
        page.get_by_text("More settings").click()
        assert barriers_in_both(page) == []


def test_without_a_file_the_page_says_what_to_do(visitor: Visitor, watched: Watched, valkey_url: str) -> None:
    watched.expected = ("status of 409",)
    with running(valkey_url) as port, visitor.opened(port, "/cameras/new") as page:
        page.get_by_text("start it with parvis up").wait_for()
