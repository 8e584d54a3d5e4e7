"""HTTP to addresses that services chose, without letting them reach into the city's own networks.

A name is resolved when a connection is made, every address is judged, and the connection goes to one that was judged:
a name that resolves differently the next moment (DNS rebinding) gains nothing. `Host` and the name in TLS stay those of
the address. Redirects are answers like others, proxies of the environment are not asked, and what comes back is read up
to a bound. The only door to httpcore.
"""

import asyncio
import socket
import ssl
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

import httpcore2

Network = IPv4Network | IPv6Network
READ_MOST = 64 * 1024  # bytes of an answer before the connection is cut
KEPT_MOST = 1024  # bytes of it that anybody gets to see
CONNECTIONS = 256
IDLE_S = 30.0

NOT_PUBLIC: tuple[Network, ...] = tuple(
    ip_network(text)
    for text in (
        "100.64.0.0/10",  # shared address space of providers
        "192.88.99.0/24",  # 6to4 relays
        "64:ff9b::/96",  # IPv4 behind a translator
        "64:ff9b:1::/48",
        "2002::/16",  # 6to4
        "2001::/32",  # Teredo
        "3fff::/20",  # documentation
        "5f00::/16",  # segment routing
        "fec0::/10",  # site-local
    )
)
"""What Python calls global, or may, and still leads inside."""


class Refused(Exception):
    """An address that is not allowed; the message does not tell what the name resolved to."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: its status, headers by lower-case name, and the beginning of its body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def is_allowed(text: str, allowed: Iterable[Network]) -> bool:
    """Tell whether an address may be connected to: a public one, or one of the networks that the operator allows."""
    address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if any(address.version == one.version and address in one for one in allowed):
        return True
    return _is_public(address)


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    return (
        address.is_global
        and not address.is_multicast
        and not any(address.version == one.version and address in one for one in NOT_PUBLIC)
    )


async def judged(host: str, port: int, allowed: Sequence[Network]) -> list[str]:
    """Return the addresses of a name, all of which may be connected to.

    Raises:
        Refused: one of them may not.
        OSError: the name has none.
    """
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(row[4][0]) for row in found))
    if not addresses or not all(is_allowed(one, allowed) for one in addresses):
        raise Refused(f"{host} leads to an address that is not public and not allowed by the operator")
    return addresses


class GuardedBackend(httpcore2.AsyncNetworkBackend):
    """Connects to judged addresses only."""

    def __init__(self, allowed: Sequence[Network]) -> None:
        self._allowed = tuple(allowed)
        self._inner = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to the first of a name's addresses that answers."""
        addresses = await judged(host, port, self._allowed)
        for last, address in ((one is addresses[-1], one) for one in addresses):
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except httpcore2.ConnectError:
                if last:
                    raise
        raise httpcore2.ConnectError("no address")

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Any = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Refuse: nothing outside is a file."""
        raise Refused("a socket file is no address")

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await self._inner.sleep(seconds)


class GuardedClient:
    """HTTP requests to judged addresses: no redirects, no proxies, bounded answers, one time-out for all of it."""

    def __init__(self, allowed: Sequence[Network] = (), timeout_s: float = 15.0) -> None:
        self._timeout_s = timeout_s
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=ssl.create_default_context(),
            max_connections=CONNECTIONS,
            max_keepalive_connections=CONNECTIONS,
            keepalive_expiry=IDLE_S,
            network_backend=GuardedBackend(allowed),
        )

    async def request(self, method: str, url: str, headers: Mapping[str, str], content: bytes = b"") -> Reply:
        """Return the answer.

        Raises:
            Refused: the address is not allowed.
            TimeoutError: it took longer than the time-out.
            OSError: no connection, or it broke, in words.
        """
        timeouts = dict.fromkeys(("connect", "read", "write", "pool"), self._timeout_s)
        try:
            async with (
                asyncio.timeout(self._timeout_s),
                self._pool.stream(
                    method, url, headers=list(headers.items()), content=content, extensions={"timeout": timeouts}
                ) as answer,
            ):
                body = await _beginning(answer)
                told = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
                return Reply(answer.status, told, body)
        except httpcore2.TimeoutException as error:
            raise TimeoutError("no answer in time") from error
        except (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.UnsupportedProtocol) as error:
            raise OSError(f"{_words(error)}") from error

    async def close(self) -> None:
        """Let go of the connections."""
        await self._pool.aclose()


async def _beginning(answer: httpcore2.Response) -> bytes:
    """Return the beginning of an answer; one that is too long is cut off, and its connection with it."""
    kept, read = b"", 0
    async for chunk in answer.aiter_stream():
        kept = (kept + chunk)[:KEPT_MOST]
        read += len(chunk)
        if read > READ_MOST:
            break
    return kept


def _words(error: Exception) -> str:
    """Return what happened, without addresses."""
    cause = error.__cause__ or error.__context__
    if isinstance(cause, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY" in str(error):
        return "the certificate is not valid for that name"
    if isinstance(error, httpcore2.ConnectError):
        return "no connection"
    return f"the connection broke ({type(error).__name__})"
