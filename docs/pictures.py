"""Take the pictures of every page, out of the running demonstration: `python -m docs.pictures` (or `make pictures`).

It starts `parvis demo --services` and `--decisions`, signs in with Debian's Chromium, waits for a case, visits every
page of `docs.picture_list` and writes `docs/images/pages/`; then it puts those that exist into `GUIDES`. What does not
exist in this version is skipped, and said. Needs Chromium and the dev extra; takes some minutes.
"""

import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from docs.picture_list import PICTURES, Picture, is_served

FOLDER = Path(__file__).parent / "images" / "pages"
GUIDES = tuple(Path(__file__).parent / one for one in ("pages.md", "cross-analysis.md", "experiments.md"))
CHROMIUM = "/usr/bin/chromium"
MARKER = re.compile(r"<!-- picture: (?P<file>[\w.-]+) -->\n(?:!\[[^\]]*\]\([^)]*\)\n)?")
MOST_BYTES = 200_000
START_S, CASE_S, READY_MS = 300.0, 900.0, 20_000
SETTLE_MS = 1500  # for curves and fonts, once a page says that it is ready
QUALITY = 75  # of a JPEG


class Demo(NamedTuple):
    """A demonstration that runs."""

    base: str
    member: str
    password: str


def main(
    only: Annotated[list[str] | None, typer.Option(help="Only these files; repeat it.")] = None,
    wait_for_case: Annotated[bool, typer.Option(help="Wait until the demonstration has a case.")] = True,
) -> None:
    """Take the pictures, and show them in the guide."""
    from playwright.sync_api import sync_playwright

    wanted = [one for one in PICTURES if not only or one.file in only]
    FOLDER.mkdir(parents=True, exist_ok=True)
    skipped = list[str]()
    for story in dict.fromkeys(one.story for one in wanted):
        own = [one for one in wanted if one.story == story]
        with demonstration(story) as demo, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            eye = Eye(browser, demo)
            if wait_for_case and any("{case}" in one.path or one.path == "/cases" for one in own):
                eye.wait_for_case()
            skipped += [reason for one in own if (reason := eye.take(one))]
            browser.close()
    for reason in skipped:
        typer.echo(f"skipped: {reason}", err=True)
    for guide in GUIDES:
        guide.write_text(shown_in(guide.read_text(encoding="utf-8")), encoding="utf-8")
    typer.echo(f"{len(wanted) - len(skipped)} pictures in {FOLDER}", err=True)
    large = [path.name for path in FOLDER.iterdir() if path.stat().st_size > MOST_BYTES]
    if large:
        typer.echo(f"larger than {MOST_BYTES} bytes: {', '.join(large)}; show less, or take them as .jpg", err=True)
        raise typer.Exit(1)


def shown_in(guide: str, pictures: Sequence[Picture] = PICTURES) -> str:
    """Return the guide with each picture that exists after its marker, and no other."""
    alts = {one.file: one.alt for one in pictures}

    def written(found: re.Match[str]) -> str:
        file = found["file"]
        there = (FOLDER / file).exists() and file in alts
        return f"<!-- picture: {file} -->\n" + (f"![{alts[file]}](images/pages/{file})\n" if there else "")

    return MARKER.sub(written, guide)


class Eye:
    """A browser that is signed in at a demonstration."""

    def __init__(self, browser: Any, demo: Demo) -> None:
        self._browser, self._demo = browser, demo
        context = browser.new_context(locale="en")
        page = context.new_page()
        page.goto(f"{demo.base}/sign-in")
        page.fill("#name", demo.member)
        page.fill("#password", demo.password)
        page.click("form button")
        page.wait_for_url(f"{demo.base}/")
        self._request, self._state = context.request, context.storage_state()

    def first(self, path: str) -> str | None:
        """Return the id of the first item of a list of the API."""
        answer = self._request.get(f"{self._demo.base}{path}")
        items = answer.json().get("items", []) if answer.ok else []
        return str(items[0]["id"]) if items else None

    def wait_for_case(self) -> None:
        """Wait until the demonstration's crowd has become a case."""
        typer.echo("waiting for a case …", err=True)
        until_s = time.monotonic() + CASE_S
        while self.first("/v1/cases?state=open&state=acknowledged&state=resolved") is None:
            if time.monotonic() > until_s:
                typer.echo(f"no case after {CASE_S:.0f} s; going on without", err=True)
                return
            time.sleep(2)

    def take(self, picture: Picture) -> str | None:
        """Take one picture; return why it was not taken, None if it was."""
        from playwright.sync_api import Error

        if not is_served(picture.page):
            return f"{picture.file}: {picture.page} is not served in this version"
        path = self._filled(picture.path)
        if path is None:
            return f"{picture.file}: there is nothing for {picture.path}"
        width, height = picture.size
        state = self._state if picture.signed_in else None
        context = self._browser.new_context(
            storage_state=state, locale=picture.language, viewport={"width": width, "height": height}
        )
        try:
            page = context.new_page()
            sign = "&" if "?" in path else "?"
            theme = f"&theme={picture.theme}" if picture.theme else ""
            page.goto(f"{self._demo.base}{path}{sign}lang={picture.language}{theme}")
            page.wait_for_selector(picture.ready, timeout=READY_MS)
            page.wait_for_timeout(SETTLE_MS)
            jpeg = {"type": "jpeg", "quality": QUALITY} if picture.file.endswith(".jpg") else {}
            page.screenshot(path=FOLDER / picture.file, animations="disabled", **jpeg)
        except Error as error:
            return f"{picture.file}: {picture.path}: {str(error).partition(chr(10))[0]}"
        finally:
            context.close()
        typer.echo(f"{picture.file}", err=True)
        return None

    def _filled(self, path: str) -> str | None:
        lists = {"{camera}": "/v1/cameras", "{case}": "/v1/cases?state=open&state=acknowledged&state=resolved"}
        for name, where in lists.items():
            if name in path:
                found = self.first(where)
                if found is None:
                    return None
                path = path.replace(name, found)
        return path


@contextmanager
def demonstration(story: str) -> Iterator[Demo]:
    """Run `parvis demo` with a story on a free port, until the end of the block."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    command = [sys.executable, "-m", "parvis", "demo", story, "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            found = _introduced(process)
            yield Demo(f"http://127.0.0.1:{port}", found["member"], found["password"])
        finally:
            process.terminate()


def _introduced(process: "subprocess.Popen[str]") -> re.Match[str]:
    """Return how to sign in, as the demonstration prints it."""
    assert process.stdout is not None
    until_s = time.monotonic() + START_S
    while (line := process.stdout.readline()) and time.monotonic() < until_s:
        found = re.search(r"Sign in as (?P<member>\S+) with the password (?P<password>\S+);", line)
        if found:
            return found
    raise SystemExit("the demonstration did not say how to sign in; its message is above")


if __name__ == "__main__":
    typer.run(main)
