"""Processor time and memory of a whole process tree (Linux), and programs that wait for the word to begin.

A counting program of any system is started here, on one core where asked, and says `@ready` on standard output once
its imports, models and first picture are behind it. It is told how many frames to take (0: all that are left) and
answers `@done FRAMES OVER`; what its tree spent in between is measured from outside, in the same way for everybody:
the kernel's clock of each process, all threads included. What it starts that outlives its parent, such as the
embedded server, stays in the tree: the program is made the reaper of its orphans.
"""

import ctypes
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from benchmarks.report import ROOT
from pipeline.errors import Failed

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""What peers need so as not to start a pool of threads on one core; ours takes no notice."""

_SUBREAPER, _DEATH_SIGNAL = 36, 1  # prctl(2)
_STOP_S = 60.0


@dataclass(frozen=True, slots=True)
class Spent:
    """What a stretch of frames cost."""

    frames: int
    cpu_s: float  # of the whole tree
    aside_s: float  # of that, in processes other than the program itself: the embedded server
    wall_s: float
    pss_mib: float  # of the whole tree, at the end
    over: bool  # there are no more frames


class Tree:
    """A process and all that came of it; what ended keeps the time at which it was last seen."""

    def __init__(self, root: int) -> None:
        self._root = root
        self._cpu_s: dict[int, float] = {}

    def sample(self) -> float:
        """Return the processor time of the tree so far, seconds."""
        for process in self.processes():
            with suppress(OSError):
                self._cpu_s[process] = cpu_s(process)
        return sum(self._cpu_s.values())

    @property
    def aside_s(self) -> float:
        """Return the processor time of all but the root, as of the last sample."""
        return sum(spent for process, spent in self._cpu_s.items() if process != self._root)

    def processes(self) -> list[int]:
        """Return the root and its descendants that live."""
        found, waiting = [], [self._root]
        while waiting:
            process = waiting.pop()
            found.append(process)
            for task in Path(f"/proc/{process}/task").glob("*/children"):
                with suppress(OSError):
                    waiting += map(int, task.read_text().split())
        return found

    def pss_mib(self) -> float:
        """Return the memory of the tree, MiB; a page that is shared counts in part with each."""
        return sum(pss_mib(process) for process in self.processes())


def cpu_s(process: int) -> float:
    """Return the processor time of a process, ended threads included (clock_getcpuclockid(3) of Linux)."""
    return time.clock_gettime((~process << 3) | 2)


def pss_mib(process: int) -> float:
    """Return the proportional set size of a process, MiB; 0 where it is gone."""
    with suppress(OSError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text(encoding="utf-8").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return 0.0


def start(
    command: Sequence[str],
    cores: Sequence[int] = (),
    environ: Mapping[str, str] | None = None,
    pipes: tuple[int | IO[bytes], int | IO[bytes], int | IO[bytes]] = (subprocess.DEVNULL,) * 3,
) -> "subprocess.Popen[bytes]":
    """Start a program that keeps its orphans, ends when this process does, and runs on some cores only.

    `pipes` are its standard input, output and error.
    """
    library = ctypes.CDLL(None)

    def prepare() -> None:
        library.prctl(_SUBREAPER, 1)
        library.prctl(_DEATH_SIGNAL, signal.SIGKILL)
        if cores:
            os.sched_setaffinity(0, cores)

    return subprocess.Popen(
        list(command),
        env={**os.environ, **ONE_THREAD, **(environ or {})},
        preexec_fn=prepare,
        start_new_session=True,
        stdin=pipes[0],
        stdout=pipes[1],
        stderr=pipes[2],
    )


class Program:
    """A counting program that is warm and waits. Ends with `with`.

    Raises:
        Failed: if it ends before it was told to; the message has its last words.
    """

    def __init__(self, command: Sequence[str], core: int | None = None) -> None:
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 (closed by `kill`)
        cores = () if core is None else (core,)
        search = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
        ours = {"PYTHONPATH": search} if command[0] == sys.executable else {}
        self._process = start(command, cores, ours, (subprocess.PIPE, subprocess.PIPE, self._said))
        self._tree = Tree(self._process.pid)
        self._name = next((Path(word).name for word in command[1:] if not word.startswith("-")), command[0])
        self._answer("@ready")

    def __enter__(self) -> "Program":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.end() if kind is None else self.kill()

    @property
    def pid(self) -> int:
        """Return the program's process."""
        return self._process.pid

    def begin(self, frames: int = 0) -> None:
        """Let it take so many frames, or all that are left, without waiting for them."""
        self._before = (self._tree.sample(), self._tree.aside_s, time.monotonic())
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(b"%d\n" % frames)
            self._process.stdin.flush()
        except BrokenPipeError:
            raise Failed(f"{self._name}: {self._last_words()}") from None

    def finish(self) -> Spent:
        """Wait until it is done, and return what that cost."""
        words = self._answer("@done")
        cpu_s, aside_s, wall_s = self._tree.sample(), self._tree.aside_s, time.monotonic()
        before = self._before
        return Spent(
            int(words[1]), cpu_s - before[0], aside_s - before[1], wall_s - before[2],
            self._tree.pss_mib(), words[2] == "1",
        )  # fmt: skip

    def go(self, frames: int = 0) -> Spent:
        """Let it take frames and return what they cost."""
        self.begin(frames)
        return self.finish()

    def end(self) -> None:
        """Let it write what it found."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            code = self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            code = -1
        words = self._last_words() if code else ""
        self.kill()
        if code:
            raise Failed(f"{self._name}: {words or f'ended with code {code}'}")

    def _answer(self, wanted: str) -> list[str]:
        assert self._process.stdout is not None
        for line in self._process.stdout:  # libraries write what they like in between
            words = line.decode(errors="replace").split()
            if words and words[0] == wanted:
                return words
        self._process.wait()
        words_left = self._last_words()
        self.kill()
        raise Failed(f"{self._name}: {words_left or 'ended without a word'}")

    def _last_words(self) -> str:
        self._said.seek(0)
        lines = self._said.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else ""

    def kill(self) -> None:
        """End it and all that came of it, whatever it does."""
        if self._process.poll() is None:
            for process in reversed(self._tree.processes()):
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
            self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()
        self._said.close()
