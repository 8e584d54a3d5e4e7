"""Run a program that ends when the process that asked for it ends, even by `kill -9`.

Started as a file: `python -I -S with_parent.py PARENT_PID PROGRAM ARGUMENT...`. It asks the kernel for SIGTERM at
the death of its parent and then becomes the program. Doing this in a program of its own, rather than between fork and
exec of the caller, is safe when the caller has threads. Linux only; elsewhere the program just runs.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def end_with(parent: int) -> bool:
    """Ask the kernel for SIGTERM when `parent` ends; return False if it ended before the kernel was asked."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    return os.getppid() == parent


def main(arguments: list[str]) -> None:
    """Become the program `arguments[1]` with its arguments."""
    parent, program = int(arguments[0]), arguments[1:]
    if end_with(parent):
        os.execv(program[0], program)


if __name__ == "__main__":
    main(sys.argv[1:])
