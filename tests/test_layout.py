"""Which module may import what: the house's walls (docs/architecture.md), held as data."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SHIPPED = ("models", "pipeline", "hypervisor", "parvis")
OURS = (*SHIPPED, "benchmarks", "tests", "docs")
MOST_LINES = 300

CONTRACTS = (  # of `pipeline`, pydantic and the standard library only: the services' side may import them
    "pipeline.asks",
    "pipeline.calendars",
    "pipeline.calibration",
    "pipeline.calibration_doubts",
    "pipeline.config",
    "pipeline.days_off",
    "pipeline.config_faults",
    "pipeline.config_file",
    "pipeline.detector_config",
    "pipeline.decoding",
    "pipeline.deposits",
    "pipeline.embedded",
    "pipeline.errors",
    "pipeline.geometry",
    "pipeline.grades",
    "pipeline.heat",
    "pipeline.homography",
    "pipeline.keys",
    "pipeline.taxonomy",
    "pipeline.known_distances",
    "pipeline.linear",
    "pipeline.map_config",
    "pipeline.measures",
    "pipeline.later",
    "pipeline.observation",
    "pipeline.places",
    "pipeline.quiet_config",
    "pipeline.redaction",
    "pipeline.schema",
    "pipeline.shared_places",
    "pipeline.config_edit",
    "pipeline.config_shown",
    "pipeline.yaml_text",
)

MAY_IMPORT: Mapping[str, tuple[str, ...]] = {
    "models": ("models",),
    "pipeline": ("pipeline", "models"),
    "hypervisor": ("hypervisor", *CONTRACTS),
    "parvis": ("parvis", "hypervisor", "pipeline", "models"),
    "docs": ("docs", "parvis", "hypervisor", "pipeline", "models"),
    "benchmarks": ("benchmarks", "parvis", "hypervisor", "pipeline", "models"),
    "tests": OURS,
}
"""Package → what of ours its modules may import. Whatever is not named is forbidden."""

CONTRACTS_MAY_IMPORT = (
    *CONTRACTS,
    "pydantic",
    "pydantic_core",
    "ruamel.yaml",
    "icalendar",
    "recurring_ical_events",
    "holidays",
)

DOORS: Mapping[str, tuple[str, ...]] = {
    "onnxruntime": ("models.gpu", "models.onnx_runtime"),
    "openvino": ("models.openvino_runtime",),
    "ultralytics": ("models.export",),
    "torch": ("models.export",),
    "onnx": ("models.export", "models.surgery", "models.quantize", "models.refit"),
    "cv2": (
        "models.*",
        "pipeline.sources.*",
        "pipeline.annotate",
        "pipeline.pace.change",
        "pipeline.cleanliness.*",
        "pipeline.sanity.*",
        "pipeline.audit.*",
        "pipeline.desk.*",
        "pipeline.still",
        "pipeline.heat_files",
        "pipeline.drawn_scene",
        "benchmarks.cleanliness",
        "benchmarks.composites",
        "benchmarks.cutouts",
        "benchmarks.deposit_*",
        "benchmarks.plates",
        "benchmarks.footage.worse",
    ),
    "av": (
        "pipeline.sources.*",
        "pipeline.annotate",
        "pipeline.drawn_scene",
        "benchmarks.footage.*",
        "benchmarks.composites",
    ),
    "redis": (
        "pipeline.redis_client",
        "pipeline.redis_line",
        "hypervisor.pictures.redis_line",
        "hypervisor.redis_feed",
        "hypervisor.store.redis_store",
        "hypervisor.store.backup",
        "hypervisor.delivery.redis_queue",
        "hypervisor.privacy.scan",
    ),
    "argon2": ("hypervisor.access.passwords",),
    "joserfc": ("hypervisor.access.provider",),
    "holidays": ("pipeline.days_off",),
    "icalendar": ("pipeline.calendars",),
    "recurring_ical_events": ("pipeline.calendars",),
    "scipy": (
        "pipeline.tracking.*",
        "pipeline.audit.rate",
        "hypervisor.cleanliness.survival",
        "hypervisor.statistics.*",
        "benchmarks.matching",
        "benchmarks.decisions",
        "benchmarks.decisions_noise",
    ),
    "fastapi": ("hypervisor.*",),
    "starlette": ("hypervisor.*",),
    "uvicorn": ("hypervisor.server",),
    "prometheus_client": ("hypervisor.metrics",),
    "ruamel": (
        "pipeline.config_file",
        "docs.asyncapi",
        "pipeline.config_edit",
    ),
    "typer": ("parvis.*", "benchmarks.*", "docs.*"),
    "aiomqtt": ("hypervisor.sensors.mqtt", "hypervisor.delivery.channels.mqtt"),
    "paho": ("hypervisor.sensors.mqtt", "hypervisor.delivery.channels.mqtt"),
    "duckdb": ("hypervisor.history.duck",),
    "rich": ("parvis.*", "benchmarks.*"),
    "ruptures": ("hypervisor.cross.changes",),
    "typst": ("hypervisor.experiments.sheet",),
    "httpcore2": ("hypervisor.delivery.guarded",),
}
"""Heavy library → the modules that may import it. Tests may import all, other systems' harnesses what those need."""

FREE = ("tests.", "benchmarks.peers.")

COMPANIONS = {
    "markupsafe": "jinja2",
    "starlette": "fastapi",
    "pydantic_core": "pydantic",
    "torch": "ultralytics",
    "paho": "aiomqtt",
}
"""Package → the declared distribution that it is a public part of."""

FORBIDDEN_FILES = ("yolo.py", "common.py", "experimental.py")
"""Names by which the pickled models of others look for their code in `models`."""


@cache
def sources() -> dict[str, Path]:
    """Return the Python files of the project by module name."""
    found = {}
    for package in OURS:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts).removesuffix(".__init__")] = path
    return found


def imports_of(module: str) -> Iterator[tuple[int, str]]:
    """Yield line and name of everything a module imports, `from a import b` as `a.b`; relative ones as `.`."""
    for node in ast.walk(ast.parse(sources()[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = "." if node.level else str(node.module)
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def is_in(name: str, allowed: tuple[str, ...]) -> bool:
    """Return whether a dotted name is one of the allowed ones or lies in one."""
    return any(name == one or name.startswith(f"{one}.") for one in allowed)


def faults(module: str) -> Iterator[str]:
    """Yield every import of a module that the tables forbid."""
    package = module.partition(".")[0]
    for line, name in imports_of(module):
        place, top = f"{module}:{line} imports {name}", name.partition(".")[0]
        if name.startswith("."):
            yield f"{place}: relative"
        elif top in OURS and not is_in(name, MAY_IMPORT[package]):
            yield f"{place}; {package} may import {', '.join(MAY_IMPORT[package])}"
        elif top in DOORS and not module.startswith(FREE) and not any(fnmatchcase(module, door) for door in DOORS[top]):
            yield f"{place}; its door is {', '.join(DOORS[top])}"


@pytest.mark.parametrize("package", OURS)
def test_imports_point_one_way_and_heavy_libraries_have_one_door(package: str) -> None:
    modules = [module for module in sources() if module.partition(".")[0] == package]
    assert [fault for module in modules for fault in faults(module)] == []


@pytest.mark.parametrize("module", CONTRACTS)
def test_what_both_sides_import_is_light(module: str) -> None:
    names = [name for _, name in imports_of(module) if name.partition(".")[0] not in sys.stdlib_module_names]
    assert [name for name in names if not is_in(name, CONTRACTS_MAY_IMPORT)] == []


def test_only_one_module_opens_video_captures() -> None:
    uses = {module for module, path in sources().items() if re.search(r"cv2\.VideoCapture\(", path.read_text())}
    assert {module for module in uses if not module.startswith(FREE)} == {"pipeline.sources.capture"}


def test_every_door_is_in_use() -> None:
    """A door that nobody uses is a hole in the wall."""
    tops = {module: {name.partition(".")[0] for _, name in imports_of(module)} for module in sources()}
    unused = [
        f"{library} at {door}"
        for library, doors in DOORS.items()
        for door in doors
        if not any(library in tops[module] for module in tops if fnmatchcase(module, door))
    ]
    assert unused == []


def test_modules_import_each_other_without_cycles() -> None:
    known = sources()
    graph = {
        module: {found for _, name in imports_of(module) if (found := _module_of(name, known)) and found != module}
        for module in known
        if module.partition(".")[0] in SHIPPED
    }
    while free := [module for module, needs in graph.items() if not needs & graph.keys()]:
        for module in free:
            del graph[module]
    assert graph == {}, "these import each other"


def test_every_foreign_import_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    declared = {_canonical(re.split(r"[\[<>=!~; ]", line)[0]) for group in groups for line in group}
    providers = packages_distributions()
    missing = set()
    for module in sources():
        if module.partition(".")[0] not in SHIPPED:
            continue
        for line, name in imports_of(module):
            top = name.partition(".")[0]
            if top in sys.stdlib_module_names or top in SHIPPED:
                continue
            brought_by = {_canonical(COMPANIONS.get(top, one)) for one in providers.get(top, [top])}
            if not brought_by & declared:
                missing.add(f"{module}:{line} imports {top}, of {', '.join(sorted(brought_by))}")
    assert missing == set(), "declared dependencies only: what others bring may go away with them"


def test_files_are_small() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in sources().values()}
    assert {name: length for name, length in lengths.items() if length >= MOST_LINES} == {}


def test_no_file_bears_a_name_under_which_pickled_models_look_for_code() -> None:
    assert [name for name in FORBIDDEN_FILES if (ROOT / "models" / name).exists()] == []


def test_the_installed_names_are_ours(tmp_path: Path) -> None:
    """`models` is a common name: from anywhere, the import must find this project's."""
    program = "import importlib\n" + "\n".join(
        f"print(importlib.import_module({name!r}).__file__)" for name in ("models.detections", *SHIPPED)
    )
    command = [sys.executable, "-I", "-c", program]  # isolated: neither PYTHONPATH nor the working directory helps
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stderr
    found = [Path(line) for line in ended.stdout.split()]
    assert [path.parent for path in found] == [ROOT / "models", *(ROOT / name for name in SHIPPED)]


def _module_of(name: str, known: Mapping[str, Path]) -> str | None:
    """Return the module that an import names: `a.b` itself, or `a` when `b` is something in it."""
    return next((one for one in (name, name.rpartition(".")[0]) if one in known), None)


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
