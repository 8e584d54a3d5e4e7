"""Child processes that never outlive their parent, whatever ends it."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from pipeline.with_parent import end_with

STOP_S = 6.0
"""How long a child may take to end before it is killed: longer than a sink may take to deliver what is left."""

_PARENT = "PARVIS_PARENT"
_CODE = Path(__file__).resolve().parents[1]


def start(
    command: Sequence[str], environ: Mapping[str, str] | None = None, *, piped: bool = False
) -> subprocess.Popen[bytes]:
    """Start `parvis …` (the arguments in `command`); it ends when this process does.

    `piped`: its standard input and output are pipes of this process.
    """
    search = os.pathsep.join([str(_CODE), *filter(None, [os.environ.get("PYTHONPATH")])])
    bound = {**os.environ, **(environ or {}), "PYTHONPATH": search, _PARENT: str(os.getpid())}
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "parvis", *command],  # -P: a folder `models` where the user stands is not ours
        stdin=subprocess.PIPE if piped else subprocess.DEVNULL,
        stdout=subprocess.PIPE if piped else None,
        env=bound,
        start_new_session=True,  # Ctrl-C reaches the parent only, which then ends its children in order, once
    )


def obey_parent() -> None:
    """Follow the parent's end if `start` made this process; what it starts in turn is asked anew."""
    parent = os.environ.pop(_PARENT, None)
    if parent is not None:
        die_with_parent(int(parent))


def die_with_parent(parent: int | None = None) -> None:
    """End this process (SIGTERM to itself) when its parent is gone, be it by SIGKILL.

    Linux tells at once; elsewhere a thread looks every half second. `parent` is the process that asked for this one:
    it may have gone away before this is called.
    """
    parent = os.getppid() if parent is None else parent
    if not end_with(parent):
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
