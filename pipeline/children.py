"""Child processes that never outlive their parent, whatever ends it."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence

STOP_S = 6.0
"""How long a child may take to end before it is killed: longer than a sink may take to deliver what is left."""

_PR_SET_PDEATHSIG = 1


_BOUND = "PARVIS_BOUND_TO_PARENT"


def start(command: Sequence[str], environ: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
    """Start `python -m parvis …` (the arguments in `command`); it ends when this process does."""
    bound = {**os.environ, **(environ or {}), _BOUND: "1"}
    return subprocess.Popen([sys.executable, "-m", "parvis", *command], stdin=subprocess.DEVNULL, env=bound)


def obey_parent() -> None:
    """Follow the parent's end if `start` made this process; what it starts in turn is asked anew."""
    if os.environ.pop(_BOUND, None):
        die_with_parent()


def die_with_parent() -> None:
    """End this process (SIGTERM to itself) when its parent is gone, be it by SIGKILL.

    Linux tells at once; elsewhere a thread looks every half second.
    """
    parent = os.getppid()
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it went away before we asked
        os.kill(os.getpid(), signal.SIGTERM)
    threading.Thread(target=_watch_parent, args=(parent,), name="parent", daemon=True).start()


def stop(children: Sequence[subprocess.Popen[bytes]], within_s: float = STOP_S) -> None:
    """Ask all children to end, wait, and kill those that do not."""
    for child in children:
        if child.poll() is None:
            child.terminate()
    until_s = time.monotonic() + within_s
    for child in children:
        try:
            child.wait(max(0.0, until_s - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _watch_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os.kill(os.getpid(), signal.SIGTERM)
