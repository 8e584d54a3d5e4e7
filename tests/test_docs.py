"""The pages follow the code: generated ones are up to date, written ones name what exists."""

import importlib.util
import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from docs import generate
from hypervisor.settings import Settings
from pipeline import config_file, keys, publisher, reporter
from pipeline.config import RetentionConfig
from pipeline.config_faults import ConfigError
from pipeline.engine import overload, placement, steps, supervisor
from pipeline.observation import CameraStateName, Condition
from pipeline.redis_sink import RedisSink
from pipeline.sources.backoff import Backoff
from tests.command_line import fault_in
from tests.test_layout import CONTRACTS, SHIPPED

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "benchmarks").rglob("*.md")])
SITES = sorted((ROOT / "configs").glob("*.yaml"))
KEPT = RetentionConfig()
BACKOFF = Backoff(random=lambda: 1.0)
DELAYS_S = [BACKOFF.next_s() for _ in range(9)]

NUMBERS = {1.0: "once", 10.0: "ten"}

FACTS = {
    "operations.md": [
        f"keeps {RedisSink.live_bound:,} entries",
        f"after {DELAYS_S[0]:.0f} s at first and {DELAYS_S[-1]:.0f} s at most",
        f"after {supervisor.RESTART_FIRST_S:.0f} s the second time and {supervisor.RESTART_LONGEST_S:.0f} s at most",
        f"has not reported for {supervisor.SILENT_S:.0f} s",
        f"more than {placement.BUSY:.0%} of a core".replace("%", " %"),
        f"by {placement.GAIN:.0%} of a core at least".replace("%", " %"),
        f"more than {overload.MISSED:.0%} of the looks".replace("%", " %"),
        f"After {overload.CALM_S:.0f} s with less than {overload.ROOM:.0%} of the core".replace("%", " %"),
        f"looks half as often, but {NUMBERS[steps.MIN_FPS]} a second at least",
        f"silent for {Settings().silent_after_s:.0f} s",
    ],
    "privacy.md": [
        f"minutes {KEPT.minutes_h:.0f} h, quarters of an hour {KEPT.quarters_d:.0f} days",
        f"hours {KEPT.hours_d:.0f} days",
        f"`retention.events_h` ({KEPT.events_h:.0f} h)",
    ],
}
"""Page → sentences with figures of the code in them."""

MESSAGES = {
    "is not set": "pipeline.config_file",
    "already runs its server": "pipeline.embedded_owner",
    "is damaged": "pipeline.embedded_owner",
    "cannot listen": "hypervisor.server",
    "nobody can sign in yet": "parvis.commands.serve",
    "what is kept has form": "hypervisor.store.migrations",
}
"""What `operations.md` says will be seen → the module that says it."""


def text_of(page: Path | str) -> str:
    """Return a page as one line; a name is looked up in docs."""
    path = ROOT / "docs" / page if isinstance(page, str) else page
    return " ".join(path.read_text(encoding="utf-8").split())


def shell_lines(page: Path) -> Iterator[str]:
    """Yield the lines of all fenced blocks of a page that are marked as shell."""
    language: str | None = None
    for line in page.read_text(encoding="utf-8").replace("\\\n", " ").splitlines():
        if line.startswith("```"):
            language = line.removeprefix("```") if language is None else None
        elif language in ("sh", "bash", "console"):
            yield line


def commands(page: Path) -> Iterator[list[str]]:
    """Yield the words of every `parvis` and `make` shown on a page, comments and what follows a pipe left out."""
    for line in shell_lines(page):
        if shown := re.match(r"(?:\$ )?(?:[A-Z_]+=\S+ )*((?:parvis|make)\b.*)", line):
            words = shlex.split(shown[1], comments=True)
            ends = [words.index(sign) for sign in ("|", ">", "&&", "&", ";") if sign in words]
            yield words[: min(ends, default=len(words))]


@pytest.mark.parametrize("name", generate.pages())
def test_a_generated_page_is_up_to_date(name: str) -> None:
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == generate.pages()[name], "run: make docs"


def test_every_key_and_every_option_has_a_description() -> None:
    pages = generate.pages().values()
    bare = [line for page in pages for line in page.splitlines() if re.match(r"\| `.*\|\s*\|$", line)]
    assert bare == []


@pytest.mark.parametrize("path", SITES, ids=lambda path: path.name)
def test_an_example_site_loads_without_a_warning(path: Path) -> None:
    assert config_file.warnings(config_file.load_config(path)) == []


def test_an_example_takes_its_password_from_the_environment_and_keeps_it_out_of_sight() -> None:
    loaded = config_file.load_config(ROOT / "configs" / "statistics.yaml")
    sources = [loaded.resolve_source(one, {"CAMERA_PASSWORD": "s3cret"}) for one in loaded.site.cameras]
    assert all(":s3cret@" in source for source in sources)
    with pytest.raises(ConfigError, match=r"statistics\.yaml:\d+: cameras\[0\]\.source: .* is not set"):
        loaded.resolve_source(loaded.site.cameras[0], {})


def test_the_examples_show_both_purposes_and_every_kind_of_place() -> None:
    cameras = [one for path in SITES for one in config_file.load_config(path).site.cameras]
    assert {one.purpose for one in cameras} == {"statistics", "operations"}
    assert all(any(getattr(one, kind) for one in cameras) for kind in ("lines", "zones", "masks", "location"))


def test_the_roundabout_is_counted_at_the_lines_of_its_truth() -> None:
    truth = json.loads((ROOT / "benchmarks/truth/roundabout.json").read_text(encoding="utf-8"))
    (one,) = config_file.load_config(ROOT / "configs" / "roundabout.yaml").site.cameras
    assert [(line.id, list(line.start), list(line.end)) for line in one.lines] == [
        (line["id"], line["from"], line["to"]) for line in truth["lines"]
    ]
    seen = {line: set(classes) for line, classes in truth["totals"].items()}
    assert [line.id for line in one.lines if not seen[line.id] <= set(line.classes)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))
    links += re.findall(r'<(?:img|a)[^>]+(?:src|href)="([^"#]+)', page.read_text(encoding="utf-8"))
    own = [link for link in links if not re.match(r"[a-z]+:", link)]
    assert [link for link in own if not (page.parent / link).exists()] == []


def test_every_picture_of_the_documentation_is_shown_and_small() -> None:
    pictures = [path for path in (ROOT / "docs" / "images").rglob("*") if path.is_file()]
    pages = " ".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert [path.name for path in pictures if f"images/{path.relative_to(ROOT / 'docs/images')}" not in pages] == []
    of_pages = [path for path in pictures if path.parent.name == "pages"]  # each is bounded by tests/test_pictures.py
    assert sum(path.stat().st_size for path in pictures if path not in of_pages) < 1_000_000
    assert sum(path.stat().st_size for path in of_pages) < 3_000_000


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_that_is_shown_is_one(page: Path) -> None:
    targets = set(re.findall(r"^([\w.-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    faults = []
    for words in commands(page):
        if words[0] == "parvis" and (fault := fault_in(words[1:])):
            faults.append(f"{shlex.join(words)}: {fault}")
        if words[0] == "make":
            faults += [f"make {word}: no such target" for word in words[1:] if "=" not in word and word not in targets]
    assert faults == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_and_module_that_is_named_exists(page: Path) -> None:
    names = re.findall(r"`([\w./-]+)`", page.read_text(encoding="utf-8"))
    folders = ("configs", "docs", ".ci", "tests", "benchmarks", *SHIPPED)
    paths = [name for name in names if name.split("/")[0] in folders and "/" in name]
    modules = [name for name in names if re.fullmatch(rf"(?:{'|'.join(SHIPPED)})(?:\.[a-z_]+)+", name)]
    assert [path for path in paths if not (ROOT / path).exists()] == []
    assert [name for name in modules if not exists(name)] == []


@pytest.mark.parametrize(("page", "sentence"), [(page, one) for page, told in FACTS.items() for one in told])
def test_a_figure_on_a_page_is_that_of_the_code(page: str, sentence: str) -> None:
    assert sentence in text_of(page)


@pytest.mark.parametrize("message", MESSAGES)
def test_a_message_that_operations_explains_is_one_of_ours(message: str) -> None:
    assert message in source(MESSAGES[message])
    assert message in text_of("operations.md")


def test_operations_explains_every_state_and_condition_of_a_camera() -> None:
    rows = set(re.findall(r"\| `(\w+)` \|", (ROOT / "docs/operations.md").read_text(encoding="utf-8")))
    assert rows == {*get_args(CameraStateName), *get_args(Condition)} - {"ok"}


def test_the_architecture_states_what_the_code_does() -> None:
    page = text_of("architecture.md")
    assert f"passed a bucket's end by {NUMBERS[publisher.LATENESS_S]} seconds" in page
    assert Settings().silent_after_s == reporter.STATE_S * 10
    named = set(re.findall(r"`(pipeline\.[a-z_]+)`", page.split("## Folders")[1].split("| `parvis/`")[0]))
    assert named <= set(CONTRACTS)
    assert keys.STEPS_S == (60, 900, 3600), (
        "a minute, a quarter of an hour, an hour: architecture, privacy and changelog"
    )


def test_the_changelog_has_an_entry_for_this_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert re.search(rf"^## \[{re.escape(version)}\]", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)


def test_every_dependency_is_accounted_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [line for group in (project["dependencies"], *project["optional-dependencies"].values()) for line in group]
    names = {re.split(r"[\[<>=!~; ]", line)[0] for line in lines}
    page = text_of("dependencies.md")
    assert {name for name in names if not re.search(rf"\b{re.escape(name)}\b", page)} == set()


def exists(name: str) -> bool:
    """Return whether a dotted name is a module, or something in one."""
    module, _, attribute = name.rpartition(".")
    if find(name):
        return True
    return find(module) and re.search(rf"^(?:def |class )?{attribute}\b", source(module), re.MULTILINE) is not None


def find(module: str) -> bool:
    """Return whether there is such a module."""
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def source(module: str) -> str:
    """Return the text of a module."""
    spec = importlib.util.find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).read_text(encoding="utf-8")
