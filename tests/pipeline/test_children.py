"""Children end with their parent, whatever ends it."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline import children
from tests.running import until

KILLED = -signal.SIGKILL

PARENT = """
import subprocess, sys, time
from pipeline import children
CHILD = "from pipeline import children; children.obey_parent(); print('up', flush=True); time.sleep(60)"
class Sleeper(subprocess.Popen):
    def __init__(self, command, **options):
        super().__init__([sys.executable, "-c", f"import time; time.sleep({sys.argv[1]}); {CHILD}"], **options)
subprocess.Popen = Sleeper
print(children.start([]).pid, flush=True)
time.sleep(60)
"""


def gone(process_id: int) -> bool:
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rpartition(") ")[2][0] in "ZX"
    except OSError:
        return True


@pytest.mark.parametrize("slow_start_s", [0.0, 0.5], ids=["while it works", "while it starts"])
def test_a_child_ends_when_its_parent_is_killed(slow_start_s: float) -> None:
    command = [sys.executable, "-c", PARENT, str(slow_start_s)]
    tree = str(Path(__file__).parents[2])
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": tree}) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        if not slow_start_s:
            assert parent.stdout.readline() == "up\n"
        parent.kill()
        until(lambda: gone(child), within_s=5)


def test_children_that_do_not_end_are_killed() -> None:
    deaf = "import signal,time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    child: Any = subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE)
    with child:
        child.stdout.readline()
        children.stop([child], within_s=0.2)
        assert child.returncode == KILLED


def test_a_folder_named_models_where_the_user_stands_is_not_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "__init__.py").write_text("raise SystemExit(77)")
    monkeypatch.chdir(tmp_path)
    with children.start(["worker", "--help"]) as child:
        assert child.wait(20) == 0
