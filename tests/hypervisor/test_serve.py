"""`parvis serve`: what it refuses before it starts, and how it ends."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from parvis.commands.serve import serve
from pipeline.errors import Refused
from tests.hypervisor.builders import Site
from tests.hypervisor.running import Stream

NOBODY = "redis://127.0.0.1:1/0"


def started(**options: Any) -> None:
    """Call the command as the command line does."""
    defaults = {"config": None, "host": "127.0.0.1", "port": 0, "redis": NOBODY, "data_dir": Path("unused")}
    serve(**(defaults | options))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org"])
def test_other_addresses_than_loopback_are_refused(host: str) -> None:
    with pytest.raises(Refused, match="needs authentication") as refused:
        started(host=host)
    assert "\n" not in str(refused.value)


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
def process(url: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Run the command as a process; yield it and its port."""
    program = "import typer; from parvis.commands.serve import serve; typer.run(serve)"
    command = [sys.executable, "-c", program, "--port", "0", "--redis", url]
    child = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ | {"NO_COLOR": "1"})
    assert child.stderr is not None
    try:
        said = child.stderr.readline()
        yield child, int(said.split("http://127.0.0.1:")[1].split()[0])
    finally:
        child.kill()
        child.wait()
        child.stderr.close()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_it_ends_within_a_second_with_a_stream_open(valkey_url: str, site: Site, number: int, code: int) -> None:
    site.camera()
    with process(valkey_url) as (child, port), Stream(port) as stream:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            assert answer.status == 200
        child.send_signal(number)
        assert child.wait(timeout=1.0) == code
        assert stream.rest() == []
        assert child.stderr is not None
        assert child.stderr.read() == ""
