"""Lines and zones are drawn in a real browser, over the real configuration API and a real file."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hypervisor.configuring.file import ConfigFile
from tests.hypervisor.builders import application
from tests.hypervisor.pages.conftest import COLOURS, Visitor, Watched, barriers
from tests.hypervisor.pages.editing import FILE, Desk, Editor
from tests.hypervisor.running import serving

NO_PICTURE = ("status of 503", "status of 404")


@pytest.fixture(scope="module")
def server(valkey_server: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, int]]:
    """Yield a file and the port of what serves it, for all tests of this module."""
    folder = tmp_path_factory.mktemp("editor")
    (folder / "site.yaml").write_text(FILE, encoding="utf-8")
    config = ConfigFile(folder / "site.yaml", folder / "kept")
    app = application(f"unix://{valkey_server}", config=config)
    app.openapi()  # made once a process, by the first request: no page of a test waits for it
    with serving(app) as port:
        yield folder / "site.yaml", port


@pytest.fixture
def desk(server: tuple[Path, int], valkey_url: str) -> Desk:
    """Return the desk with the file as it was at first."""
    server[0].write_text(FILE, encoding="utf-8")
    return Desk(*server, valkey_url)


def test_a_line_is_drawn_with_the_mouse_and_saved(visitor: Visitor, watched: Watched, desk: Desk) -> None:
    watched.expected = NO_PICTURE
    with visitor.opened(desk.port, "/cameras/nord/edit") as page:
        editor = Editor(page)
        editor.press("Line")
        assert page.locator("#hint").inner_text() == "Click where the line begins."
        editor.click((0.62, 0.1), (0.62, 0.4))
        page.get_by_label("Name", exact=True).fill("Rue de l’été")
        page.get_by_label("Name of forward").fill("vers la gare")
        assert "From right to left: “vers la gare”" in page.locator("#way-said").inner_text()
        editor.press("⇄ Flip directions")
        assert "From left to right: “vers la gare”" in page.locator("#way-said").inner_text()
        assert page.locator(".way.forward text").text_content() == "vers la gare"
        editor.drag((0.62, 0.25), (0.7, 0.25))  # the small circle in its middle bends it
        assert page.locator(".corner").count() == 3
        editor.press("Undo")
        assert page.locator(".corner").count() == 2
        editor.press("Redo")
        page.get_by_label("cars").check()
        editor.save()
        editor.says("saved; counting is not started")
        line = desk.nord.lines[1]
        assert (line.id, line.name, line.directions.forward) == ("rue-de-l-ete", "Rue de l’été", "vers la gare")
        assert [[round(v, 2) for v in point] for point in line.path] == [[0.62, 0.4], [0.7, 0.25], [0.62, 0.1]]
        assert line.classes == ("person", "car")  # people, as the line before it
        text = desk.path.read_text()
        assert "# where they come in" in text
        assert "rtsp://admin:secret@10.0.0.7/stream" in text
        assert "source: other.mp4" in text
        page.reload()
        page.wait_for_selector("#shapes li >> nth=2")
        assert editor.listed == ["Line Entrée", "Line Rue de l’été", "Zone Place"]


def test_a_zone_is_drawn_and_changed_with_keys_only(visitor: Visitor, watched: Watched, desk: Desk) -> None:
    watched.expected = NO_PICTURE
    with visitor.opened(desk.port, "/cameras/nord/edit") as page:
        editor = Editor(page)
        editor.tab_to("Zone")
        editor.keys("Enter")  # the cursor stands in the middle of the picture
        editor.keys("Shift+ArrowLeft*6", "Enter", "Shift+ArrowRight*3", "Enter", "Shift+ArrowUp*4", "Enter", "Enter")
        assert page.evaluate("document.activeElement.dataset.n") == "0"
        assert "Point 1 of 3 of zone-1: 20.0 % from the left, 50.0 % from the top" in page.evaluate(
            "document.activeElement.getAttribute('aria-label')"
        )
        editor.keys("ArrowDown*2", "Control+ArrowDown", "Tab", "Insert", "Delete", "Tab", "ArrowLeft")
        assert page.locator("#where").inner_text() == "34.5 % from the left, 30.0 % from the top"
        editor.keys("Control+z", "Control+y")
        editor.tab_to("Save…", back=True)
        editor.keys("Enter")
        page.wait_for_selector("dialog[open]")
        assert "Added: Zone “zone-1”" in page.locator("dialog[open]").inner_text()
        editor.tab_to("Save")
        editor.keys("Enter")
        editor.says("saved; counting is not started")
        assert desk.nord.zones[1].points == ((0.2, 0.511), (0.35, 0.5), (0.345, 0.3))
        assert desk.nord.zones[1].classes == ("person",)


def test_what_is_wrong_is_said_while_drawing(visitor: Visitor, watched: Watched, desk: Desk) -> None:
    watched.expected = NO_PICTURE
    with visitor.opened(desk.port, "/cameras/nord/edit") as page:
        editor = Editor(page)
        editor.press("Zone")
        editor.click((0.1, 0.1), (0.2, 0.1), (0.1, 0.25))
        page.mouse.move(*editor.at(0.15, 0.02))
        assert page.locator("#hint").inner_text() == "Like this it crosses or touches itself."
        editor.click((0.2, 0.25), (0.1, 0.1))
        assert "Zone zone-1 it crosses or touches itself" in editor.listed
        assert "it crosses or touches itself" in page.locator("#drawing .shape .wrong").text_content()
        assert page.locator("#save").is_disabled()
        editor.press("Undo")
        editor.press("Line")
        editor.click((0.01, 0.1), (0.01, 0.9))
        assert "runs along the edge" in editor.listed[1]
        assert page.locator("#save").is_enabled()  # allowed, if somebody wants it
        editor.press("Line")
        editor.click((0.2, 0.6), (0.4, 0.6))
        assert "crosses Entrée: who goes over both counts at each" in editor.listed[2]
        page.get_by_label("people").uncheck()
        assert "choose what counts" in editor.listed[2]
        page.get_by_label("people").check()
        editor.press("Zone Place")
        editor.drag((0.5, 0.5), (0.2, 0.2))
        page.get_by_text("Finer settings").click()
        assert page.get_by_label("Identifier").get_attribute("readonly") is not None
        page.locator("[data-pick]").nth(2).click()
        page.get_by_label("Identifier").fill("")
        assert "only lower-case letters" in editor.listed[2]
        page.get_by_label("Identifier").fill("entree")
        assert "the identifier entree is taken" in editor.listed[2]
        page.get_by_label("Identifier").fill("rue")
        editor.press("Zone Place")
        page.get_by_label("queue").check()
        page.get_by_label("stops").check()
        page.get_by_label("deposits and litter").check()
        assert page.get_by_label("Ground").input_value() == "pavement"
        page.get_by_label("Stopped after (s)").fill("1")  # what only the schema knows, its check tells
        page.wait_for_selector("#shapes small.bad:has-text('2')")
        assert page.locator("#save").is_disabled()


def test_the_second_of_two_people_is_told_and_both_changes_stay(visitor: Visitor, watched: Watched, desk: Desk) -> None:
    watched.expected = (*NO_PICTURE, "status of 412")
    with (
        visitor.opened(desk.port, "/cameras/nord/edit") as first,
        visitor.opened(desk.port, "/cameras/nord/edit") as second,
    ):
        ours, theirs = Editor(first), Editor(second)
        theirs.press("Line Entrée")
        second.get_by_label("Name", exact=True).fill("Porte")
        ours.press("Zone Place")
        first.get_by_label("Name", exact=True).fill("Grande place")
        theirs.save()
        theirs.says("saved; counting is not started")
        theirs.press("Zone Place")
        second.get_by_label("Name", exact=True).fill("Petite place")
        first.wait_for_selector("#others:not([hidden])", timeout=10_000)
        assert "Somebody else has just saved" in first.locator("#others").inner_text()
        ours.save()
        conflict = first.locator("dialog[open]")
        first.wait_for_selector("dialog[open] :text('do not touch each other')")
        conflict.get_by_role("button", name="Put together and save").click()
        ours.says("saved; counting is not started")
        assert (desk.nord.lines[0].name, desk.nord.zones[0].name) == ("Porte", "Grande place")
        assert ours.listed == ["Line Porte", "Zone Grande place"]
        theirs.save()
        second.wait_for_selector("dialog[open] :text('Both of you changed: place')")
        second.locator("dialog[open]").get_by_role("button", name="Cancel").click()
        assert desk.nord.zones[0].name == "Grande place"
        theirs.says("unsaved changes")


def test_saving_says_when_counting_follows_and_a_version_can_be_restored(
    visitor: Visitor, watched: Watched, desk: Desk
) -> None:
    watched.expected = NO_PICTURE
    desk.followed()
    with visitor.opened(desk.port, "/cameras/nord/edit") as page:
        editor = Editor(page)
        editor.press("Zone Place")
        editor.press("Delete")
        editor.save()
        editor.says("saved, counting is about to follow…")
        desk.followed()
        editor.says("saved, counting follows")
        assert desk.nord.zones == ()
        editor.press("Versions…")
        page.wait_for_selector("dialog[open] select")
        assert "local · camera nord changed" in page.locator("dialog[open] option").first.text_content()
        page.locator("dialog[open] select").select_option(index=1)
        page.wait_for_selector("dialog[open] .added:has-text('id: place')")
        page.locator("dialog[open]").get_by_role("button", name="Restore this version").click()
        page.wait_for_selector("#shapes :text('Place')")
        assert desk.path.read_text() == FILE
        desk.followed()
        editor.says("saved, counting follows")


def test_leaving_with_unsaved_changes_asks_first(visitor: Visitor, watched: Watched, desk: Desk) -> None:
    watched.expected = NO_PICTURE
    asked: list[str] = []
    with visitor.opened(desk.port, "/cameras/nord/edit") as page:

        def stay(box: Any) -> None:
            asked.append(box.type)
            box.dismiss()

        page.on("dialog", stay)
        editor = Editor(page)
        editor.press("Line Entrée")
        editor.press("Delete")
        page.get_by_role("link", name="Explore").click(no_wait_after=True)
        page.wait_for_timeout(300)
        assert asked == ["beforeunload"]
        assert page.url.endswith("/edit")
        editor.press("Undo")
        editor.says("all is saved")


def test_a_finger_draws_and_drags(visitor: Visitor, watched: Watched, desk: Desk) -> None:
    watched.expected = NO_PICTURE
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    with visitor.opened(desk.port, "/cameras/nord/edit", **phone) as page:
        editor = Editor(page)
        page.get_by_role("button", name="Line", exact=True).tap()
        for point in ((0.7, 0.2), (0.7, 0.4)):
            page.touchscreen.tap(*editor.at(*point))
        assert editor.listed == ["Line Entrée", "Line line-1", "Zone Place"]
        editor.drag_by_finger((0.7, 0.2), (0.85, 0.2))
        label = page.locator(".corner").first.get_attribute("aria-label")
        assert re.search(r"8[45]\.\d % from the left", label), label


def test_nobody_is_shut_out_of_the_editor(visitor: Visitor, watched: Watched, desk: Desk) -> None:
    watched.expected = NO_PICTURE
    narrow = {"width": 390, "height": 900}
    with visitor.opened(desk.port, "/cameras/nord/edit?lang=fr", viewport=narrow) as page:
        editor = Editor(page)
        for shape in ("Ligne Entrée", "Zone Place"):
            editor.press(shape)
            assert barriers(page) == []
            page.emulate_media(color_scheme="dark")
            assert barriers(page, COLOURS) == []
            page.emulate_media(color_scheme="light")
        editor.press("Clavier")
        assert barriers(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
