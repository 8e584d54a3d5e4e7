"""The embedded server: one owner, many clients, no orphan, nothing lost, every failure in one line."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from redis import Redis

from pipeline import embedded, embedded_owner
from pipeline.embedded import ensure_server, socket_path
from pipeline.embedded_owner import ServerProcess, Taken, own, server_program
from pipeline.errors import Refused
from tests.pipeline.redis.builders import OWNER, eventually, runs, said
from tests.pipeline.redis.conftest import Start

CLIENT = """
import sys
from pathlib import Path
from redis import Redis
from pipeline.embedded import ensure_server
redis = Redis.from_url(ensure_server(Path(sys.argv[1])))
print(redis.info("server")["process_id"], flush=True)
sys.stdin.readline()
"""
COMMAND = """
import sys
import typer
from parvis.commands.redis import redis_command
app = typer.Typer()
app.command()(redis_command)
app(["--data-dir", sys.argv[1], "--maxmemory-mib", "64"])
"""


def started_owner(start: Start, data_dir: Path) -> "subprocess.Popen[str]":
    """An owner started by hand whose server answers."""
    owner = start(OWNER, data_dir)
    assert said(owner) == str(socket_path(data_dir))
    return owner


def server_of(data_dir: Path) -> int:
    with Redis(unix_socket_path=str(socket_path(data_dir))) as redis:
        return int(redis.info("server")["process_id"])


def owner_of(data_dir: Path) -> int:
    return int((data_dir / "redis" / "owner.lock").read_text())


def write(data_dir: Path, value: str) -> None:
    with Redis(unix_socket_path=str(socket_path(data_dir))) as redis:
        redis.set("kept", value)


def read(data_dir: Path) -> str | None:
    with Redis(unix_socket_path=str(socket_path(data_dir)), decode_responses=True) as redis:
        found = redis.get("kept")
    return None if found is None else str(found)


def test_clients_that_start_together_share_one_server(short_dir: Path, start: Start) -> None:
    clients = [start(CLIENT, short_dir) for _ in range(4)]

    assert len({said(client) for client in clients}) == 1


def test_the_server_ends_with_its_last_client_however_that_ends(short_dir: Path, start: Start) -> None:
    first, second = start(CLIENT, short_dir), start(CLIENT, short_dir)
    server = int(said(first))
    said(second)
    owner = owner_of(short_dir)
    first.kill()
    first.wait()
    assert not eventually(lambda: not runs(server), within_s=1.3)  # a whole look of the owner: one client is left
    second.kill()

    assert eventually(lambda: not runs(server) and not runs(owner), within_s=3)


def test_what_was_written_is_there_for_the_next_client(short_dir: Path, start: Start) -> None:
    client = start(CLIENT, short_dir)
    server = int(said(client))
    write(short_dir, "yes")
    client.kill()
    assert eventually(lambda: not runs(server), within_s=3)
    said(start(CLIENT, short_dir))

    assert read(short_dir) == "yes"


def test_an_owner_killed_takes_its_server_with_it_and_nothing_is_lost(short_dir: Path, start: Start) -> None:
    owner = started_owner(start, short_dir)
    server = server_of(short_dir)
    write(short_dir, "yes")
    owner.kill()

    assert eventually(lambda: not runs(server), within_s=2)
    started_owner(start, short_dir)
    assert read(short_dir) == "yes"


def test_a_client_that_comes_while_the_server_of_a_killed_owner_ends_gets_a_new_one(
    short_dir: Path, start: Start
) -> None:
    owner = started_owner(start, short_dir)
    server = server_of(short_dir)
    os.kill(server, signal.SIGSTOP)  # it cannot end yet: the directory is still its own
    owner.kill()
    owner.wait()
    client = start(CLIENT, short_dir)
    assert not eventually(lambda: owner_of(short_dir) != owner.pid, within_s=0.5)
    os.kill(server, signal.SIGCONT)

    assert int(said(client)) != server
    assert not runs(server)


def test_an_orphan_is_shut_down_by_the_next_owner(short_dir: Path, start: Start) -> None:
    """Where the kernel does not end a server with its owner."""
    folder = embedded.prepare(short_dir)
    lock = embedded.try_lock(folder / "owner.lock", shared=False)
    assert lock is not None
    orphan = ServerProcess(folder, socket_path(short_dir), ("--appendonly", "yes"), keep_open=(lock,))
    orphan.start()
    os.close(lock)
    first = server_of(short_dir)
    write(short_dir, "yes")

    assert int(said(start(CLIENT, short_dir))) != first
    assert not orphan.alive
    assert read(short_dir) == "yes"


def test_a_server_killed_is_started_again_by_its_owner(short_dir: Path, start: Start) -> None:
    started_owner(start, short_dir)
    write(short_dir, "yes")
    server = server_of(short_dir)
    os.kill(server, signal.SIGKILL)

    assert eventually(lambda: embedded.answers(socket_path(short_dir)) and server_of(short_dir) != server)
    assert read(short_dir) == "yes"


def test_a_server_whose_directory_is_removed_ends(short_dir: Path, start: Start) -> None:
    owner = started_owner(start, short_dir)
    server = server_of(short_dir)
    shutil.rmtree(short_dir / "redis")

    _, complaint = owner.communicate(timeout=5)
    assert complaint.strip().endswith("was removed while its server ran")
    assert not runs(server)


def test_a_second_owner_is_refused(short_dir: Path, start: Start) -> None:
    owner = started_owner(start, short_dir)

    with pytest.raises(Taken, match=rf"process {owner.pid} already runs its server$"):
        own(short_dir, 64, until_unused=False, ready=lambda _: None)
    assert runs(server_of(short_dir))


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0), (signal.SIGHUP, 0)])
def test_parvis_redis_told_to_stop_ends_its_server(short_dir: Path, start: Start, number: int, code: int) -> None:
    owner = start(COMMAND, short_dir)
    assert owner.stderr is not None
    assert owner.stderr.readline().startswith("redis: unix://")
    server = server_of(short_dir)
    owner.send_signal(number)

    assert owner.wait(5) == code
    assert not runs(server)


def test_only_this_user_may_come_near(short_dir: Path, own_server: ServerProcess) -> None:
    (short_dir / "data" / "redis").mkdir(mode=0o755, parents=True)
    folder = embedded.prepare(short_dir / "data")
    own_server.start()

    assert folder.stat().st_mode & 0o077 == 0
    assert (short_dir / "socket").stat().st_mode & 0o077 == 0


def test_a_long_data_dir_gets_a_short_socket(short_dir: Path, start: Start) -> None:
    long_dir = short_dir / ("long-" * 30)
    client = start(CLIENT, long_dir)
    server = int(said(client))

    path = socket_path(long_dir)
    assert server_of(long_dir) == server
    assert len(os.fsencode(path)) < 104
    assert path.parent.stat().st_mode & 0o077 == 0
    assert socket_path(long_dir / ".." / long_dir.name) == path
    client.kill()
    assert eventually(lambda: not runs(server) and not path.exists(), within_s=3)


def open_to_all(place: Path) -> None:
    place.mkdir()
    place.chmod(0o777)


def link_elsewhere(place: Path) -> None:
    place.symlink_to(place.parent)


@pytest.mark.parametrize("prepare", [open_to_all, Path.touch, link_elsewhere])
def test_a_place_for_sockets_that_is_not_only_ours_is_refused(
    prepare: Callable[[Path], None], short_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "SHARED_DIR", short_dir)
    prepare(short_dir / f"parvis-{os.getuid()}")

    with pytest.raises(Refused, match="only this user"):
        socket_path(short_dir / ("long-" * 30))


def test_a_data_dir_that_is_a_file_is_refused(short_dir: Path) -> None:
    (short_dir / "file").touch()

    with pytest.raises(Refused, match=r"data_dir .*file: .*; expected a directory that this user can write"):
        ensure_server(short_dir / "file")


def test_a_damaged_file_is_refused_with_the_log(short_dir: Path) -> None:
    folder = embedded.prepare(short_dir)
    (folder / "appendonlydir").mkdir()
    (folder / "appendonlydir" / "appendonly.aof.manifest").write_text("file appendonly.aof.1.incr.aof seq 1 type i\n")
    (folder / "appendonlydir" / "appendonly.aof.1.incr.aof").write_bytes(b"*3\r\n$3\r\nSET\r\nno protocol at all\r\n")

    with pytest.raises(Refused, match=r"^embedded server: the append-only file .* damaged.*server\.log$"):
        ensure_server(short_dir)


def test_a_missing_program_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_owner, "_WHEEL", "no_such_wheel")
    monkeypatch.setenv("PATH", "")

    with pytest.raises(Refused, match="no valkey-server; expected"):
        server_program()


def test_a_server_on_the_path_is_used_where_there_is_no_wheel(short_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_owner, "_WHEEL", "no_such_wheel")
    (short_dir / "valkey-server").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(short_dir))

    assert server_program() == str(short_dir / "valkey-server")


def test_the_log_is_bounded(own_server: ServerProcess) -> None:
    own_server.start()
    with open(own_server.log, "ab") as log:
        log.write(b"x" * (2 << 20))
    own_server.trim_log()
    assert own_server.log.stat().st_size == 0
    own_server.stop()

    assert 0 < own_server.log.stat().st_size < 10_000  # the server goes on at the beginning, not at the old place
    assert own_server.log.with_suffix(".log.1").exists()


def test_the_clients_side_needs_the_standard_library_only() -> None:
    code = "import sys, pipeline.embedded; print(sorted({'redis', 'numpy', 'cv2', 'pydantic'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
