"""A configuration file and somebody who draws in it, for tests of the editor."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from redis import Redis

from pipeline import keys
from pipeline.config import CameraConfig, revision_of
from pipeline.config_file import load_config
from pipeline.observation import ConfigurationState

FILE = """\
# What the city agreed on.
parvis: 1
site: {id: test, name: "Test"}
cameras:
  - id: nord
    name: "Parvis nord"
    source: "rtsp://admin:secret@10.0.0.7/stream"
    lines:
      # where they come in
      - id: entree
        name: "Entrée"
        from: [0.3, 0.2]
        to: [0.3, 0.8]
        classes: [person]
        directions: {forward: "vers l'ouest", backward: "vers l'est"}
    zones:
      - {id: place, name: "Place", points: [[0.5, 0.5], [0.9, 0.5], [0.9, 0.9], [0.5, 0.9]], classes: [person]}
  - id: sud
    source: other.mp4
"""


class Desk:
    """A configuration file, and what is done to it besides the page."""

    def __init__(self, path: Path, port: int, url: str) -> None:
        self.path, self.port, self._url = path, port, url

    @property
    def nord(self) -> CameraConfig:
        """Return the camera as the file has it now."""
        return load_config(self.path).site.cameras[0]

    def followed(self) -> None:
        """Tell that the pipeline follows the file, as it tells it."""
        now = datetime.now(UTC)
        state = ConfigurationState(revision=revision_of(load_config(self.path).site), since=now, updated_at=now)
        with Redis.from_url(self._url) as redis:
            redis.set(keys.CONFIGURATION, state.model_dump_json())


class Editor:
    """Somebody at the page."""

    def __init__(self, page: Any, shown: str = "#no-still") -> None:
        self.page = page
        page.wait_for_selector(f"{shown}:not([hidden])", timeout=20_000)

    def press(self, name: str) -> None:
        """Press a button by what is written on it."""
        self.page.get_by_role("button", name=name, exact=True).click()

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return where a point of the picture is on the screen."""
        box = self.page.locator("#sheet").bounding_box()
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    def click(self, *points: tuple[float, float]) -> None:
        """Click in the picture."""
        for point in points:
            self.page.mouse.click(*self.at(*point))

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Drag in the picture."""
        self.page.mouse.move(*self.at(*start))
        self.page.mouse.down()
        self.page.mouse.move(*self.at(*end), steps=4)
        self.page.mouse.up()

    def keys(self, *names: str) -> None:
        """Press keys; `ArrowUp*3` three times."""
        for name in names:
            key, _, times = name.partition("*")
            for _ in range(int(times or 1)):
                self.page.keyboard.press(key)

    def tab_to(self, label: str, *, back: bool = False) -> None:
        """Go by the Tab key alone to what has a label."""
        for _ in range(60):
            self.page.keyboard.press("Shift+Tab" if back else "Tab")
            said = self.page.evaluate(
                "(document.activeElement.getAttribute('aria-label') ?? '') + document.activeElement.innerText"
            )
            if label in said:
                return
        raise AssertionError(f"no way to {label!r} by Tab")

    def says(self, text: str) -> None:
        """Wait until the state says something."""
        self.page.wait_for_selector(f"#state:text-is('{text}')")

    def save(self) -> None:
        """Save, and agree to what is shown."""
        self.press("Save…")
        self.page.locator("dialog[open]").get_by_role("button", name="Save").click()

    @property
    def listed(self) -> list[str]:
        """Return what the list says, a row a shape."""
        return [re.sub(r"\s+", " ", row).strip("╱▱▨ ") for row in self.page.locator("#shapes li").all_inner_texts()]

    def drag_by_finger(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Drag in the picture as a finger does."""
        touch = self.page.context.new_cdp_session(self.page)
        for kind, at in (("touchStart", start), ("touchMove", end), ("touchEnd", None)):
            points = [] if at is None else [dict(zip("xy", self.at(*at), strict=True))]
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
