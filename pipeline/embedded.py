"""The embedded server as its clients see it: where it listens, and how a process joins it.

Standard library only, so that both sides can use it. The server itself belongs to one owner process
(`pipeline.embedded_owner`), which ends when no process holds a lease on its data directory any more. A lease is a
shared lock of the kernel on a file: it goes away with the process that holds it, however that process ends.
"""

import contextlib
import hashlib
import os
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote

from pipeline.errors import Refused

if sys.platform != "win32":
    import fcntl

DEFAULT_MAXMEMORY_MIB = 1024
TAKEN = 75  # exit code of an owner that found another one (EX_TEMPFAIL)
SHARED_DIR = Path("/tmp")  # not the one of the environment: all processes of a user must agree
START_WAIT_S = 30.0  # a gigabyte of append-only file is read in about ten seconds
_PAUSE_S = 0.01
_SOCKET_PATH_BYTES = 103  # 108 on Linux, 104 on macOS, and the path ends with a zero

_leases: dict[Path, int] = {}  # held until this process ends: the kernel gives them back


def ensure_server(data_dir: Path, maxmemory_mib: int = DEFAULT_MAXMEMORY_MIB) -> str:
    """Return the URL of the server of `data_dir`, started if nobody did; it lives while this process does.

    Raises:
        Refused: if the directory cannot be used or the server does not start; the message names the log.
    """
    folder = prepare(data_dir)
    if folder not in _leases:
        _leases[folder] = _wait_for_lock(folder / "clients.lock", shared=True)
    path = socket_path(data_dir)
    deadline = time.monotonic() + START_WAIT_S
    while not (answers(path) and is_watched(folder)):  # unwatched, it answers its last
        if time.monotonic() > deadline:
            raise Refused(f"embedded server: does not answer at {path}; its log is {folder / 'server.log'}")
        if is_watched(folder) or not _launch(folder, maxmemory_mib):
            time.sleep(_PAUSE_S)  # it is starting
    return url_of(data_dir)


def url_of(data_dir: Path) -> str:
    """Return the URL of the server of `data_dir`, whether or not it runs: for whoever must not keep it alive."""
    return f"unix://{quote(str(socket_path(data_dir)))}"


def socket_path(data_dir: Path) -> Path:
    """Return where the server of `data_dir` listens: inside it, or elsewhere when its name is too long for a socket.

    The other place is a private directory that does not depend on the environment, so all processes of a user agree.

    Raises:
        Refused: if that private directory belongs to someone else or is open to others.
    """
    real = data_dir.resolve()
    inside = real / "redis" / "socket"
    if len(os.fsencode(inside)) <= _SOCKET_PATH_BYTES:
        return inside
    private = SHARED_DIR / f"parvis-{os.getuid()}"
    with contextlib.suppress(FileExistsError):
        private.mkdir(mode=0o700)
    status = private.lstat()  # what is there may be someone else's, or a link
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o077:
        raise Refused(
            f"{private}: is not a directory that only this user can open; expected one, or a shorter data_dir"
        )
    return private / f"{hashlib.sha256(os.fsencode(real)).hexdigest()[:16]}.socket"


def prepare(data_dir: Path) -> Path:
    """Create what is missing of `data_dir` and return the server's own folder in it (only this user may enter).

    Raises:
        Refused: if it cannot be written, or on a system without Unix sockets.
    """
    if sys.platform == "win32":
        raise Refused("redis: embedded does not run on Windows; expected the URL of a Redis server")
    folder = data_dir.resolve() / "redis"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        with open(folder / "owner.lock", "ab"):
            pass
    except OSError as error:
        reason = (error.strerror or "unusable").lower()
        raise Refused(f"data_dir {data_dir}: {reason}; expected a directory that this user can write") from error
    return folder


def try_lock(path: Path, shared: bool) -> int | None:
    """Return a file descriptor that holds a lock on `path` until it is closed, or None if others stand in the way."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def is_watched(folder: Path) -> bool:
    """Return whether an owner lives. A server whose owner does not is about to end."""
    descriptor = try_lock(folder / "watched.lock", shared=True)
    if descriptor is not None:
        os.close(descriptor)
    return descriptor is None


def answers(path: Path, command: bytes = b"PING") -> bool:
    """Return whether a server at this socket answers PING (one that still reads its data does not)."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(1.0)
        try:
            client.connect(str(path))
            client.sendall(command + b"\r\n")
            return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def _wait_for_lock(path: Path, shared: bool) -> int:
    deadline = time.monotonic() + START_WAIT_S
    while (descriptor := try_lock(path, shared)) is None:
        if time.monotonic() > deadline:
            raise Refused(f"{path}: is still locked after {START_WAIT_S:.0f} s; expected another process to let it go")
        time.sleep(_PAUSE_S)
    return descriptor


def _launch(folder: Path, maxmemory_mib: int) -> bool:
    """Start an owner that is nobody's child; return whether it got the directory (its server answers then)."""
    code = str(Path(__file__).resolve().parents[1])
    paths = [code, *filter(None, [os.environ.get("PYTHONPATH")])]
    done = subprocess.run(
        [sys.executable, "-P", "-m", "pipeline.embedded_owner", str(folder.parent), str(maxmemory_mib)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in (0, TAKEN):
        lines = done.stderr.strip().splitlines() or [f"its owner ended with code {done.returncode}"]
        raise Refused(f"embedded server: {lines[-1]}")
    return done.returncode == 0
