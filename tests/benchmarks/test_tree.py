"""What a process tree spent, seen from outside; and programs that wait for the word."""

import os
import sys
import time
from pathlib import Path

import pytest

from benchmarks.tree import Program, Tree, cpu_s
from pipeline.errors import Failed

WORD = Path(__file__).parents[2] / "benchmarks/peers"

PROGRAM = f"""
import subprocess, sys, time
sys.path.insert(0, {str(WORD)!r})
import word

def burn(seconds):
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass

burn(0.4)  # imports and models
for frames in word.stretches():
    {{BODY}}
    word.done(frames, over=frames == 0)
"""


def program(body: str) -> list[str]:
    return [sys.executable, "-c", PROGRAM.replace("{BODY}", body)]


def test_only_what_is_spent_between_word_and_answer_counts() -> None:
    with Program(program("burn(0.3)")) as one:
        first, second = one.go(7), one.go()
    assert (first.frames, first.over, second.over) == (7, False, True)
    assert first.cpu_s == pytest.approx(0.3, abs=0.1)
    assert first.aside_s == 0
    assert first.pss_mib > 1


def test_what_a_child_spends_counts_and_is_told_apart() -> None:
    burning = "import time\nwhile time.process_time() < 0.3: pass\ntime.sleep(60)"
    body = f"subprocess.Popen([sys.executable, '-c', {burning!r}]); time.sleep(1.5)"
    with Program(program(body)) as one:
        spent = one.go()
    assert spent.aside_s == pytest.approx(0.3, abs=0.1)
    assert spent.cpu_s >= spent.aside_s


def test_an_orphan_stays_in_the_tree_and_ends_with_it() -> None:
    daemon = "import os, time\nif os.fork() == 0:\n os.setsid()\n time.sleep(60)"
    body = f"subprocess.run([sys.executable, '-c', {daemon!r}])"
    one = Program(program(body))
    one.go()
    orphans = [process for process in Tree(one.pid).processes() if process != one.pid]
    assert len(orphans) == 1
    one.kill()
    until_s = time.monotonic() + 5
    while any(Path(f"/proc/{process}/stat").exists() and _alive(process) for process in orphans):
        assert time.monotonic() < until_s
        time.sleep(0.02)


def _alive(process: int) -> bool:
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


def test_it_runs_on_the_core_that_was_asked_for() -> None:
    core = max(os.sched_getaffinity(0))
    with Program(program("pass"), core) as one:
        assert os.sched_getaffinity(one.pid) == {core}
        one.go()


def test_one_that_breaks_off_is_told_with_its_last_words() -> None:
    with (
        pytest.raises(Failed, match="RuntimeError: no model"),
        Program(program("raise RuntimeError('no model')")) as one,
    ):
        one.go()


def test_one_that_never_gets_warm_is_told_too() -> None:
    with pytest.raises(Failed, match="ModuleNotFoundError"):
        Program([sys.executable, "-c", "import there_is_no_such_module"])


def test_the_clock_of_a_process_is_that_of_the_kernel() -> None:
    assert cpu_s(os.getpid()) == pytest.approx(time.process_time(), abs=0.05)
