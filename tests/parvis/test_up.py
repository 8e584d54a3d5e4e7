"""`parvis up`: from nothing to everything that runs, and nothing left behind."""

import os
import re
import signal
import socket
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from parvis.supervising import LONGEST_PAUSE_S, STEADY_S, Household
from pipeline.config_file import load_config
from tests.running import alive_with, children_of, command_of, process, refusal, until

START_S = 90.0


class Child:
    """A process of which a test says how it ends."""

    def __init__(self) -> None:
        self.code: int | None = None

    def poll(self) -> int | None:
        return self.code


class Family:
    """Processes that a household starts, with a clock of its own."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.children: list[Child] = []
        self.said: list[str] = []
        self.household = Household(self._start, self.said.append, lambda: self.now_s)
        self.household.add("rules", ["rules"])

    def _start(self, command: Sequence[str]) -> Any:
        assert command == ["rules"]
        self.children.append(Child())
        return self.children[-1]

    def dies(self, code: int = 1) -> float:
        """Let the youngest die; return after how long it is replaced."""
        self.children[-1].code, number, began_s = code, len(self.children), self.now_s
        self.household.step()
        while len(self.children) == number:
            self.now_s += 0.5
            self.household.step()
        return self.now_s - began_s


def test_what_dies_is_started_again_later_each_time() -> None:
    family = Family()
    assert [family.dies() for _ in range(8)] == [0, 1, 2, 4, 8, 16, LONGEST_PAUSE_S, LONGEST_PAUSE_S]
    assert family.said[2] == "parvis rules ended (exit code 1); it is started again in 2 s"
    family.now_s += STEADY_S
    assert family.dies() == 0, "what lived long is started at once"


def test_faults_are_told_before_anything_starts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "parvis.yaml"
    config.write_text("parvis: 1\nsite: {id: x}\ncamera: []\ncameras: []\n")
    assert "camera: unknown key (did you mean 'cameras'?)" in refusal(capsys, "up", config)
    assert "cannot be written: No such file" in refusal(capsys, "up", tmp_path / "absent" / "parvis.yaml")
    config.unlink()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert parvis_said(capsys, config, taken.getsockname()[1]).endswith("expected a free one, see --port")
    assert load_config(config).site.cameras == ()


def parvis_said(capsys: pytest.CaptureFixture[str], config: Path, port: int) -> str:
    from tests.running import parvis

    assert parvis("up", config, "--port", port) == 2
    return capsys.readouterr().err.strip().splitlines()[-1]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def test_one_command_starts_all_and_takes_all_with_it(short_dir: Path) -> None:
    port, config = free_port(), short_dir / "parvis.yaml"
    with process("up", config, "--port", port, PARVIS_DATA=str(short_dir / "data")) as up:
        assert up.stdout is not None
        said = "".join(up.stdout.readline() for _ in range(3))
        assert f"Parvis runs: http://127.0.0.1:{port}/" in said
        assert re.search(r"type this code, once: \w{4}-\w{4}\n", said)

        def names() -> set[str]:
            return {command_of(one).split("\0")[4] for one in children_of(up.pid) if "parvis" in command_of(one)}

        until(lambda: {"serve", "run", "rules", "deliver", "history"} <= names(), START_S)
        (rules,) = [one for one in children_of(up.pid) if "\0rules\0" in command_of(one)]
        os.kill(rules, signal.SIGKILL)
        until(lambda: rules not in children_of(up.pid) and "rules" in names(), START_S)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/first") as page:
            assert b'name="code"' in page.read()
        assert load_config(config).site.cameras == ()
        os.kill(up.pid, signal.SIGTERM)
        assert up.wait(START_S) == 0
        until(lambda: alive_with(short_dir) == [])
