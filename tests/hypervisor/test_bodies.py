"""Bodies have a bound, whatever their header says; no process reads more of them."""

import http.client
from collections.abc import Iterator

import pytest

from hypervisor.body_bound import MOST_BYTES
from tests.hypervisor.running import running


@pytest.fixture
def connection(valkey_url: str) -> Iterator[http.client.HTTPConnection]:
    """Yield a connection to a running hypervisor."""
    with running(valkey_url) as port:
        made = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        yield made
        made.close()


def test_a_body_that_says_it_is_too_large_is_not_read(connection: http.client.HTTPConnection) -> None:
    connection.putrequest("POST", "/v1/services")
    connection.putheader("Content-Length", str(MOST_BYTES + 1))
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status == 413
    assert b"urn:parvis:problem:body-too-large" in answer.read()


def test_a_body_that_does_not_say_so_is_cut_off(connection: http.client.HTTPConnection) -> None:
    parts = (b'"' + b"x" * 65_535 for _ in range(MOST_BYTES // 65_536 + 1))
    try:
        connection.request("POST", "/v1/services", parts, {"Content-Type": "application/json"}, encode_chunked=True)
    except (BrokenPipeError, ConnectionResetError):
        return  # cut off while it was still being sent
    answer = connection.getresponse()
    assert answer.status == 413
    assert b"body-too-large" in answer.read()


def test_a_large_body_is_read(connection: http.client.HTTPConnection) -> None:
    body = b'{"id": "x", "name": "' + b"x" * (MOST_BYTES - 100) + b'"}'
    connection.request("POST", "/v1/services", body, {"Content-Type": "application/json"})
    assert connection.getresponse().status == 422  # a name that long is refused by the form
