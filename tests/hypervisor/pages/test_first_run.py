"""A newcomer, an empty folder, a clip: to a first count by what stands on the pages, and nothing else."""

import re
import signal
from pathlib import Path
from typing import Any

import pytest

from parvis.commands.demo import CONFIG as DEMO
from pipeline.config_file import load_config
from tests.hypervisor.pages.conftest import Visitor, Watched
from tests.parvis.test_up import free_port
from tests.running import process

CLIP = DEMO.parents[1] / "benchmarks" / "footage" / "plaza.mp4"
PASSWORD = "a password long enough"
PATIENCE_MS = 120_000


@pytest.mark.long
def test_a_newcomer_comes_to_a_first_count(visitor: Visitor, watched: Watched, short_dir: Path) -> None:
    """`parvis up` in an empty folder, then only labels: account, camera, test, line, count."""
    watched.expected = (
        "status of 404",
        "status of 503",
        "status of 422",
    )  # it has only just begun; and a fault on purpose
    port, config = free_port(), short_dir / "parvis.yaml"
    with process("up", config, "--port", port, PARVIS_DATA=str(short_dir / "data")) as up:
        assert up.stdout is not None
        said = "".join(up.stdout.readline() for _ in range(3))
        code = re.search(r"\b\w{4}-\w{4}\b", said.splitlines()[-1])
        assert code is not None, said
        with visitor.opened(port) as page:
            page.set_default_timeout(PATIENCE_MS)
            make_the_account(page, code[0])
            add_the_camera(page)
            draw_a_line(page)
            see_it_count(page)
        (camera,) = load_config(config).site.cameras
        assert (camera.id, camera.purpose, len(camera.lines)) == ("north-square", "operations", 1)
        assert config.read_text().startswith("# A site of Parvis.")
        up.send_signal(signal.SIGTERM)
        assert up.wait(60) == 0


def make_the_account(page: Any, code: str) -> None:
    page.get_by_label("One-time code").fill(code)
    page.get_by_label("Name to sign in with").fill("anne")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make the account").click()


def add_the_camera(page: Any) -> None:
    page.get_by_role("heading", name="Add a camera").wait_for()
    page.get_by_label("Source", exact=True).fill(str(CLIP))
    page.get_by_role("button", name="Test the source").click()
    page.get_by_text("The source gives pictures.").wait_for()
    assert "768 × 576" in page.get_by_role("status").filter(has_text="Size").inner_text()
    page.get_by_label("Begin the recording again at its end").check()
    page.get_by_label("Name", exact=True).fill("North square")
    assert page.get_by_label("Identifier").input_value() == "north-square"
    page.get_by_label("Place: latitude, longitude").fill("48.8411, 2.5500")
    page.get_by_label("Operations").check()
    page.get_by_role("button", name="Save").click()
    page.get_by_text("This is not right yet").wait_for()
    page.get_by_label("Decision or text that allows it").fill("demonstration on public footage")
    page.get_by_label("Data controller").fill("The city")
    page.get_by_label("Impact assessment (DPIA)").fill("none (public footage)")
    page.get_by_role("button", name="Save").click()


def draw_a_line(page: Any) -> None:
    page.get_by_role("button", name="Line", exact=True).click()
    box = page.get_by_role("application").bounding_box()
    for x, y in ((0.52, 0.08), (0.52, 0.95)):
        page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Save…").click()
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    page.get_by_text("Saved").first.wait_for()


def see_it_count(page: Any) -> None:
    page.get_by_role("link", name="Overview").click()
    counted = page.locator("[data-camera=north-square] :is(.count, .way) b").filter(has_text=re.compile("[1-9]"))
    counted.first.wait_for()
