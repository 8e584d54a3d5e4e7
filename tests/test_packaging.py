"""Wheel, images and compose file keep their promises; no Docker engine is needed to see it."""

import re
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
import typer.main
from fastapi.testclient import TestClient
from ruamel.yaml import YAML

from parvis import cli
from pipeline.config_file import load_config
from tests.command_line import fault_in
from tests.dockerfile import Stage, installs, lineage, read_dockerfile
from tests.hypervisor.builders import application

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
STAGES = read_dockerfile(ROOT / "Dockerfile")
IMAGES = {"cpu": "parvis[cpu]", "cuda": "parvis[cuda]", "hypervisor": "parvis"}
COMPOSE: dict[str, Any] = YAML(typ="safe").load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
CUDA: dict[str, Any] = YAML(typ="safe").load((ROOT / "compose.cuda.yaml").read_text(encoding="utf-8"))
SERVICES = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if "build" in service]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return the names in the wheel, built as pip builds it, without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    program = f"from hatchling.build import build_wheel; build_wheel({str(folder)!r})"
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, timeout=60)
    (path,) = folder.glob("parvis-*.whl")
    with zipfile.ZipFile(path) as file:
        return file.namelist()


def test_the_wheel_holds_the_packages_their_data_and_the_licence(wheel: list[str]) -> None:
    version = PROJECT["project"]["version"]
    tracked = subprocess.run(["git", "ls-files", *PACKAGES], cwd=ROOT, capture_output=True, text=True, check=False)
    expected = tracked.stdout.split() or ["pipeline/ingest.lua", "models/weights/manifest.json"]
    expected += [f"parvis-{version}.dist-info/licenses/{name}" for name in PROJECT["project"]["license-files"]]
    assert {name for name in expected if (ROOT / name).exists() or "dist-info" in name} - set(wheel) == set()
    assert "models/weights/yolov8n.onnx" in wheel
    assert "hypervisor/templates/shell.html" in wheel


def test_the_wheel_holds_nothing_else(wheel: list[str]) -> None:
    assert {name.partition("/")[0] for name in wheel} == {
        *PACKAGES,
        f"parvis-{PROJECT['project']['version']}.dist-info",
    }
    assert [name for name in wheel if "__pycache__" in name] == []


def test_the_licence_is_the_one_that_is_declared() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert text.lstrip().startswith("GNU AFFERO GENERAL PUBLIC LICENSE")
    assert PROJECT["project"]["license"] == "AGPL-3.0-or-later"


def test_the_notice_names_everything_that_others_made() -> None:
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    data = [*(ROOT / "models/weights").iterdir(), *(ROOT / "benchmarks/footage").glob("*.mp4")]
    data += (ROOT / "benchmarks/truth").glob("*.json")
    names = [path.relative_to(ROOT).as_posix() for path in data if path.name != "manifest.json"]
    assert [name for name in names if name not in notice] == []


def test_the_entry_point_is_the_command() -> None:
    (entry,) = entry_points(group="console_scripts", name="parvis")
    assert entry.load() is cli.main
    assert PROJECT["project"]["scripts"] == {"parvis": "parvis.cli:main"}


def test_every_path_that_is_copied_exists_and_reaches_the_engine() -> None:
    copied = [text.split()[:-1] for stage in STAGES.values() for text in stage.all("COPY") if "--from" not in text]
    paths = [path.removeprefix("./") for words in copied for path in words]
    let_through = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert [path for path in paths if not (ROOT / path).exists()] == []
    assert [path for path in paths if f"!{path}" not in let_through] == []
    assert {*PACKAGES, "pyproject.toml", PROJECT["project"]["readme"], *PROJECT["project"]["license-files"]} == set(
        paths
    )


@pytest.mark.parametrize("image", IMAGES)
def test_an_image_takes_its_environment_from_a_stage_that_installed_it(image: str) -> None:
    copies = [text for stage in lineage(STAGES, image) for text in stage.all("COPY")]
    (source,) = [match[1] for text in copies if (match := re.match(r"--from=(\S+) /opt/parvis /opt/parvis$", text))]
    assert f"parvis{requirement(STAGES[source]).removeprefix('.')}" == IMAGES[image]


def test_the_images_are_installed_like_the_development_environment() -> None:
    (line,) = re.findall(r"^INSTALL := (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    (made,) = installs(line)
    (image,) = [words for text in STAGES["install-cpu"].all("RUN") for words in installs(text)]
    assert [word for word in made if word != "--editable"] == image, "apart from --editable: nobody edits an image"
    wanted = {requirement(stage) for name, stage in STAGES.items() if name.startswith("install-")}
    extras = {extra for one in wanted for extra in re.findall(r"\[(.*)\]", one)}
    assert extras == {"cpu", "cuda"} <= set(PROJECT["project"]["optional-dependencies"])


@pytest.mark.parametrize("image", IMAGES)
def test_an_image_runs_as_nobody_special(image: str) -> None:
    users = [text for stage in lineage(STAGES, image) for text in stage.all("USER")]
    made = [text for stage in lineage(STAGES, image) for text in stage.all("RUN") if "useradd" in text]
    assert users[-1] not in ("root", "0")
    assert any(f"--uid {users[-1]} " in text for text in made)


@pytest.mark.parametrize("image", IMAGES)
def test_what_an_image_starts_exists(image: str) -> None:
    forms = {kind: [s.exec_form(kind) for s in lineage(STAGES, image)] for kind in ("ENTRYPOINT", "CMD")}
    entry, command = ([form for form in found if form][-1] for found in forms.values())
    assert entry == list(PROJECT["project"]["scripts"])
    assert command is not None
    assert fault_in(command) is None


def test_the_health_of_the_hypervisor_is_asked_where_it_answers() -> None:
    (check,) = STAGES["hypervisor"].all("HEALTHCHECK")
    (port, path) = re.findall(r"http://127\.0\.0\.1:(\d+)(/\w+)", check)[0]
    (default,) = [p.default for p in command("serve").params if "--port" in p.opts]
    assert int(port) == default == int(SERVICES["hypervisor"]["command"][-1])
    with TestClient(application("redis://127.0.0.1:1/0"), base_url="http://127.0.0.1") as client:
        assert client.get(path).status_code == 200, "it lives, though Redis is away"


def without_onnx_runtime(*words: str) -> "subprocess.CompletedProcess[str]":
    """Run a `parvis` command where ONNX Runtime is not installed."""
    program = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name == "onnxruntime":
            raise ModuleNotFoundError("No module named 'onnxruntime'", name="onnxruntime")

sys.meta_path.insert(0, Missing())
from parvis.cli import main
main()
"""
    command = [sys.executable, "-c", program, *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_the_hypervisor_needs_no_onnx_runtime() -> None:
    ended = without_onnx_runtime("serve", "--redis", "redis://127.0.0.1:1/0", "--port", "0")
    assert ended.returncode == 2, ended.stderr
    assert "expected a server that answers" in ended.stderr, "it came as far as asking for Redis"


def test_whoever_installed_no_extra_is_told_which_one_is_needed() -> None:
    ended = without_onnx_runtime("check", str(ROOT / "configs" / "demo.yaml"))
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.splitlines() == [
        'ONNX Runtime is not installed; expected the extra cpu or cuda: pip install "parvis[cpu]"'
    ]


def test_every_service_of_ours_is_an_image_of_the_dockerfile() -> None:
    overlaid = [service["build"]["target"] for service in CUDA["services"].values()]
    assert {*(SERVICES[name]["build"]["target"] for name in OURS), *overlaid} == set(IMAGES)
    assert set(CUDA["services"]) <= set(SERVICES)


@pytest.mark.parametrize("name", OURS)
def test_the_command_of_a_service_is_one_of_ours(name: str) -> None:
    assert fault_in(SERVICES[name]["command"]) is None


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_no_more_rights_than_it_needs(name: str) -> None:
    service = SERVICES[name]
    assert [port for port in service.get("ports", []) if not port.startswith("127.0.0.1:")] == []
    if name in OURS:
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
    else:
        assert service["user"] not in ("root", "0")


def test_what_the_pipeline_reads_is_mounted_where_it_looks() -> None:
    mounts = [volume.split(":") for volume in SERVICES["pipeline"]["volumes"] if volume.startswith("./")]
    inside = {Path(there): ROOT / here for here, there, mode in mounts if mode == "ro"}
    config = Path(SERVICES["pipeline"]["command"][-1])
    loaded = load_config(inside[config.parent] / config.name)
    for camera in loaded.site.cameras:
        source = (config.parent / camera.source).as_posix()
        footage = Path(re.sub(r"/[^/]+/\.\./", "/", source))
        assert (inside[footage.parent] / footage.name).is_file()


def test_pipeline_and_hypervisor_speak_to_the_same_server() -> None:
    told = {name: SERVICES[name]["environment"]["PARVIS_REDIS"] for name in OURS}
    (published,) = SERVICES["redis"]["ports"]
    address, outside, inside = published.split(":")
    within = f"redis://redis:{inside}/0"
    assert told == {"pipeline": within, "history": within, "hypervisor": f"redis://{address}:{outside}/0"}
    assert SERVICES["hypervisor"]["network_mode"] == "host", "it listens on the loopback"


def test_the_server_forgets_and_evicts_nothing() -> None:
    words = SERVICES["redis"]["command"]
    options = dict(zip(words[1::2], words[2::2], strict=True))
    assert options["--appendonly"] == "yes"
    assert options["--maxmemory-policy"] == "noeviction"


def requirement(stage: Stage) -> str:
    """Return what a stage installs."""
    ((_, _, wanted),) = [words for text in stage.all("RUN") for words in installs(text)]
    return wanted


def command(name: str) -> Any:
    """Return a command of `parvis`."""
    return typer.main.get_command(cli.application()).commands[name]  # type: ignore[attr-defined]
