"""Services choose addresses; the city's own networks stay out of reach, however a name is dressed up."""

import asyncio
import socket
from ipaddress import ip_network
from typing import Any

import pytest

from hypervisor.delivery import checks
from hypervisor.delivery.guarded import GuardedClient, Refused, Reply, is_allowed
from tests.hypervisor.delivery.receiver import Receiver

LOOPBACK = (ip_network("127.0.0.0/8"),)

INSIDE = (
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
    "224.0.0.1", "255.255.255.255", "192.0.2.1", "192.88.99.1", "198.18.0.1", "240.0.0.1",
    "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2001::1", "5f00::1", "3fff::1", "2001:db8::1", "fec0::1",
)  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_that_leads_inside_is_refused(address: str) -> None:
    assert not is_allowed(address, ())


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "::ffff:93.184.215.14"])
def test_a_public_address_is_allowed(address: str) -> None:
    assert is_allowed(address, ())


def test_the_operator_may_allow_networks() -> None:
    assert is_allowed("10.20.3.4", [ip_network("10.20.0.0/16")])
    assert is_allowed("::ffff:10.20.3.4", [ip_network("10.20.0.0/16")])
    assert not is_allowed("10.21.3.4", [ip_network("10.20.0.0/16")])


def asked(url: str, allowed: Any = LOOPBACK, timeout_s: float = 2.0) -> Reply:
    async def told() -> Reply:
        client = GuardedClient(allowed, timeout_s)
        try:
            return await client.request("POST", url, {}, b"{}")
        finally:
            await client.close()

    return asyncio.run(told())


def resolving(patch: pytest.MonkeyPatch, *answers: list[str]) -> None:
    """Let names resolve to these, one list a look-up; the last repeats."""
    left = list(answers)

    async def getaddrinfo(_: Any, host: str, port: int, **__: Any) -> Any:
        found = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    patch.setattr("asyncio.base_events.BaseEventLoop.getaddrinfo", getaddrinfo)


def test_a_name_of_which_one_address_is_inside_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving(monkeypatch, ["93.184.215.14", "169.254.169.254"])
    with pytest.raises(Refused) as caught:
        asked("http://two-faced.example/", ())
    assert "169" not in str(caught.value)


def test_a_rebinding_name_is_asked_once_a_connection_and_connected_to_what_was_judged(
    monkeypatch: pytest.MonkeyPatch, receiver: Receiver
) -> None:
    resolving(monkeypatch, ["127.0.0.1"], ["10.0.0.1"])
    assert asked(f"http://rebinding.example:{receiver.port}/hook").status == 204
    assert receiver.got[0].headers["host"] == f"rebinding.example:{receiver.port}"
    with pytest.raises(Refused):
        asked(f"http://rebinding.example:{receiver.port}/hook")


def test_an_address_that_does_not_answer_gives_way_to_the_next(
    monkeypatch: pytest.MonkeyPatch, receiver: Receiver
) -> None:
    resolving(monkeypatch, ["127.0.0.77", "127.0.0.1"])
    assert asked(f"http://several.example:{receiver.port}/hook").status == 204


@pytest.mark.parametrize(
    "url", ["http://localhost/", "http://[::1]/", "http://0/", "http://2130706433/", "http://0x7f.1/"]
)
def test_this_machine_is_refused_however_it_is_written(url: str) -> None:
    with pytest.raises((Refused, OSError)) as caught:
        asked(url, ())
    assert "127" not in str(caught.value)


def test_proxies_of_the_environment_are_not_asked(monkeypatch: pytest.MonkeyPatch, receiver: Receiver) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert asked(receiver.url).status == 204


def test_nobody_there_is_told_in_words() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # bound, but nobody listens
        with pytest.raises(OSError, match="no connection"):
            asked(f"http://127.0.0.1:{held.getsockname()[1]}/")


def test_of_a_long_answer_a_beginning_is_kept(receiver: Receiver) -> None:
    receiver.body = b"x" * 1_000_000
    receiver.script = lambda _: (200, {})
    reply = asked(receiver.url)
    assert reply.body == b"x" * 1024


@pytest.mark.parametrize(
    "url",
    [
        "ftp://city.example/", "https://", "https://user:pass@city.example/", "https://city.example/#part",
        "file:///etc/passwd", "https://city.example:99999/", "https://city example/", "//city.example/", "https://ví.fr/",
        "https://city.example\\@10.0.0.1/", "http://_x/", "http://a\r\nHost: b/", "x" * 3000,
    ],
)  # fmt: skip
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="expected https://host/path"):
        checks.web_address(url)
