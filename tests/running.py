"""Run the command line: in this process, where its answer is all that matters, or as a process of its own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from parvis.cli import application, guarded

WAIT_S = 20.0


def parvis(*arguments: object) -> int:
    """Run a command in this process; return its exit code."""
    words = [str(a) for a in arguments]
    return guarded(lambda: application(words)(words, standalone_mode=False, prog_name="parvis"))


def refusal(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """Run a command that must be refused with one line on stderr; return that line."""
    code = parvis(*arguments)
    said = capsys.readouterr().err.removesuffix("\n")
    assert code == 2, said
    assert said, "refused without a word"
    assert "\n" not in said
    return said


@contextmanager
def process(*arguments: object, **environ: str) -> Iterator["subprocess.Popen[str]"]:
    """Run `python -m parvis …` in a session of its own; whatever is left of that session is killed at the end."""
    child = subprocess.Popen(
        [sys.executable, "-m", "parvis", *map(str, arguments)],
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "200", **environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield child
    finally:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.communicate()


def until(happened: Callable[[], bool], within_s: float = WAIT_S) -> None:
    """Wait for what other threads and processes do."""
    deadline = time.monotonic() + within_s
    while not happened():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.02)


def alive_with(mark: str | Path) -> list[int]:
    """Return the processes (no zombies) whose command line or environment names `mark`, this one left out."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            told = (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
            if str(mark).encode() in told and int(folder.name) != os.getpid():
                found.append(int(folder.name))
    return found


def command_of(process_id: int) -> str:
    """Return the command line of a process, a zero after each word."""
    with suppress(OSError):
        return Path(f"/proc/{process_id}/cmdline").read_text()
    return ""


def children_of(process_id: int) -> list[int]:
    """Return the child processes of a process."""
    with suppress(OSError):
        return [int(n) for n in Path(f"/proc/{process_id}/task/{process_id}/children").read_text().split()]
    return []
