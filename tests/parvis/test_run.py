"""`parvis run`: real processes, killed in the middle, and what is counted in the end."""

import itertools
import os
import platform
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline import embedded
from pipeline.embedded_owner import ServerProcess
from tests.running import alive_with, children_of, command_of, process, refusal, until
from tests.served import Server
from tests.sites import camera, draw_walk, to_and_fro, write_site

FORWARD, BACKWARD = "c|middle|person|forward", "c|middle|person|backward"
PARTS, CROSSINGS = 8, 4
EACH_WAY = PARTS * CROSSINGS // 2
HEAP_BYTES = 64 << 20


@pytest.fixture(scope="module")
def long_walk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of films, a few seconds of work at full speed: someone goes to and fro."""
    folder = tmp_path_factory.mktemp("walk")
    draw_walk(folder / "00.mp4", to_and_fro(CROSSINGS))
    for number in range(1, PARTS):
        (folder / f"{number:02}.mp4").symlink_to(folder / "00.mp4")
    return folder


def worker_of(supervisor: int, slot: int = 0) -> int:
    """Return a worker, once it is there: cameras that cost the same are dealt out in the order of their ids."""

    def workers() -> list[int]:
        return sorted(child for child in children_of(supervisor) if "\0worker\0" in command_of(child))

    until(lambda: len(workers()) > slot)
    return workers()[slot]


def test_a_worker_killed_in_mid_run_is_started_again_and_everything_counts_once(
    tmp_path: Path, long_walk: Path, valkey_url: str
) -> None:
    """Beside a camera whose recording is missing, which is named and makes the exit code 1."""
    server = Server(valkey_url)
    config = write_site(tmp_path, camera(source=str(long_walk)), camera("bad", source="absent.mp4"))
    with process("run", config, "--workers", 2, PARVIS_REDIS=valkey_url) as run:
        worker = worker_of(run.pid)  # a camera that cannot be opened is thought to cost nothing, and comes last
        until(lambda: server.total(FORWARD) >= 2)
        os.kill(worker, signal.SIGKILL)
        counted = server.total(FORWARD)
        assert run.wait(30) == 1
        assert run.stderr is not None
        said = run.stderr.read()
    assert "worker of cam died (exit code -9); it is started again" in said
    assert "cameras[1].source: " in said.splitlines()[0]
    assert "Traceback" not in said
    assert server.state("bad")["state"] == "failed"
    assert 2 <= counted < EACH_WAY, "it was killed in the middle"
    assert (server.total(FORWARD), server.total(BACKWARD)) == (EACH_WAY, EACH_WAY)
    assert len(server.told("crossing")) == 2 * EACH_WAY
    assert server.total("q|processed") == PARTS * len(to_and_fro(CROSSINGS))


@pytest.fixture
def data_dir(short_dir: Path) -> Iterator[Path]:
    """A data directory for an embedded server; nothing that names it is alive afterwards."""
    yield short_dir
    left = alive_with(short_dir)
    for process_id in left:
        os.kill(process_id, signal.SIGKILL)
    assert left == []


def test_the_embedded_server_and_its_owner_killed_in_mid_run_lose_nothing(
    tmp_path: Path, long_walk: Path, data_dir: Path
) -> None:
    config = write_site(tmp_path, camera(source=str(long_walk)), data_dir=str(data_dir))
    server = Server(f"unix://{embedded.socket_path(data_dir)}")
    with process("run", config) as run:
        until(lambda: embedded.answers(embedded.socket_path(data_dir)) and server.total(FORWARD) >= 2)
        counted, valkey = server.total(FORWARD), server.process_id()
        os.kill(int((data_dir / "redis" / "owner.lock").read_text()), signal.SIGKILL)
        os.kill(valkey, signal.SIGKILL)
        assert run.wait(30) == 0
    until(lambda: not alive_with(data_dir))
    again = ServerProcess(data_dir / "redis", embedded.socket_path(data_dir), ("--appendonly", "yes"))
    again.start()
    assert 2 <= counted < EACH_WAY, "it was killed in the middle"
    assert (server.total(FORWARD), server.total(BACKWARD)) == (EACH_WAY, EACH_WAY)
    again.stop()


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (signal.SIGTERM, 0),
        pytest.param(signal.SIGINT, 130, marks=pytest.mark.long),  # the demonstration's test sends it as well
        (signal.SIGKILL, -signal.SIGKILL),
    ],
)
def test_however_it_ends_no_process_is_left(tmp_path: Path, data_dir: Path, number: int, code: int) -> None:
    draw_walk(tmp_path / "clip.mp4", to_and_fro(2))
    config = write_site(tmp_path, camera(pace="realtime", loop=True), data_dir=str(data_dir))
    with process("run", config, PARVIS_DATA=str(data_dir)) as run:
        worker = worker_of(run.pid)
        server = Server(f"unix://{embedded.socket_path(data_dir)}")
        until(lambda: embedded.answers(embedded.socket_path(data_dir)) and server.state().get("frames", 0) > 0)
        assert {worker, run.pid} <= set(alive_with(data_dir))
        os.kill(run.pid, number)
        assert run.wait(10) == code
        until(lambda: not alive_with(data_dir), within_s=8)


def test_a_site_without_one_usable_camera_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "cameras[0].source: " in refusal(capsys, "run", write_site(tmp_path))


def test_an_unreachable_redis_is_refused_without_its_password(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draw_walk(tmp_path / "clip.mp4", [100, 106])
    said = refusal(capsys, "run", write_site(tmp_path, redis="redis://:geheim@127.0.0.1:1/0"))
    assert said.startswith("redis: redis://127.0.0.1:1/0: ")
    assert said.endswith("expected a server that answers, or embedded")
    assert "geheim" not in said


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc gives each thread a heap of its own")
def test_all_cameras_of_a_worker_share_one_heap(tmp_path: Path, valkey_url: str) -> None:
    """Else what one camera frees is lost for the others, and memory grows each time a recording begins anew."""
    server = Server(valkey_url)
    draw_walk(tmp_path / "clip.mp4", to_and_fro(1))
    names = [f"cam-{number}" for number in range(4)]
    cameras = [camera(name, loop=True, recorded_at=None) for name in names]
    with process("run", write_site(tmp_path, *cameras), "--workers", 1, PARVIS_REDIS=valkey_url) as run:
        until(lambda: all(server.state(name).get("frames", 0) > 2 * len(to_and_fro(1)) for name in names))
        assert heaps_beside_the_main_one(worker_of(run.pid)) == 0


def heaps_beside_the_main_one(process_id: int) -> int:
    """Return how many heaps of single threads glibc has made: each lies in an aligned 64 MiB of its own."""
    lines = [line.split() for line in Path(f"/proc/{process_id}/maps").read_text(encoding="ascii").splitlines()]
    nameless = [(*line[0].split("-"), line[1]) for line in lines if len(line) == 5]
    spans = [(int(begin, 16), int(end, 16), rights) for begin, end, rights in nameless]
    return sum(
        begin % HEAP_BYTES == 0 and end == begin + HEAP_BYTES and (used, free) == ("rw-p", "---p")
        for (begin, _, used), (_, end, free) in itertools.pairwise(spans)
    )
