"""`parvis serve`: what it refuses before it starts, and how it ends."""

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from hypervisor import ending
from hypervisor.server import listen
from parvis.commands.serve import serve
from parvis.doors import get, guest, shown
from pipeline.errors import Refused
from tests.hypervisor.builders import Site
from tests.hypervisor.running import Stream

NOBODY = "redis://127.0.0.1:1/0"


def started(**options: Any) -> None:
    """Call the command as the command line does."""
    defaults = {"config": None, "host": "127.0.0.1", "port": 0, "redis": NOBODY, "data_dir": Path("unused")}
    serve(**(defaults | options))


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_other_addresses_than_loopback_need_somebody_who_can_sign_in(valkey_url: str, host: str) -> None:
    with pytest.raises(Refused, match="nobody can sign in yet; expected a member first") as refused:
        started(host=host, redis=valkey_url)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("option", "value", "fault"),
    [
        ("host", "192.0.2.1", "cannot listen"),
        ("root_path", "parvis/", "expected a path such as /parvis"),
        ("trusted_proxy", ["proxy.example"], "expected an address or a network"),
        ("oidc_issuer", "https://id.example", "expected it in PARVIS_OIDC_SECRET"),
    ],
)
def test_wrong_options_are_refused_in_a_line(option: str, value: object, fault: str) -> None:
    with pytest.raises(Refused, match=fault) as refused:
        started(**{option: value})
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ("background: nowhere.geojson", "map.background: nowhere.geojson cannot be read"),
        ("background: site.yaml", "map.background: site.yaml is no JSON"),
        ("tiles: https://a.example/{z}/{x}/{y}.png", "attribution"),
        ("tiles: https://a.example/", "map.tiles: lacks {z}, {x}, {y}"),
    ],
)
def test_a_map_that_cannot_be_drawn_is_refused_with_its_line(tmp_path: Path, written: str, fault: str) -> None:
    config = tmp_path / "site.yaml"
    cameras = "cameras:\n  - {id: nord, source: plaza.mp4}\n"
    config.write_text(f"parvis: 1\nsite: {{id: here}}\nmap:\n  {written}\n{cameras}")
    with pytest.raises(Refused, match=re.escape(fault)) as refused:
        started(config=config)
    assert "site.yaml:4: map" in str(refused.value) or "site.yaml:3: map" in str(refused.value)


def test_an_issuer_without_tls_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARVIS_OIDC_SECRET", "geheim")
    with pytest.raises(Refused, match="begins with https://") as refused:
        started(oidc_issuer="http://id.example")
    assert "geheim" not in str(refused.value)


def test_a_port_in_use_is_refused_before_redis_is_asked() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Refused, match=f"--port {port}: cannot listen .* in use; expected a free port") as refused:
            started(port=port)
    assert "\n" not in str(refused.value)


def test_an_unreachable_redis_is_refused_without_its_password() -> None:
    with pytest.raises(Refused, match=r"127\.0\.0\.1:1") as refused:
        started(redis="redis://someone:geheim@127.0.0.1:1/0")
    assert "geheim" not in str(refused.value)
    assert "\n" not in str(refused.value)


@contextmanager
def process(url: str, *options: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Run the command as a process; yield it and its port."""
    command = [sys.executable, "-m", "parvis", "serve", "--port", "0", "--redis", url, *options]
    child = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ | {"NO_COLOR": "1"})
    assert child.stderr is not None
    try:
        said = child.stderr.readline()
        yield child, int(said.split("http://")[1].split(":")[1].split()[0])
    finally:
        child.kill()
        child.wait()
        child.stderr.close()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_it_ends_within_a_second_with_a_stream_open(valkey_url: str, site: Site, number: int, code: int) -> None:
    site.camera()
    with process(valkey_url) as (child, port), Stream(port, headers=shown(guest(valkey_url).key)) as stream:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            assert answer.status == 200
        child.send_signal(number)
        assert child.wait(timeout=1.0) == code
        assert stream.rest() == []
        assert child.stderr is not None
        assert "parvis admin user add" in child.stderr.read()  # told once, because it began with nobody


def test_once_there_is_a_member_it_serves_others_too(valkey_url: str) -> None:
    key = guest(valkey_url).key
    options = ("--host", "0.0.0.0", "--name", "parvis.example")
    with process(valkey_url, *options) as (_, port):
        assert get(port, "/v1/me", key)["actor"].startswith("key:")
        asked = urllib.request.Request(f"http://127.0.0.1:{port}/healthz", headers={"Host": "parvis.example"})
        with urllib.request.urlopen(asked, timeout=5) as answer:
            assert answer.status == 200


@pytest.mark.parametrize(
    ("options", "headers", "status"),
    [
        ((), {}, 200),
        ((), {"X-Forwarded-For": "203.0.113.9"}, 401),  # a proxy that nobody has told us of
        (("--trusted-proxy", "127.0.0.1"), {"X-Forwarded-For": "203.0.113.9"}, 401),
        (("--trusted-proxy", "127.0.0.1"), {}, 401),
        (("--trusted-proxy", "192.0.2.1"), {"X-Forwarded-For": "127.0.0.1"}, 401),  # whoever says so
    ],
)
def test_metrics_are_open_on_this_machine_only(
    valkey_url: str, options: tuple[str, ...], headers: dict[str, str], status: int
) -> None:
    with process(valkey_url, *options) as (_, port):
        assert httpx2.get(f"http://127.0.0.1:{port}/metrics", headers=headers).status_code == status


def test_answers_are_not_held_back_for_an_acknowledgement() -> None:
    async def story() -> int:
        found: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            found.set_result(writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        with listen("127.0.0.1", 0) as bound:
            async with await asyncio.start_server(answer, sock=bound):
                _, writer = await asyncio.open_connection(*bound.getsockname())
                result = await found
                writer.close()
                return result

    assert asyncio.run(story()) != 0


def test_a_task_that_misses_a_cancellation_is_cancelled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending, "AGAIN_S", 0.01)

    async def story() -> bool:
        missed = asyncio.Event()

        async def deaf_once() -> None:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                missed.set()
            await asyncio.sleep(60)

        task = asyncio.create_task(deaf_once())
        await asyncio.sleep(0)
        await ending.end(task)
        return task.cancelled() and missed.is_set()

    assert asyncio.run(story())
